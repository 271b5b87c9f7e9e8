package pipeline

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// completeLine has bash complete the command line of its arguments. What the
// package bash-completion brings along is made up.
const completeLine = `
_init_completion() {
	words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	cur=${words[cword]} prev=${words[cword-1]}
}
__ltrim_colon_completions() { :; }
source <(tcplint completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9
COMP_POINT=${#COMP_LINE}
__start_tcplint 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
`

// TestBashCompletion lets bash complete command lines.
func TestBashCompletion(t *testing.T) {
	oracle(t, "bash")
	build(t)
	tests := []struct {
		line []string
		want []string
	}{
		{[]string{"tcplint", "che"}, []string{"check"}},
		{[]string{"tcplint", "explain", "nginx-proxy-h"}, []string{"nginx-proxy-headers-lost", "nginx-proxy-http10"}},
		{[]string{"tcplint", "check", "--fail-on", "w"}, []string{"warning"}},
		{[]string{"tcplint", "check", "--format", "js"}, []string{"json"}},
		{[]string{"tcplint", "fix", "--select", "sysctl-tcp-tw-rec"}, []string{"sysctl-tcp-tw-recycle"}},
		{[]string{"tcplint", "fix", "--dry"}, []string{"--dry-run"}},
		{[]string{"tcplint", "completion", "z"}, []string{"zsh"}},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.line, " "), func(t *testing.T) {
			c := command{dir: t.TempDir()}
			out := c.must(t, "bash", append([]string{"--noprofile", "--norc", "-c", completeLine, "bash"}, test.line...)...)
			var got []string
			for line := range strings.Lines(out) {
				// Behind several choices stands what they mean.
				word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
				got = append(got, word)
			}
			slices.Sort(got)
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("completions (-want +got):\n%s", d)
			}
		})
	}
}

// TestShellsReadCompletions has the other shells that are installed read their
// scripts.
func TestShellsReadCompletions(t *testing.T) {
	build(t)
	for _, shell := range []string{"zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			oracleIfThere(t, shell)
			c := command{dir: t.TempDir()}
			script := filepath.Join(c.dir, "script")
			write(t, script, c.must(t, "tcplint", "completion", shell), 0o644)
			c.must(t, shell, "-n", script)
		})
	}
}

// TestManualPages has groff read the pages, and tell of everything it doubts.
func TestManualPages(t *testing.T) {
	oracle(t, "groff")
	build(t)
	c := command{dir: t.TempDir()}
	c.must(t, "tcplint", "man", ".")
	pages, err := filepath.Glob(filepath.Join(c.dir, "*.1"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("there are no pages (%v)", err)
	}
	for _, page := range pages {
		if out := c.must(t, "groff", "-man", "-ww", "-z", "-Tutf8", page); out != "" {
			t.Errorf("%s: %s", filepath.Base(page), out)
		}
	}
	shown := c.must(t, "groff", "-man", "-Tutf8", "-P-cbou", "tcplint-check.1")
	for _, want := range []string{"--fail-on SEVERITY", "EXIT STATUS", "tcplint check [OPTION...] [PATH...]"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not say %q:\n%s", want, shown)
		}
	}
}
