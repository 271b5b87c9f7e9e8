package main

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// globs are patterns of paths that count from a folder.
type globs struct {
	dir      string // absolute
	patterns []string
}

// match reports whether an absolute path is meant, or lies in a folder that is,
// and by which pattern.
func (g globs) match(abs string) (pattern string, ok bool) {
	rel, err := filepath.Rel(g.dir, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	rel = filepath.ToSlash(rel)
	for _, p := range g.patterns {
		if doublestar.MatchUnvalidated(p, rel) {
			return p, true
		}
	}
	return "", false
}

// hostRule is a [[host]]: files of one machine.
type hostRule struct {
	name          string
	nginx, sysctl globs
}

// globs reads a list of patterns.
func (r *configReader) globs(p at, v any) globs {
	g := globs{dir: r.config.dir}
	for _, s := range r.strs(p, v) {
		if !doublestar.ValidatePattern(s) {
			r.fail(p, "%q is not a pattern", s)
		} else if path.IsAbs(s) || s == ".." || strings.HasPrefix(path.Clean(s), "../") {
			r.fail(p, "%q leads out of the folder of %s, where patterns count from", s, configName)
		}
		// "legacy/" means all that is in it.
		if strings.HasSuffix(s, "/") {
			s += "**"
		}
		g.patterns = append(g.patterns, strings.TrimPrefix(s, "./"))
	}
	return g
}

func (r *configReader) files(p at, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		r.fail(p, "want a table: [files]")
		return
	}
	r.table(p, t, []string{"include", "exclude"}, map[string]func(at, any){
		"include": func(p at, v any) { r.config.include = r.globs(p, v) },
		"exclude": func(p at, v any) { r.config.exclude = r.globs(p, v) },
	})
}

func (r *configReader) hosts(p at, v any) {
	list, ok := v.([]map[string]any)
	if !ok {
		r.fail(p, "want tables: [[host]]")
		return
	}
	for i, t := range list {
		p := at{p.key, i}
		var h hostRule
		errs := len(r.errs)
		r.table(p, t, []string{"name", "nginx", "sysctl"}, map[string]func(at, any){
			"name":   func(p at, v any) { h.name, _ = r.str(p, v) },
			"nginx":  func(p at, v any) { h.nginx = r.globs(p, v) },
			"sysctl": func(p at, v any) { h.sysctl = r.globs(p, v) },
		})
		if len(r.errs) == errs && (len(h.nginx.patterns) == 0 || len(h.sysctl.patterns) == 0) {
			r.fail(p, "a host joins nginx configuration and kernel settings: nginx and sysctl both need a list of paths")
		}
		r.config.hosts = append(r.config.hosts, h)
	}
}
