package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/BurntSushi/toml"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/rules"
)

// configName is the name of a configuration file.
const configName = ".tcplint.toml"

// config is what a .tcplint.toml says. What it does not say is nil.
type config struct {
	path string // as shown
	dir  string // the folder that holds it, absolute

	// text, keys and document are the file as it is written.
	text     string
	keys     []toml.Key
	document map[string]any

	server   *server
	kernel   *facts.Range
	inside   *model.Container
	loader   *model.Loader
	streams  []string
	backends map[string]facts.Backend
	failOn   *lint.Severity
	off      map[string]bool
	severity map[string]lint.Severity
	ignores  []ignore
	root     string // absolute; empty if not set
	baseline string // absolute; empty if not set
	// include and exclude say which files are read whatever they are, and which
	// are not.
	include, exclude globs
	hosts            []hostRule
}

// ignore switches findings off for some files.
type ignore struct {
	paths  globs
	rules  map[string]bool // nil means all
	reason string
	at     at
	used   *atomic.Bool // whether it has switched a finding off
}

// ignored says whether findings of a rule in a file are switched off, and why.
func (c *config) ignored(abs, rule string) (reason string, ok bool) {
	for _, ig := range c.ignores {
		if ig.rules != nil && !ig.rules[rule] {
			continue
		}
		if _, ok := ig.paths.match(abs); ok {
			ig.used.Store(true)
			return ig.reason, true
		}
	}
	return "", false
}

// parseConfig reads the text of a configuration file. The error has a line for
// each thing that is wrong, with its place.
func parseConfig(path, dir, text string) (*config, error) {
	var doc map[string]any
	md, err := toml.Decode(text, &doc)
	if err != nil {
		if p, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, usagef("%s:%d:%d: %s", path, p.Position.Line, max(p.Position.Col, 1), p.Message)
		}
		return nil, usagef("%s: %w", path, err)
	}
	c := &config{path: path, dir: dir, text: text, keys: md.Keys(), document: doc, off: map[string]bool{}, severity: map[string]lint.Severity{}}
	r := &configReader{path: path, text: text, keys: md.Keys(), config: c}
	r.document(doc)
	if len(r.errs) > 0 {
		return nil, &failure{statusUsage, problems(r.errs)}
	}
	return c, nil
}

// configReader turns a TOML document into a config, strictly: what it does not
// know is an error.
type configReader struct {
	path, text string
	keys       []toml.Key
	config     *config
	errs       []error
}

// at names a value: a key, and which of several tables of an array it is in.
type at struct {
	key toml.Key
	nth int
}

func (p at) child(name string) at {
	return at{append(append(toml.Key{}, p.key...), name), p.nth}
}

func (r *configReader) fail(p at, format string, args ...any) {
	line, col := keyPlace(r.text, r.keys, p)
	r.errs = append(r.errs, fmt.Errorf("%s:%d:%d: %w", r.path, line, col, fmt.Errorf(format, args...)))
}

// table hands every value of a table to the reader of its key.
func (r *configReader) table(p at, table map[string]any, known []string, read map[string]func(at, any)) {
	for _, name := range r.order(p, table) {
		do := read[name]
		if do == nil {
			r.fail(p.child(name), "%w", unknown("key", name, known))
			continue
		}
		do(p.child(name), table[name])
	}
}

// order returns the keys of a table as they come in the file, so that errors do.
func (r *configReader) order(p at, table map[string]any) []string {
	var names []string
	seen := map[string]bool{}
	for _, k := range r.keys {
		if n := len(p.key); len(k) > n && k[:n].String() == p.key.String() {
			if _, ok := table[k[n]]; ok && !seen[k[n]] {
				seen[k[n]] = true
				names = append(names, k[n])
			}
		}
	}
	return names
}

func (r *configReader) document(doc map[string]any) {
	r.table(at{}, doc, []string{"target", "rules", "ignore", "fail-on", "root", "baseline", "sse", "upstream", "files", "host"}, map[string]func(at, any){
		"target":   r.target,
		"rules":    r.rules,
		"ignore":   r.ignores,
		"sse":      r.sse,
		"upstream": r.upstreams,
		"files":    r.files,
		"host":     r.hosts,
		"fail-on": func(p at, v any) {
			if s, ok := r.severity(p, v, severityNames); ok {
				r.config.failOn = &s
			}
		},
		"root":     func(p at, v any) { r.config.root = r.below(p, v) },
		"baseline": func(p at, v any) { r.config.baseline = r.below(p, v) },
	})
}

// below reads a path, which is relative to the folder of the configuration.
func (r *configReader) below(p at, v any) string {
	s, ok := r.str(p, v)
	switch {
	case !ok:
		return ""
	case filepath.IsAbs(s):
		return filepath.Clean(s)
	}
	return filepath.Join(r.config.dir, filepath.FromSlash(s))
}

func (r *configReader) target(p at, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		r.fail(p, "want a table: [target]")
		return
	}
	r.table(p, t, []string{"nginx", "kernel", "container", "loader"}, map[string]func(at, any){
		"loader": func(p at, v any) {
			if s, ok := r.str(p, v); ok {
				l, known := model.ParseLoader(s)
				if !known {
					r.fail(p, "%w", unknown("loader", s, model.LoaderNames()))
				}
				r.config.loader = &l
			}
		},
		"container": func(p at, v any) {
			if s, ok := r.str(p, v); ok {
				c, err := model.ParseContainer(s)
				if err != nil {
					r.fail(p, "%w", err)
				}
				r.config.inside = &c
			}
		},
		"nginx": func(p at, v any) {
			if s, ok := r.str(p, v); ok {
				by, err := parseServer(s)
				if err != nil {
					r.fail(p, "%w", err)
				}
				r.config.server = by
			}
		},
		"kernel": func(p at, v any) {
			s, ok := r.str(p, v)
			if !ok {
				return
			}
			version, err := facts.ParseVersion(s)
			if err != nil {
				r.fail(p, "%w", err)
				return
			}
			only := facts.Only(version)
			r.config.kernel = &only
		},
	})
}

func (r *configReader) rules(p at, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		r.fail(p, "want a table: [rules]")
		return
	}
	levels := append([]string{"off"}, severityNames...)
	for _, id := range r.order(p, t) {
		if !slices.Contains(rules.IDs(), id) {
			r.fail(p.child(id), "%w", unknownRule(id))
			continue
		}
		if t[id] == "off" {
			r.config.off[id] = true
			continue
		}
		if s, ok := r.severity(p.child(id), t[id], levels); ok {
			r.config.severity[id] = s
		}
	}
}

func (r *configReader) ignores(p at, v any) {
	list, ok := v.([]map[string]any)
	if !ok {
		r.fail(p, "want tables: [[ignore]]")
		return
	}
	for i, t := range list {
		p := at{p.key, i}
		ig := ignore{at: p, used: &atomic.Bool{}}
		errs := len(r.errs)
		r.table(p, t, []string{"paths", "rules", "reason"}, map[string]func(at, any){
			"paths": func(p at, v any) { ig.paths = r.globs(p, v) },
			"rules": func(p at, v any) {
				ig.rules = map[string]bool{}
				for _, id := range r.strs(p, v) {
					ig.rules[id] = true
					if !slices.Contains(rules.IDs(), id) {
						r.fail(p, "%w", unknownRule(id))
					}
				}
			},
			"reason": func(p at, v any) { ig.reason, _ = r.str(p, v) },
		})
		if len(r.errs) > errs {
			continue
		}
		if len(ig.paths.patterns) == 0 {
			r.fail(p, "paths is missing: which files are meant?")
		}
		if strings.TrimSpace(ig.reason) == "" {
			r.fail(p, "reason is missing: why is this ignored?")
		}
		r.config.ignores = append(r.config.ignores, ig)
	}
}

// severity reads a name of a severity; the names are for the error.
func (r *configReader) severity(p at, v any, names []string) (lint.Severity, bool) {
	name, ok := r.str(p, v)
	if !ok {
		return 0, false
	}
	s, err := lint.ParseSeverity(name)
	if err != nil {
		r.fail(p, "%w", unknown("severity", name, names))
		return 0, false
	}
	return s, true
}

func (r *configReader) str(p at, v any) (string, bool) {
	s, ok := v.(string)
	if !ok {
		r.fail(p, "want a string in quotes")
	}
	return s, ok
}

func (r *configReader) strs(p at, v any) []string {
	list, ok := v.([]any)
	if !ok {
		r.fail(p, "want a list of strings: [\"...\"]")
		return nil
	}
	var out []string
	for _, e := range list {
		s, ok := r.str(p, e)
		if !ok {
			return nil
		}
		out = append(out, s)
	}
	return out
}
