package lint

import (
	"testing"

	"github.com/tcplint/tcplint/parser/source"
)

func TestBlankAfter(t *testing.T) {
	t.Parallel()
	edit := func(start, end int, text string) source.Edit {
		return source.Edit{Span: source.Span{Start: start, End: end}, New: text}
	}
	for name, test := range map[string]struct {
		text  string
		edits []source.Edit
		want  bool
	}{
		"all of it goes":           {" a\nb\n", []source.Edit{edit(3, 4, ""), edit(1, 2, " ")}, true},
		"something stays in front": {"a b", []source.Edit{edit(2, 3, "")}, false},
		"something stays behind":   {"a b", []source.Edit{edit(0, 1, "")}, false},
		"something stays between":  {"a b c", []source.Edit{edit(0, 1, ""), edit(4, 5, "")}, false},
		"something comes instead":  {"a", []source.Edit{edit(0, 1, "b")}, false},
		"edits that overlap":       {"ab", []source.Edit{edit(0, 2, ""), edit(1, 2, "")}, false},
	} {
		if got := blankAfter(test.text, test.edits); got != test.want {
			t.Errorf("%s: it is %t", name, got)
		}
	}
}
