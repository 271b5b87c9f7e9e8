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
		{"the brace on a line of its own", "a.conf", "nginx-x", "server # of names\n\n{\n  [etag on;]\n}\n", true},
		{"another block", "a.conf", "nginx-x", "http {\n  [etag on;]\n}\n", false},
		{"one more block around", "a.conf", "nginx-x", "http {\n" + text + "}\n", false},
		{"blocks above", "a.conf", "nginx-x", "events { }\nhttp {\n  server { listen 80; }\n}\n" + text, true},
		{"braces above that are none", "a.conf", "nginx-x", "# {\nset $a \"}{\"; set $b '{'; set $c ${d}{e}; set $f \\{;\nlog_format x '{'\n  '\"}';\n" + text, true},
		{"braces too many above", "a.conf", "nginx-x", "}\n}\n" + text, true},
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

// TestFingerprintsOfEqualLines checks that a new place of a known fault is told
// from the known ones, wherever it stands.
func TestFingerprintsOfEqualLines(t *testing.T) {
	t.Parallel()
	const a, b, c = "location /a {\n  [etag on;]\n}\n", "location /b {\n  [etag on;]\n}\n", "location /c {\n  [etag on;]\n}\n"
	was := lint.Fingerprints(marked("a.conf", "nginx-x", a+c))
	now := lint.Fingerprints(marked("a.conf", "nginx-x", b+a+c))
	if !slices.Equal(was, now[1:]) {
		t.Errorf("a block above changes %q to %q", was, now[1:])
	}
	if slices.Contains(was, now[0]) {
		t.Error("a new place has the fingerprint of a known one")
	}
}

// TestFingerprintsOfWording checks what the message has to do with it: nothing,
// where there is a place.
func TestFingerprintsOfWording(t *testing.T) {
	t.Parallel()
	of := func(path, msg string) string {
		found := []lint.Finding{{Rule: &lint.Rule{ID: "nginx-x"}, Msg: msg}}
		if path != "" {
			found = marked(path, "nginx-x", "[etag on;]\n")
			found[0].Msg = msg
		}
		return lint.Fingerprints(found)[0]
	}
	if of("a.conf", "one") != of("a.conf", "two") {
		t.Error("another wording changes the fingerprint of a finding with a place")
	}
	if again := of("", "one"); of("", "one") == of("", "two") || of("", "one") != again {
		t.Error("the message does not tell findings without a place apart")
	}
}

// FuzzFingerprints puts lines between those of a file, which changes no
// fingerprint as long as they are whole statements or remarks.
func FuzzFingerprints(f *testing.F) {
	const text = "http {\n  server {\n    [etag on;]\n    location /a {\n      [etag on;]\n      [etag  off;]\n    }\n  }\n}\n[user x;]\n"
	f.Add(int64(0x0123456789abcdef))
	f.Add(int64(-1))
	f.Fuzz(func(t *testing.T, choice int64) {
		more := []string{"", "\n", "# { } ' \"\n", "\tmap $a $b { default '{'; }\n", "gzip on; # }\n", "location /new {\n}\n", "  \r\n", "set $x \"}\";\n"}
		var b strings.Builder
		for line := range strings.Lines(text) {
			b.WriteString(more[choice&7])
			b.WriteString(strings.Repeat(" ", int(choice>>3&1)))
			b.WriteString(line)
			choice = int64(uint64(choice)>>4 | uint64(choice)<<60)
		}
		was, now := lint.Fingerprints(marked("a.conf", "nginx-x", text)), lint.Fingerprints(marked("a.conf", "nginx-x", b.String()))
		if !slices.Equal(was, now) {
			t.Errorf("%q becomes %q in\n%s", was, now, b.String())
		}
	})
}
