package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

// defaultPool is the size of the pool which nginx gives every upstream since
// facts.ReuseByDefault, and of the one that fixes add.
const defaultPool = 32

// poolLeads are the rules that look closer at an upstream once it has a pool
// that all its passes share.
var poolLeads = []string{
	"nginx-proxy-http10", "nginx-proxy-connection-close", "nginx-fastcgi-not-kept",
	"nginx-pool-larger-than-backend", "nginx-keepalive-timeout-race", "nginx-bodyless-length",
}

// unpooled returns the versions in which an upstream has no pool because it has
// no keepalive line.
func unpooled(u *model.UpstreamBlock) facts.Range {
	pool, ok := u.Pool()
	if !ok || u.HasKeepalive || local(u) {
		return facts.Never
	}
	return u.Scope.Host().Target.Nginx.Without(pool)
}

// usesOf lists passes in notes, three at most.
func usesOf(passes []*model.Pass, what string) []lint.Note {
	var notes []lint.Note
	for i, pass := range passes {
		if i == 3 {
			return append(notes, lint.Note{Msg: "and " + plural(len(passes)-i, "more place")})
		}
		notes = append(notes, lint.Note{Msg: what, At: lint.At(pass.Directive)})
	}
	return notes
}

// addPool adds a pool to an upstream. It is nil where that would let passes
// share connections that they must not share, where the backend has no room
// for one, or where it cannot be seen whether requests would use it.
func addPool(h *model.Host, u *model.UpstreamBlock) *lint.Fix {
	n := fittingPool(h, u)
	if _, _, mixed := mixture(u, func(*model.Pass) bool { return true }); mixed || n == 0 || mayMixSources(u) {
		return nil
	}
	if _, unseen := unseenReuse(u); unseen {
		return nil
	}
	line := "keepalive " + strconv.Itoa(n) + ";"
	title := `add "` + line + `"`
	if n == defaultPool {
		title += ", if the backend can hold that many idle connections from each worker"
	}
	return &lint.Fix{Title: title, Safety: lint.Unsafe, Edits: insideOf(u.Scope, line), Leads: poolLeads}
}

// unseenReuse returns the first HTTP pass to an upstream of which it cannot be
// seen whether it keeps its connections: an include or a template may decide on
// the version or the headers. Of a pool alone nothing is gained there, as both
// have to be right (measured: 20 connections for 20 requests).
func unseenReuse(u *model.UpstreamBlock) (pass *model.Pass, unseen bool) {
	for _, pass := range u.Passes {
		if pass.Protocol == "proxy" && (!pass.Scope.Get("proxy_http_version").Sure || !pass.Scope.Get("proxy_set_header").Sure) {
			return pass, true
		}
	}
	return nil, false
}

// fittingPool is a size for the pool of an upstream: the default, or less where
// the backend is known to hold less. Half of its room stays free for others, such
// as health checks; 0 means that there is no room.
func fittingPool(h *model.Host, u *model.UpstreamBlock) int {
	slots := h.Backend(u).Slots.Value
	if slots == 0 {
		return defaultPool
	}
	n, _ := workers(h)
	return min(defaultPool, slots*peers(u)/2/max(1, n))
}

// peers is the number of servers that surely share the requests to an upstream;
// at least 1.
func peers(u *model.UpstreamBlock) int {
	n := 0
	for _, s := range u.Servers {
		if !hasParam(s, "backup") && !hasParam(s, "down") && !mayHaveMore(s) {
			n++
		}
	}
	return max(1, n)
}

// hasParam reports whether a server of an upstream has a parameter without a
// value.
func hasParam(server model.Setting, name string) bool {
	for _, w := range server.ArgsFrom(1).All() {
		if w.Value == name {
			return true
		}
	}
	return false
}

// param is the value of a parameter of a server of an upstream ("max_conns=8").
func param(server model.Setting, name string) (value string, ok bool) {
	for _, w := range server.ArgsFrom(1).All() {
		if value, ok = strings.CutPrefix(w.Value, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// workers is the number of worker processes; known is false where the main file
// does not say, cannot be seen, or leaves it to the machine.
func workers(h *model.Host) (n int, known bool) {
	if h.Nginx.Root == nil || !h.Nginx.Root.Is(model.Main) || h.Nginx.Fragment {
		return 0, false
	}
	n, ok := h.Nginx.Root.Get("worker_processes").Int()
	return n, ok && n > 0
}

// sharing is what two passes must have in common to use each other's
// connections: a cached one is found by the address of the peer alone
// (ngx_http_upstream_keepalive_module.c, ngx_http_upstream_get_keepalive_peer).
type sharing struct{ scheme, verify, name, certificate, version string }

// serves reports whether a connection that was made as s says is as good as one
// made as o says.
func (s sharing) serves(o sharing) bool {
	return s.scheme == o.scheme && s.version == o.version && s.certificate == o.certificate &&
		(s.verify == o.verify || s.verify == "on") && (s.name == o.name || o.name == "")
}

// sharingOf returns it; ok is false if something about the pass is not known.
func sharingOf(pass *model.Pass) (s sharing, ok bool) {
	s.scheme = pass.Target.Scheme
	switch pass.Protocol {
	case "proxy":
		version := pass.Scope.Get("proxy_http_version")
		if ok = version.Sure; version.Text() == "2" {
			s.version = "2"
		}
		if s.scheme != "https" {
			return s, ok
		}
	case "grpc":
		s.version = "grpc"
		if s.scheme == "grpc" {
			s.scheme = "http"
		}
		if s.scheme != "grpcs" {
			return s, true
		}
		ok, s.scheme = true, "https"
	default:
		return s, true
	}
	prefix := pass.Protocol + "_ssl_"
	for _, part := range []struct {
		directive string
		to        *string
	}{{"verify", &s.verify}, {"name", &s.name}, {"certificate", &s.certificate}} {
		v := pass.Scope.Get(prefix + part.directive)
		ok = ok && v.Sure && !strings.Contains(v.Text(), "$")
		*part.to = v.Text()
	}
	if s.verify != "on" {
		s.verify = "off"
		if server := pass.Scope.Get(prefix + "server_name"); server.Text() != "on" {
			s.name = "" // it is neither checked nor sent
		}
	}
	return s, ok
}

// mixture finds two passes to an upstream of which one may be answered over the
// other's connections though it must not be: keeper puts its connections into
// the pool, as keeps says, and other finds them there.
func mixture(u *model.UpstreamBlock, keeps func(*model.Pass) bool) (keeper, other *model.Pass, mixed bool) {
	// Of passes with the same demands, one stands for all.
	var keepers, all []*model.Pass
	var kept, wanted []sharing
	for _, pass := range u.Passes {
		s, ok := sharingOf(pass)
		if !ok || pass.Protocol != "proxy" && pass.Protocol != "grpc" {
			continue
		}
		if !slices.Contains(wanted, s) {
			all, wanted = append(all, pass), append(wanted, s)
		}
		if !slices.Contains(kept, s) && keeps(pass) {
			keepers, kept = append(keepers, pass), append(kept, s)
		}
	}
	for i, one := range kept {
		for j, two := range wanted {
			if !one.serves(two) {
				return keepers[i], all[j], true
			}
		}
	}
	return nil, nil, false
}

// ownPool wraps an address in an upstream block of its own, to be shown: with all
// that the pool needs, and with the name in place that the backend gets now.
func ownPool(h *model.Host, pass *model.Pass) *lint.Fix {
	server := pass.Scope.Outer(model.Server)
	if server == nil || server.Block == nil || pass.Target.Scheme != "http" && pass.Target.Scheme != "https" {
		return nil
	}
	t := pass.Target
	name := poolName(h, t)
	c := newCure(pass, facts.Never)
	c.edit(lint.In(server.Block, nginx.AddBefore(server.Block, "upstream "+name+" { server "+serverAddress(t)+"; keepalive "+strconv.Itoa(defaultPool)+"; keepalive_timeout "+seconds(belowIdle(facts.CommonIdle))+"; }"))...)
	c.edit(setArg(pass.Directive, 0, t.Scheme+"://"+name+t.URI)...)
	if !pass.Scope.Get("proxy_http_version").Where("1.0").Empty() {
		c.set("proxy_http_version", "1.1")
	}
	if t.Scheme == "https" && !pass.Scope.Get("proxy_ssl_name").Set() {
		c.set("proxy_ssl_name", t.Host)
	}
	c.keepHeaders()
	c.fix.Safety, c.fix.Title = lint.Shown, "pass to an upstream with a pool, whose keepalive_timeout is below the idle timeout of the backend"
	// A variable that stands for the same address has it looked up once, by this pass.
	c.fix.Leads = []string{"nginx-variable-without-resolver", "nginx-bodyless-length"}
	if t.Host == "localhost" {
		c.fix.Title += ", if the backend listens on 127.0.0.1"
	}
	return &c.fix
}

// serverAddress writes the target of a pass as a server of an upstream.
func serverAddress(t model.PassTarget) string {
	address := t.Host
	switch {
	case address == "localhost":
		address = "127.0.0.1" // else it would be two peers
	case strings.Contains(address, ":"):
		address = "[" + address + "]"
	}
	switch {
	case t.Port != "":
		address += ":" + t.Port
	case t.Scheme == "https":
		address += ":443"
	}
	return address
}

// keepHeaders lets the backend get the Host that it gets now, and no
// "Connection: close".
func (c *cure) keepHeaders() {
	var lines []string
	headers, conn := c.pass.Scope.Get("proxy_set_header"), c.pass.Scope.Connection()
	if !setsHost(headers) {
		t := c.pass.Target
		host := t.Host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		if t.Port != "" && (t.Scheme != "http" || t.Port != "80") && (t.Scheme != "https" || t.Port != "443") {
			host += ":" + t.Port // as $proxy_host has it
		}
		lines = append(lines, "proxy_set_header Host "+host+";")
	}
	if conn.Setting.Directive == nil && !conn.Close.Empty() {
		lines = append(lines, noCloseLine)
	}
	if len(lines) > 0 && headers.Owner != nil && !c.ownedHere(headers) {
		for _, h := range headers.Settings {
			c.add(h.File().Slice(h.Head()) + ";")
		}
	}
	for _, line := range lines {
		if c.ownedHere(headers) {
			c.addHeader(headers, line)
		} else {
			c.add(line)
		}
	}
}

// poolName makes a name for the upstream of an address.
func poolName(h *model.Host, t model.PassTarget) string {
	name := "backend"
	if t.Port != "" {
		name += "-" + t.Port
	}
	if first := strings.ToLower(t.Host[:min(1, len(t.Host))]); first >= "a" && first <= "z" && !strings.Contains(t.Host, ":") {
		name = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '-'
		}, strings.ToLower(t.Host)) + "-" + name
	}
	for h.Nginx.Upstream(name) != nil {
		name += "-pool"
	}
	return name
}
