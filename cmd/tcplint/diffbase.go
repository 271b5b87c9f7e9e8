package main

import (
	"errors"
	"fmt"
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
	commit, err := resolveRevision(root, rev)
	if err != nil {
		return nil, err
	}
	diff, err := git(root, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/", "--unified=0", commit, "--")
	if err != nil {
		return nil, diffBaseError(root, err)
	}
	files, err := engine.ParseDiff(repository, diff)
	if err != nil {
		return nil, err
	}
	untracked, err := git(root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, diffBaseError(root, err)
	}
	for name := range strings.SplitSeq(string(untracked), "\x00") {
		if name != "" {
			files[path.Join(repository, name)] = nil
		}
	}
	return files, nil
}

// resolveRevision returns the commit that a word means, which git is never asked to take for an
// option.
func resolveRevision(root, rev string) (string, error) {
	if rev == "" || strings.ContainsRune(rev, 0) {
		return "", usagef("--diff-base wants a revision of git, such as origin/main, not %q", rev)
	}
	out, err := git(root, "rev-parse", "--verify", "--end-of-options", rev+"^{commit}")
	if _, unknown := errors.AsType[*gitError](err); unknown {
		hint := ""
		if shallow(root) {
			hint = " (the clone is shallow: fetch its history first)"
		}
		return "", usagef("--diff-base: %q is no revision of the repository %s%s", rev, root, hint)
	}
	return strings.TrimSpace(string(out)), diffBaseError(root, err)
}

func shallow(root string) bool {
	out, err := git(root, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(string(out)) == "true"
}

// diffBaseError is the error of a question that --diff-base asks.
func diffBaseError(root string, err error) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[*gitError](err); told && shallow(root) {
		return usagef("--diff-base: %v (the clone is shallow: fetch its history first)", err)
	}
	return &failure{statusFailure, fmt.Errorf("--diff-base: %w", err)}
}
