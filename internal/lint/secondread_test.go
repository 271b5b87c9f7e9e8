package lint_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// TestGates holds the two gates for patched text against each other: untouched
// knows what the edits mean to change, secondRead knows how another parser reads
// the result. Between them nothing gets through.
func TestGates(t *testing.T) {
	t.Parallel()
	const text = "server {\n    root /a; # why\n    listen 80;\n    location / { return 204; }\n}\n"
	at := func(part string) int { return strings.Index(text, part) }
	insert := func(before, s string) source.Edit {
		return source.Edit{Span: source.Span{Start: at(before), End: at(before)}, New: s}
	}
	replace := func(part, s string) source.Edit {
		return source.Edit{Span: source.Span{Start: at(part), End: at(part) + len(part)}, New: s}
	}
	tests := []struct {
		name  string
		edits []source.Edit
		want  string // part of the error of untouched; empty if it lets the edits pass
	}{
		{"nothing", nil, ""},
		{"a line", []source.Edit{insert("listen", "etag off;\n    ")}, ""},
		{"a line in front", []source.Edit{insert("server", "etag off;\n")}, ""},
		{"a line at the end", []source.Edit{{Span: source.Span{Start: len(text), End: len(text)}, New: "server { }\n"}}, ""},
		{"an argument", []source.Edit{replace("80", "8080 default_server")}, ""},
		{"another directive", []source.Edit{replace("listen 80", "etag off")}, ""},
		{"no directive", []source.Edit{replace("listen 80;\n", "")}, ""},
		{"no block", []source.Edit{replace("location / { return 204; }", "")}, ""},
		{"opening words", []source.Edit{replace("location /", "location = /")}, ""},
		{"two edits", []source.Edit{replace("/a", "/longer"), insert("listen", "etag off; ")}, ""},
		{"a forgotten semicolon", []source.Edit{insert("listen", "etag off\n    ")}, "something else of the directive listen"},
		{"a forgotten semicolon before a changed directive", []source.Edit{insert("listen", "etag off "), replace("80", "81")}, "something else of the directive listen"},
		{"a semicolon cut off", []source.Edit{{Span: source.Span{Start: at("80") + 2, End: at("80") + 3}}}, "something else of the directive location"},
		{"an argument that is two", []source.Edit{replace("80", "80; etag off")}, ""},
		{"a comment over a directive", []source.Edit{insert("listen", "# ")}, "something else of the directive listen"},
		{"a quote over a directive", []source.Edit{insert("# why", `etag "`), insert("return", `";`)}, "something else of the directive listen"},
		{"a block closed too early", []source.Edit{insert("listen", "} server { ")}, "something else of the directive listen"},
		{"a directive drawn into a block", []source.Edit{insert("listen", "location /x { "), insert("location", "} ")}, "something else of the directive listen"},
		{"a comment cut open", []source.Edit{replace("# ", "")}, "something else of the directive listen"},
		{"a comment cut open and closed", []source.Edit{replace("# ", ""), insert("\n    listen", ";")}, "the directive why of something else"},
		{"a comment that an edit wrote", []source.Edit{replace("# why", "why;")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			edits, ok := source.Merge(nil, tt.edits)
			if !ok {
				t.Fatal("the edits overlap")
			}
			fixed, err := source.Apply(text, edits)
			if err != nil {
				t.Fatal(err)
			}
			before, after := nginx.Parse(source.NewFile("f", text)), nginx.Parse(source.NewFile("f", fixed))
			err = lint.Untouched(before, after, edits)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q, for\n%s", err, tt.want, fixed)
			}
			if err := lint.SecondRead(before, after); err != nil {
				t.Errorf("the second reader: %v", err)
			}
		})
	}
}

// TestSecondRead: what two parsers disagree about is refused, unless the second
// one refused the text to begin with.
func TestSecondRead(t *testing.T) {
	t.Parallel()
	const plain = "server { listen 80; }\n"
	tests := []struct {
		name, before, after string
		want                string // part of the error; empty if there is none
	}{
		{"the same", plain, plain, ""},
		{"a directive more", plain, "server { listen 80; etag off; }\n", ""},
		{"quotes", plain, "server { listen 80; add_header A \"b;c\" always; }\n", ""},
		{"an upstream", "upstream a { server 127.0.0.1:1; }\n", "upstream a { server 127.0.0.1:1 weight=2 backup; keepalive 3; }\n", ""},
		{"a map", plain, "map $http_upgrade $c { default upgrade; '' \"\"; }\n" + plain, ""},
		{"refused by the second reader", plain, "server { listen 80;\n", "a second parser refuses the result"},
		{"refused from the start", "server { listen 80;\n", plain, ""},
		// To gonginx, the second backslash escapes the quote.
		{"read in another way", plain, "server { listen 80; set $a \"b\\\\\"; etag off; }\n", "a second parser"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := lint.SecondRead(nginx.Parse(source.NewFile("f", tt.before)), nginx.Parse(source.NewFile("f", tt.after)))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestMoves: the quick way of following an offset is the plain one of Shift.
func TestMoves(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var edits []source.Edit
		for range random.IntN(6) {
			start := random.IntN(30)
			e := source.Edit{Span: source.Span{Start: start, End: start + random.IntN(4)}, New: strings.Repeat("x", random.IntN(4))}
			if merged, ok := source.Merge(edits, []source.Edit{e}); ok {
				edits = merged
			}
		}
		m := lint.NewMoves(edits)
		old := strings.Repeat(".", 40)
		text, err := source.Apply(old, edits)
		if err != nil {
			t.Fatal(err)
		}
		for i := range old {
			if got, want := m.Shift(i), source.Shift(i, edits); got != want {
				t.Fatalf("offset %d moves to %d, want %d, by %v", i, got, want, edits)
			}
		}
		for i := range text {
			if got, want := m.Wrote(i), text[i] == 'x'; got != want {
				t.Fatalf("offset %d of %q is written: %v, by %v", i, text, got, edits)
			}
		}
	}
}
