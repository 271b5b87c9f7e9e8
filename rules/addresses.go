package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// address is a literal address or name to which HTTP passes go without an
// upstream block.
type address struct {
	name   string // as it stands in proxy_pass, with its scheme
	passes []*model.Pass
}

// addresses groups the HTTP passes that keep accepts by their address, in the
// order of the files.
func addresses(h *model.Host, keep func(*model.Pass) bool) []*address {
	var all []*address
	byName := map[string]*address{}
	for _, pass := range proxied(h) {
		t := pass.Target
		if t.Kind != model.TargetAddress || h.Nginx.Upstream(t.Host) != nil || bareWord(t) || !keep(pass) {
			continue // nginx-upstream-with-port speaks of a port behind an upstream's name
		}
		name := t.Scheme + "://" + strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(pass.Arg(0)), t.Scheme+"://"), strings.ToLower(t.URI))
		name = lint.AsWritten(lint.AtWord(pass.Directive, 1), name) // ports are the same if they are written alike
		if byName[name] == nil {
			byName[name] = &address{name: name}
			all = append(all, byName[name])
		}
		byName[name].passes = append(byName[name].passes, pass)
	}
	return all
}

// bareWord reports whether a target is a name without a dot and a port: it reads
// like an upstream that is declared elsewhere, or was forgotten.
func bareWord(t model.PassTarget) bool {
	return t.Port == "" && !strings.ContainsAny(t.Host, ".:")
}

// busy reports whether a location is one that takes a site's ordinary requests:
// not a single path, a page for errors or a check, and not a stream or a
// WebSocket, whose connection lasts.
func busy(pass *model.Pass) bool {
	s := settingsScope(pass.Scope)
	if s.Kind != model.Location || s.Block == nil || pass.Scope.Is(model.LimitExcept) {
		return false
	}
	if s.Block.Arg(0) == "=" && s.Block.Arg(1) != "/" || quiet(pass.Target.URI) || streams(s) {
		return false
	}
	for _, w := range s.Block.Args().All() {
		if quiet(w.Value) {
			return false
		}
	}
	for _, ret := range []string{"return", "internal"} {
		if _, ok := s.Own(ret); ok {
			return false
		}
	}
	return true
}

// streams reports whether the connections of a location last: an event stream,
// a WebSocket, or one that switches buffering off itself, as the recipes for both
// do.
func streams(s *model.Scope) bool {
	if s.MayUpgrade() || mayStream(s) {
		return true
	}
	if v, ok := s.Own("proxy_buffering"); ok && v.Arg(0) == "off" {
		return true
	}
	why, ok := s.EventStream()
	return ok && why.Below == ""
}

// quietPlaces are parts of a path that few requests ask for.
var quietPlaces = []string{
	"error", "50x", "404", "maintenance", "fallback", "health", "healthz", "ping", "status", "metrics", "ready", "alive",
	"well-known", "favicon", "robots", "acme", "debug", "pprof", "admin", "test", "stub_status",
}

// quiet reports whether a path says that few requests come there.
func quiet(path string) bool {
	return slices.ContainsFunc(quietPlaces, func(part string) bool { return strings.Contains(strings.ToLower(path), part) })
}

// otherPasses notes the further passes of an address.
func otherPasses(a *address) []lint.Note {
	return usesOf(a.passes[1:], "the same address here")
}
