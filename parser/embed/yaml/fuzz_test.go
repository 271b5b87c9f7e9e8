package yaml

import (
	"testing"

	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/source"
)

func FuzzExtractYAML(f *testing.F)         { embedtest.Fuzz(f, "a.yaml", Read) }
func FuzzExtractYAMLTemplate(f *testing.F) { embedtest.Fuzz(f, "a.yaml.j2", Read) }

// FuzzYAMLScalar finds every scalar that the library reads: it is just that, or it
// is not found.
func FuzzYAMLScalar(f *testing.F) {
	for _, s := range []string{"a: b\n  c\n", "- 'a''b\n\n  c'\n- \"d\\\n  e\\n\"\n", "a: |2-\n   b\n\n  c\nd: >+\n  e\n   f\n\n", "&a !!str b: *a\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("a.yaml", text)
		d := &yamlDoc{in: file, text: text, end: len(text)}
		if d.read() != nil {
			return
		}
		for _, n := range scalarsOf(d.root) {
			if got, ok := d.scalar(n); ok && got.text.String() != n.Value {
				t.Errorf("the library reads %q, found is %q", n.Value, got.text.String())
			}
		}
	})
}
