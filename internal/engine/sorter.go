//go:build !tcplint_core

package engine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Bounds of a search for evidence.
const (
	headSize   = 32 << 10
	mostFiles  = 20000
	mostFolder = 8
)

// sorter tells evidence from what may be configuration, by the beginning of files.
type sorter struct {
	fsys    workspace.FS
	dir     string
	volumes bool

	evidence []file
	// others are paths for the workspace; hidden are names that it does not see.
	others  []string
	hidden  map[string]bool
	leftOut []diagnose.NotUsed
	// unknown are files that were named and may be either.
	unknown []file
	seen    int
	maybe   bool // something else than evidence was seen
	// pasted are the configurations in files that hold evidence, too.
	pasted map[string]string
}

// paste takes a file that holds evidence and a configuration.
func (s *sorter) paste(shown, name, text string) bool {
	config, rest, ok := splitPaste(text)
	if !ok {
		return false
	}
	if s.pasted == nil {
		s.pasted = map[string]string{}
	}
	s.pasted[shown] = config
	s.others, s.maybe = append(s.others, shown), true
	s.evidence = append(s.evidence, file{shown: shown, name: name, text: rest})
	return true
}

// name is the name of a path in the file system.
func (s *sorter) name(shown string) string {
	if !strings.HasPrefix(shown, "/") && (!s.volumes || len(shown) < 2 || shown[1] != ':') {
		shown = path.Join(s.dir, shown)
	}
	if name := strings.TrimPrefix(path.Join("/", shown), "/"); name != "" {
		return name
	}
	return "."
}

// path sorts a file or a folder that was named.
func (s *sorter) path(shown string) error {
	name := s.name(shown)
	info, err := s.stat(name)
	switch {
	case err != nil:
		s.others, s.maybe = append(s.others, shown), true // the workspace says what is wrong with it
		return nil
	case info.IsDir():
		s.others = append(s.others, shown)
		s.folder(shown, name, 0, nil)
		return nil
	}
	is, err := s.isEvidence(name)
	if err != nil {
		return workspace.NewReadError(shown, err)
	}
	if info.Size() < mostPaste {
		if text, err := fs.ReadFile(s.fsys, name); err == nil && s.paste(shown, name, string(text)) {
			return nil
		}
	}
	if is || info.Size() > headSize && !strings.HasSuffix(name, ".conf") {
		s.take(shown, name)
		return nil
	}
	s.others, s.maybe = append(s.others, shown), true
	s.unknown = append(s.unknown, file{shown: shown, name: name})
	return nil
}

// stat describes a file or a folder, by way of links.
func (s *sorter) stat(name string) (fs.FileInfo, error) {
	info, err := s.fsys.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return fs.Stat(s.fsys, name)
	}
	return info, err
}

func (s *sorter) take(shown, name string) {
	if !s.hidden[name] {
		s.hidden[name] = true
		s.evidence = append(s.evidence, file{shown: shown, name: name})
	}
}

// folder looks for evidence below a folder. One that holds the same files as a
// folder above or beside it is another recording, which must not be mixed with this
// one.
func (s *sorter) folder(shown, name string, depth int, above []string) {
	entries, err := s.fsys.ReadDir(name)
	if err != nil || depth > mostFolder {
		return
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	first := len(s.evidence)
	for _, e := range entries {
		at, in := path.Join(shown, e.Name()), path.Join(name, e.Name())
		if s.seen++; s.seen > mostFiles || !e.Type().IsRegular() {
			continue
		}
		if is, err := s.isEvidence(in); err == nil && is {
			s.take(at, in)
		} else {
			s.maybe = true
		}
	}
	own := baseNames(s.evidence[first:])
	before := baseNames(s.evidence[:first])
	again := func(b string) bool {
		// Logs of the same name are those of several servers of one host; what tools
		// print of the same name is of another moment or another host.
		return slices.Contains(above, b) || !strings.Contains(b, ".log") && slices.Contains(before, b)
	}
	if slices.ContainsFunc(own, again) {
		s.evidence = s.evidence[:first]
		s.hidden[name] = true
		s.leftOut = append(s.leftOut, diagnose.NotUsed{File: shown, Reason: "it holds another recording, with files of the same names: name it alone"})
		return
	}
	above = append(slices.Clone(above), own...)
	for _, e := range entries {
		if e.IsDir() && e.Name() != ".git" && e.Name() != "node_modules" {
			s.folder(path.Join(shown, e.Name()), path.Join(name, e.Name()), depth+1, above)
		}
	}
}

func (s *sorter) isEvidence(name string) (bool, error) {
	f, err := s.fsys.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	head, err := bufio.NewReaderSize(f, headSize).Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return false, err
	}
	return evidence.Recognise(name, head), nil
}

// workspace reads what is no evidence; nil if there is nothing of that.
func (s *sorter) workspace(o workspace.Options) (*workspace.Workspace, error) {
	o.Paths, o.IgnoreUnknown = s.others, true
	if !s.maybe && o.Input == nil {
		return nil, nil
	}
	ws, err := workspace.Open(without{s.fsys, s.hidden}, o)
	if err != nil {
		return nil, err
	}
	return ws, nil
}

// without is a file system in which some files are not there.
type without struct {
	workspace.FS

	hidden map[string]bool
}

func (w without) gone(op, name string) error {
	for at := name; at != "." && at != "/"; at = path.Dir(at) {
		if w.hidden[at] {
			return fmt.Errorf("%w", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist})
		}
	}
	return nil
}

func (w without) Open(name string) (fs.File, error) {
	if err := w.gone("open", name); err != nil {
		return nil, err
	}
	return w.FS.Open(name)
}

func (w without) Lstat(name string) (fs.FileInfo, error) {
	if err := w.gone("lstat", name); err != nil {
		return nil, err
	}
	return w.FS.Lstat(name)
}

func (w without) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := w.gone("readdir", name); err != nil {
		return nil, err
	}
	entries, err := w.FS.ReadDir(name)
	return slices.DeleteFunc(slices.Clone(entries), func(e fs.DirEntry) bool { return w.hidden[path.Join(name, e.Name())] }), err
}
