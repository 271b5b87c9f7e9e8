package fleet

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Drift is a setting that the repository makes and that is not in force on some hosts.
type Drift struct {
	// Key is the setting, Wanted its value in the repository, at From.
	Key, Wanted, From string
	// Value is what the hosts have instead, at At; both empty if it is not set there.
	Value, At string
	Hosts     []int
}

type driftKey struct{ key, wanted, from, value, at string }

type drift struct{ driftKey }

type driftFold struct{ hosts []int }

// against holds a host against a repository.
func (t *told) against(ws *workspace.Workspace, repository []*workspace.Host) {
	if repository == nil {
		return
	}
	t.kernelDrift(ws, repository)
	have := nginxOf(ws)
	want, why := counterpart(t.Name, repository)
	if have == nil || want == nil {
		if have == nil && want != nil {
			why = "the host has no nginx configuration to hold against the repository"
		}
		if why != "" {
			t.notCompared = append(t.notCompared, why)
		}
		return
	}
	all := func(*model.Scope) bool { return true }
	scopes := map[string]bool{"": true}
	for _, x := range have.Nginx.Scopes {
		scopes[scopeOf(scopeName(x))] = true
	}
	t.directiveDrift(directives(want, all), directives(have, all), scopes)
}

// counterpart is the configuration of the repository that is a host's: the only one,
// or the only one with the host's name on its way.
func counterpart(name string, repository []*workspace.Host) (h *model.Host, why string) {
	var all, named []*model.Host
	for _, x := range repository {
		n := x.Model.Nginx
		if n == nil || n.Fragment {
			continue
		}
		all = append(all, x.Model)
		if slices.Contains(strings.Split(path.Dir(n.Trees[0].File.Path), "/"), name) {
			named = append(named, x.Model)
		}
	}
	switch {
	case len(named) == 1:
		return named[0], ""
	case len(all) == 1:
		return all[0], ""
	case len(all) == 0:
		return nil, ""
	}
	return nil, "the repository has several nginx configurations, and none lies in a folder of the host's name: name the folder of one with --against"
}

// kernelDrift compares kernel settings: with those in force if the snapshot has them,
// else with what the host's files say.
func (t *told) kernelDrift(ws *workspace.Workspace, repository []*workspace.Host) {
	var have []*model.Sysctl
	if live := liveOf(ws); live != nil {
		have = append(have, live.Sysctl)
	}
	for _, h := range ws.Hosts() {
		if s := h.Model.Sysctl; s != nil && !s.Live {
			have = append(have, s)
		}
	}
	wanted := map[string]setting{}
	vague := map[string]bool{}
	for _, h := range repository {
		s := h.Model.Sysctl
		if s == nil || s.Live {
			continue
		}
		for _, key := range s.Keys() {
			v := s.Get(key)
			if !v.Set || !v.Sure || ofInterface(key) {
				continue
			}
			value := model.Fields(v.Value.Value)
			if other, again := wanted[key]; again && other.value != value {
				vague[key] = true // they are of different hosts
			}
			wanted[key] = setting{key, value, show.Place(v.Tree.File, v.Key.Span)}
		}
	}
	for key, w := range wanted {
		if vague[key] || len(have) == 0 {
			continue
		}
		value, at := "", ""
		for i, s := range have {
			v := s.Get(key)
			if !v.Set {
				continue
			}
			if i == 0 || value == "" {
				value = strings.Clone(model.Fields(v.Value.Value))
			}
			if !s.Live {
				at = show.Place(v.Tree.File, v.Key.Span)
			}
		}
		if value != w.value && !strings.HasPrefix(value, w.value+" ") {
			t.drift = append(t.drift, drift{driftKey{key, w.value, w.from, value, at}})
		}
	}
}

// directiveDrift compares directives. Of a block that the host lacks one line is said;
// scopes are those that it has.
func (t *told) directiveDrift(want, have []setting, scopes map[string]bool) {
	values := map[string]setting{}
	for _, s := range have {
		values[s.key] = s
	}
	var missing []string
	for _, w := range want {
		h, ok := values[w.key]
		scope := scopeOf(w.key)
		switch {
		case slices.ContainsFunc(missing, func(m string) bool { return scope == m || strings.HasPrefix(scope, m+" > ") }):
		case !ok && !scopes[scope]:
			missing = append(missing, scope)
			t.drift = append(t.drift, drift{driftKey{key: scope, from: w.from}})
		case ok && (h.value == w.value || leftOut(h.value)):
		default:
			t.drift = append(t.drift, drift{driftKey{w.key, w.value, w.from, h.value, h.from}})
		}
	}
}

// leftOut reports whether the collector left out a word of a value, as it may be a
// secret.
func leftOut(value string) bool {
	return slices.ContainsFunc(strings.Fields(value), func(w string) bool {
		return strings.TrimLeft(w, "_0123456789") == "" && strings.HasPrefix(w, "_")
	})
}

// scopeOf is the block that a setting stands in.
func scopeOf(key string) string {
	if i := strings.LastIndex(key, ": "); i >= 0 {
		return key[:i]
	}
	return ""
}

func (f *folder) addDrift(host int, x drift) {
	n := f.drift[x.driftKey]
	if n == nil {
		n = &driftFold{}
		f.drift[x.driftKey] = n
	}
	n.hosts = append(n.hosts, host)
}

func (f *folder) drifts(at places) []Drift {
	var out []Drift
	for k, n := range f.drift {
		out = append(out, Drift{k.key, k.wanted, k.from, k.value, k.at, at.all(n.hosts)})
	}
	slices.SortFunc(out, func(a, b Drift) int {
		return cmp.Or(cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.At, b.At), cmp.Compare(a.From, b.From))
	})
	return out
}
