package engine

import (
	"bufio"
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// LineRange are the lines from First to Last, counted from 1.
type LineRange struct{ First, Last int }

// Changes are the lines that have changed in the files of a repository, by their names
// in the file system. A nil list is a whole file; a file that is not there has not
// changed.
type Changes map[string][]LineRange

// changedLines knows which lines have changed in all repositories that files come
// from.
type changedLines struct {
	ws           *workspace.Workspace
	ask          func(repository string) (Changes, error)
	repositories map[string]Changes
}

// only leaves the findings on lines that are new or have changed.
func (c *changedLines) only(res *lint.Result) error {
	var failed error
	res.Findings = slices.DeleteFunc(res.Findings, func(f lint.Finding) bool {
		if failed != nil {
			return false
		}
		changed, err := c.holds(f)
		failed = err
		if err == nil && !changed {
			res.Elsewhere++
		}
		return err == nil && !changed
	})
	return failed
}

// holds reports whether a finding stands on a changed line.
func (c *changedLines) holds(f lint.Finding) (bool, error) {
	name := c.ws.Name(f.At.File)
	if name == "" {
		return true, nil // standard input and dumps have no history
	}
	root := c.ws.Repository(path.Dir(name))
	if root == "" {
		return false, request("--diff-base: %s lies in no git repository", f.At.File.Path)
	}
	files, ok := c.repositories[root]
	if !ok {
		var err error
		if files, err = c.ask(root); err != nil {
			return false, err
		}
		c.repositories[root] = files
	}
	list, ok := files[name]
	if !ok || list == nil {
		return ok, nil
	}
	first := f.At.File.Position(f.At.Span.Start).Line
	last := max(first, f.At.File.Position(max(f.At.Span.End-1, f.At.Span.Start)).Line)
	return slices.ContainsFunc(list, func(h LineRange) bool { return h.First <= last && first <= h.Last }), nil
}

// ParseDiff reads the changed lines of the new files from a diff without context.
func ParseDiff(repository string, diff []byte) (Changes, error) {
	files := Changes{}
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
				return nil, fmt.Errorf("git diff: %w", err)
			}
			if name != "" {
				in := path.Join(repository, name)
				files[in] = append(files[in], h)
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
func readHunk(header string) (LineRange, error) {
	fields := strings.Fields(header)
	const enough = 3
	if len(fields) < enough || !strings.HasPrefix(fields[2], "+") {
		return LineRange{}, fmt.Errorf("%q is no hunk", header)
	}
	start, count, several := strings.Cut(fields[2][1:], ",")
	first, err := strconv.Atoi(start)
	n := 1
	if several && err == nil {
		n, err = strconv.Atoi(count)
	}
	if err != nil {
		return LineRange{}, fmt.Errorf("%q is no hunk", header)
	}
	if n == 0 {
		return LineRange{first, first + 1}, nil
	}
	return LineRange{first, first + n - 1}, nil
}
