// Package show describes the effective configuration of a host: what each
// location really does, which kernel settings are in force, and where every
// value comes from. It is what people open when they do not believe a finding.
package show

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
)

// Host is the effective configuration of one host.
type Host struct {
	Schema int `json:"schema"`
	// Nginx and Kernel are the target versions in words.
	Nginx string `json:"nginx"`
	// NginxFrom is the image that tells the version: "file:line:column"; empty if it
	// is not an image that does.
	NginxFrom string `json:"nginxFrom"`
	Kernel    string `json:"kernel"`
	// Files are the files that were read.
	Files     []string   `json:"files"`
	Locations []Location `json:"locations"`
	Upstreams []Upstream `json:"upstreams"`
	Sysctl    []Value    `json:"sysctl"`
	// Unseen are the includes that could not be followed, and why.
	Unseen []string `json:"unseen"`
	// Assumed is what was taken for granted where a value is said to be assumed: of
	// what cannot be seen, that it does not set the value.
	Assumed []string `json:"assumed"`
}

// Location is one location (or "if", or "limit_except") that passes requests
// on.
type Location struct {
	// Path are the contexts from the outermost to the location itself.
	Path []string `json:"path"`
	From string   `json:"from"`
	// Pass is the directive that passes requests on, as written.
	Pass Value `json:"pass"`
	// Target says what the pass goes to.
	Target string `json:"target"`
	// Behind is what was found behind an address; of an upstream, that says it.
	Behind []Behind `json:"behind"`
	// Settings are the effective values that shape the connection.
	Settings []Value `json:"settings"`
	// Headers are the request headers that the backend gets in place of, or
	// beside, those of the client.
	Headers []Value `json:"headers"`
}

// Upstream is an explicit upstream.
type Upstream struct {
	Name    string   `json:"name"`
	From    string   `json:"from"`
	Servers []string `json:"servers"`
	// Pool says whether idle connections are kept.
	Pool Value `json:"pool"`
	// Behind is what was found behind the servers.
	Behind []Behind `json:"behind"`
}

// Value is a name, its effective value and where that comes from: "file:line",
// "default (nginx before 1.29.7)", or "unknown" with the reason.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// Describe returns the effective configuration of a host.
func Describe(h *model.Host) *Host {
	out := &Host{
		Schema: 1, Nginx: h.Target.Nginx.Describe("nginx"), Kernel: h.Target.Kernel.Describe("Linux"),
		Files: []string{}, Locations: []Location{}, Upstreams: []Upstream{}, Sysctl: []Value{}, Unseen: []string{}, Assumed: []string{},
	}
	if at := h.Target.ServerFrom; at.File != nil {
		out.NginxFrom = at.String()
	}
	for _, f := range h.Files() {
		out.Files = append(out.Files, f.Path)
	}
	if h.Nginx != nil {
		d := describer{h.Target.Nginx, func(what string) {
			if !slices.Contains(out.Assumed, what) {
				out.Assumed = append(out.Assumed, what)
			}
		}}
		for _, p := range h.Nginx.Passes() {
			out.Locations = append(out.Locations, d.location(p))
		}
		for _, u := range h.Nginx.Upstreams() {
			x := d.upstream(u)
			x.Behind = behind(h.Backend(u))
			out.Upstreams = append(out.Upstreams, x)
		}
		for _, inc := range h.Nginx.Includes {
			if inc.Problem != model.None {
				out.Unseen = append(out.Unseen, fmt.Sprintf("%s: %s", at(inc.Dir), inc.Reason))
			}
		}
	}
	if h.Sysctl != nil {
		out.Sysctl = kernel(h)
	}
	return out
}

func (d describer) location(p *model.Pass) Location {
	l := Location{
		Path: path(p.Scope), From: at(p.Scope.Block), Target: Target(p),
		Pass:     Value{p.Name(), Words(p.Args()), at(p.Directive)},
		Settings: []Value{}, Headers: []Value{}, Behind: []Behind{},
	}
	if p.Target.Upstream == nil {
		l.Behind = behind(p.Backend())
	}
	if p.Target.Kind == model.TargetUnknown {
		l.Behind = behind(p.ThroughVariables())
	}
	names := settings[p.Protocol]
	l.Settings = slices.Grow(l.Settings, len(names))
	for _, name := range names {
		l.Settings = append(l.Settings, d.value(name, p.Scope.Get(name)))
	}
	if name, ok := headers[p.Protocol]; ok {
		l.Headers = d.headers(p, p.Scope.Get(name))
	}
	return l
}

// headers lists what nginx sends, its own defaults among it (facts §2.1).
func (d describer) headers(p *model.Pass, v model.Value) []Value {
	if !v.Sure {
		return []Value{{"", "unknown", v.Hidden}}
	}
	out := make([]Value, 0, len(v.Settings)+2)
	host, connection := false, false
	for _, h := range v.Settings {
		if h.Args().Len() == 0 {
			continue // nginx refuses the line
		}
		value := Words(h.ArgsFrom(1))
		if value == "" {
			value = "(not sent)"
		}
		host, connection = host || strings.EqualFold(h.Arg(0), "Host"), connection || strings.EqualFold(h.Arg(0), "Connection")
		out = append(out, Value{h.Arg(0), value, at(h.Directive)})
	}
	if p.Protocol != "proxy" {
		return out
	}
	if !host {
		value := "$proxy_host"
		if to := p.Target.Host; to != "" {
			if p.Target.Port != "" {
				to += ":" + p.Target.Port
			}
			value += " (" + to + ")"
		}
		out = append(out, Value{"Host", value, "default"})
	}
	if !connection {
		old := d.target.Intersect(facts.Until(facts.ReuseByDefault))
		since := d.target.Intersect(facts.Since(facts.ReuseByDefault))
		if !old.Empty() {
			out = append(out, Value{"Connection", "close", "default" + d.versions(old)})
		}
		if !since.Empty() {
			out = append(out, Value{"Connection", "(not sent)", "default" + d.versions(since)})
		}
	}
	return out
}

func (d describer) upstream(u *model.UpstreamBlock) Upstream {
	out := Upstream{Name: Known(u.Name), From: at(u.Scope.Block), Servers: []string{}, Pool: Value{Name: "keepalive"}}
	for _, s := range u.Servers {
		out.Servers = append(out.Servers, Words(s.Args()))
	}
	pool, known := u.Pool()
	switch {
	case !known && u.HasKeepalive:
		out.Pool.Value, out.Pool.From = Words(u.Keepalive.Args()), at(u.Keepalive.Directive)+", unless something that cannot be seen undoes it"
	case !known:
		out.Pool.Value, out.Pool.From = "unknown", "it depends on what cannot be seen"
	case u.HasKeepalive:
		out.Pool.Value, out.Pool.From = Words(u.Keepalive.Args()), at(u.Keepalive.Directive)
		if pool.Empty() {
			out.Pool.Value += ", without effect"
		} else if pool != d.target {
			out.Pool.Value += ", in force for " + pool.Describe("nginx")
		}
	case pool.Empty():
		out.Pool.Value, out.Pool.From = "none", "default"+d.versions(d.target)
	case pool.Contains(d.target):
		out.Pool.Value, out.Pool.From = "32 local", "default"+d.versions(pool)
	default:
		out.Pool.Value, out.Pool.From = d.before("none", pool)+", 32 local"+d.versions(pool), "default"
	}
	return out
}

// before is a value with the versions of the target for which it holds until a range
// begins.
func (d describer) before(value string, until facts.Range) string {
	return value + d.versions(d.target.Intersect(facts.Until(until.From)))
}

// Connections says what becomes of the connection of each request of a pass once it is
// answered; "" if that cannot be known.
func Connections(p *model.Pass) string {
	d := describer{target: p.Scope.Host().Target.Nginx}
	all := reuse(p)
	if all != unknownValue {
		return all
	}
	kept := p.Reuse()
	if old := d.target.Intersect(facts.Until(kept.From)); !kept.Empty() && !old.Empty() && reuseIn(p, old) == freshConnections {
		return d.before(freshConnections, kept) + ", " + keptConnections + d.versions(kept)
	}
	return ""
}

// Target says in words what a pass goes to.
func Target(p *model.Pass) string {
	t := p.Target
	switch t.Kind {
	case model.TargetUpstream:
		return fmt.Sprintf("upstream %q", Known(t.Upstream.Name))
	case model.TargetAddress:
		return "the address " + strings.TrimSuffix(t.Host+":"+t.Port, ":") + ", never pooled"
	case model.TargetUnix:
		return "the unix socket " + t.Host
	case model.TargetUnknown:
	}
	return "unknown: a variable, or an upstream that cannot be seen"
}

// kernel lists the sysctl settings in force.
func kernel(h *model.Host) []Value {
	out := []Value{}
	for _, key := range h.Sysctl.Keys() {
		v := h.Sysctl.Get(key)
		if !v.Set {
			continue // it stands in a file that is not read
		}
		from := Place(v.Tree.File, v.Key.Span) + filledFrom(v.Tree.File, v.Value.Span)
		if n := len(h.Sysctl.Assignments(key)); n > 1 {
			from += fmt.Sprintf(", the last of %d lines", n)
		}
		if _, systemd, differ := h.Sysctl.Differ(key); differ {
			from += fmt.Sprintf("; systemd-sysctl, which does not read sysctl.conf, ends with %s, %s", systemd.Value.Value,
				Place(systemd.Tree.File, systemd.Key.Span))
		} else if !v.Sure {
			from += "; not known"
		}
		out = append(out, Value{key, Known(v.Value.Value), from})
	}
	return out
}

// path are the labels of the scopes around a location.
func path(s *model.Scope) []string {
	var out []string
	for ; s != nil; s = s.Parent {
		if s.Block == nil {
			continue
		}
		label := Known(s.Label())
		if name, ok := s.Own("server_name"); ok && s.Kind == model.Server {
			label += " " + Words(name.Args())
		}
		out = append(out, label)
	}
	slices.Reverse(out)
	return out
}
