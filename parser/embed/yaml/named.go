package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/source"
)

// snippetContexts are the keys of ingress controllers whose values are put into a
// context of nginx's configuration: ingress-nginx, and that of NGINX itself, which
// has the plural.
var snippetContexts = map[string]string{
	"main-snippet": "main", "http-snippet": "http", "server-snippet": "http,server", "location-snippet": "http,server,location",
	"configuration-snippet": "http,server,location", "auth-snippet": "http,server,location", "stream-snippet": "stream",
	"main-snippets": "main", "http-snippets": "http", "server-snippets": "http,server", "location-snippets": "http,server,location",
	"stream-snippets": "stream", "serverSnippets": "stream,stream-server", "streamSnippets": "stream",
}

// bunkerContexts are those of BunkerWeb, whose variables and annotations name
// them.
var bunkerContexts = map[string]string{
	"HTTP": "http", "SERVER_HTTP": "http,server", "DEFAULT_SERVER_HTTP": "http,server", "STREAM": "stream", "SERVER_STREAM": "stream,stream-server",
}

// snippetContext returns the context that a key names; empty if it names none.
func snippetContext(key string) string {
	if c := snippetContexts[key[strings.LastIndexByte(key, '/')+1:]]; c != "" {
		return c
	}
	if _, name, ok := strings.Cut(key, "CUSTOM_CONF_"); ok {
		context, longest := "", 0
		for kind, c := range bunkerContexts {
			if strings.HasPrefix(name, kind+"_") && len(kind) > longest {
				context, longest = c, len(kind)
			}
		}
		return context
	}
	return ""
}

// snippet reads the value of a key that names its context.
func (y *yamlReader) snippet(key, value *yaml.Node, p yamlPlace) bool {
	context := snippetContext(key.Value)
	if context == "" || value.Kind != yaml.ScalarNode {
		return false
	}
	p = p.in(key.Value)
	if strings.Contains(key.Value, "/") || p.world != "" {
		return y.content(value, yamlText{world: y.at(p, value), label: key.Value, context: context})
	}
	return y.content(value, yamlText{world: y.at(p.group(), value), label: key.Value, context: context})
}

// named reads the content of a file that has its name beside it: a file of
// cloud-init, of pups, of Butane, of Nomad.
func (y *yamlReader) named(n *yaml.Node, p yamlPlace) {
	name := y.word(valueOf(n, "path", "dest", "destination", "filename"))
	if name == "" || wordOf(n, "encoding") != "" && wordOf(n, "encoding") != "text/plain" {
		return
	}
	text := valueOf(n, "content", "contents", "to", "data", "inline")
	if y.dataURL(name, text, p) {
		return
	}
	if text != nil && text.Kind == yaml.MappingNode {
		text = valueOf(text, "inline")
	}
	if text == nil {
		return
	}
	switch {
	case len(p.path) > 0 && p.path[0] == "write_files": // of cloud-init: it is the machine's
	case isList(p):
		p = p.group()
	default:
		p = p.own()
	}
	t := yamlText{world: y.at(p, text), label: name, name: name}
	if valueOf(n, "to") != nil && valueOf(n, "from") != nil {
		t.label, t.guess = t.label+" (replaced)", true
	}
	y.content(text, t)
}

// commands reads the commands that cloud-init runs: texts for a shell, or lists of
// words.
func (y *yamlReader) commands(n *yaml.Node, p yamlPlace) {
	for _, key := range []string{"bootcmd", "runcmd"} {
		for _, item := range items(valueOf(n, key)) {
			s := &shell.Reader{Finder: y.Finder, Constants: map[string]string{}}
			if text, ok := y.doc.scalar(item); ok && !holdsBranches(text.text.String()) {
				text = y.replaced(text)
				s.Nested(hideTags(text.text), y.at(p, item), shell.Output{}, carrier.Nested(text.enc, source.Encoding{Escape: carrier.Bare}))
			} else if args, ok := y.words(item); ok && len(args) > 0 {
				s.Exec(args, nil, y.at(p, item), shell.Output{})
			}
		}
	}
}

// words returns the items of a sequence of scalars. It is not ok if one of them
// cannot be found, or has a condition in it.
func (y *yamlReader) words(n *yaml.Node) (words []carrier.Phrase, ok bool) {
	for _, item := range items(n) {
		s, ok := y.doc.scalar(item)
		if !ok || holdsBranches(s.text.String()) {
			return nil, false
		}
		words = append(words, hideTags(y.replaced(s).text))
	}
	return words, true
}

// isList reports whether a place is an item of a sequence.
func isList(p yamlPlace) bool {
	return len(p.path) > 0 && strings.HasPrefix(p.path[len(p.path)-1], "[")
}

// state reads a state of Salt: a module and function with a list of arguments.
func (y *yamlReader) state(n *yaml.Node, p yamlPlace) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		args := saltArguments(value)
		if args == nil || key.Kind != yaml.ScalarNode {
			continue
		}
		module, function, _ := strings.Cut(key.Value, ".")
		if first := items(value)[0]; function == "" && first.Kind == yaml.ScalarNode {
			function = first.Value
		}
		if args["onlyif"] != nil || args["unless"] != nil {
			if module == "sysctl" || module == "file" {
				p.when = "salt " + dotted(p.path)
			}
		}
		switch module {
		case "sysctl":
			y.calls("a Salt state")
			if function == "present" {
				y.saltSysctl(args, p)
			}
		case "file":
			y.saltFile(args, p)
		}
	}
}

// saltArguments returns the arguments of a function of Salt, which are mappings of
// one entry in a list; nil if that is none.
func saltArguments(n *yaml.Node) map[string]*yaml.Node {
	list := items(n)
	if len(list) == 0 {
		return nil
	}
	args := map[string]*yaml.Node{}
	for _, item := range list {
		switch content := mapping(item); {
		case len(content) == 2 && content[0].Kind == yaml.ScalarNode:
			args[content[0].Value] = content[1]
		case item.Kind != yaml.ScalarNode:
			return nil
		}
	}
	return args
}

// saltSysctl reads sysctl.present; the name of the state is the key if no other is
// given.
func (y *yamlReader) saltSysctl(args map[string]*yaml.Node, p yamlPlace) {
	name, value := args["name"], args["value"]
	if name == nil {
		name = y.stateName(p)
	}
	if name != nil && value != nil {
		y.set(yamlPlace{world: p.world, when: p.when}, "states", y.settingKey(name), y.settingValue(value), name)
	}
}

// saltFile reads a text of a function of the module file.
func (y *yamlReader) saltFile(args map[string]*yaml.Node, p yamlPlace) {
	name := ""
	if n := args["name"]; n != nil {
		name = y.word(n)
	} else if n := y.stateName(p); n != nil {
		name = y.word(n)
	}
	for _, key := range []string{"contents", "content", "text"} {
		if n := args[key]; n != nil && name != "" {
			y.calls("a Salt state")
			y.content(n, yamlText{world: y.at(yamlPlace{world: p.world, when: p.when}, n), label: name, name: name})
		}
	}
}

// stateName finds the key that a state of Salt has in the document.
func (y *yamlReader) stateName(p yamlPlace) *yaml.Node {
	if len(p.path) != 1 {
		return nil
	}
	key, _ := entry(y.doc.root, p.path[0])
	return key
}
