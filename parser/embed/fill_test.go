package embed_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// known has a value for every variable whose name is one.
func known(v template.Variable) (embed.Value, bool) {
	text, ok := map[string]string{"n": "32", "long": "a-name-that-is-longer-than-its-tag", "two": "2 3"}[v.Name]
	return embed.Value{Text: text, From: "a test"}, ok
}

// TestFill puts values into a template: of all that was there before, each byte keeps its
// place on disk, and what is written there by an edit is where it was.
func TestFill(t *testing.T) {
	t.Parallel()
	const text = "upstream a {\n    server {{ long }}:80; # é\n    keepalive {{ n }};\n    keepalive_requests {{ other }};\n    keepalive_timeout {{ two }};\n}\n" +
		"{% if tls %}\nkeepalive {{ n }};\n{% endif %}\n"
	was := embed.Template(source.NewFile("x.conf.j2", text), false)
	f := embed.Fill(was, known)
	for _, want := range []string{"    server a-name-that-is-longer-than-its-tag:80;", "    keepalive 32;\n", "\nkeepalive 32;\n"} {
		if !strings.Contains(f.Text, want) {
			t.Errorf("no %q in\n%s", want, f.Text)
		}
	}
	if n := strings.Count(f.Text, string(source.Unknown)); n != len("{{ other }}")+len("{{ two }}") {
		t.Errorf("%d bytes are unknown in\n%q", n, f.Text)
	}
	for _, word := range []string{"upstream", "server ", ":80;", "keepalive ", "keepalive_requests", "keepalive_timeout"} {
		at := 0
		for range strings.Count(text, word) {
			here, there := at+strings.Index(text[at:], word), strings.Index(f.Text, word)
			for n := strings.Count(text[:here], word); n > 0; n-- {
				there += len(word) + strings.Index(f.Text[there+len(word):], word)
			}
			_, disk := f.Locate(source.Span{Start: there, End: there + len(word)})
			if disk != (source.Span{Start: here, End: here + len(word)}) {
				t.Errorf("%q at %d lies on disk at %v, want %d", word, there, disk, here)
			}
			edit, err := f.DiskEdit(source.Edit{Span: source.Span{Start: there, End: there}, New: "x"})
			if err != nil || edit.Span.Start != here {
				t.Errorf("an edit before %q at %d goes to %v, %v; want %d", word, there, edit.Span, err, here)
			}
			at = here + len(word)
		}
	}
	i := strings.Index(f.Text, "keepalive 32")
	whole := source.Span{Start: i, End: i + len("keepalive 32")}
	if _, disk := f.Locate(whole); f.OnDisk().Slice(disk) != "keepalive {{ n }}" {
		t.Errorf("the directive lies at %q", f.OnDisk().Slice(disk))
	}
	if _, err := f.DiskEdit(source.Edit{Span: whole, New: "keepalive 64"}); err == nil {
		t.Error("an edit writes over the code of the template")
	}
	// Each rendering has the values, and the text as it is after an edit.
	for turn, want := range []int{2, 1} {
		r := f.View.Render(func(int) int { return turn })
		if n := strings.Count(r.Text, "keepalive 32;"); n != want {
			t.Errorf("branch %d has the value %d times, want %d:\n%q", turn, n, want, r.Text)
		}
	}
	again, err := f.View.Extract(source.NewFile("x.conf.j2", "# new\n"+text))
	if err != nil || len(again) != 1 || again[0].Text != "# new\n"+f.Text {
		t.Errorf("after an edit: %v %v", again, err)
	}
	// Expressions of what is still unknown are those of before.
	j := strings.IndexByte(f.Text, source.Unknown)
	if got := f.View.Expression(source.Span{Start: j, End: j + len("{{ other }}")}); got != "other" {
		t.Errorf("the expression is %q", got)
	}
}
