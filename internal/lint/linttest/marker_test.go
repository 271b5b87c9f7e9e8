package linttest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

func TestCutMarkers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, plain string
		marks             []mark
	}{
		{name: "none", text: "a b;\n# no marker\n# a ^ b\n#^a\n", plain: "a b;\n# no marker\n# a ^ b\n#^a\n"},
		{
			name: "indented", text: "    a b;\n   #^^^^ a message\nc;\n", plain: "    a b;\nc;\n",
			marks: []mark{{"f", 1, 5, 9, "a message"}},
		},
		{
			name: "the # in the first column counts", text: "a b;\n#^^^ m\n", plain: "a b;\n",
			marks: []mark{{"f", 1, 1, 5, "m"}},
		},
		{
			name: "the # in the first column does not count behind a blank", text: "a b;\n# ^^ m\n", plain: "a b;\n",
			marks: []mark{{"f", 1, 3, 5, "m"}},
		},
		{
			name: "without #", text: "}\n^ m\n }\n ^ n\n", plain: "}\n }\n",
			marks: []mark{{"f", 1, 1, 2, "m"}, {"f", 2, 2, 3, "n"}},
		},
		{
			name: "several below one line, no message", text: "x;\na b c;\n# ^\n#   ^\t m \nd;\n", plain: "x;\na b c;\nd;\n",
			marks: []mark{{"f", 2, 3, 4, ""}, {"f", 2, 5, 6, "m"}},
		},
		{
			name: "tabs and other characters count one", text: "\tä b;\n\t# ^ m\n", plain: "\tä b;\n",
			marks: []mark{{"f", 1, 4, 5, "m"}},
		},
		{
			name: "no line end", text: "a;\n#^", plain: "a;\n",
			marks: []mark{{"f", 1, 1, 3, ""}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plain, marks, err := cutMarkers("f", tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.plain, plain); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.marks, marks); diff != "" {
				t.Errorf("marks (-want +got):\n%s", diff)
			}
		})
	}
	if _, _, err := cutMarkers("f", "#^ m\na;\n"); err == nil {
		t.Error("a marker above the first line is no error")
	}
}

// TestAnnotate: what annotate writes, cutMarkers reads back.
func TestAnnotate(t *testing.T) {
	t.Parallel()
	const text = "}\n x;\n\tä b c;\n    d e;\n"
	marks := []mark{
		{"f", 1, 1, 2, "one column"},
		{"f", 2, 1, 4, "with the blank"},
		{"f", 2, 2, 3, "column two"},
		{"f", 3, 2, 3, "behind a tab"},
		{"f", 3, 4, 7, "behind an umlaut"},
		{"f", 4, 5, 8, "indented"},
	}
	plain, got, err := cutMarkers("f", annotate(text, marks))
	if err != nil {
		t.Fatal(err)
	}
	if plain != text {
		t.Errorf("the text is not the same: %q", plain)
	}
	if diff := cmp.Diff(marks, got); diff != "" {
		t.Errorf("marks (-want +got):\n%s\nin\n%s", diff, annotate(text, marks))
	}
}

func TestMarkOf(t *testing.T) {
	t.Parallel()
	file := source.NewFile("f", "ä bc\r\nd\n\n")
	tests := []struct {
		name string
		span source.Span
		want mark
	}{
		{"one line", source.Span{Start: 3, End: 5}, mark{"f", 1, 3, 5, "m"}},
		{"over a line end", source.Span{Start: 3, End: 8}, mark{"f", 1, 3, 5, "m"}},
		{"empty", source.Span{Start: 3, End: 3}, mark{"f", 1, 3, 4, "m"}},
		{"the line end alone", source.Span{Start: 6, End: 8}, mark{"f", 1, 6, 7, "m"}},
		{"at the end", source.Span{Start: 10, End: 10}, mark{"f", 4, 1, 2, "m"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := markOf(lint.Finding{At: lint.Place{File: file, Span: tt.span}, Msg: "m"})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	file := source.NewFile("f", "a b;\n")
	found := func(start, end int, msg string) lint.Finding {
		return lint.Finding{At: lint.Place{File: file, Span: source.Span{Start: start, End: end}}, Msg: msg}
	}
	all := []lint.Finding{found(0, 1, "first of all"), found(2, 3, "second")}
	tests := []struct {
		name  string
		marks []mark
		want  []string // lines
	}{
		{name: "equal", marks: []mark{{"f", 1, 3, 4, ""}, {"f", 1, 1, 2, "of all"}}},
		{name: "a mark too many", marks: []mark{{"f", 1, 1, 2, ""}, {"f", 1, 3, 4, ""}, {"f", 1, 3, 4, ""}}, want: []string{"- f:1:3-4: "}},
		{name: "a mark too few", marks: []mark{{"f", 1, 1, 2, ""}}, want: []string{"+ f:1:3-4: second"}},
		{
			name:  "a column off",
			marks: []mark{{"f", 1, 1, 3, ""}, {"f", 1, 3, 4, ""}},
			want:  []string{"- f:1:1-3: ", "+ f:1:1-2: first of all"},
		},
		{
			name:  "another message",
			marks: []mark{{"f", 1, 1, 2, ""}, {"f", 1, 3, 4, "third"}},
			want:  []string{"- f:1:3-4: third", "+ f:1:3-4: second"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for line := range strings.Lines(compare(tt.marks, all)) {
				got = append(got, strings.TrimSuffix(line, "\n"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
