package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/parser/source"
)

// settler finds the settings that hold in a folder: those of the nearest
// configuration file, up to the root of the repository.
type settler struct {
	raw      *raw
	store    *store
	override *config.Override
	// given is the file that is to be used everywhere, nil if there is none.
	given *config.File
	// nameless is a text that lies in no folder, nil if there is none.
	nameless *source.File

	byDir map[string]parsed // by folder; the file is nil if there is none
	repos map[string]string

	// ask lists what git does not ignore in a repository; nil if nobody can ask.
	ask   func(repository string) (paths []string, ok bool)
	lists map[string]*listed // by the name of the repository
}

func newSettler(store *store, override *config.Override, ask func(string) ([]string, bool)) *settler {
	return &settler{
		raw: store.raw, store: store, override: override,
		byDir: map[string]parsed{}, repos: map[string]string{},
		ask: ask, lists: map[string]*listed{},
	}
}

// listed returns what git does not ignore in a repository, by the name of its folder,
// nil if that cannot be asked.
func (s *settler) listed(repository string) *listed {
	if s.ask == nil || repository == "" {
		return nil
	}
	l, asked := s.lists[repository]
	if !asked {
		if paths, ok := s.ask(repository); ok {
			l = newListed(repository, paths)
		}
		s.lists[repository] = l
	}
	return l
}

// repository returns the nearest folder that holds .git, from a folder upwards;
// empty if there is none.
func (s *settler) repository(dir string) string {
	if root, ok := s.repos[dir]; ok {
		return root
	}
	root := ""
	if s.raw.find(path.Join(dir, ".git")) == nil {
		root = dir
	} else if up := path.Dir(dir); up != dir {
		root = s.repository(up)
	}
	s.repos[dir] = root
	return root
}

// folder is the name of the folder of a file.
func (s *settler) folder(f *source.File) string {
	return path.Dir(s.store.names.name(f.OnDisk().Path))
}

// in returns the settings for files in a folder.
func (s *settler) in(dir string) (*config.Settings, error) {
	if s.given != nil {
		return s.raw.resolved(s.given, s.override), nil
	}
	file, err := s.file(dir)
	if err != nil {
		return nil, err
	}
	return s.raw.resolved(file, s.override), nil
}

// of returns the settings for a file: those of its folder.
func (s *settler) of(f *source.File) (*config.Settings, error) {
	if f.OnDisk() == s.nameless {
		return s.in(s.store.names.dir)
	}
	return s.in(s.folder(f))
}

// file returns the configuration file that counts in a folder, nil if there is none.
func (s *settler) file(dir string) (*config.File, error) {
	if p, ok := s.byDir[dir]; ok {
		return p.file, p.err
	}
	name := path.Join(dir, config.Name)
	p := s.raw.config(name, s.store.names.shown(name))
	if errors.Is(p.err, fs.ErrNotExist) {
		p = parsed{}
		if up := path.Dir(dir); up != dir && s.repository(dir) != dir {
			p.file, p.err = s.file(up)
		}
	} else if p.err == nil {
		p.err = s.leaves(p.file)
	}
	s.byDir[dir] = p
	return p.file, p.err
}

// leaves fails if a configuration file that was found, rather than named, leads out of
// its repository: who wrote it need not be who runs tcplint. Where there is no
// repository, its folder is all that it may speak of.
func (s *settler) leaves(f *config.File) error {
	home := s.repository(f.Dir)
	if home == "" {
		home = f.Dir
	}
	var wrong config.Errors
	for key, written := range map[string]string{"root": f.Root, "baseline": f.Baseline} {
		if written == "" {
			continue
		}
		name := names{dir: f.Dir, root: s.raw.names.root}.name(written)
		if real, err := s.raw.resolve(name); err == nil {
			name = real
		}
		if !s.raw.holds(home, name) {
			wrong = append(wrong, f.Wrong(key, fmt.Errorf("%s %q leads out of %s, which only the flag --%s may", key, written, s.raw.names.shown(home), key)))
		}
	}
	if wrong != nil {
		return wrong
	}
	return nil
}

// config reads a configuration file, the same one as long as its text is.
func (r *raw) config(name, shown string) parsed {
	text, err := r.named(name)
	if err != nil {
		return parsed{err: reading(shown, err)}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.configs[name]
	if !ok || p.text != text {
		if ok {
			delete(r.settings, p.file)
			clear(r.searches)
		}
		p = parsed{text: text}
		p.file, p.err = config.Parse(shown, path.Dir(name), text)
		r.configs[name] = p
	}
	return p
}

// resolved returns the settings that a configuration file comes to, the same ones
// each time. It may be nil.
func (r *raw) resolved(f *config.File, override *config.Override) *config.Settings {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.settings[f]
	if s == nil {
		s = config.Resolve(f, override, func(written string) string {
			return r.names.shown(names{dir: f.Dir, root: r.names.root}.name(written))
		})
		r.settings[f] = s
	}
	return s
}
