package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/source"
)

// isCompose reports whether a document is one of Compose: services that have an
// image, or are built.
func isCompose(n *yaml.Node) bool {
	services := mapping(valueOf(n, "services"))
	for i := 1; i < len(services); i += 2 {
		if valueOf(services[i], "image", "build", "sysctls", "extends") != nil {
			return true
		}
	}
	return false
}

// compose reads services and configurations.
func (y *yamlReader) compose(n *yaml.Node, p yamlPlace) {
	y.calls("a Compose file")
	y.dollars = true
	uses := map[string]yamlText{} // of configurations, by name
	all := valueOf(n, "services")
	services := mapping(all)
	for i := 0; i+1 < len(services); i += 2 {
		service := yamlPlace{world: join(p.world, "service "+services[i].Value)}
		y.composeSysctls(valueOf(services[i+1], "sysctls"), service)
		y.composeCommand(services[i+1], service)
		for _, use := range items(valueOf(services[i+1], "configs")) {
			name, target := wordOf(use, "source"), wordOf(use, "target")
			if _, seen := uses[name]; name != "" && !seen {
				uses[name] = yamlText{world: service.world, name: target}
			}
		}
		y.walk(services[i+1], service)
	}
	y.claimed[all] = true
	configs := mapping(valueOf(n, "configs"))
	for i := 0; i+1 < len(configs); i += 2 {
		t := uses[configs[i].Value]
		t.label = "config " + configs[i].Value
		if t.name == "" {
			t.name = configs[i].Value
		}
		y.content(valueOf(configs[i+1], "content"), t)
	}
}

// composeCommand reads what a service runs: words, or a text that is split into such.
// It makes settings only if the service is privileged.
func (y *yamlReader) composeCommand(n *yaml.Node, service yamlPlace) {
	entry, command := valueOf(n, "entrypoint"), valueOf(n, "command")
	privileged := wordOf(n, "privileged") == "true"
	s := &shell.Reader{Finder: y.Finder, Container: "docker", Constants: map[string]string{}}
	s.Scope = func(in, _ string) (world, container string, ok bool) { return in, "docker", privileged }
	var args []carrier.Phrase
	for _, part := range []*yaml.Node{entry, command} {
		if part == nil {
			continue
		}
		if text, ok := y.doc.scalar(part); ok && part.Kind == yaml.ScalarNode {
			if !holdsBranches(text.text.String()) {
				text = y.replaced(text)
				s.Nested(hideTags(text.text), service.world, shell.Output{}, carrier.Nested(text.enc, source.Encoding{Escape: carrier.Bare}))
			}
		} else if words, ok := y.words(part); ok {
			args = append(args, words...)
		}
		y.claim(part)
	}
	if len(args) > 0 {
		s.Exec(args, nil, service.world, shell.Output{})
	}
}

// claim keeps a node and all below it from being read in another way.
func (y *yamlReader) claim(n *yaml.Node) {
	y.claimed[n] = true
	for _, c := range n.Content {
		y.claim(c)
	}
}

// composeSysctls reads the kernel settings of a service: a mapping, or a list of
// "key=value".
func (y *yamlReader) composeSysctls(n *yaml.Node, service yamlPlace) {
	if n == nil {
		return
	}
	const label = "sysctls"
	content := mapping(n)
	for i := 0; i+1 < len(content); i += 2 {
		y.setItem(service, label, y.settingKey(content[i]), y.settingValue(content[i+1]), content[i], y.doc.item(n, i))
	}
	for i, item := range items(n) {
		if item.Kind == yaml.ScalarNode {
			y.listed(n, i, service, label)
		}
	}
	y.Contain(y.at(service, n), label, "docker")
	y.claimed[n] = true
}

// interpolated returns a value as Compose gives it to a service: "$$" is "$", and
// variables have values that nobody knows.
func interpolated(p carrier.Phrase) carrier.Phrase {
	text := p.String()
	var out carrier.Phrase
	cut := p.Cutter()
	from, closed := 0, strings.LastIndexByte(text, '}') // behind that no brace is closed
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		if text[i+1] == '$' {
			out = append(out, cut.Slice(from, i)...)
			i++
			from = i
			continue
		}
		n := identifierLen(text[i+1:])
		if text[i+1] == '{' && i < closed {
			n = strings.IndexByte(text[i:], '}')
		}
		if n > 0 {
			out = append(out, cut.Slice(from, i)...)
			out = append(out, cut.Slice(i, i+1+n).Hidden()...)
			from = i + 1 + n
			i += n
		}
	}
	return append(out, cut.Slice(from, len(text))...)
}

// identifierLen is the length of the name that a text begins with.
func identifierLen(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || 'a' <= s[n] && s[n] <= 'z' || 'A' <= s[n] && s[n] <= 'Z' || n > 0 && '0' <= s[n] && s[n] <= '9') {
		n++
	}
	return n
}

// escapeDollars writes text where Compose replaces variables.
func escapeDollars(text string) (string, bool) { return strings.ReplaceAll(text, "$", "$$"), true }
