package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
)

func replace(start, end int, text string) source.Edit {
	return source.Edit{Span: source.Span{Start: start, End: end}, New: text}
}

func insert(at int, text string) source.Edit { return replace(at, at, text) }

func TestMerge(t *testing.T) {
	const text = "0123456789"
	for _, tt := range []struct {
		name string
		acc  []source.Edit
		fix  []source.Edit
		want string // the text with the merged edits, "" for a conflict
	}{
		{"nothing", nil, nil, text},
		{"apart", []source.Edit{replace(6, 7, "b")}, []source.Edit{replace(1, 2, "a")}, "0a2345b789"},
		{"side by side", []source.Edit{replace(3, 5, "a")}, []source.Edit{replace(5, 6, "b"), replace(2, 3, "")}, "01ab6789"},
		{"identical replacements", []source.Edit{replace(3, 5, "a")}, []source.Edit{replace(3, 5, "a")}, "012a56789"},
		{"identical insertions", []source.Edit{insert(3, "a")}, []source.Edit{insert(3, "a")}, "012a3456789"},
		{"identical in one fix", nil, []source.Edit{insert(3, "a"), insert(3, "a")}, "012a3456789"},
		{"insertions queue", []source.Edit{insert(3, "b")}, []source.Edit{insert(3, "a"), insert(3, "c")}, "012bac3456789"},
		{"insertion before a replacement", []source.Edit{replace(3, 5, "-")}, []source.Edit{insert(3, "a")}, "012a-56789"},
		{"insertion behind a replacement", []source.Edit{insert(5, "a")}, []source.Edit{replace(3, 5, "-")}, "012-a56789"},
		{"insertions at the ends", nil, []source.Edit{insert(10, "b"), insert(0, "a")}, "a0123456789b"},
		{"everything", nil, []source.Edit{replace(0, 10, "")}, ""},

		{"insertion in a replacement", []source.Edit{replace(3, 5, "-")}, []source.Edit{insert(4, "a")}, "conflict"},
		{"replacement around an insertion", []source.Edit{insert(4, "a")}, []source.Edit{replace(3, 5, "-")}, "conflict"},
		{"other text", []source.Edit{replace(3, 5, "a")}, []source.Edit{replace(3, 5, "b")}, "conflict"},
		{"nested", []source.Edit{replace(3, 9, "a")}, []source.Edit{replace(4, 5, "b")}, "conflict"},
		{"same start", []source.Edit{replace(3, 9, "a")}, []source.Edit{replace(3, 4, "b")}, "conflict"},
		{"in one fix", nil, []source.Edit{replace(3, 5, "a"), replace(4, 6, "b")}, "conflict"},
		{"one of two", []source.Edit{replace(3, 5, "a")}, []source.Edit{insert(1, "b"), insert(4, "c")}, "conflict"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			merged, ok := source.Merge(tt.acc, tt.fix)
			if ok != (tt.want != "conflict") {
				t.Fatalf("Merge says %t: %v", ok, merged)
			}
			if !ok {
				if diff := cmp.Diff(tt.acc, merged); diff != "" {
					t.Errorf("a conflict changes what was accepted (-want +got):\n%s", diff)
				}
				return
			}
			got, err := source.Apply(text, merged)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestApplyErrors(t *testing.T) {
	for name, edits := range map[string][]source.Edit{
		"not sorted":     {insert(3, "a"), insert(2, "b")},
		"overlap":        {replace(1, 3, "a"), replace(2, 4, "b")},
		"behind the end": {insert(6, "a")},
		"across the end": {replace(4, 6, "a")},
		"before 0":       {insert(-1, "a")},
		"backwards":      {replace(3, 2, "a")},
	} {
		if got, err := source.Apply("01234", edits); err == nil {
			t.Errorf("%s: no error but %q", name, got)
		} else if got != "" {
			t.Errorf("%s: an error and %q", name, got)
		}
	}
}

func TestShift(t *testing.T) {
	// 0123456789 becomes 0ab1-5xyz789.
	edits := []source.Edit{insert(1, "ab"), replace(2, 5, "-"), replace(6, 7, "xyz")}
	for offset, want := range map[int]int{
		0:  0,
		1:  3, // behind the insertion
		2:  4, // the start of what is replaced
		3:  5, // inside: the end of the replacement
		4:  5,
		5:  5,
		6:  6,
		7:  9,
		10: 12,
	} {
		if got := source.Shift(offset, edits); got != want {
			t.Errorf("Shift(%d) = %d, want %d", offset, got, want)
		}
	}
	if got := source.Shift(7, nil); got != 7 {
		t.Errorf("without edits 7 becomes %d", got)
	}
}

// FuzzMerge reads edits from bytes and checks that Merge refuses exactly those
// that overlap an accepted one, and that the merged edits do at once what the
// accepted ones do one by one.
func FuzzMerge(f *testing.F) {
	f.Add([]byte{3, 5, 1, 3, 3, 2, 5, 5, 3, 4, 4, 0})
	f.Add([]byte{0, 9, 1, 0, 0, 1, 9, 9, 1, 0, 9, 1})
	f.Add([]byte{4, 4, 1, 4, 4, 2, 4, 6, 0, 3, 4, 0, 4, 4, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		const text = "0123456789"
		var edits []source.Edit
		for ; len(data) >= 3; data = data[3:] {
			start, end := int(data[0])%11, int(data[1])%11
			edits = append(edits, replace(min(start, end), max(start, end), strings.Repeat("x", int(data[2])%3)+string('a'+rune(data[2]%26))))
		}
		var merged []source.Edit
		stepwise := text
	next:
		for _, e := range edits {
			got, ok := source.Merge(merged, []source.Edit{e})
			for _, a := range merged {
				if a == e {
					if !ok || len(got) != len(merged) {
						t.Fatalf("%v does not coalesce with %v", e, merged)
					}
					continue next
				}
			}
			if want := !touchesAny(merged, e.Span); ok != want {
				t.Fatalf("merging %v into %v says %t", e, merged, ok)
			}
			if !ok {
				continue
			}
			start := source.Shift(e.Span.Start, merged)
			stepwise = stepwise[:start] + e.New + stepwise[start+e.Span.Len():]
			merged = got
		}
		atOnce, err := source.Apply(text, merged)
		if err != nil {
			t.Fatal(err)
		}
		if atOnce != stepwise {
			t.Fatalf("%v: at once %q, one by one %q", merged, atOnce, stepwise)
		}
	})
}

// touchesAny says byte by byte what an overlap is: a byte that both replace, or
// a point between two bytes that one replaces and at which the other inserts.
func touchesAny(edits []source.Edit, s source.Span) bool {
	inside := func(s source.Span, point int) bool { return s.Start < point && point < s.End }
	for _, e := range edits {
		if e.Span.Len() == 0 && inside(s, e.Span.Start) || s.Len() == 0 && inside(e.Span, s.Start) {
			return true
		}
		for i := range 11 {
			if e.Span.Start <= i && i < e.Span.End && s.Start <= i && i < s.End {
				return true
			}
		}
	}
	return false
}
