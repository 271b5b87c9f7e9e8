package sysctl_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

func TestEdit(t *testing.T) {
	remove := func(i int) func(*sysctl.Tree) source.Edit {
		return func(t *sysctl.Tree) source.Edit { return sysctl.Remove(t, t.Entries[i]) }
	}
	setValue := func(i int, value string) func(*sysctl.Tree) source.Edit {
		return func(t *sysctl.Tree) source.Edit { return sysctl.SetValue(t.Entries[i], value) }
	}
	setKey := func(i int, key string) func(*sysctl.Tree) source.Edit {
		return func(t *sysctl.Tree) source.Edit { return sysctl.SetKey(t.Entries[i], key) }
	}
	before := func(i int) func(*sysctl.Tree) source.Edit {
		return func(t *sysctl.Tree) source.Edit { return sysctl.AddBefore(t, t.Entries[i], "new") }
	}
	after := func(i int) func(*sysctl.Tree) source.Edit {
		return func(t *sysctl.Tree) source.Edit { return sysctl.AddAfter(t, t.Entries[i], "new") }
	}
	all := func(t *sysctl.Tree) source.Edit {
		edits := sysctl.RemoveAll(t, t.Entries...)
		if len(edits) != 1 {
			return source.Edit{}
		}
		return edits[0]
	}
	add := func(t *sysctl.Tree) source.Edit { return sysctl.Append(t, "new") }

	tests := []struct {
		name, text string
		edit       func(*sysctl.Tree) source.Edit
		want       string
	}{
		{"remove first", "a=1\nb=2\n", remove(0), "b=2\n"},
		{"remove last", "a=1\nb=2\n", remove(1), "a=1\n"},
		{"remove only", "a=1\n", remove(0), ""},
		{"remove only without newline", "a=1", remove(0), ""},
		{"remove last without newline", "# c\n a=1", remove(0), "# c"},
		{"remove last without newline, CRLF", "# c\r\na=1", remove(0), "# c"},
		{"remove last behind blank lines", "\n\na=1", remove(0), ""},
		{"remove with indentation and CRLF", "# c\r\n\t-a = 1 \r\nb=2\r\n", remove(0), "# c\r\nb=2\r\n"},
		{"remove leaves no two blank lines", "# c\n\na=1\n\n# d\n", remove(0), "# c\n\n# d\n"},
		{"remove first with blank lines behind", "a=1\n\nb=1\n", remove(0), "b=1\n"},
		{"remove last with blank lines in front", "b=1\n\n\na=1\n", remove(1), "b=1\n"},
		{"remove with its comment", "b=1\n\n# why\n; really\na=1\n\nc=1\n", remove(1), "b=1\n\nc=1\n"},
		{"remove with its comment, which names it", "b=1\n# foobar is slow\nx.foobar=1\nc=1\n", remove(1), "b=1\nc=1\n"},
		{"remove with its comment, CRLF", "b=1\r\n\r\n# why\r\na=1\r\n", remove(1), "b=1\r\n"},
		{"the comment over several stays", "b=1\n\n# why\na=1\nc=1\n", remove(1), "b=1\n\n# why\nc=1\n"},
		{"the comment that names the next stays", "# foo and bar\nx.foo=1\nx.bar=1\n", remove(0), "# foo and bar\nx.bar=1\n"},
		{"the comment of the file stays", "# ours\na=1\n\nb=1\n", remove(0), "# ours\n\nb=1\n"},
		{"a frame stays", "b=1\n\n####\n# net\n####\na=1\n\nc=1\n", remove(1), "b=1\n\n####\n# net\n####\n\nc=1\n"},
		{"a setting put aside stays", "b=1\n# x.c = 1\n# why\na=1\n\nc=1\n", remove(1), "b=1\n# x.c = 1\n\nc=1\n"},
		{"remove with lone CR at the end", "a=1\r", remove(0), ""},

		{"remove all, which touch", "\n# why\na=1\n\nb=1\nc=1\n", all, ""},

		{"set value", " a = 1 2 \r\n", setValue(0, "3"), " a = 3 \r\n"},
		{"set value with comment text", "a = 1 # c\n", setValue(0, "1"), "a = 1\n"},
		{"set missing value", "a=\nb=1\n", setValue(0, "3"), "a=3\nb=1\n"},
		{"set missing value behind a blank", "a =\nb=1\n", setValue(0, "3"), "a = 3\nb=1\n"},
		{"set value of an exclusion", "-a\n", setValue(0, "3"), "-a = 3\n"},
		{"set key", "\t-a\t= 1\n", setKey(0, "b.c"), "\t-b.c\t= 1\n"},
		{"set key of an exclusion", "-a \n", setKey(0, "b.c"), "-b.c \n"},

		{"add before", "# c\n  a=1\nb=2\n", before(0), "# c\n  new\n  a=1\nb=2\n"},
		{"add before, CRLF", "a=1\r\n\tb=2\r\n", before(1), "a=1\r\n\tnew\r\n\tb=2\r\n"},
		{"add before a line without newline", "a=1\r\nb=2", before(1), "a=1\r\nnew\r\nb=2"},
		{"add before the only line", "a=1", before(0), "new\na=1"},

		{"add after", "  -a=1\nb=2\n", after(0), "  -a=1\n  new\nb=2\n"},
		{"add after, CRLF", "a=1\r\nb=2\r\n", after(1), "a=1\r\nb=2\r\nnew\r\n"},
		{"add after a line without newline", "a=1\n b=2", after(1), "a=1\n b=2\n new"},
		{"add after a line without newline, CRLF", "a=1\r\n b=2", after(1), "a=1\r\n b=2\r\n new"},
		{"add after the only line", "a=1", after(0), "a=1\nnew"},

		{"append", "a=1\n", add, "a=1\nnew\n"},
		{"append, CRLF", "a=1\r\n# c\r\n", add, "a=1\r\n# c\r\nnew\r\n"},
		{"append to an empty file", "", add, "new\n"},
		{"append mends the end", "a=1\nb=2", add, "a=1\nb=2\nnew\n"},
		{"append mends the end, CRLF", "a=1\r\nb=2", add, "a=1\r\nb=2\r\nnew\r\n"},
		{"append behind a comment", "# c", add, "# c\nnew\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := sysctl.Parse(source.NewFile("sysctl.conf", tt.text))
			got, err := source.Apply(tt.text, []source.Edit{tt.edit(tree)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			checkLaws(t, tt.text)
		})
	}
}

// Edits of one fix combine, so that a rule can replace a line by another.
func TestEditsCombine(t *testing.T) {
	for text, want := range map[string]string{
		"a=1\nb=2\nc=3\n": "a=1\nnew\nc=3\n",
		"a=1\nb=2":        "a=1\nnew",
	} {
		tree := sysctl.Parse(source.NewFile("sysctl.conf", text))
		e := tree.Entries[1]
		edits, ok := source.Merge(nil, []source.Edit{sysctl.Remove(tree, e), sysctl.AddAfter(tree, e, "new")})
		if !ok {
			t.Fatalf("%q: edits conflict", text)
		}
		got, err := source.Apply(text, edits)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
