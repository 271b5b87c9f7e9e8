package yaml

import (
	"errors"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Tasks is what a file of tasks of Ansible, or a playbook, does with other files on the
// machine that its settings are for: those of the world without a name. What another
// machine is told to do is not among it.
type Tasks struct {
	// Includes are files of tasks that are run in any case, as they are written.
	Includes []string
	// Sends are the sources of files that are put on the machine, whatever that
	// depends on: wherever they come to, the settings are made, too.
	Sends []string
}

// ReadTasks returns what a file of tasks does with others. A file that is none, or
// cannot be read, does nothing.
func ReadTasks(f *source.File) Tasks {
	var t Tasks
	d := yaml.NewDecoder(strings.NewReader(f.Text))
	for {
		var doc yaml.Node
		if err := d.Decode(&doc); err != nil {
			if !errors.Is(err, io.EOF) {
				return Tasks{}
			}
			return t
		}
		for _, n := range doc.Content {
			t.document(n)
		}
	}
}

func (t *Tasks) document(n *yaml.Node) {
	if !isPlaybook(n) {
		t.list(n, true)
		return
	}
	first := ""
	for _, play := range items(n) {
		hosts := wordOf(play, "hosts")
		if first == "" {
			first = hosts
		}
		if hosts == first && hosts != "" {
			for _, key := range []string{"pre_tasks", "tasks", "post_tasks"} {
				t.list(valueOf(play, key), true)
			}
		}
	}
}

// list reads tasks; always says that no condition decides whether they are run.
func (t *Tasks) list(n *yaml.Node, always bool) {
	for _, task := range items(n) {
		if elsewhere(task) != "" {
			continue
		}
		always := always && restriction(task) == ""
		t.list(valueOf(task, "block"), always)
		for _, key := range []string{"rescue", "always"} {
			t.list(valueOf(task, key), always && key == "always")
		}
		content := mapping(task)
		for i := 0; i+1 < len(content); i += 2 {
			switch value := content[i+1]; moduleName(content[i].Value) {
			case "import_tasks", "include_tasks", "include":
				if name := argument(value, "file", "_raw_params"); always && name != "" && !loops(task) {
					t.Includes = append(t.Includes, name)
				}
			case "template", "copy":
				t.Sends = append(t.Sends, sources(task, value)...)
			}
		}
	}
}

// elsewhere names the machine on which a task is run if it is not, or not only, the one
// of the play; empty if it is.
func elsewhere(task *yaml.Node) string {
	switch {
	case valueOf(task, "hosts") != nil: // a play
	case valueOf(task, "delegate_to") != nil:
		return "delegated to another machine"
	case valueOf(task, "local_action") != nil, wordOf(task, "connection") == "local":
		return "on the controlling machine"
	case isTrue(valueOf(task, "run_once")):
		return "run once"
	}
	return ""
}

// restriction is the condition of a task; empty if it is run in any case.
func restriction(task *yaml.Node) string {
	if when := valueOf(task, "when"); when != nil {
		return condition(when)
	}
	if tags := valueOf(task, "tags"); tags != nil {
		if tags.Value == "never" || slices.ContainsFunc(tags.Content, func(n *yaml.Node) bool { return n.Value == "never" }) {
			return "asked for by a tag"
		}
	}
	return ""
}

func isTrue(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.ScalarNode && slices.Contains([]string{"true", "yes", "on"}, strings.ToLower(n.Value))
}

// loops reports whether a task is a loop.
func loops(task *yaml.Node) bool {
	return slices.ContainsFunc(mapping(task), func(n *yaml.Node) bool { return n.Value == "loop" || strings.HasPrefix(n.Value, "with_") })
}

// argument is a literal argument of a module: the first of several names that is given,
// or the whole of a text that is none of name=value.
func argument(value *yaml.Node, names ...string) string {
	text := ""
	switch value.Kind {
	case yaml.MappingNode:
		if n := valueOf(value, names...); n != nil && n.Kind == yaml.ScalarNode {
			text = n.Value
		}
	case yaml.ScalarNode:
		if words := strings.Fields(value.Value); len(words) > 0 {
			text = words[0]
		}
		for word := range strings.FieldsSeq(value.Value) {
			if name, v, ok := strings.Cut(word, "="); ok && slices.Contains(names, name) {
				text = strings.Trim(v, `"'`)
			}
		}
	case yaml.DocumentNode, yaml.SequenceNode, yaml.AliasNode: // no text
	}
	return text
}

// turnOf is a source that a loop names.
var turnOf = lazyre.New(`^\{\{\s*item(?:\.(\w+))?\s*\}\}$`)

// sources are the literal sources of a task that copies a file, one for each turn of a
// loop over a list that stands there.
func sources(task, args *yaml.Node) []string {
	text := argument(args, "src")
	if !strings.Contains(text, "{{") {
		if text == "" || strings.Contains(text, "=") {
			return nil
		}
		return []string{text}
	}
	m := turnOf.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	var out []string
	for _, key := range loopKeys {
		for _, item := range items(valueOf(task, key)) {
			n := item
			if m[1] != "" {
				n = valueOf(item, m[1])
			}
			if n != nil && n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "{{") {
				out = append(out, n.Value)
			}
		}
	}
	return out
}
