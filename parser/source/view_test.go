package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/source"
)

// block makes a view of the lines below "key: |", which are indented by two, as
// in a block scalar of YAML.
func block(disk *source.File, eol string) *source.File {
	const prefix = "  "
	var text strings.Builder
	var segments []source.Segment
	inside, offset := false, 0
	for line := range strings.Lines(disk.Text) {
		content := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		switch {
		case strings.HasPrefix(content, "key:"):
			inside = true
		case inside && (strings.HasPrefix(content, prefix) || content == ""):
			skip := min(len(prefix), len(content))
			segments = append(segments, source.Segment{Text: text.Len(), Disk: offset + skip, Len: len(content) - skip})
			text.WriteString(content[skip:])
			if strings.HasSuffix(line, "\n") {
				segments = append(segments, source.Segment{Text: text.Len(), Disk: offset + len(line) - 1, Len: 1})
				text.WriteByte('\n')
			}
		default:
			inside = false
		}
		offset += len(line)
	}
	return source.NewView(disk.Path+"#key", text.String(), source.View{
		Disk: disk, Where: "key", Segments: source.Joined(segments),
		Encoding: source.Encoding{Prefix: prefix, EOL: eol},
		Extract:  func(d *source.File) ([]*source.File, error) { return []*source.File{block(d, eol)}, nil },
	})
}

const manifest = "a: 1\nkey: |\n  one;\n\n  two {\n    three;\n  }\nb: 2\n"

func TestLocate(t *testing.T) {
	t.Parallel()
	v := block(source.NewFile("m.yaml", manifest), "")
	if want := "one;\n\ntwo {\n  three;\n}\n"; v.Text != want {
		t.Fatalf("the text is %q", v.Text)
	}
	for _, word := range []string{"one;", "two", "  three;", "}\n", "two {\n  three;\n}", "ne;\n\nt"} {
		i := strings.Index(v.Text, word)
		disk, span := v.Locate(source.Span{Start: i, End: i + len(word)})
		got := strings.ReplaceAll(disk.Slice(span), "\n  ", "\n")
		if disk.Path != "m.yaml" || got != word {
			t.Errorf("%q is found as %q", word, got)
		}
	}
	for _, at := range []int{0, 1, 5, 6, len(v.Text)} {
		disk, span := v.Locate(source.Span{Start: at, End: at})
		if span.Len() != 0 || at < len(v.Text) && disk.Text[span.Start] != v.Text[at] {
			t.Errorf("offset %d is found at %v", at, span)
		}
	}
	plain := source.NewFile("x", "abc")
	if disk, span := plain.Locate(source.Span{Start: 1, End: 2}); disk != plain || span.Start != 1 || plain.OnDisk() != plain {
		t.Error("a file on disk is not where it is")
	}
}

// TestRewrite makes edits of a text and looks at the file on disk.
func TestRewrite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		at   string // the edit replaces this, or inserts before it if it begins with "^"
		text string
		want string // what becomes of the block on disk
	}{
		{"a word", "three", "drei", "  one;\n\n  two {\n    drei;\n  }\n"},
		{"a line removed", "one;\n", "", "\n  two {\n    three;\n  }\n"},
		{"the last line removed", "}\n", "", "  one;\n\n  two {\n    three;\n"},
		{"lines removed", "one;\n\ntwo {\n", "", "    three;\n  }\n"},
		{"a line added", "^two", "zero;\n", "  one;\n\n  zero;\n  two {\n    three;\n  }\n"},
		{"lines added at the end", "^", "x;\n\ny;\n", "  one;\n\n  two {\n    three;\n  }\n  x;\n\n  y;\n"},
		{"a line added at the front", "^one", "zero;\n", "  zero;\n  one;\n\n  two {\n    three;\n  }\n"},
		{"a line added behind words", "^;\n\n", ";\nzero", "  one;\n  zero;\n\n  two {\n    three;\n  }\n"},
		{"a line end", "^\n}", "\n  four;", "  one;\n\n  two {\n    three;\n    four;\n  }\n"},
		{"lines replaced", "two {\n  three;\n}\n", "two;\nthree;\n", "  one;\n\n  two;\n  three;\n"},
		{"lines joined", "{\n  three;\n}", "{ three; }", "  one;\n\n  two { three; }\n"},
	} {
		for _, eol := range []string{"\n", "\r\n"} {
			t.Run(tt.name+" "+strings.ReplaceAll(eol, "\r", "CR"), func(t *testing.T) {
				t.Parallel()
				disk := source.NewFile("m.yaml", strings.ReplaceAll(manifest, "\n", eol))
				v := block(disk, eol)
				word, before := strings.CutPrefix(tt.at, "^")
				i := strings.Index(v.Text, word)
				if tt.at == "^" {
					i = len(v.Text)
				}
				e := replace(i, i+len(word), tt.text)
				if before {
					e = insert(i, tt.text)
				}
				got, err := source.Rewrite(map[*source.File][]source.Edit{v: {e}})
				if err != nil {
					t.Fatal(err)
				}
				want := "a: 1\nkey: |\n" + tt.want + "b: 2\n"
				if diff := cmp.Diff(strings.ReplaceAll(want, "\n", eol), got.Disk["m.yaml"].Text); diff != "" {
					t.Errorf("on disk (-want +got):\n%s", diff)
				}
				if again, _ := source.Apply(v.Text, []source.Edit{e}); got.Files["m.yaml#key"].Text != again {
					t.Errorf("the text is %q, want %q", got.Files["m.yaml#key"].Text, again)
				}
			})
		}
	}
}

// TestRewriteRefuses lists what cannot be written on disk.
func TestRewriteRefuses(t *testing.T) {
	t.Parallel()
	disk := source.NewFile("m", "key = value ¤")
	view := func(change func(*source.View)) *source.File {
		v := source.View{
			Disk: disk,
			Segments: []source.Segment{
				{Text: 0, Disk: 0, Len: 3}, // key
				{Text: 4, Disk: 6, Len: 5}, // value
				{Text: 10, Disk: 12, Len: 1},
			},
			Extract: func(d *source.File) ([]*source.File, error) {
				return []*source.File{source.NewView("m#", d.Text, source.View{Disk: d})}, nil
			},
		}
		change(&v)
		return source.NewView("m#", "key=value\n\x1a", v)
	}
	same := func(*source.View) {}
	for _, tt := range []struct {
		name   string
		change func(*source.View)
		edit   source.Edit
		want   string
	}{
		{"locked", func(v *source.View) { v.Locked = "folded" }, replace(0, 3, "x"), "m# cannot be edited: folded"},
		{"glue", same, replace(3, 4, ":"), "text that the file does not hold"},
		{"across glue", same, replace(0, 9, "x"), "text that the file does not hold"},
		{"unknown", same, replace(10, 11, "x"), "the code of a template"},
		{"outside", same, replace(4, 40, "x"), "outside"},
		{"no escape", func(v *source.View) {
			v.Encoding.Escape = func(string) (string, bool) { return "", false }
		}, replace(4, 9, `"`), "cannot be written there"},
		{"not as meant", same, replace(4, 9, "other"), "does not read as meant after a fix"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := source.Rewrite(map[*source.File][]source.Edit{view(tt.change): {tt.edit}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || got.Disk != nil {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzRewrite checks the square law: extracting after an edit on disk gives what
// the edit makes of the text, or the edit is refused; nothing outside the block
// changes.
func FuzzRewrite(f *testing.F) {
	f.Add("one;\n\ntwo {\n  three;\n}\n", uint8(3), uint8(2), "x\ny")
	f.Add("a\nb\nc\n", uint8(2), uint8(2), "")
	f.Add("a", uint8(1), uint8(0), "\n")
	f.Fuzz(func(t *testing.T, text string, at, length uint8, with string) {
		if strings.ContainsAny(text+with, "\r\x1a") {
			return
		}
		var disk strings.Builder
		disk.WriteString("key:\n")
		for line := range strings.Lines(strings.TrimSuffix(text, "\n") + "\n") {
			if line != "\n" {
				disk.WriteString("  ")
			}
			disk.WriteString(line)
		}
		v := block(source.NewFile("m", disk.String()+"end\n"), "")
		start := min(int(at), len(v.Text))
		e := replace(start, min(start+int(length), len(v.Text)), with)
		got, err := source.Rewrite(map[*source.File][]source.Edit{v: {e}})
		if err != nil {
			return
		}
		want, err := source.Apply(v.Text, []source.Edit{e})
		if err != nil {
			t.Fatal(err)
		}
		if got.Files["m#key"].Text != want {
			t.Errorf("reads as %q, want %q", got.Files["m#key"].Text, want)
		}
		if d := got.Disk["m"].Text; !strings.HasPrefix(d, "key:\n") || !strings.HasSuffix(d, "end\n") {
			t.Errorf("on disk is %q", d)
		}
	})
}
