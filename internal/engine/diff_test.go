package engine

import "testing"

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{
		"a/nginx.conf":    "a/nginx.conf",
		"a/my file é":     "a/my file é",
		`a/"x" \ y`:       `"a/\"x\" \\ y"`,
		"a/tab\tnl\n\x7f": `"a/tab\011nl\012\177"`,
	} {
		if got := quoted(in); got != want {
			t.Errorf("quoted(%q) = %s, want %s", in, got, want)
		}
	}
}
