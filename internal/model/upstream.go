package model

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// UpstreamBlock is an explicit upstream in http.
type UpstreamBlock struct {
	// Name is the block's name; as the template has it, "{{ name }}", if Templated.
	Name string
	// Templated says that a template decides the name, so that what is written there
	// tells nothing of it.
	Templated bool
	Scope     *Scope
	// Servers are the peers' lines.
	Servers []Setting
	// Keepalive is the keepalive line, if there is one.
	Keepalive    Setting
	HasKeepalive bool
	// Balancer is the first balancing method that stands below Keepalive. Before
	// facts.ReuseByDefault it replaces the pool
	// (release-1.29.6 ngx_http_upstream_keepalive_module.c:589, measured: E2).
	Balancer    Setting
	HasBalancer bool
	// Passes are the passes that go to the upstream.
	Passes []*Pass

	backendOnce sync.Once
	backend     *Backend

	memoMu sync.Mutex
	memo   map[string]any
}

// Memo returns what make works out of the upstream, and asks it once for each name:
// rules ask for every pass, and an upstream may have thousands.
func (u *UpstreamBlock) Memo(name string, make func() any) any {
	u.memoMu.Lock()
	defer u.memoMu.Unlock()
	v, ok := u.memo[name]
	if !ok {
		if u.memo == nil {
			u.memo = map[string]any{}
		}
		v = make()
		u.memo[name] = v
	}
	return v
}

// balancers are the methods that set the upstream's init function and so undo a
// keepalive above them.
var balancers = map[string]bool{"least_conn": true, "ip_hash": true, "hash": true, "random": true, "least_time": true}

func newUpstream(s *Scope) *UpstreamBlock {
	u := &UpstreamBlock{Name: s.Block.Arg(0), Scope: s}
	if source.HasUnknown(u.Name) {
		file, span := s.Block.File().Locate(s.Block.Words().At(1).Span)
		u.Name, u.Templated = strings.Trim(file.Slice(span), `"'`), true
	}
	for _, set := range s.Settings {
		switch name := set.Name(); {
		case name == "server":
			u.Servers = append(u.Servers, set)
		case name == "keepalive":
			u.Keepalive, u.HasKeepalive = set, true
			u.HasBalancer = false
		case balancers[name] && u.HasKeepalive && !u.HasBalancer:
			u.Balancer, u.HasBalancer = set, true
		}
	}
	return u
}

// LastBalancer is the last balancing method in the block; its directive is nil
// if there is none.
func (u *UpstreamBlock) LastBalancer() Setting {
	for _, set := range slices.Backward(u.Scope.Settings) {
		if balancers[set.Name()] {
			return set
		}
	}
	return Setting{}
}

// Pool returns the versions of the target for which the upstream keeps idle
// connections. ok is false if that cannot be known.
func (u *UpstreamBlock) Pool() (in facts.Range, ok bool) {
	if !u.known() {
		return facts.Never, false
	}
	target := u.Scope.host.Target.Nginx
	since := u.Scope.host.Target.PoolsAnyway()
	if !u.HasKeepalive {
		return since, true
	}
	n, err := strconv.Atoi(u.Keepalive.Arg(0))
	switch {
	case err != nil, source.HasUnknown(u.Keepalive.Arg(1)):
		return facts.Never, false
	case n == 0:
		return facts.Never, true
	case u.HasBalancer, u.Keepalive.Arg(1) == "local":
		return since, true
	}
	return target, true
}

// PoolOfAnySize is Pool where a template decides how many connections the upstream
// keeps: before facts.ReuseByDefault there is a pool whatever the number, since nginx
// refuses "keepalive 0" there (ngx_http_upstream_keepalive). It is empty where Pool
// tells, or nothing can be told.
func (u *UpstreamBlock) PoolOfAnySize() facts.Range {
	if !u.known() || !u.HasKeepalive || u.HasBalancer || u.Keepalive.Words().Len() != 2 || !source.HasUnknown(u.Keepalive.Arg(0)) {
		return facts.Never
	}
	return u.Scope.host.Target.Nginx.Intersect(facts.Until(facts.ReuseByDefault))
}

// known reports whether all that decides on the pool is visible: no unseen
// include in the block, nor a place where a template may put a directive, and no
// balancer of a third party, which may bring a pool of its own or undo this one.
// Where the servers are does not matter.
func (u *UpstreamBlock) known() bool {
	for _, inc := range u.Scope.Includes() {
		if inc.MayHold("keepalive") {
			return false
		}
	}
	for _, set := range u.Scope.Settings {
		if strings.HasPrefix(set.Name(), "balancer_by_lua") || set.Name() == "dynamic_upstream_include" {
			return false
		}
	}
	return true
}

// Hole is the place at which a template decides so that it cannot be known
// whether the upstream keeps idle connections; nil if there is none.
func (u *UpstreamBlock) Hole() *nginx.Directive {
	for _, inc := range u.Scope.Includes() {
		if inc.Problem == Templated {
			return inc.Dir
		}
	}
	if u.HasKeepalive && u.Keepalive.Unknown() {
		return u.Keepalive.Directive
	}
	return nil
}

// Upstream returns the explicit http upstream of a name, nil if none is seen.
// nginx does not tell capitals from small letters here (ngx_http_upstream_add). A
// name that a template decides is that of no upstream; see Scope.Upstream.
func (n *Nginx) Upstream(name string) *UpstreamBlock { return n.upstreams[strings.ToLower(name)] }

// Upstream returns the explicit http upstream whose block the scope is; nil if it is
// none, or nginx takes an earlier block of that name.
func (s *Scope) Upstream() *UpstreamBlock {
	return s.host.Nginx.byScope[s]
}

// Upstreams returns the explicit http upstreams in the order of the files.
func (n *Nginx) Upstreams() []*UpstreamBlock {
	var all []*UpstreamBlock
	for _, s := range n.Scopes {
		if u := n.byScope[s]; u != nil {
			all = append(all, u)
		}
	}
	return all
}

// nameKey is what two names of upstreams have in common that are the same: the name
// in small letters, or, where a template decides it, the code that it comes from. The
// name is the part of a word from an offset of its value on; ok is false if what the
// template makes of it cannot be known.
func nameKey(f *source.File, w nginx.Arg, from int, name string) (key string, ok bool) {
	if !source.HasUnknown(name) {
		return strings.ToLower(name), true
	}
	start := w.Span.Start + from
	if w.Quote != 0 {
		start++
	}
	if f.View == nil || f.View.Expression == nil || start+len(name) > w.Span.End || f.Text[start:start+len(name)] != name {
		return "", false
	}
	var b strings.Builder
	b.WriteString(string(source.Unknown) + f.OnDisk().Path + "\x00" + f.Path)
	for i := 0; i < len(name); {
		end := i
		for end < len(name) && (name[end] == source.Unknown) == (name[i] == source.Unknown) {
			end++
		}
		part := strings.ToLower(name[i:end])
		if name[i] == source.Unknown {
			if part = f.View.Expression(source.Span{Start: start + i, End: start + end}); part == "" {
				return "", false
			}
			part = string(source.Unknown) + part + string(source.Unknown)
		}
		b.WriteString(part)
		i = end
	}
	return b.String(), true
}
