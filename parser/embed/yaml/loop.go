package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// loopItem is one turn of a loop of Ansible.
type loopItem struct {
	name  string // of the variable, "item" as a rule
	value *yaml.Node
	// key is set in loops over a mapping, where item.key and item.value are what
	// there is.
	key *yaml.Node
	// whole is what goes on disk if the turn is left out, see yamlDoc.item.
	whole source.Item
}

// loopKeys are the loops over a list.
var loopKeys = []string{"loop", "with_items", "with_list", "with_flattened"}

// items returns the turns of the loop of a task: one that changes nothing if there
// is no loop, or if none of the texts speaks of its variable.
func (t *ansibleTask) items(texts ...carrier.Phrase) []loopItem {
	name := "item"
	if n := wordOf(valueOf(t.task, "loop_control"), "loop_var"); n != "" {
		name = n
	}
	used := false
	for _, p := range texts {
		used = used || strings.Contains(p.String(), name)
	}
	var out []loopItem
	dict := valueOf(t.task, "with_dict")
	content := mapping(dict)
	for i := 0; used && i+1 < len(content); i += 2 {
		out = append(out, loopItem{name: name, key: content[i], value: content[i+1], whole: t.doc.item(dict, i)})
	}
	for _, key := range loopKeys {
		list := valueOf(t.task, key)
		for i, item := range items(list) {
			if used {
				out = append(out, loopItem{name: name, value: item, whole: t.doc.item(list, i)})
			}
		}
	}
	if len(out) == 0 {
		return []loopItem{{}}
	}
	return out
}

// turns returns the items of a loop, none if what it makes of the texts is out of
// all proportion to the file: many turns of a long text.
func (t *ansibleTask) turns(texts ...carrier.Phrase) []loopItem {
	const most = 64 // times the bytes of the file
	items, size := t.items(texts...), 0
	for _, p := range texts {
		size += len(p.String())
	}
	if len(items)*size > most*(len(t.doc.text)+len(items)) {
		at := max(t.doc.offset(t.task), 0)
		t.SkipSetting(t.doc.in, at, at, "a loop of %d turns over a text of %d bytes is not checked", len(items), size)
		return nil
	}
	return items
}

// itemUse is an expression that names the variable of a loop, or an attribute.
var itemUse = lazyre.New(`^\s*(\w+)((?:\.\w+|\[\s*'\w+'\s*\]|\[\s*"\w+"\s*\])*)\s*(?:\|\s*(?:string|trim)\s*)?$`)

// itemPart is an attribute of such an expression.
var itemPart = lazyre.New(`\w+`)

// filled returns a text with the values of a turn put in. What else is in tags is
// not known.
func (t *ansibleTask) filled(p carrier.Phrase, item loopItem) carrier.Phrase {
	text := p.String()
	var out carrier.Phrase
	cut := p.Cutter()
	at := 0
	for _, m := range carrier.TagRemove.FindAllStringIndex(text, -1) {
		out = append(out, cut.Slice(at, m[0])...)
		at = m[1]
		value, ok := t.lookUp(text[m[0]:m[1]], item)
		if !ok {
			value = cut.Slice(m[0], m[1]).Hidden()
		}
		out = append(out, value...)
	}
	return append(out, cut.Slice(at, len(text))...)
}

// lookUp returns the value of a tag that names the variable of a loop.
func (t *ansibleTask) lookUp(tag string, item loopItem) (carrier.Phrase, bool) {
	if item.value == nil || !strings.HasPrefix(tag, "{{") {
		return nil, false
	}
	m := itemUse.FindStringSubmatch(strings.Trim(tag, "{}-"))
	if m == nil || m[1] != item.name {
		return nil, false
	}
	n := item.value
	parts := itemPart.FindAllString(m[2], -1)
	if item.key != nil {
		switch {
		case len(parts) == 0:
			return nil, false
		case parts[0] == "key":
			n = item.key
		case parts[0] != "value":
			return nil, false
		}
		parts = parts[1:]
	}
	for _, part := range parts {
		n = valueOf(n, part)
	}
	value := t.settingValue(n)
	return hideTags(value), len(value) > 0
}
