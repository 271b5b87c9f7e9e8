package show

import (
	"iter"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// Comparison is what becomes of a configuration under another target.
type Comparison struct {
	// Before and After are the two targets in words: "nginx 1.28", "Linux 6.1".
	Before, After []string
	// Gone are the findings that there are before and not after, New those that there
	// are only after; Same is the number of the others.
	Gone, New []lint.Finding
	Same      int
	// Places are what locations, upstreams and servers do otherwise.
	Places []Changed
	// Kernel are kernel keys whose default is another one and that nothing sets.
	Kernel []facts.ChangedDefault
	// Fails says that a new finding is at or above the failing level of its settings.
	Fails bool
	// NotChecked is what was not checked after.
	NotChecked []lint.NotChecked
}

// Changed is something in a configuration that does otherwise for another target: a
// location, an upstream, a server or a key.
type Changed struct {
	// Path are the contexts from the outermost to the place itself.
	Path    []string      `json:"path"`
	From    string        `json:"from"`
	Changes []ValueChange `json:"changes"`
}

// ValueChange is an effective value that is another one for another target.
type ValueChange struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
	// Source says what made the change, https; "" if it is not recorded.
	Source string `json:"source"`
}

// Changes compares two models of the same files, made for two targets: what each
// location, upstream and server does otherwise. Values that are not known on one of
// the sides are left out.
func Changes(before, after *model.Host) []Changed {
	if before.Nginx == nil || after.Nginx == nil {
		return []Changed{}
	}
	c := changes{facts.ChangedDefaults(before.Target.Nginx, after.Target.Nginx), []Changed{}}
	old, now := describer{target: before.Target.Nginx}, describer{target: after.Target.Nginx}
	ups := after.Nginx.Upstreams()
	for i, u := range before.Nginx.Upstreams() {
		if i >= len(ups) {
			break
		}
		a, b := old.upstream(u), now.upstream(ups[i])
		list := compare(nil, a.Pool, b.Pool)
		list = c.defaults(list, old, now, u.Scope, ups[i].Scope, ofUpstream)
		c.add([]string{"upstream " + a.Name}, a.From, list)
	}
	passes := after.Nginx.Passes()
	for i, p := range before.Nginx.Passes() {
		if i >= len(passes) {
			break
		}
		q := passes[i]
		list := compare(nil, Value{Name: reuseName, Value: reuse(p)}, Value{Name: reuseName, Value: reuse(q)})
		a, b := old.location(p), now.location(q)
		list = compareAll(list, a.Settings, b.Settings)
		list = compareAll(list, a.Headers, b.Headers)
		list = c.defaults(list, old, now, p.Scope, q.Scope, func(name string, _ *model.Scope) bool { return ofPass(name, p) })
		c.add(a.Path, a.From, list)
	}
	c.scopes(old, now, before.Nginx.Root, after.Nginx.Root)
	return c.all
}

type changes struct {
	moved []facts.ChangedDefault
	all   []Changed
}

const reuseName = "connections to the backend"

func (c *changes) add(path []string, from string, list []ValueChange) {
	if len(list) == 0 {
		return
	}
	for i := range list {
		for _, d := range c.moved {
			if d.Name == list[i].Name && list[i].Source == "" {
				list[i].Source = d.Source
			}
		}
	}
	c.all = append(c.all, Changed{path, from, list})
}

// defaults adds the directives whose default changed and that nothing sets, as far as
// they matter at the scope.
func (c *changes) defaults(list []ValueChange, old, now describer, a, b *model.Scope, matters func(name string, s *model.Scope) bool) []ValueChange {
	for _, d := range c.moved {
		if matters(d.Name, a) && !slices.ContainsFunc(list, func(v ValueChange) bool { return v.Name == d.Name }) {
			list = compare(list, old.value(d.Name, a.Get(d.Name)), now.value(d.Name, b.Get(d.Name)))
		}
	}
	return list
}

// scopes compares servers, and the block of events.
func (c *changes) scopes(old, now describer, a, b *model.Scope) {
	switch {
	case a.Is(model.Server, model.StreamServer, model.MailServer):
		c.add(path(a), at(a.Block), c.defaults(nil, old, now, a, b, ofServer))
	case a.Is(model.Events):
		c.add(path(a), at(a.Block), c.defaults(nil, old, now, a, b, func(name string, _ *model.Scope) bool { return name == "accept_mutex" }))
	}
	next, stop := iter.Pull(b.Kids())
	defer stop()
	for kid := range a.Kids() {
		if other, ok := next(); ok {
			c.scopes(old, now, kid, other)
		}
	}
}

// ofUpstream reports whether a directive is one of an upstream's connections. The pool
// is compared by itself.
func ofUpstream(name string, _ *model.Scope) bool {
	return name != "keepalive" && strings.HasPrefix(name, "keepalive_")
}

// ofPass reports whether a directive shapes the connections of a pass.
func ofPass(name string, p *model.Pass) bool {
	rest, ok := strings.CutPrefix(name, p.Protocol+"_")
	return ok && (!strings.HasPrefix(rest, "ssl_") || strings.HasSuffix(p.Target.Scheme, "s"))
}

// ofServer reports whether a directive shapes the connections of a server's clients.
func ofServer(name string, s *model.Scope) bool {
	switch {
	case strings.HasPrefix(name, "ssl_"):
		return s.Get("ssl_certificate").Set()
	case name == "sendfile_max_chunk":
		return s.Kind == model.Server && s.Get("sendfile").Text() == "on"
	case name == "proxy_ssl_protocols":
		return s.Kind == model.StreamServer && s.Get("proxy_ssl").Text() == "on"
	}
	return s.Kind == model.Server && strings.HasPrefix(name, "keepalive_")
}

// What becomes of the connections of a pass once a request is done.
const (
	keptConnections  = "kept and used again"
	freshConnections = "a new one for every request"
)

// reuse says what becomes of the connections of a pass in all releases of the target.
func reuse(p *model.Pass) string { return reuseIn(p, p.Scope.Host().Target.Nginx) }

// reuseIn is the same for a part of the target.
func reuseIn(p *model.Pass, in facts.Range) string {
	switch p.Target.Kind {
	case model.TargetAddress, model.TargetUnix:
		return freshConnections
	case model.TargetUnknown:
		return unknownValue
	case model.TargetUpstream:
	}
	if kept := p.Reuse(); !kept.Empty() && kept.Contains(in) {
		return keptConnections
	}
	pool, known := p.Target.Upstream.Pool()
	pool = pool.Intersect(in)
	if !known || !pool.Empty() && !pool.Contains(in) {
		return unknownValue
	}
	if pool.Empty() {
		return freshConnections
	}
	switch p.Protocol {
	case "fastcgi":
		if !p.Scope.Get("fastcgi_keep_conn").Sure {
			return unknownValue
		}
	case "proxy":
		conn := p.Scope.Connection()
		version := p.Scope.Get("proxy_http_version")
		if !version.Sure || !version.Where("1.0").Contains(in) && (!conn.Sure || !conn.Close.Contains(in)) {
			return unknownValue
		}
	}
	return freshConnections
}

const unknownValue = "unknown"

// compareAll compares the values of the same name. A name that stands several times, as
// a header may, has its values in order on both sides.
func compareAll(list []ValueChange, before, after []Value) []ValueChange {
	named := func(all []Value, name string) (out []Value) {
		for _, v := range all {
			if v.Name == name {
				out = append(out, v)
			}
		}
		return out
	}
	done := map[string]bool{}
	for _, v := range before {
		if done[v.Name] {
			continue
		}
		done[v.Name] = true
		old, now := named(before, v.Name), named(after, v.Name)
		if len(old) != len(now) {
			continue
		}
		for i := range old {
			list = compare(list, old[i], now[i])
		}
	}
	return list
}

// compare adds a change if there is one, and both sides are known.
func compare(list []ValueChange, before, after Value) []ValueChange {
	if before.Value == after.Value || before.Value == unknownValue || after.Value == unknownValue {
		return list
	}
	return append(list, ValueChange{Name: before.Name, Before: before.Value, After: after.Value})
}
