package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/rules"
)

// settings are what holds for a host: its configuration file with the flags on
// top of it.
type settings struct {
	target   model.Target
	failOn   lint.Severity
	root     string // as the reader of files takes it
	rules    []*lint.Rule
	baseline string // the file of known findings; empty if there is none
	known    []string
	severity map[string]lint.Severity
	excluded func(path, rule string) (reason string, ok bool)
	// streams are paths of locations that serve events, backends what is known of
	// the servers behind upstreams.
	streams  []string
	backends map[string]facts.Backend
	// include, exclude and hosts are those of the configuration file.
	include, exclude globs
	hosts            []hostRule
}

// serve sets the server that is in use, if one is named.
func (s *settings) serve(by *server) {
	if by != nil {
		s.target.Nginx, s.target.Server = by.in, by.flavour
	}
}

// options are what the linter needs to know. Only may be nil.
func (s *settings) options(only map[string]bool) lint.Options {
	return lint.Options{Rules: s.rules, Known: s.known, Severity: s.severity, Excluded: s.excluded, Only: only}
}

// configs finds the settings for files. Each configuration file is read once.
type configs struct {
	flags *flags
	cwd   string
	// given is the file that --config names, nil if it names none.
	given    *config
	byDir    map[string]*config // by absolute folder; nil if there is none
	settings map[*config]*settings
	repos    map[string]string
}

func newConfigs(f *flags, cwd string) (*configs, error) {
	c := &configs{
		flags: f, cwd: cwd, byDir: map[string]*config{}, settings: map[*config]*settings{}, repos: map[string]string{},
	}
	if f.config != "" {
		abs := absolute(cwd, f.config)
		given, err := readConfig(filepath.ToSlash(filepath.Clean(f.config)), abs)
		if err != nil {
			return nil, err
		}
		c.given = given
	}
	if f.root != "" {
		if info, err := os.Stat(f.root); err != nil {
			return nil, &failure{statusFailure, fmt.Errorf("--root: %w", reading(f.root, err))}
		} else if !info.IsDir() {
			return nil, usagef("--root: %s is not a folder", f.root)
		}
	}
	return c, nil
}

// absolute makes a path absolute.
func absolute(cwd, p string) string {
	p = filepath.FromSlash(p)
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(cwd, p)
}

// readConfig reads one configuration file.
func readConfig(shown, abs string) (*config, error) {
	data, err := os.ReadFile(abs)
	if err != nil {
		return nil, &failure{statusFailure, reading(shown, err)}
	}
	return parseConfig(shown, filepath.Dir(abs), string(data))
}

// repository returns the nearest folder that holds .git, from an absolute
// folder upwards; empty if there is none.
func (c *configs) repository(dir string) string {
	if root, ok := c.repos[dir]; ok {
		return root
	}
	root := ""
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		root = dir
	} else if up := filepath.Dir(dir); up != dir {
		root = c.repository(up)
	}
	c.repos[dir] = root
	return root
}

// forDir returns the settings for files in an absolute folder: of the nearest
// .tcplint.toml, up to the root of the repository.
func (c *configs) forDir(dir string) (*settings, error) {
	if c.given != nil {
		return c.resolve(c.given), nil
	}
	cfg, err := c.find(dir)
	if err != nil {
		return nil, err
	}
	return c.resolve(cfg), nil
}

func (c *configs) find(dir string) (*config, error) {
	if cfg, ok := c.byDir[dir]; ok {
		return cfg, nil
	}
	abs := filepath.Join(dir, configName)
	cfg, err := readConfig(shownPath(c.cwd, abs), abs)
	if errors.Is(err, fs.ErrNotExist) {
		cfg, err = nil, nil
		if up := filepath.Dir(dir); up != dir && c.repository(dir) != dir {
			cfg, err = c.find(up)
		}
	}
	if err != nil {
		return nil, err
	}
	c.byDir[dir] = cfg
	return cfg, nil
}

// shownPath writes an absolute path relative to the current folder if it lies
// below it.
func shownPath(cwd, abs string) string {
	rel, err := filepath.Rel(cwd, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}

// resolve puts the flags on top of a configuration, which may be nil.
func (c *configs) resolve(cfg *config) *settings {
	if s, ok := c.settings[cfg]; ok {
		return s
	}
	f := c.flags
	s := &settings{
		target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()},
		failOn: lint.Warning, known: rules.IDs(), severity: map[string]lint.Severity{},
	}
	off := map[string]bool{}
	if cfg != nil {
		s.serve(cfg.server)
		s.target.Container = either(cfg.inside, s.target.Container)
		s.target.Loader = either(cfg.loader, s.target.Loader)
		s.streams, s.backends = cfg.streams, cfg.backends
		s.include, s.exclude, s.hosts = cfg.include, cfg.exclude, cfg.hosts
		s.target.Kernel = either(cfg.kernel, s.target.Kernel)
		s.failOn = either(cfg.failOn, s.failOn)
		maps.Copy(off, cfg.off)
		maps.Copy(s.severity, cfg.severity)
		if cfg.root != "" {
			s.root = shownPath(c.cwd, cfg.root)
		}
		if cfg.baseline != "" {
			s.baseline = shownPath(c.cwd, cfg.baseline)
		}
		if len(cfg.ignores) > 0 {
			s.excluded = func(path, rule string) (string, bool) { return cfg.ignored(absolute(c.cwd, path), rule) }
		}
	}
	s.serve(f.server)
	s.target.Loader = either(f.loader, s.target.Loader)
	s.target.Kernel = either(f.kernel, s.target.Kernel)
	s.failOn = either(f.failOn, s.failOn)
	if f.baseline != "" {
		s.baseline = f.baseline
	}
	if f.root != "" {
		s.root = filepath.ToSlash(filepath.Clean(f.root))
	}
	for _, r := range rules.All() {
		if f.selected != nil && f.selected[r.ID] || f.selected == nil && !off[r.ID] {
			if !f.ignored[r.ID] {
				s.rules = append(s.rules, r)
			}
		}
	}
	c.settings[cfg] = s
	return s
}

// either returns what is set, or else the default.
func either[T any](set *T, or T) T {
	if set != nil {
		return *set
	}
	return or
}
