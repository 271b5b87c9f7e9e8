package fleet

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/workspace"
)

// setting is a value that is in force on a host: a version, a kernel parameter, a
// directive, a limit.
type setting struct {
	// key is what people call it: "net.core.somaxconn", "http: keepalive_timeout".
	key, value string
	from       string // file:line
}

// describe notes what is in force on a host, and what its files set in vain.
func (t *told) describe(ws *workspace.Workspace) {
	nginx, kernel := nginxOf(ws), liveOf(ws)
	if nginx != nil {
		t.Nginx = nginx.Target.Nginx.Describe("nginx")
		t.settings = append(t.settings, setting{key: "nginx", value: t.Nginx})
		t.settings = append(t.settings, directives(nginx, topLevel)...)
		t.settings = append(t.settings, limitsOf(nginx)...)
	}
	files := ws.Hosts()
	for _, h := range files {
		switch sys := h.Model.Sysctl; {
		case sys == nil || sys.Live:
		case kernel != nil:
			t.idle = append(t.idle, notInForce(sys, kernel.Sysctl)...)
		default: // what the files say is all that is known
			t.settings = append(t.settings, parameters(sys)...)
		}
	}
	if kernel != nil {
		t.settings = append(t.settings, parameters(kernel.Sysctl)...)
	} else if len(files) > 0 {
		kernel = files[0].Model
	}
	if kernel != nil && kernel.Target.Kernel == facts.Only(kernel.Target.Kernel.From) {
		t.Kernel = kernel.Target.Kernel.Describe("Linux")
		t.settings = append(t.settings, setting{key: "kernel", value: t.Kernel})
	}
}

// nginxOf is nginx's host of a snapshot, nil if there is none.
func nginxOf(ws *workspace.Workspace) *model.Host {
	for _, h := range ws.Hosts() {
		if h.Model.Nginx != nil && !h.Model.Nginx.Fragment {
			return h.Model
		}
	}
	return nil
}

// liveOf is the host with the parameters in force, nil if the snapshot has none.
func liveOf(ws *workspace.Workspace) *model.Host {
	for _, h := range ws.Hosts() {
		if s := h.Model.Sysctl; s != nil && s.Live {
			return h.Model
		}
	}
	return nil
}

// parameters are the kernel's, as far as tcplint knows them and they are not those of
// one interface.
func parameters(s *model.Sysctl) []setting {
	var out []setting
	for _, key := range s.Keys() {
		p, known := facts.ParamOf(key)
		if v := s.Get(key); known && !p.ReadOnly && !ofInterface(key) && v.Set && v.Sure {
			x := setting{key: strings.Clone(key), value: strings.Clone(model.Fields(v.Value.Value))}
			if !s.Live {
				x.from = show.Place(v.Tree.File, v.Key.Span)
			}
			out = append(out, x)
		}
	}
	return out
}

// ofInterface reports whether a parameter is that of one interface, whose name others
// need not have.
func ofInterface(key string) bool {
	w := strings.Split(key, ".")
	return len(w) > 4 && (w[2] == "conf" || w[2] == "neigh") && w[3] != "all" && w[3] != "default"
}

// topLevel are the blocks that every configuration has.
func topLevel(s *model.Scope) bool { return s.Is(model.Main, model.Events, model.HTTP, model.Stream) }

// directives are the settings of some scopes. Of a directive that is given several
// times all values are one.
func directives(h *model.Host, of func(*model.Scope) bool) []setting {
	var out []setting
	at := map[string]int{}
	for _, s := range h.Nginx.Scopes {
		if !of(s) {
			continue
		}
		where := scopeName(s)
		for _, d := range s.Settings {
			if d.Unknown() || d.Args().Len() == 0 {
				continue
			}
			key, value := where+d.Name(), strings.Clone(show.Words(d.Args()))
			if i, again := at[key]; again {
				out[i].value += "; " + value
				continue
			}
			at[key] = len(out)
			out = append(out, setting{key, value, show.Place(d.File(), d.Span())})
		}
	}
	return out
}

// scopeName is the way to a scope: "http > server example.com > location /: "; empty
// for the outermost one.
func scopeName(s *model.Scope) string {
	var words []string
	for ; s != nil; s = s.Parent {
		if s.Block == nil {
			continue
		}
		label := show.Known(s.Label())
		if s.Kind == model.Server {
			if listen, ok := s.Own("listen"); ok {
				label += " " + show.Words(listen.Args())
			}
			if name, ok := s.Own("server_name"); ok {
				label += " " + show.Words(name.Args())
			}
		}
		words = append(words, label)
	}
	if len(words) == 0 {
		return ""
	}
	slices.Reverse(words)
	return strings.Join(words, " > ") + ": "
}

// limitsOf are the limits of what runs nginx.
func limitsOf(h *model.Host) []setting {
	runs := h.Runs()
	if runs == nil {
		return nil
	}
	var out []setting
	if n := runs.SoftFiles; n.Known() {
		out = append(out, setting{"descriptors of nginx's service (soft)", strconv.Itoa(n.Value), n.At.String()})
	}
	if n := runs.HardFiles; n.Known() {
		out = append(out, setting{"descriptors of nginx's service (hard)", strconv.Itoa(n.Value), n.At.String()})
	}
	return out
}
