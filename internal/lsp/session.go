package lsp

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

// document is a text that the client has open. It does not change: an edit makes
// another one.
type document struct {
	uri     docURI
	path    string // absolute
	version int32
	text    string
}

// session is what is known of the client's files. Its methods may be called by several
// goroutines.
type session struct {
	fs      workspace.FS
	options workspace.Options
	utf8    bool
	spelt   spellings

	// state guards what notifications change; it is held for moments only.
	state      sync.Mutex
	docs       map[string]*document // by path
	folders    []string             // absolute paths
	pending    []workspace.Change   // not yet in ws
	reopen     bool                 // ws is of other paths
	generation int                  // number of changes

	// build guards the workspace; it is held while one is made.
	build sync.Mutex
	ws    *workspace.Workspace
	err   error

	// checking has room for one check at a time: they share a cache.
	checking chan struct{}
	cache    *engine.Cache
	latest   *checked
}

// snapshot is what the client's files were at one moment.
type snapshot struct {
	ws         *workspace.Workspace
	err        error // of the configuration: no hosts in ws
	docs       map[string]*document
	generation int
	utf8       bool
	volumes    bool
	spelt      *spellings
}

// checked is what was found in a snapshot.
type checked struct {
	*snapshot

	result *engine.Result // nil if the configuration is wrong
}

func newSession(o Options) *session {
	return &session{
		fs: o.FS, options: o.Workspace, docs: map[string]*document{}, reopen: true,
		checking: make(chan struct{}, 1), cache: engine.NewCache(),
	}
}

// begin sets what was agreed on at the start.
func (s *session) begin(folders []docURI, utf8 bool) {
	s.state.Lock()
	defer s.state.Unlock()
	s.utf8 = utf8
	for _, u := range folders {
		if p, ok := pathOf(u, s.options.Volumes); ok {
			s.folders = append(s.folders, path.Clean(p))
		}
	}
}

// note writes changes down; a nil document is one that is closed.
func (s *session) note(p string, doc *document, changes ...workspace.Change) {
	s.state.Lock()
	defer s.state.Unlock()
	if _, had := s.docs[p]; had != (doc != nil) && !s.inFolder(p) {
		s.reopen = true // files outside of the folders are named one by one
	}
	if doc == nil {
		delete(s.docs, p)
	} else {
		s.docs[p] = doc
	}
	s.pending = append(s.pending, changes...)
	s.generation++
}

func (s *session) inFolder(p string) bool {
	return slices.ContainsFunc(s.folders, func(dir string) bool {
		return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
	})
}

// current returns a snapshot with all changes in it.
func (s *session) current() *snapshot {
	s.build.Lock()
	defer s.build.Unlock()
	s.state.Lock()
	changes, reopen := s.pending, s.reopen
	s.pending, s.reopen = nil, false
	snap := &snapshot{docs: maps.Clone(s.docs), generation: s.generation, utf8: s.utf8, volumes: s.options.Volumes, spelt: &s.spelt}
	folders := slices.Clone(s.folders)
	s.state.Unlock()
	switch {
	case reopen || s.ws == nil:
		s.ws, s.err = s.open(snap, folders)
	case len(changes) > 0:
		s.ws, s.err = s.ws.With(changes...)
	}
	snap.ws, snap.err = s.ws, s.err
	return snap
}

// open reads the folders, and the open files that lie in none of them.
func (s *session) open(snap *snapshot, folders []string) (*workspace.Workspace, error) {
	o := s.options
	o.IgnoreUnknown = true
	o.Unsaved = map[string]string{}
	o.Paths = slices.Clone(folders)
	for _, p := range slices.Sorted(maps.Keys(snap.docs)) {
		o.Unsaved[p] = snap.docs[p].text
		if !slices.ContainsFunc(folders, func(dir string) bool { return strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/") }) {
			o.Paths = append(o.Paths, p)
		}
	}
	switch {
	case len(folders) > 0:
		o.Dir = nameOf(folders[0])
		o.Paths[0] = "." // shown as people see it from there
	case len(o.Paths) > 0:
		o.Dir = nameOf(path.Dir(o.Paths[0]))
	default:
		o.Paths = []string{} // nothing is asked about
	}
	if len(o.Paths) == 0 {
		return workspace.Open(workspace.Memory(nil), workspace.Options{})
	}
	return workspace.Open(s.fs, o)
}

// check returns what is wrong with the files as they are now. A text that changes
// meanwhile makes it fail with the error of its context, or, if nobody cancelled that,
// be checked again.
func (s *session) check(ctx context.Context, progress func(done, all int)) (*checked, error) {
	select {
	case s.checking <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.checking }()
	snap := s.current()
	if s.latest != nil && s.latest.generation == snap.generation {
		return s.latest, nil
	}
	c := &checked{snapshot: snap}
	if snap.err == nil {
		res, err := engine.Check(ctx, snap.ws, engine.Options{Cache: s.cache, Progress: progress})
		if err != nil {
			return nil, err
		}
		c.result = res
	}
	s.latest = c
	return c, nil
}

// stale reports whether a text has changed since a snapshot.
func (s *session) stale(snap *snapshot) bool {
	s.state.Lock()
	defer s.state.Unlock()
	return s.generation != snap.generation
}
