package config

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// reader turns a TOML document into a File, strictly: what it does not
// know is an error.
type reader struct {
	path, text string
	keys       []toml.Key
	file       *File
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

func (r *reader) fail(p at, format string, args ...any) {
	line, col := keyPlace(r.text, r.keys, p)
	r.errs = append(r.errs, &Error{Path: r.path, Line: line, Column: col, Err: fmt.Errorf(format, args...)})
}

// table hands every value of a table to the reader of its key.
func (r *reader) table(p at, table map[string]any, known []string, read map[string]func(at, any)) {
	for _, name := range r.order(p, table) {
		do := read[name]
		if do == nil {
			r.fail(p.child(name), "%w", Unknown("key", name, known))
			continue
		}
		do(p.child(name), table[name])
	}
}

// order returns the keys of a table as they come in the file, so that errors do.
func (r *reader) order(p at, table map[string]any) []string {
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

func (r *reader) document(doc map[string]any) {
	r.table(at{}, doc, []string{"target", "rules", "ignore", "fail-on", "root", "baseline", "sse", "upstream", "files", "host"}, map[string]func(at, any){
		"target":   r.target,
		"rules":    r.rules,
		"ignore":   r.ignores,
		"sse":      r.sse,
		"upstream": r.upstreams,
		"files":    r.files,
		"host":     r.hosts,
		"fail-on": func(p at, v any) {
			if name, ok := r.str(p, v); ok {
				s, known := ParseFailOn(name)
				if !known {
					r.fail(p, "%w", Unknown("severity", name, FailOnNames()))
				}
				r.file.failOn = &s
			}
		},
		"root":     func(p at, v any) { r.file.Root = r.location(p, v) },
		"baseline": func(p at, v any) { r.file.Baseline = r.location(p, v) },
	})
}

// location reads a path; none is that of the folder itself.
func (r *reader) location(p at, v any) string {
	s, ok := r.str(p, v)
	if ok && s == "" {
		return "."
	}
	return s
}

func (r *reader) target(p at, v any) {
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
					r.fail(p, "%w", Unknown("loader", s, model.LoaderNames()))
				}
				r.file.loader = &l
			}
		},
		"container": func(p at, v any) {
			if s, ok := r.str(p, v); ok {
				c, err := model.ParseContainer(s)
				if err != nil {
					r.fail(p, "%w", err)
				}
				r.file.inside = &c
			}
		},
		"nginx": func(p at, v any) {
			if s, ok := r.str(p, v); ok {
				by, err := ParseServer(s)
				if err != nil {
					r.fail(p, "%w", err)
				}
				r.file.server = by
				r.doubt(p, facts.DoubtServer(s))
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
			r.file.kernel = &only
			r.doubt(p, facts.DoubtKernel(version))
		},
	})
}

func (r *reader) ignores(p at, v any) {
	list, ok := v.([]map[string]any)
	if !ok {
		r.fail(p, "want tables: [[ignore]]")
		return
	}
	for i, t := range list {
		p := at{p.key, i}
		ig := Ignore{at: p}
		errs := len(r.errs)
		r.table(p, t, []string{"paths", "rules", "reason"}, map[string]func(at, any){
			"paths": func(p at, v any) { ig.Paths = r.patterns(p, v) },
			"rules": func(p at, v any) {
				ig.rules = map[string]bool{}
				for _, id := range r.strs(p, v) {
					meant := RulesLike(id)
					if meant == nil {
						r.fail(p, "%w", UnknownRule(id))
					}
					for _, id := range meant {
						ig.rules[id] = true
					}
				}
			},
			"reason": func(p at, v any) { ig.Reason, _ = r.str(p, v) },
		})
		if len(r.errs) > errs {
			continue
		}
		if len(ig.Paths.List) == 0 {
			r.fail(p, "paths is missing: which files are meant?")
		}
		if strings.TrimSpace(ig.Reason) == "" {
			r.fail(p, "reason is missing: why is this ignored?")
		}
		r.file.Ignores = append(r.file.Ignores, ig)
	}
}

// doubt notes what there is to be said about a version, if anything is.
func (r *reader) doubt(p at, why string) {
	if why != "" {
		line, col := keyPlace(r.text, r.keys, p)
		r.file.doubts = append(r.file.doubts, fmt.Sprintf("%s:%d:%d: %s", r.path, line, col, why))
	}
}

// severity reads a name of a severity; the names are for the error.
func (r *reader) severity(p at, v any, names []string) (lint.Severity, bool) {
	name, ok := r.str(p, v)
	if !ok {
		return 0, false
	}
	s, err := lint.ParseSeverity(name)
	if err != nil {
		r.fail(p, "%w", Unknown("severity", name, names))
		return 0, false
	}
	return s, true
}

func (r *reader) str(p at, v any) (string, bool) {
	s, ok := v.(string)
	if !ok {
		r.fail(p, "want a string in quotes")
	}
	return s, ok
}

func (r *reader) strs(p at, v any) []string {
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
