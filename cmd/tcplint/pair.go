package main

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// pair joins kernel settings to the nginx configuration of the same machine:
// the one in the nearest folder around both, if there is just one of each. It
// returns the settings that found none, which are hosts of their own. Where a
// folder holds several, nobody can tell which belongs to which, and a rule that
// needs both must not run across two machines.
func (g *grouper) pair(nginx, groups []*unit) []*unit {
	var alone []*unit
	// What a [[host]] table says is not guessed at.
	nginx = slices.DeleteFunc(slices.Clone(nginx), func(u *unit) bool { return u.joined })
	joined := map[*unit][]*source.File{}
	for _, s := range groups {
		own := g.nearest(s, nginx, groups)
		if len(own) == 0 {
			alone = append(alone, s)
		}
		for _, u := range own {
			joined[u] = s.in.Sysctl
		}
		if len(own) > 0 && own[0].only != nil {
			own[0].restrict(s.in.Sysctl...)
		}
	}
	for u, files := range joined {
		u.in.Sysctl = files
		u.build()
	}
	return alone
}

// nearest returns the units of the only nginx configuration in the nearest
// folder around some kernel settings that holds any.
func (g *grouper) nearest(s *unit, nginx, groups []*unit) []*unit {
	dir := g.folder(s.in.Sysctl[0])
	for {
		var inside []*unit
		for _, u := range nginx {
			if below(dir, g.folder(u.in.Main)) {
				inside = append(inside, u)
			}
		}
		if len(inside) > 0 {
			for _, other := range groups {
				if other != s && below(dir, g.folder(other.in.Sysctl[0])) {
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
func (u *unit) tellSeveral(inside []*unit) {
	var mains []string
	for _, v := range inside {
		if name := v.in.Main.OnDisk().Path; !v.host.Nginx.Fragment && !slices.Contains(mains, name) {
			mains = append(mains, name)
		}
	}
	if len(mains) < 2 || len(mains) > fewConfigurations {
		return
	}
	at := lint.Place{File: u.in.Sysctl[0].OnDisk()}
	reason := fmt.Sprintf("which nginx runs on the machine of these settings is not known, %s or %s: [[host]] in %s can say it",
		strings.Join(mains[:len(mains)-1], ", "), mains[len(mains)-1], configName)
	for _, r := range u.set.rules {
		if strings.HasPrefix(r.ID, "host-") {
			u.notChecked = append(u.notChecked, lint.NotChecked{Rule: r.ID, At: at, Reason: reason})
		}
	}
}

// folder is the absolute folder of a file, with forward slashes.
func (g *grouper) folder(f *source.File) string {
	return path.Dir(filepath.ToSlash(absolute(g.cwd, f.Path)))
}

func below(dir, sub string) bool {
	return sub == dir || dir == "/" || strings.HasPrefix(sub, dir+"/")
}

// oneConfiguration returns the units of the only nginx configuration: those with
// the only main file, or, if there is none, the only fragment. It returns
// nothing if there are several, as they may well run on several machines.
func oneConfiguration(units []*unit) []*unit {
	byMain := map[*source.File][]*unit{}
	var mains []*source.File
	for _, u := range units {
		if u.host.Nginx.Fragment {
			continue
		}
		if byMain[u.in.Main] == nil {
			mains = append(mains, u.in.Main)
		}
		byMain[u.in.Main] = append(byMain[u.in.Main], u)
	}
	switch {
	case len(mains) == 1:
		return byMain[mains[0]]
	case len(mains) == 0 && len(units) == 1:
		return units
	}
	return nil
}
