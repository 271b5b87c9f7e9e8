package workspace

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// pair joins kernel settings to the nginx configuration of the same machine:
// the one in the nearest folder around both, if there is just one of each. It
// returns the settings that found none, which are hosts of their own. Where a
// folder holds several, nobody can tell which belongs to which, and a rule that
// needs both must not run across two machines.
func (j *joiner) pair(nginx, groups []*Host) []*Host {
	var alone []*Host
	// What a [[host]] table says is not guessed at.
	nginx = slices.DeleteFunc(slices.Clone(nginx), func(u *Host) bool { return u.declared })
	joined := map[*Host][]*source.File{}
	for _, s := range groups {
		own := j.nearest(s, nginx, groups)
		if len(own) == 0 {
			alone = append(alone, s)
		}
		for _, u := range own {
			joined[u] = s.Input.Sysctl
		}
		if len(own) > 0 && own[0].Only != nil {
			own[0].restrict(s.Input.Sysctl...)
		}
	}
	for _, u := range nginx {
		if files, ok := joined[u]; ok {
			u.Input.Sysctl = files
			j.builder.build(u)
		}
	}
	return alone
}

// nearest returns the hosts of the only nginx configuration in the nearest
// folder around some kernel settings that holds any.
func (j *joiner) nearest(s *Host, nginx, groups []*Host) []*Host {
	dir := j.folder(s.Input.Sysctl[0])
	for {
		var inside []*Host
		for _, u := range nginx {
			if within(dir, j.folder(u.Input.Main)) {
				inside = append(inside, u)
			}
		}
		if len(inside) > 0 {
			for _, other := range groups {
				if other != s && within(dir, j.folder(other.Input.Sysctl[0])) {
					return nil
				}
			}
			own := oneConfiguration(inside)
			if len(own) == 0 {
				s.tellSeveral(inside)
			}
			return own
		}
		up := path.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
}

// fewConfigurations is the number up to which configurations that kernel settings
// may belong to are worth a remark: a repository with more is a collection.
const fewConfigurations = 5

// tellSeveral says that nobody can tell which configuration runs on the machine of
// some kernel settings, so that rules about both cannot look.
func (h *Host) tellSeveral(inside []*Host) {
	var mains []string
	for _, v := range inside {
		if name := v.Input.Main.OnDisk().Path; !v.Model.Nginx.Fragment && !slices.Contains(mains, name) {
			mains = append(mains, name)
		}
	}
	if len(mains) < 2 || len(mains) > fewConfigurations {
		return
	}
	at := lint.Place{File: h.Input.Sysctl[0].OnDisk()}
	reason := fmt.Sprintf("which nginx runs on the machine of these settings is not known, %s or %s: [[host]] in %s can say it",
		strings.Join(mains[:len(mains)-1], ", "), mains[len(mains)-1], config.Name)
	for _, r := range h.Settings.Rules {
		if strings.HasPrefix(r.ID, "host-") {
			h.notChecked = append(h.notChecked, lint.NotChecked{Rule: r.ID, At: at, Reason: reason})
		}
	}
}

// folder is the name of the folder of a file.
func (j *joiner) folder(f *source.File) string {
	dir, ok := j.folders[f]
	if !ok {
		if j.folders == nil {
			j.folders = map[*source.File]string{}
		}
		dir = path.Dir(j.names.name(f.Path))
		j.folders[f] = dir
	}
	return dir
}

// oneConfiguration returns the hosts of the only nginx configuration: those with
// the only main file, or, if there is none, the only fragment. It returns
// nothing if there are several, as they may well run on several machines.
func oneConfiguration(hosts []*Host) []*Host {
	byMain := map[*source.File][]*Host{}
	var mains []*source.File
	for _, u := range hosts {
		if u.Model.Nginx.Fragment {
			continue
		}
		if byMain[u.Input.Main] == nil {
			mains = append(mains, u.Input.Main)
		}
		byMain[u.Input.Main] = append(byMain[u.Input.Main], u)
	}
	switch {
	case len(mains) == 1:
		return byMain[mains[0]]
	case len(mains) == 0 && len(hosts) == 1:
		return hosts
	}
	return nil
}
