// Package git asks git about repositories that somebody else may have made.
package git

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tcplint/tcplint/internal/disk"
)

// Error is what git says of a question that it cannot answer.
type Error struct{ text string }

func (e *Error) Error() string { return "git says: " + e.text }

// ask asks git about a repository that somebody else may have made: nothing that
// its configuration names is run (hooks, file system monitors, external diffs,
// filters of contents, transports), and nothing in it is written.
func ask(root string, args ...string) ([]byte, error) {
	safe := []string{"--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull}
	filters, err := run(root, append(safe, "config", "--includes", "--name-only", "-z", "--get-regexp", `^filter\..*\.(clean|smudge|process|required)$`)...)
	if _, none := errors.AsType[*Error](err); err != nil && !none {
		return nil, err
	}
	for key := range strings.SplitSeq(string(filters), "\x00") {
		switch {
		case strings.HasSuffix(key, ".required"):
			safe = append(safe, "-c", key+"=false")
		case key != "":
			safe = append(safe, "-c", key+"=")
		}
	}
	return run(root, append(safe, args...)...)
}

// Listed are the files of a repository, by the name of its folder, that git does
// not ignore. It is not ok if git is not there, or takes the folder for none of its own.
func Listed(repository string) (paths []string, ok bool) {
	out, err := ask(disk.Path(repository), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, false
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 }), true
}

// run runs git without a way to fetch what a partial clone lacks. An exit status
// that is not 0 is a *Error.
func run(root string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", root}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_ALLOW_PROTOCOL=", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		// Of a folder that only looks like a repository, the one around it knows nothing.
		"GIT_CEILING_DIRECTORIES="+filepath.Dir(root))
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		return out, &Error{first}
	}
	if err != nil {
		return nil, fmt.Errorf("git cannot be asked: %w", err)
	}
	return out, nil
}
