package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/workspace"
)

// tellUnmatched says which parts of a configuration file speak of nothing: a slip of
// the pen there would otherwise switch off, in silence, what it was written for.
func (r *run) tellUnmatched(ws *workspace.Workspace, f *config.File) {
	for _, doubt := range f.Doubts() {
		r.remark("%s", doubt)
	}
	r.tellMissing(ws, f)
	r.tellNone(f.FilesAt("include"), ws.Unmatched(f.Include))
	r.tellNone(f.FilesAt("exclude"), ws.Unmatched(f.Exclude))
	for _, path := range f.Streams() {
		if !r.any(f, func(h *workspace.Host) bool { return h.Model.HasLocation(path) }) {
			r.remark("%s: there is no location %q in what was read", f.StreamsAt(), path)
		}
	}
	for _, name := range f.Upstreams() {
		if !r.any(f, func(h *workspace.Host) bool { return h.Model.HasServers(name) }) {
			r.remark("%s: there is no upstream %q in what was read, and no address of that name is passed to", f.UpstreamAt(name), name)
		}
	}
}

// any reports whether something holds for a host for which a configuration file counts.
func (r *run) any(f *config.File, holds func(*workspace.Host) bool) bool {
	return slices.ContainsFunc(r.groups, func(g *group) bool {
		return g.settings.File == f && slices.ContainsFunc(g.hosts, holds)
	})
}

// tellMissing says which files and folders of a configuration are not there.
func (r *run) tellMissing(ws *workspace.Workspace, f *config.File) {
	if f.Root != "" {
		if isDir, _ := ws.Exists(ws.NameOf(ws.RootOf(f))); !isDir {
			r.remark("%s: root is no folder that can be read: absolute includes are not looked up", f.RootAt())
		}
	}
	for i := range f.Hosts {
		h := &f.Hosts[i]
		of := ""
		if h.Name != "" {
			of = fmt.Sprintf("host %q: ", h.Name)
		}
		if !ws.Matches(h.Nginx) {
			r.remark("%s: %sthere is no file %s", f.NginxAt(h), of, strings.Join(inQuotes(h.Nginx.List), " or "))
		}
		if !ws.Matches(h.Sysctl) {
			r.remark("%s: %sthere is no file %s", f.SysctlAt(h), of, strings.Join(inQuotes(h.Sysctl.List), " or "))
		}
	}
}

// tellNone says of which patterns there is no file.
func (r *run) tellNone(at string, patterns []string) {
	if patterns != nil {
		r.remark("%s: there is no file or folder %s", at, strings.Join(inQuotes(patterns), " or "))
	}
}
