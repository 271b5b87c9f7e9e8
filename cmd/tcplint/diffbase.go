package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

// lines are those from first to last, counted from 1.
type lines struct{ first, last int }

// changes knows which lines have changed since a revision, in all repositories
// that files come from.
type changes struct {
	rev   string
	repos map[string]map[string][]lines // by root and absolute path; a nil list is a whole file
}

// sinceRevision leaves only the findings on lines that are new or changed since
// a git revision, be they committed or not.
func (l *loader) sinceRevision(res *lint.Result, rev string) error {
	c := &changes{rev: rev, repos: map[string]map[string][]lines{}}
	var failed error
	res.Findings = slices.DeleteFunc(res.Findings, func(f lint.Finding) bool {
		if failed != nil {
			return false
		}
		changed, err := l.changed(c, f)
		failed = err
		if err == nil && !changed {
			res.Elsewhere++
		}
		return err == nil && !changed
	})
	return failed
}

// changed reports whether a finding stands on a changed line.
func (l *loader) changed(c *changes, f lint.Finding) (bool, error) {
	abs := l.disk.path(f.At.File)
	if abs == "" {
		return true, nil // standard input and dumps have no history
	}
	root := l.repository(filepath.Dir(abs))
	if root == "" {
		return false, usagef("--diff-base: %s lies in no git repository", f.At.File.Path)
	}
	files, ok := c.repos[root]
	if !ok {
		var err error
		if files, err = changedIn(root, c.rev); err != nil {
			return false, err
		}
		c.repos[root] = files
	}
	list, ok := files[abs]
	if !ok || list == nil {
		return ok, nil
	}
	first := f.At.File.Position(f.At.Span.Start).Line
	last := max(first, f.At.File.Position(max(f.At.Span.End-1, f.At.Span.Start)).Line)
	return slices.ContainsFunc(list, func(h lines) bool { return h.first <= last && first <= h.last }), nil
}

// changedIn asks git what has changed in a repository.
func changedIn(root, rev string) (map[string][]lines, error) {
	diff, err := git(root, "diff", "--no-color", "--no-ext-diff", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", "--unified=0", rev, "--")
	if err != nil {
		return nil, err
	}
	files, err := readHunks(root, diff)
	if err != nil {
		return nil, err
	}
	untracked, err := git(root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(string(untracked), "\x00") {
		if name != "" {
			files[filepath.Join(root, filepath.FromSlash(name))] = nil
		}
	}
	return files, nil
}

// readHunks reads the changed lines of the new files from a diff without context.
func readHunks(root string, diff []byte) (map[string][]lines, error) {
	files := map[string][]lines{}
	name := ""
	scan := bufio.NewScanner(bytes.NewReader(diff))
	const longest = 1 << 26
	scan.Buffer(nil, longest)
	inHeader := false
	for scan.Scan() {
		line := scan.Text()
		switch {
		case strings.HasPrefix(line, "diff --git "):
			inHeader = true
		case inHeader && strings.HasPrefix(line, "+++ "):
			name = newName(strings.TrimPrefix(line, "+++ "))
		case strings.HasPrefix(line, "@@ "):
			inHeader = false
			h, err := readHunk(line)
			if err != nil {
				return nil, &failure{statusFailure, fmt.Errorf("git diff: %w", err)}
			}
			if name != "" {
				abs := filepath.Join(root, filepath.FromSlash(name))
				files[abs] = append(files[abs], h)
			}
		}
	}
	return files, scan.Err()
}

// newName reads the name of a file behind "+++ "; empty for one that is gone.
func newName(s string) string {
	s = strings.TrimSuffix(s, "\t")
	if strings.HasPrefix(s, `"`) {
		if plain, err := strconv.Unquote(s); err == nil {
			s = plain
		}
	}
	name, ok := strings.CutPrefix(s, "b/")
	if !ok {
		return ""
	}
	return name
}

// readHunk reads which lines of the new file "@@ -1,2 +3,4 @@" speaks of. Where
// lines are only taken away, those on both sides of the gap have changed.
func readHunk(header string) (lines, error) {
	fields := strings.Fields(header)
	const enough = 3
	if len(fields) < enough || !strings.HasPrefix(fields[2], "+") {
		return lines{}, fmt.Errorf("%q is no hunk", header)
	}
	start, count, several := strings.Cut(fields[2][1:], ",")
	first, err := strconv.Atoi(start)
	n := 1
	if several && err == nil {
		n, err = strconv.Atoi(count)
	}
	if err != nil {
		return lines{}, fmt.Errorf("%q is no hunk", header)
	}
	if n == 0 {
		return lines{first, first + 1}, nil
	}
	return lines{first, first + n - 1}, nil
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
