package config

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Patterns are patterns of paths that count from a folder.
type Patterns struct {
	Dir  string // its name
	List []string
}

// Match reports whether a file or folder is meant, by its name, or lies in a folder
// that is, and by which pattern.
func (p Patterns) Match(name string) (pattern string, ok bool) {
	rel, ok := relative(p.Dir, name)
	if !ok {
		return "", false
	}
	for _, pattern := range p.List {
		if doublestar.MatchUnvalidated(pattern, rel) {
			return pattern, true
		}
	}
	return "", false
}

// relative is the way from a folder to what lies in it; not ok if it does not.
func relative(dir, name string) (rel string, ok bool) {
	switch dir {
	case name:
		return ".", true
	case ".":
		return name, true
	}
	return strings.CutPrefix(name, dir+"/")
}

// mostPatterns is how many patterns a list may have.
const mostPatterns = 500

// patterns reads a list of patterns.
func (r *reader) patterns(p at, v any) Patterns {
	out := Patterns{Dir: r.file.Dir}
	all := r.strs(p, v)
	if len(all) > mostPatterns {
		r.fail(p, "%d patterns are more than the %d that are taken: each is tried on every file; name folders, as in \"legacy/\"", len(all), mostPatterns)
		return out
	}
	for _, s := range all {
		if !doublestar.ValidatePattern(s) {
			r.fail(p, "%q is not a pattern", s)
		} else if path.IsAbs(s) || s == ".." || strings.HasPrefix(path.Clean(s), "../") {
			r.fail(p, "%q leads out of the folder of %s, where patterns count from", s, Name)
		}
		// "legacy/" means all that is in it.
		if strings.HasSuffix(s, "/") {
			s += "**"
		}
		out.List = append(out.List, strings.TrimPrefix(s, "./"))
	}
	return out
}

func (r *reader) files(p at, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		r.fail(p, "want a table: [files]")
		return
	}
	r.table(p, t, []string{"include", "exclude"}, map[string]func(at, any){
		"include": func(p at, v any) { r.file.Include = r.patterns(p, v) },
		"exclude": func(p at, v any) { r.file.Exclude = r.patterns(p, v) },
	})
}

func (r *reader) hosts(p at, v any) {
	list, ok := v.([]map[string]any)
	if !ok {
		r.fail(p, "want tables: [[host]]")
		return
	}
	for i, t := range list {
		p := at{p.key, i}
		h := Host{at: p}
		errs := len(r.errs)
		r.table(p, t, []string{"name", "nginx", "sysctl"}, map[string]func(at, any){
			"name":   func(p at, v any) { h.Name, _ = r.str(p, v) },
			"nginx":  func(p at, v any) { h.Nginx = r.patterns(p, v) },
			"sysctl": func(p at, v any) { h.Sysctl = r.patterns(p, v) },
		})
		if len(r.errs) == errs && (len(h.Nginx.List) == 0 || len(h.Sysctl.List) == 0) {
			r.fail(p, "a host joins nginx configuration and kernel settings: nginx and sysctl both need a list of paths")
		}
		r.file.Hosts = append(r.file.Hosts, h)
	}
}
