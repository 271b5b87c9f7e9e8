package nginx_test

import (
	"testing"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

func TestQuote(t *testing.T) {
	for value, want := range map[string]string{
		"":           `""`,
		"on":         "on",
		"$host:80":   "$host:80",
		"${host}":    `"${host}"`,
		"a b":        `"a b"`,
		"a;":         `"a;"`,
		"#":          `"#"`,
		"it's":       `"it's"`,
		`say "a"`:    `"say \"a\""`,
		`\.php$`:     `"\.php$"`,
		`a\`:         `"a\\"`,
		`\n`:         `"\\n"`,
		`\"`:         `"\\\""`,
		`a\\d`:       `"a\\\d"`,
		"\\\n":       `"\\\n"`,
		"1\r\n2\t3":  `"1\r\n2\t3"`,
		"\x00\xff\v": "\x00\xff\v",
	} {
		if got := nginx.Quote(value); got != want {
			t.Errorf("Quote(%q) = %s, want %s", value, got, want)
		}
	}
}

// FuzzQuote checks that nginx reads back what Quote wrote, whichever quotes the
// word had before.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", `\`, `\\`, `\n`, "\\\n", `"'`, "${a}", "a b", "\\t\t\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if len(value) > 1000 {
			return // may not fit nginx's buffer
		}
		for _, old := range []string{"x", `"x"`, "'x'"} {
			in := "t " + old + "{}"
			d := nginx.Parse(source.NewFile("f", in)).Root.First()
			out := edited(t, in, nginx.SetArg(d, 0, value))
			checkOracle(t, out)
			tree := nginx.Parse(source.NewFile("f", out))
			if len(tree.Errors) > 0 || tree.Root.First().Arg(0) != value {
				t.Fatalf("%q is read as %s", out, show(tree.Root))
			}
		}
	})
}
