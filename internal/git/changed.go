package git

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/tcplint/tcplint/internal/disk"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Changed returns the lines of a repository, by the name of its folder, that have changed
// since a revision, be they committed or not. An error of who asks is a
// *workspace.RequestError.
func Changed(repository, rev string) (engine.Changes, error) {
	root := disk.Path(repository)
	commit, err := resolveRevision(root, rev)
	if err != nil {
		return nil, err
	}
	diff, err := ask(root, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/", "--unified=0", commit, "--")
	if err != nil {
		return nil, asError(root, err)
	}
	files, err := engine.ParseDiff(repository, diff)
	if err != nil {
		return nil, err
	}
	untracked, err := ask(root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, asError(root, err)
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
		return "", requestf("--diff-base wants a revision of git, such as origin/main, not %q", rev)
	}
	out, err := ask(root, "rev-parse", "--verify", "--end-of-options", rev+"^{commit}")
	if _, unknown := errors.AsType[*Error](err); unknown {
		hint := ""
		if shallow(root) {
			hint = " (the clone is shallow: fetch its history first)"
		}
		return "", requestf("--diff-base: %q is no revision of the repository %s%s", rev, root, hint)
	}
	return strings.TrimSpace(string(out)), asError(root, err)
}

func shallow(root string) bool {
	out, err := ask(root, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(string(out)) == "true"
}

// asError is the error of a question that --diff-base asks.
func asError(root string, err error) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[*Error](err); told && shallow(root) {
		return requestf("--diff-base: %v (the clone is shallow: fetch its history first)", err)
	}
	return fmt.Errorf("--diff-base: %w", err)
}

// requestf makes an error of who asks.
func requestf(format string, args ...any) error {
	return &workspace.RequestError{Err: fmt.Errorf(format, args...)}
}
