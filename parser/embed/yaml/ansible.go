package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// isPlaybook reports whether a document is a list of plays.
func isPlaybook(n *yaml.Node) bool {
	for _, play := range items(n) {
		if valueOf(play, "hosts") != nil && valueOf(play, "tasks", "roles", "pre_tasks", "post_tasks", "vars", "handlers") != nil {
			return true
		}
	}
	return false
}

// playbook reads plays. Those for other machines are worlds of their own.
func (y *yamlReader) playbook(n *yaml.Node, p yamlPlace) {
	y.calls("an Ansible playbook")
	first := ""
	for i, play := range items(n) {
		at := p.item(i)
		if hosts := wordOf(play, "hosts"); first == "" {
			first = hosts
		} else if hosts != first {
			at.world = join(at.world, "hosts "+hosts)
		}
		y.walk(play, at)
	}
}

// moduleName is the name of a module of Ansible without that of its collection.
func moduleName(key string) string {
	for _, collection := range []string{"ansible.builtin.", "ansible.legacy.", "ansible.posix.", "community.general."} {
		if name, ok := strings.CutPrefix(key, collection); ok {
			return name
		}
	}
	return key
}

// asksMachine is a condition that depends on what the machine has: nobody can tell
// whether a setting fits that is made under it.
var asksMachine = lazyre.New(`\b(kernel|version|stat|exists|rc|stdout|distribution\w*)\b|ansible_kernel|ansible_distribution`)

// task reads a task of Ansible, or a block of tasks, whose condition holds for all
// below it.
func (y *yamlReader) task(n *yaml.Node, p *yamlPlace) {
	args := taskArguments(n)
	if isList(*p) {
		for _, why := range []string{restriction(n), elsewhere(n)} {
			p.when = strings.TrimSpace(p.when + "\n" + why)
		}
		if k := len(p.path); k > 1 && p.path[k-2] == "rescue" && n.Kind == yaml.MappingNode {
			p.when = strings.TrimSpace(p.when + "\nin rescue")
		}
	}
	if args == nil {
		return
	}
	t := &ansibleTask{yamlReader: y, task: n, args: args.value, place: yamlPlace{world: p.world, when: p.when}}
	for _, key := range append([]string{"with_dict"}, loopKeys...) {
		if list := valueOf(n, key); list != nil {
			y.claimed[list] = true // what it loops over is no setting by itself
		}
	}
	switch args.module {
	case "sysctl":
		y.calls("an Ansible file")
		t.sysctl()
	case "copy", "blockinfile", "lineinfile":
		t.file(args.module)
	case "shell", "command", "raw":
		t.command()
	}
}

// condition is the text of a condition, or of a list of them.
func condition(n *yaml.Node) string {
	list := []string{}
	for _, item := range n.Content {
		list = append(list, item.Value)
	}
	if n.Kind == yaml.ScalarNode {
		list = append(list, n.Value)
	}
	return strings.Join(list, " and ")
}

// taskCall is the module that a task runs.
type taskCall struct {
	module string
	value  *yaml.Node
}

// taskArguments finds the module of a task among those that matter here; nil if it
// is another one, or none.
func taskArguments(n *yaml.Node) *taskCall {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			continue
		}
		switch module := moduleName(key.Value); module {
		case "sysctl":
			if valueOf(value, "name", "key") != nil && valueOf(value, "value", "val", "state") != nil || strings.Contains(value.Value, "name=") {
				return &taskCall{module, value}
			}
		case "copy":
			if valueOf(value, "content") != nil {
				return &taskCall{module, value}
			}
		case "blockinfile", "lineinfile":
			if valueOf(value, "path", "dest", "name", "destfile") != nil {
				return &taskCall{module, value}
			}
		case "shell", "command", "raw":
			if isTask(n) {
				return &taskCall{module, value}
			}
		}
	}
	return nil
}

// isTask reports whether a mapping has a key that only tasks have.
func isTask(n *yaml.Node) bool {
	return valueOf(n, "when", "register", "become", "notify", "tags", "changed_when", "ignore_errors", "args", "loop", "with_items") != nil ||
		len(n.Content) <= 4 && valueOf(n, "name") != nil && valueOf(n, "uses", "image", "env", "run") == nil
}

// ansibleTask is a task while it is read.
type ansibleTask struct {
	*yamlReader

	task, args *yaml.Node
	place      yamlPlace
}

// sysctl reads the module sysctl, which keeps a setting in a file. Tasks that
// remove one, or may, set nothing.
func (t *ansibleTask) sysctl() {
	args := t.arguments()
	if state := args["state"]; state != nil && state.String() != "present" {
		return
	}
	key, value := args["name"], args["value"]
	if key == nil {
		key = args["key"]
	}
	if value == nil {
		value = args["val"]
	}
	if key == nil {
		return
	}
	if asksMachine.MatchString(t.place.when) {
		at := max(t.doc.offset(t.task), 0)
		skip := t.SkipSetting
		if carrier.HoldsTag(key.String()) {
			skip = t.Skip // which one, nobody knows
		}
		skip(t.doc.in, at, at, "%s is set under a condition that asks the machine", firstLine(key.String()))
		if vars := valueOf(t.task, "vars"); vars != nil {
			t.claimed[vars] = true
		}
		return
	}
	t.Owner = t.begin()
	defer func() { t.Owner = nil }()
	for _, item := range t.turns(key, value) {
		t.setItem(t.place, "tasks", t.filled(key, item), t.filled(value, item), t.task, item.whole)
	}
}

// begin is the beginning of the task.
func (t *ansibleTask) begin() carrier.Phrase {
	at := t.doc.offset(t.task)
	if at < 0 {
		return nil
	}
	return carrier.Literal(t.doc.in, at, at+1)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// arguments returns the arguments of the module: a mapping, or words such as
// name=value.
func (t *ansibleTask) arguments() map[string]carrier.Phrase {
	args := map[string]carrier.Phrase{}
	for _, n := range []*yaml.Node{t.args, valueOf(t.task, "args")} {
		content := mapping(n)
		for i := 0; i+1 < len(content); i += 2 {
			if v := t.argument(content[i+1]); v != nil {
				args[content[i].Value] = v
			}
		}
	}
	if s, ok := t.doc.scalar(t.args); ok {
		for _, word := range assignments(s.text) {
			if key, value, ok := word.Cut("="); ok {
				args[key.String()] = unquoted1(value)
			}
		}
	}
	return args
}

// argument returns a value that the module gets as text.
func (t *ansibleTask) argument(n *yaml.Node) carrier.Phrase {
	if s, ok := t.doc.scalar(n); ok && carrier.HoldsTag(s.text.String()) {
		return s.text
	}
	return t.settingValue(n)
}

// unquoted1 takes the quotes off a word.
func unquoted1(p carrier.Phrase) carrier.Phrase {
	text := p.String()
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return p.Slice(1, n-1)
	}
	return p
}

// assignments divides "name=a value='b c'" into words.
func assignments(p carrier.Phrase) []carrier.Phrase {
	text := p.String()
	cut := p.Cutter()
	var out []carrier.Phrase
	start, depth := -1, 0
	var quote byte
	for i := 0; i <= len(text); i++ {
		if i == len(text) || quote == 0 && depth == 0 && strings.IndexByte(" \t\n", text[i]) >= 0 {
			if start >= 0 {
				out = append(out, cut.Slice(start, i))
			}
			start = -1
			continue
		}
		if start < 0 {
			start = i
		}
		switch c := text[i]; {
		case c == quote:
			quote = 0
		case quote == 0 && depth == 0 && (c == '"' || c == '\''):
			quote = c
		case strings.HasPrefix(text[i:], "{{"):
			depth++
		case strings.HasPrefix(text[i:], "}}") && depth > 0:
			depth--
		}
	}
	return out
}

// file reads a file whose content, or a block of it, stands in the task.
func (t *ansibleTask) file(module string) {
	name := ""
	if n := valueOf(t.args, "path", "dest", "name", "destfile"); n != nil && n.Kind == yaml.ScalarNode {
		name = n.Value
	}
	if state := wordOf(t.args, "state"); name == "" || state == "absent" {
		return
	}
	at := t.at(t.place, t.task)
	text := yamlText{world: at, label: name, name: name}
	if carrier.HoldsTag(name) {
		text.name, text.guess = carrier.TagRemove.ReplaceAllString(name, "x"), true
	}
	switch module {
	case "copy":
		if t.content(valueOf(t.args, "content"), text) {
			t.calls("an Ansible file")
		}
	case "blockinfile":
		if t.content(valueOf(t.args, "block", "content"), text) {
			t.calls("an Ansible file")
		}
	case "lineinfile":
		t.line(valueOf(t.args, "line"), text)
	}
}

// line reads a line of kernel settings that is put into a file.
func (t *ansibleTask) line(n *yaml.Node, text yamlText) {
	s, ok := t.doc.scalar(n)
	if !ok || !strings.Contains(text.name, "sysctl") || asksMachine.MatchString(t.place.when) {
		return
	}
	for _, item := range t.turns(s.text) {
		key, value, ok := t.filled(s.text, item).Cut("=")
		if ok {
			t.calls("an Ansible file")
			t.set(t.place, text.label, key, value, t.task)
		}
	}
}

// command reads a command, which may be given to a shell.
func (t *ansibleTask) command() {
	n := t.args
	if n.Kind == yaml.MappingNode {
		n = valueOf(n, "cmd", "_raw_params")
	}
	s, ok := t.doc.scalar(n)
	if !ok || !carrier.Mentions(s.text.String()) || holdsBranches(s.text.String()) || asksMachine.MatchString(t.place.when) {
		return
	}
	t.calls("an Ansible file")
	sh := &shell.Reader{Finder: t.Finder, Constants: map[string]string{}}
	sh.Nested(hideTags(s.text), t.at(t.place, t.task), shell.Output{}, source.Encoding{Escape: carrier.Bare})
	t.claimed[n] = true
}
