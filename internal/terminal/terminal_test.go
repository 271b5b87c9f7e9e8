package terminal

import (
	"bytes"
	"testing"
	"time"
)

func TestLinked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"no terminal", map[string]string{"TERM_PROGRAM": "WezTerm"}, false},
		{"forced", map[string]string{"FORCE_HYPERLINK": "1"}, true},
		{"forced by a word", map[string]string{"FORCE_HYPERLINK": "always"}, true},
		{"forbidden", map[string]string{"FORCE_HYPERLINK": "0", "WT_SESSION": "x"}, false},
	} {
		if got := Linked(&bytes.Buffer{}, func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var quick, slow bytes.Buffer
	p := startProgress(&quick, "linting", time.Hour)
	p.Show(1, 10)
	p.Stop()
	if quick.Len() > 0 {
		t.Errorf("a short run shows %q", quick.String())
	}
	p = &Progress{w: &slow, what: "linting"}
	p.Show(1, 4)
	p.draw()
	if got, want := slow.String(), "\r\x1b[Klinting [#######-----------------------] 1/4"; got != want {
		t.Errorf("a long run shows %q, want %q", got, want)
	}
	var none *Progress
	none.Show(1, 2)
	none.Stop()
}

func TestPrintable(t *testing.T) {
	if got, want := Printable("a\x1b[31mé\u202e\n"), "a\\x1b[31mé\\u202e\\n"; got != want {
		t.Errorf("Printable gives %q, want %q", got, want)
	}
}
