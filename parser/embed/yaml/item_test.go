package yaml

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/source"
)

// itemKeys are settings that are taken away, and such that stay.
var goneKeys, keptKeys = []string{"net.ipv4.tcp_tw_recycle", "net.ipv4.tcp_fack"}, []string{"net.core.somaxconn", "net.ipv4.tcp_syncookies", "vm.swappiness"}

// TestYAMLItemsGo takes items out of random documents, several at once, and looks
// at what is left: the same without these, and no list that has become nothing.
func TestYAMLItemsGo(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	made := 0
	for range 3000 {
		text := randomSettingsYAML(r)
		if r.IntN(4) == 0 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		var before any
		if err := yaml.Unmarshal([]byte(text), &before); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		f := source.NewFile("vars.yml", text)
		edits := map[*source.File][]source.Edit{}
		for _, x := range Read(f).Texts {
			at := 0
			for line := range strings.Lines(x.File.Text) {
				if slices.Contains(goneKeys, firstKey(line)) {
					edits[x.File] = append(edits[x.File], source.Edit{Span: source.Span{Start: at, End: at + len(line)}})
				}
				at += len(line)
			}
		}
		out, err := source.Rewrite(edits)
		if err != nil {
			// Not all at once: then one after the other, as far as it goes.
			for view, list := range edits {
				if out, err = source.Rewrite(map[*source.File][]source.Edit{view: list[:1]}); err == nil {
					break
				}
			}
		}
		if err != nil || len(out.Disk) == 0 {
			continue
		}
		made++
		after := out.Disk["vars.yml"].Text
		var left any
		if err := yaml.Unmarshal([]byte(after), &left); err != nil {
			t.Fatalf("%v\nbefore:\n%s\nafter:\n%s", err, text, after)
		}
		if why := lessOnly(before, left, ""); why != "" {
			t.Fatalf("%s\nbefore:\n%s\nafter:\n%s", why, text, after)
		}
	}
	if made < 1000 {
		t.Errorf("only %d documents were changed", made)
	}
}

// randomSettingsYAML writes settings in the styles in which people do.
func randomSettingsYAML(r *rand.Rand) string {
	var b strings.Builder
	for n := range 1 + r.IntN(2) {
		keys := slices.Concat(keptKeys[:r.IntN(3)], goneKeys[:1+r.IntN(2)])
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		fmt.Fprintf(&b, "x%d_sysctl:\n", n)
		indent := strings.Repeat(" ", 2*r.IntN(3))
		style := r.IntN(6)
		if style > 3 {
			indent += "  "
		}
		for _, key := range keys {
			if r.IntN(5) == 0 {
				b.WriteString([]string{"\n", indent + "# about " + key + "\n", "   # x\n"}[r.IntN(3)])
			}
			switch style {
			case 0:
				fmt.Fprintf(&b, "%s- name: %s\n%s  value: \"1\"\n%s", indent, key, indent, randomExtra(r, indent+"  "))
			case 1:
				fmt.Fprintf(&b, "%s- {name: %s, value: '1'}\n", indent, key)
			case 2:
				fmt.Fprintf(&b, "%s- %s=1 # c\n", indent, key)
			case 3:
				fmt.Fprintf(&b, "%s-\n%s  name: %s\n%s  value: 1\n", indent, indent, key, indent)
			case 4:
				fmt.Fprintf(&b, "%s%s: 1\n", indent, key)
			case 5:
				fmt.Fprintf(&b, "%s'%s':\n%s  value: 1\n%s", indent, key, indent, randomExtra(r, indent+"  "))
			}
		}
		if r.IntN(3) == 0 {
			b.WriteString("\n# end\n")
		}
	}
	if r.IntN(2) == 0 {
		b.WriteString("other: 1\n")
	}
	return b.String()
}

// randomExtra is a further entry, of a kind whose end is easily misjudged.
func randomExtra(r *rand.Rand, in string) string {
	return []string{
		"", in + "note: plain\n", in + "note: plain one\n" + in + "  goes on\n", in + "note: \"say \\\"one\n" + in + "  goes on\"\n",
		in + "note: 'one\n\n" + in + "  goes on'\n", in + "note: |\n" + in + "  text\n" + in + "  - more\n", in + "tags: [a,\n" + in + "  b\n" + in + "  ]\n",
		in + "tags:\n" + in + "- a\n" + in + "- b\n", in + "m:\n" + in + "  a: b\n" + in + "  c: ~\n", in + "n:\n", in + "e: []\n", in + "# remark\n",
	}[r.IntN(12)]
}

// lessOnly says what is in a document, apart from settings that may go, that is not
// in another one; empty if all of it is.
func lessOnly(before, after any, at string) string {
	switch b := before.(type) {
	case map[string]any:
		a, ok := after.(map[string]any)
		if !ok || len(a) == 0 {
			return at + " is a mapping no more"
		}
		for key, value := range b {
			if left, there := a[key]; there {
				if why := lessOnly(value, left, at+"/"+key); why != "" {
					return why
				}
			} else if !slices.Contains(goneKeys, key) {
				return at + "/" + key + " is lost"
			}
		}
		if len(a) > len(b) {
			return at + " has more entries"
		}
		return ""
	case []any:
		a, ok := after.([]any)
		if !ok || len(a) == 0 && len(b) > 0 {
			return at + " is a list no more"
		}
		i := 0
		for _, value := range b {
			if i < len(a) && reflect.DeepEqual(value, a[i]) {
				i++
			} else if !mayGo(value) {
				return fmt.Sprintf("%s: %v is lost", at, value)
			}
		}
		if i != len(a) {
			return fmt.Sprintf("%s: %v is new", at, a[i:])
		}
		return ""
	}
	if !reflect.DeepEqual(before, after) {
		return fmt.Sprintf("%s: %v is %v", at, before, after)
	}
	return ""
}

func mayGo(item any) bool {
	switch v := item.(type) {
	case string:
		return slices.Contains(goneKeys, firstKey(v))
	case map[string]any:
		name, _ := v["name"].(string)
		return slices.Contains(goneKeys, name)
	}
	return false
}
