package main

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// covered are the configuration files that hold for nothing outside of what was
// read: folders were named, and they lie in these.
func (l *loader) covered() []*config {
	var out []*config
	add := func(c *config) {
		if c == nil || slices.Contains(out, c) {
			return
		}
		for _, a := range l.args {
			if a.dir != "" && within(absolute(l.cwd, a.dir), c.dir) {
				out = append(out, c)
				return
			}
		}
	}
	for _, c := range l.byDir {
		add(c)
	}
	add(l.given)
	slices.SortFunc(out, func(a, b *config) int { return strings.Compare(a.path, b.path) })
	return out
}

// rotten are findings about configuration that has no effect: what was written for
// files that are gone, or faults that are cured.
// They are returned with the settings that they are judged by. Where flags narrow
// the run, a fault may only be out of sight.
func (l *loader) rotten() (batches []*batch, results []*lint.Result) {
	f := l.flags
	narrowed := f.server != nil || f.kernel != nil || f.loader != nil || f.root != "" || len(f.context) > 0 || f.diffBase != ""
	for _, c := range l.covered() {
		l.tellMissing(c)
		set := l.resolve(c)
		res := &lint.Result{}
		i := slices.IndexFunc(set.rules, func(r *lint.Rule) bool { return r.ID == lint.SuppressionID })
		if i < 0 || narrowed || len(set.rules) < len(rules.IDs())-len(c.off) {
			continue // other rules, or other versions, may find what it is about
		}
		for _, ig := range c.ignores {
			if ig.used.Load() {
				continue
			}
			f := lint.Finding{
				Rule: set.rules[i], Severity: set.rules[i].Severity, At: c.place(ig.at),
				Msg: fmt.Sprintf("[[ignore]] of %s leaves nothing out: remove it", strings.Join(inQuotes(ig.paths.patterns), ", ")),
			}
			if s, ok := set.severity[lint.SuppressionID]; ok {
				f.Severity = s
			}
			res.Findings = append(res.Findings, f)
		}
		if len(res.Findings) > 0 {
			batches, results = append(batches, &batch{set: set}), append(results, res)
		}
	}
	return batches, results
}

// tellMissing says which files and folders of a configuration are not there.
func (l *loader) tellMissing(c *config) {
	tell := func(at at, format string, args ...any) {
		line, col := keyPlace(c.text, c.keys, at)
		l.app.remark(l.flags, "%s:%d:%d: %s", c.path, line, col, fmt.Sprintf(format, args...))
	}
	if info, err := os.Stat(c.root); c.root != "" && (err != nil || !info.IsDir()) {
		tell(at{key: []string{"root"}}, "root is no folder that can be read: absolute includes are not looked up")
	}
	for i, h := range c.hosts {
		if !h.nginx.any() {
			tell(at{[]string{"host", "nginx"}, i}, "there is no file %s", strings.Join(inQuotes(h.nginx.patterns), " or "))
		}
		if !h.sysctl.any() {
			tell(at{[]string{"host", "sysctl"}, i}, "there is no file %s", strings.Join(inQuotes(h.sysctl.patterns), " or "))
		}
	}
}

// any reports whether there is a file that is meant.
func (g globs) any() bool {
	files := os.DirFS(g.dir)
	return slices.ContainsFunc(g.patterns, func(pattern string) bool {
		found := false
		_ = doublestar.GlobWalk(files, pattern, func(string, fs.DirEntry) error {
			found = true
			return fs.SkipAll
		}, doublestar.WithFilesOnly())
		return found
	})
}

// place is where a key stands.
func (c *config) place(p at) lint.Place {
	f := source.NewFile(c.path, c.text)
	line, col := keyPlace(c.text, c.keys, p)
	start := f.LineSpan(line).Start
	for range col - 1 {
		start++
	}
	return lint.Place{File: f, Span: source.Span{Start: start, End: f.LineSpan(line).End}}
}

func inQuotes(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}
