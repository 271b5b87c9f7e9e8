package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path"
	"strings"

	"github.com/tcplint/tcplint/internal/engine"
)

// changed returns a function that tells which lines of a repository have changed since
// the revision of --diff-base, be they committed or not; nil if there is none.
func (f *flags) changed() func(repository string) (engine.Changes, error) {
	if f.diffBase == "" {
		return nil
	}
	return func(repository string) (engine.Changes, error) { return changedIn(repository, f.diffBase) }
}

// changedIn asks git what has changed in a repository.
func changedIn(repository, rev string) (engine.Changes, error) {
	root := pathOf(repository)
	diff, err := git(root, "diff", "--no-color", "--no-ext-diff", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", "--unified=0", rev, "--")
	if err != nil {
		return nil, err
	}
	files, err := engine.ParseDiff(repository, diff)
	if err != nil {
		return nil, err
	}
	untracked, err := git(root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(string(untracked), "\x00") {
		if name != "" {
			files[path.Join(repository, name)] = nil
		}
	}
	return files, nil
}

// git runs git in a repository.
func git(root string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", root}, args...)...)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		first, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		if shallow, err := exec.Command("git", "-C", root, "rev-parse", "--is-shallow-repository").Output(); err == nil && strings.TrimSpace(string(shallow)) == "true" {
			first += " (the clone is shallow: fetch its history first)"
		}
		return nil, usagef("--diff-base: git says: %s", first)
	}
	if err != nil {
		return nil, &failure{statusFailure, fmt.Errorf("--diff-base needs git: %w", err)}
	}
	return out, nil
}
