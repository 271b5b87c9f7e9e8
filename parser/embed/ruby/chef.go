// Package ruby finds texts in files that are Ruby: Chef recipes and attributes,
// Vagrantfiles.
package ruby

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// TakesChef takes Ruby files of a cookbook: its recipes, its attributes and its
// resources.
func TakesChef(base, p, text string) bool {
	if path.Ext(base) != ".rb" {
		return false
	}
	if base == "gitlab.rb" {
		return text == carrier.Anything || strings.Contains(text, "nginx['custom_")
	}
	dirs := strings.Split(path.Dir(p), "/")
	for _, d := range []string{"recipes", "attributes", "resources", "cookbooks", "roles"} {
		if slices.Contains(dirs, d) {
			return text == carrier.Anything || carrier.Mentions(text)
		}
	}
	if text == carrier.Anything {
		return base == "default.rb"
	}
	return carrier.Mentions(text) && (chefResource.MatchString(text) || strings.Contains(text, "recipe") || strings.Contains(text, "['sysctl']"))
}

// chefResource is the first line of a resource that is read here.
var chefResource = lazyre.New(`(?m)^[ \t]*(sysctl|sysctl_param|bash|execute|file)[ (]+['"][^'"\n]*['"]\)? do\s*$`)

// ReadChef reads the resources and attributes that make kernel settings, and
// files whose content stands in a recipe.
func ReadChef(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, ReadChef)
	tokens, ok := rubyTokens(f.Text)
	if !ok {
		return carrier.Found{Skipped: []carrier.Skipped{{Reason: "the Ruby code cannot be read"}}}
	}
	c := &chef{Finder: finder, in: f}
	c.statements(tokens)
	found := finder.Found()
	found.Carrier = c.name
	return found
}

// chef goes through a recipe or a file of attributes.
type chef struct {
	*carrier.Finder

	in   *source.File
	name string // of the carrier, if it is no recipe
}

// rubyFrame is a block that is open.
type rubyFrame struct {
	world string
	// loop says that a "do" on the line of its keyword belongs to it.
	loop bool
}

// statements goes through the statements of a text. What stands inside of a block
// or a condition is a world of its own.
func (c *chef) statements(tokens []rubyToken) {
	frames := []rubyFrame{{}}
	begins := true // a statement may begin
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		top := &frames[len(frames)-1]
		if begins && t.kind == rubyWord {
			if next, ok := c.statement(tokens, i, top.world); ok {
				i = next - 1
				begins = true
				continue
			}
		}
		switch {
		case t.kind == rubyBreak:
			begins, top.loop = true, false
			continue
		case t.is("do") && top.loop:
			top.loop = false
		case t.is("do"), t.is("{"), t.is("("), t.is("["), begins && rubyOpens.Has(t.text) && t.kind == rubyWord:
			world := top.world
			if t.kind == rubyWord || t.is("{") {
				world = c.Branch(world, "block")
			}
			loop := t.is("while") || t.is("until") || t.is("for")
			frames = append(frames, rubyFrame{world: world, loop: loop})
		case t.is("end"), t.is("}"), t.is(")"), t.is("]"):
			if len(frames) > 1 {
				frames = frames[:len(frames)-1]
			}
		case rubyTurns.Has(t.text) && t.kind == rubyWord && len(frames) > 1:
			top.world = c.Branch(frames[len(frames)-2].world, "block")
		}
		begins = t.kind == rubyOperate && (t.text == "=" || t.text == "{" || t.text == "(" || t.text == "|" || t.text == "||") ||
			t.kind == rubyWord && (rubyTurns.Has(t.text) || t.text == "do" || t.text == "then" || t.text == "begin")
	}
}

var (
	rubyOpens = lazy.Words("if unless while until for case begin def class module")
	rubyTurns = lazy.Words("else elsif when rescue ensure")
)

// statement reads a statement that is of interest and returns the index behind
// it.
func (c *chef) statement(tokens []rubyToken, i int, world string) (next int, ok bool) {
	switch tokens[i].text {
	case "sysctl", "sysctl_param", "file", "bash", "script", "execute":
		return c.resource(tokens, i, world)
	case "nginx", "registry_nginx", "mattermost_nginx", "pages_nginx":
		return c.gitlab(tokens, i, world)
	case "node", "default", "override", "normal", "force_default", "force_override", "set":
		return c.attribute(tokens, i, world)
	}
	return 0, false
}

// snippets are the settings of GitLab's package whose values are put into a context of
// its nginx configuration.
var snippets = map[string]string{"custom_nginx_config": "http", "custom_gitlab_server_config": "http,server", "custom_gitlab_mattermost_server_config": "http,server"}

// gitlab reads "nginx['custom_nginx_config'] = ...".
func (c *chef) gitlab(tokens []rubyToken, i int, world string) (next int, ok bool) {
	key, value := at(tokens, i+2), at(tokens, i+5)
	context := snippets[rubyName(key)]
	if !at(tokens, i+1).is("[") || key.kind != rubyString || context == "" || !at(tokens, i+3).is("]") || !at(tokens, i+4).is("=") || value.kind != rubyString {
		return 0, false
	}
	text, enc := rubyText(c.in, value)
	d := c.Start(detect.Nginx, world, rubyName(key))
	d.Context = context
	d.Append(text, enc)
	c.name = "the configuration of GitLab"
	return i + 6, true
}

// at returns a token, an empty one behind the last.
func at(tokens []rubyToken, i int) rubyToken {
	if i >= 0 && i < len(tokens) {
		return tokens[i]
	}
	return rubyToken{}
}

// lineBreak returns the index of the next end of a statement that is not inside
// of brackets or blocks.
func lineBreak(tokens []rubyToken, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.kind == rubyBreak && depth == 0:
			return i
		case t.is("{"), t.is("("), t.is("["), t.is("do"):
			depth++
		case t.is("}"), t.is(")"), t.is("]"), t.is("end"):
			if depth--; depth < 0 {
				return i
			}
		}
	}
	return i
}

// resource reads "sysctl 'key' do ... end".
func (c *chef) resource(tokens []rubyToken, i int, world string) (next int, ok bool) {
	kind := tokens[i].text
	i++
	open := at(tokens, i).is("(")
	if open {
		i++
	}
	name := at(tokens, i)
	i++
	if open && at(tokens, i).is(")") {
		i++
	}
	if name.kind == rubyString && kind == "execute" && at(tokens, i).kind == rubyBreak {
		c.script(kind, name, nil, world)
		return i, true
	}
	if name.kind != rubyString || name.heredoc || !at(tokens, i).is("do") {
		return 0, false
	}
	attrs := map[string][]rubyToken{}
	depends := false
	for i++; i < len(tokens) && !tokens[i].is("end"); {
		end := lineBreak(tokens, i)
		if end == i && tokens[i].kind != rubyBreak {
			return 0, false // a bracket too many
		}
		if t := tokens[i]; t.kind == rubyWord {
			if rubyOpens.Has(t.text) {
				return 0, false // the attributes depend on something
			}
			depends = depends || t.text == "only_if" || t.text == "not_if"
			attrs[t.text] = tokens[i+1 : end]
		}
		if i = end; at(tokens, i).kind == rubyBreak {
			i++
		}
	}
	i++
	if t := at(tokens, i); t.is("if") || t.is("unless") {
		depends = true
		i = lineBreak(tokens, i)
	}
	if depends {
		world = c.Branch(world, "block")
	}
	c.apply(kind, name, attrs, world)
	return i, true
}

// apply handles a resource unless its action is another one than the first.
func (c *chef) apply(kind string, name rubyToken, attrs map[string][]rubyToken, world string) {
	if action, ok := attrs["action"]; ok {
		if len(action) != 1 || action[0].text != ":apply" && action[0].text != ":create" && action[0].text != ":run" {
			return
		}
	}
	switch kind {
	case "file":
		c.file(name, attrs, world)
		return
	case "bash", "script", "execute":
		c.script(kind, name, attrs, world)
		return
	}
	value, ok := attrs["value"]
	if other, has := attrs["key"]; has {
		if len(other) != 1 || other[0].kind != rubyString {
			return
		}
		name = other[0]
	}
	if ok && len(value) > 0 {
		key, _ := rubyText(c.in, name)
		c.Setting(world, "sysctl", key, c.value(value))
	}
}

// value reads the value of a setting. The words of a list are joined.
func (c *chef) value(tokens []rubyToken) carrier.Phrase {
	all := carrier.Unknown(c.in, tokens[0].span.Start, tokens[len(tokens)-1].span.End)
	if n := len(tokens); n > 2 && tokens[0].is("(") && tokens[n-1].is(")") {
		return c.value(tokens[1 : n-1])
	}
	if n := len(tokens); n > 2 && tokens[0].is("[") && tokens[n-1].is("]") {
		var out carrier.Phrase
		for i, t := range tokens[1 : n-1] {
			switch {
			case i%2 == 1 && t.is(","):
				out = append(out, carrier.Glue(" ")...)
			case i%2 == 0:
				out = append(out, c.value([]rubyToken{t})...)
			default:
				return all
			}
		}
		return out.Trim()
	}
	switch t := tokens[0]; {
	case len(tokens) == 2 && t.is("-") && tokens[1].kind == rubyNumber && t.span.End == tokens[1].span.Start && carrier.IsNumber(tokens[1].text):
		return carrier.Literal(c.in, t.span.Start, tokens[1].span.End)
	case len(tokens) > 1:
	case t.kind == rubyNumber && carrier.IsNumber(t.text) && (len(t.text) == 1 || t.text[0] != '0'):
		return carrier.Literal(c.in, t.span.Start, t.span.End)
	case t.kind == rubyString:
		text, _ := rubyText(c.in, t)
		return text
	}
	return all
}

// script reads what a resource runs in a shell. The name of execute is its command if
// no other is given.
func (c *chef) script(kind string, name rubyToken, attrs map[string][]rubyToken, world string) {
	code, interpreter := attrs["code"], attrs["interpreter"]
	switch {
	case kind == "execute" && len(attrs["command"]) > 0:
		code = attrs["command"]
	case kind == "execute":
		code = []rubyToken{name}
	case kind == "script" && (len(interpreter) != 1 || !strings.HasSuffix(rubyName(interpreter[0]), "sh")):
		return // of another language, as a rule
	}
	if len(code) != 1 || code[0].kind != rubyString || !carrier.Mentions(c.in.Slice(code[0].body)) {
		return
	}
	text, enc := rubyText(c.in, code[0])
	s := &shell.Reader{Finder: c.Finder, In: text.Within(c.in), Base: enc, Echoes: kind == "bash"}
	s.Script(world)
}

// file reads a file whose content stands in the recipe.
func (c *chef) file(name rubyToken, attrs map[string][]rubyToken, world string) {
	content := attrs["content"]
	if len(content) != 1 || content[0].kind != rubyString {
		return
	}
	target, _ := rubyText(c.in, name)
	text, enc := rubyText(c.in, content[0])
	c.Content(world, c.in.Slice(name.body), target, text, enc)
}
