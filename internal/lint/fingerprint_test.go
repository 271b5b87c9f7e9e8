package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// marked makes a finding for every "[...]" in a text, which stands on what is in
// the brackets.
func marked(path, rule, text string) []lint.Finding {
	plain := strings.NewReplacer("[", "", "]", "").Replace(text)
	file := source.NewFile(path, plain)
	r := &lint.Rule{ID: rule}
	var out []lint.Finding
	for at, n := 0, 0; ; n++ {
		i := strings.IndexByte(text[at:], '[')
		if i < 0 {
			return out
		}
		end := strings.IndexByte(text[at+i:], ']')
		start := at + i - 2*n
		out = append(out, lint.Finding{Rule: r, At: lint.Place{File: file, Span: source.Span{Start: start, End: start + end - 1}}})
		at += i + end + 1
	}
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	const text = "server {\n  [etag on;]\n}\n"
	was := lint.Fingerprints(marked("a.conf", "nginx-x", text))[0]
	for _, tt := range []struct {
		name             string
		path, rule, text string
		same             bool
	}{
		{"nothing", "a.conf", "nginx-x", text, true},
		{"lines above", "a.conf", "nginx-x", "# new\n\nuser x;\n" + text, true},
		{"another indentation", "a.conf", "nginx-x", "server {\n\t\t[etag   on;]\n}\n", true},
		{"CRLF", "a.conf", "nginx-x", strings.ReplaceAll(text, "\n", "\r\n"), true},
		{"another file", "b.conf", "nginx-x", text, false},
		{"another rule", "a.conf", "nginx-y", text, false},
		{"another line", "a.conf", "nginx-x", "server {\n  [etag off;]\n}\n", false},
		{"another part of the line", "a.conf", "nginx-x", "server {\n  [etag] on;\n}\n", false},
	} {
		if got := lint.Fingerprints(marked(tt.path, tt.rule, tt.text))[0]; (got == was) != tt.same {
			t.Errorf("%s: %s becomes %s", tt.name, was, got)
		}
	}
	two := lint.Fingerprints(marked("a.conf", "nginx-x", "[etag on;]\n[etag on;]\n[etag off;]\n"))
	if slices.Sort(two); len(slices.Compact(two)) != 3 {
		t.Error("equal lines have equal fingerprints")
	}
	backwards := marked("a.conf", "nginx-x", "[etag on;]\n[etag on;]\n")
	first := lint.Fingerprints(backwards)
	slices.Reverse(backwards)
	second := lint.Fingerprints(backwards)
	if slices.Reverse(second); !slices.Equal(first, second) {
		t.Error("the order of the list matters")
	}
}
