package sysctl_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// checkLaws checks what holds for every text, whatever it is.
func checkLaws(t *testing.T, text string) {
	t.Helper()
	tree := sysctl.Parse(source.NewFile("sysctl.conf", text))
	checkTokens(t, tree)
	for _, e := range tree.Entries {
		checkEntry(t, tree.File, e)
	}
	// Every edit parses the whole text again, so take a few entries of many.
	step := max(1, len(tree.Entries)/8)
	for i := 0; i < len(tree.Entries); i += step {
		checkEdits(t, tree, i)
	}
	if n := len(tree.Entries); n > 0 {
		checkEdits(t, tree, n-1)
	}
	all := shown(tree)
	checkEdit(t, tree, "Append", sysctl.Append(tree, "new.key = 7"), append(slices.Clone(all), newEntry), len(tree.Errors))
}

// checkTokens checks that the tokens make up the text and agree with the tree.
func checkTokens(t *testing.T, tree *sysctl.Tree) {
	t.Helper()
	text, end := tree.File.Text, 0
	var comments, bad, keys []source.Span
	for tok := range sysctl.Tokens(text) {
		s := tok.Span
		if s.Start != end || s.End <= s.Start || s.End > len(text) {
			t.Fatalf("%v token %v behind offset %d of %d", tok.Kind, s, end, len(text))
		}
		end = s.End
		switch tok.Kind {
		case sysctl.Space:
			if blank := strings.Trim(text[s.Start:s.End], " \t\n\v\f\r"); blank != "" {
				t.Errorf("Space token holds %q", blank)
			}
		case sysctl.Comment:
			comments = append(comments, s)
		case sysctl.Bad:
			bad = append(bad, s)
		case sysctl.Key:
			keys = append(keys, s)
		case sysctl.Minus, sysctl.Equals, sysctl.Value:
		}
	}
	if end != len(text) {
		t.Fatalf("tokens end at %d of %d", end, len(text))
	}
	var errors, entries []source.Span
	for _, e := range tree.Errors {
		errors = append(errors, e.Span)
		if e.Msg == "" {
			t.Errorf("error at %v says nothing", e.Span)
		}
	}
	for _, e := range tree.Entries {
		entries = append(entries, e.Key.Span)
	}
	if diff := cmp.Diff([][]source.Span{comments, bad, keys}, [][]source.Span{tree.Comments, errors, entries}); diff != "" {
		t.Errorf("tokens (-) and tree (+) differ:\n%s", diff)
	}
}

// checkEntry checks that spans nest and that values are what the spans hold.
func checkEntry(t *testing.T, file *source.File, e *sysctl.Entry) {
	t.Helper()
	if want := file.LineSpan(file.Position(e.Key.Span.Start).Line); e.Line != want {
		t.Errorf("line %v, want %v", e.Line, want)
	}
	order := []int{
		e.Line.Start, e.Key.Span.Start, e.Key.Span.End, e.Equals.Start, e.Equals.End,
		e.Value.Span.Start, e.Value.Span.End, e.Line.End,
	}
	if !slices.IsSorted(order) {
		t.Fatalf("spans do not nest: %v", order)
	}
	key := file.Slice(e.Key.Span)
	if e.Key.Value != sysctl.NormalizeKey(key) || e.Key.Value == "" {
		t.Errorf("key %q of %q", e.Key.Value, key)
	}
	if again := sysctl.NormalizeKey(e.Key.Value); again != e.Key.Value {
		t.Errorf("NormalizeKey(%q) = %q, not stable", e.Key.Value, again)
	}
	if !e.Glob && !strings.Contains(key, `\`) && !sysctl.Match(key, e.Key.Value) {
		t.Errorf("Match(%q, %q) = false", key, e.Key.Value)
	}
	if e.Glob {
		sysctl.Match(e.Key.Value, "net.core.somaxconn") // must end, whatever it says
	}
	if got := file.Slice(e.Value.Span); got != e.Value.Value {
		t.Errorf("value %q, text %q", e.Value.Value, got)
	}
	equals := "="
	if e.Exclude {
		equals = ""
	}
	if got := file.Slice(e.Equals); got != equals || e.Exclude && (e.Ignore || e.Value.Value != "") {
		t.Errorf("equals sign %q of %s", got, show(e))
	}
	last := e.Value.Span.Start
	for _, f := range e.Fields() {
		if f.Start < last || f.Len() == 0 || !e.Value.Span.Contains(f) {
			t.Errorf("field %v of value %v", f, e.Value.Span)
		}
		last = f.End
	}
}

const newEntry = `set "new.key" "7"`

// checkEdits checks that edits at entry i change that entry and nothing else.
func checkEdits(t *testing.T, tree *sysctl.Tree, i int) {
	t.Helper()
	e, all, bad := tree.Entries[i], shown(tree), len(tree.Errors)
	inLine := 0
	for _, x := range tree.Errors {
		if e.Line.Start <= x.Span.Start && x.Span.Start <= e.Line.End {
			inLine++
		}
	}
	replaced := func(change func(*sysctl.Entry)) []string {
		c := *e
		change(&c)
		return slices.Replace(slices.Clone(all), i, i+1, show(&c))
	}
	checkEdit(t, tree, "Remove", sysctl.Remove(tree, e), slices.Delete(slices.Clone(all), i, i+1), bad-inLine)
	checkEdit(t, tree, "SetValue", sysctl.SetValue(e, "7"), replaced(func(c *sysctl.Entry) {
		c.Ignore, c.Exclude, c.Value.Value = e.Ignore || e.Exclude, false, "7"
	}), bad)
	checkEdit(t, tree, "SetKey", sysctl.SetKey(e, "new.key"), replaced(func(c *sysctl.Entry) {
		c.Glob, c.Key.Value = false, "new.key"
	}), bad)
	checkEdit(t, tree, "AddBefore", sysctl.AddBefore(tree, e, "new.key = 7"), slices.Insert(slices.Clone(all), i, newEntry), bad)
	checkEdit(t, tree, "AddAfter", sysctl.AddAfter(tree, e, "new.key = 7"), slices.Insert(slices.Clone(all), i+1, newEntry), bad)
}

// checkEdit applies an edit and compares what the new text holds.
func checkEdit(t *testing.T, tree *sysctl.Tree, name string, edit source.Edit, want []string, bad int) {
	t.Helper()
	text, err := source.Apply(tree.File.Text, []source.Edit{edit})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got := sysctl.Parse(source.NewFile("sysctl.conf", text))
	if diff := cmp.Diff(want, shown(got)); diff != "" {
		t.Errorf("%s, -want +got:\n%s", name, diff)
	}
	comments := 0 // a removed line takes its own with it
	for _, c := range tree.Comments {
		if !edit.Span.Contains(c) {
			comments++
		}
	}
	if len(got.Errors) != bad || len(got.Comments) != comments {
		t.Errorf("%s: %d errors and %d comments, want %d and %d", name, len(got.Errors), len(got.Comments), bad, comments)
	}
}

// shown lists the entries of a tree; it is never nil.
func shown(tree *sysctl.Tree) []string {
	all := make([]string, 0, len(tree.Entries)+1)
	for _, e := range tree.Entries {
		all = append(all, show(e))
	}
	return all
}

func FuzzParse(f *testing.F) {
	for _, tt := range syntaxTests {
		if len(tt.text) < 1000 {
			f.Add(tt.text)
		}
	}
	f.Fuzz(checkLaws)
}
