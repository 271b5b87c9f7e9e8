package workspace

import (
	"slices"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// joiner makes hosts of files: it finds out which of them one machine reads.
type joiner struct {
	store    *store
	names    names
	settings *settler
	options  *Options
	messages *messages
	builder  *builder
	trees    *model.Trees
	// mains keeps the main files found in folders around fragments.
	mains      map[mainsKey][]*Host
	notChecked []lint.NotChecked
	// folders keeps what folder returns.
	folders map[*source.File]string
	// services are what runs beside nginx, by the name of the folder.
	services map[string]*service.Inventory
	// sent are the carried settings that joinSent has read with a configuration.
	sent map[*source.File]bool
}

type mainsKey struct {
	dir string
	set *config.Settings
}

// nameless reports whether a file has no place among others: a text that was handed
// in without a name.
func (j *joiner) nameless(f *source.File) bool { return f.OnDisk() == j.settings.nameless }

// hosts makes hosts of all that one selection holds.
func (j *joiner) hosts(sel *selection) ([]*Host, error) {
	nginx, err := j.nginxHosts(sel)
	if err != nil {
		return nil, err
	}
	kernel := sel.sysctl
	var around []embed.Found
	if sel.dir == "" {
		around = j.carriedAround(sel)
		kernel = j.together(kernel)
		other := j.neighbours(sel, kernel)
		beside, err := j.nginxHosts(other)
		if err != nil {
			return nil, err
		}
		nginx = append(nginx, otherMains(nginx, beside)...)
		kernel = append(kernel, other.sysctl...)
	}
	groups, err := j.sysctlGroups(kernel)
	if err != nil {
		return nil, err
	}
	nginx, groups = j.joinDeclared(nginx, groups)
	alone := j.pair(nginx, groups)
	j.joinSent(nginx, sel, around)
	hosts := slices.Concat(nginx, alone)
	if sel.dir == "" {
		hosts = slices.DeleteFunc(hosts, func(h *Host) bool { return !slices.ContainsFunc(h.files, sel.names) })
	}
	for _, h := range hosts {
		j.notChecked = append(j.notChecked, h.notChecked...)
	}
	for _, found := range sel.carried {
		more, err := j.carriedHosts(found, sel)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, more...)
	}
	for _, files := range sel.dumps {
		set, err := j.settings.in(j.names.dir)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, j.dumpHost(files, set))
	}
	if sel.dir == "" {
		j.onlyNamed(hosts, sel)
	}
	return hosts, nil
}

// onlyNamed limits what is reported to the files that were named: what they
// include, and what is read with them, was not asked about.
func (*joiner) onlyNamed(hosts []*Host, sel *selection) {
	for _, h := range hosts {
		if h.Dump {
			continue
		}
		only := map[string]bool{}
		for _, f := range h.files {
			if p := f.OnDisk().Path; sel.names(f) && (h.Only == nil || h.Only[p]) {
				only[p] = true
			}
		}
		h.Only = only
	}
}
