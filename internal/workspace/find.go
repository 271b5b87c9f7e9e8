package workspace

import (
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
)

// notOwn are folders that hold what is not the user's own.
var notOwn = map[string]bool{".git": true, ".hg": true, ".svn": true, "node_modules": true, "vendor": true}

// found is a file or folder that a search has come to, before it is read.
type found struct {
	path string // as people see it
	// why says why it is not read; empty if it is.
	why string
	// err is why a folder could not be searched.
	err error
	// wanted says that the configuration names the file, likely that its name is one
	// of configuration, so that somebody may miss it.
	wanted, likely bool
}

// finder looks for files that may be nginx configuration and kernel settings, by
// their names.
type finder struct {
	raw      *raw
	names    names
	settings *settler
	ignores  *gitIgnores
	top      string // the name of the folder
	// likely says that only files with likely names are looked for, and budget how
	// many entries of folders such a search may still look at.
	likely bool
	budget int
	// flat leaves out what lies in folders below.
	flat bool

	// candidate tells by their names which files are looked for, if they are others
	// than configuration.
	candidate func(shown string) bool

	seen  map[string]bool // folders, without links
	links []string        // to be followed when all that is real has been seen
	out   []found
}

// newFinder returns a finder for one folder.
func newFinder(settings *settler, dir string) *finder {
	raw := settings.raw
	top := raw.names.name(dir)
	root := settings.repository(top)
	return &finder{
		raw: raw, names: raw.names, settings: settings, top: top,
		ignores: newGitIgnores(raw, root, top, settings.listed(root)),
		seen:    map[string]bool{},
	}
}

// below returns what lies below a folder, in the order in which it was found. Links
// are followed after everything else, so that a file is shown by its own name.
func (s *finder) below(dir string) []found {
	s.walk(dir)
	for len(s.links) > 0 {
		link := s.links[0]
		s.links = s.links[1:]
		name := s.names.name(link)
		info, err := s.raw.stat(name)
		switch {
		case err != nil:
			s.leave(link, "a link that leads nowhere")
		case !s.inside(name):
			// Who looks for a finding about it should know that it was left out.
			_, likely := detect.Candidate(link)
			s.out = append(s.out, found{path: link, likely: likely && !info.IsDir(), why: "it is a link that leads out of the folder and its repository (named by itself, it is read)"})
		case info.IsDir():
			s.walk(link)
		default:
			s.look(link)
		}
	}
	for _, err := range s.ignores.unread {
		s.out = append(s.out, found{err: err})
	}
	return s.out
}

// found returns what a finder finds below its folder, without another search where
// nothing that decides about it has changed since the last one. What git lists may
// change without a word: then there is always another one.
func (s *settler) found(of search, finder func() *finder) []found {
	s.raw.mu.Lock()
	all, ok := s.raw.searches[of]
	s.raw.mu.Unlock()
	if ok {
		return all
	}
	all = slices.Clip(finder().below(of.dir))
	if s.ask == nil {
		s.raw.mu.Lock()
		s.raw.searches[of] = all
		s.raw.mu.Unlock()
	}
	return all
}

// inside reports whether a link leads to what is searched or to what lies in the
// repository around it: others may have written it, to have something else read.
func (s *finder) inside(name string) bool {
	real, err := s.raw.resolve(name)
	return err == nil && (real == null || s.raw.holds(s.top, real) || s.ignores.root != "" && s.raw.holds(s.ignores.root, real))
}

// near returns what lies in the largest folder around one, up to another, that holds
// few enough entries to be searched for a single file, and which that is; none if even
// the innermost holds too many. prepare says what is looked for.
func (s *settler) near(own, root string, prepare func(*finder)) (all []found, top string) {
	for dir := own; ; dir = path.Dir(dir) {
		shown := s.store.names.shown(dir)
		f := newFinder(s, shown)
		f.likely, f.budget = true, mostNear
		prepare(f)
		got := f.below(shown)
		if f.budget < 0 {
			return all, top
		}
		if all, top = got, dir; dir == root || dir == path.Dir(dir) {
			return all, top
		}
	}
}

// leave notes why a file or folder is not read.
func (s *finder) leave(shown, why string) { s.out = append(s.out, found{path: shown, why: why}) }

// walk visits a folder, unless it was visited before.
func (s *finder) walk(dir string) {
	name := s.names.name(dir)
	real, err := s.raw.folder(name)
	if err == nil && s.seen[real] {
		s.leave(dir, "a link to a folder that was read before")
		return
	}
	s.seen[real] = true
	list := s.raw.list(name)
	if list.err != nil {
		s.out = append(s.out, found{path: dir, err: reading(dir, list.err)})
		return
	}
	set, err := s.settings.in(name)
	if err != nil {
		s.out = append(s.out, found{path: dir, err: err})
		return
	}
	for _, e := range list.entries {
		if s.budget--; s.likely && s.budget < 0 {
			return
		}
		shown := under(dir, e.Name())
		if why := s.leftOut(set, name, e); why != "" {
			s.leave(shown, why)
			continue
		}
		switch {
		case e.IsDir():
			if !s.flat {
				s.walk(shown)
			}
		case e.Type()&fs.ModeSymlink != 0:
			s.links = append(s.links, shown)
		case e.Type().IsRegular():
			s.look(shown)
		}
	}
}

// leftOut says why an entry of a folder is not looked at; empty if it is.
func (s *finder) leftOut(set *config.Settings, dir string, e fs.DirEntry) string {
	name := under(dir, e.Name())
	if p, ok := set.Exclude.Match(name); ok {
		return fmt.Sprintf("excluded by %q of [files]", p)
	}
	if _, ok := set.Include.Match(name); ok {
		return ""
	}
	switch {
	case notOwn[e.Name()] && !e.Type().IsRegular():
		return "it holds what is not the repository's own"
	case s.ignores.ignored(dir, e.Name(), e.IsDir()):
		return "ignored by .gitignore"
	}
	return ""
}

// look takes a file if its name does not rule it out.
func (s *finder) look(shown string) {
	if s.candidate != nil {
		if s.candidate(shown) && !detect.Backup(shown) {
			s.out = append(s.out, found{path: shown})
		}
		return
	}
	possible, likely := detect.Candidate(shown)
	wanted := s.wanted(shown)
	switch {
	case s.likely && !wanted && (!possible || !likely):
	case detect.Backup(shown) && !wanted:
		s.leave(shown, "its name is that of a copy")
	case !possible && !wanted && !embed.Candidate(shown):
		s.leave(shown, "its name is none of a configuration")
	default:
		s.out = append(s.out, found{path: shown, wanted: wanted, likely: likely})
	}
}

// wanted reports whether the configuration wants a file to be read whatever its name
// and content tell.
func (s *finder) wanted(shown string) bool {
	name := s.names.name(shown)
	set, err := s.settings.in(path.Dir(name))
	if err != nil {
		return false // reported with its folder
	}
	_, ok := set.Include.Match(name)
	return ok
}
