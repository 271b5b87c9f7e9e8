package service_test

import (
	"slices"
	"testing"

	"mvdan.cc/sh/v3/shell"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// TestShellFields holds the words of a text to those that the shell's own library
// makes, which a check does without as every start would pay for it.
func TestShellFields(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "  ", "--keep-alive 5", "--bind '0.0.0.0:80' \"--threads=2\"", `a\ b "c\"d\e\\" 'f\g'`, `"" ''`,
		"--keep-alive $KEEP", `--keep-alive=${KEEP:-5} "a$B c"`, `"a\$b"`, "a\\\nb \"c\\\nd\"", "'open", "$(date)", "`date`", "a\nb",
	} {
		want, err := shell.Fields(text, func(name string) string {
			if name == "IFS" {
				return "" // words are divided as always
			}
			return string(source.Unknown)
		})
		got, ok := service.ShellFields(text)
		if ok != (err == nil) || !slices.Equal(got, want) {
			t.Errorf("%q: got %q (%v), want %q (%v)", text, got, ok, want, err)
		}
	}
}
