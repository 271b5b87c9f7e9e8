package rules

import (
	"time"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// longLived is the read time-out from which on the connections of a location may
// last so long that they count for a worker as a whole.
const longLived = 10 * time.Minute

// lasting is a pass, of http or stream, whose connections last.
type lasting struct {
	scope *model.Scope
	set   model.Setting // the pass
	what  string        // "WebSockets" or "streams"
	limit model.Setting // the time-out that allows it
	time  time.Duration
}

// lastingPasses are the passes with a time-out that lets connections last: of
// WebSockets and event streams, and in stream. There are none where a template
// decides on a header that would make one: it could be the first.
func lastingPasses(p *lint.Pass) []lasting {
	var out []lasting
	for _, pass := range proxiedAnywhere(p.Host) {
		s := settingsScope(pass.Scope)
		if s.MayUpgrade() && !s.Upgrades() {
			return nil
		}
		timeout := s.Get("proxy_read_timeout")
		if d, ok := timeout.Duration(); ok && d >= longLived {
			if what := whatLasts(p, s); what != "" {
				out = append(out, lasting{s, pass.Setting, what, timeout.Settings[0], d})
			}
		}
	}
	for s, pass := range p.Host.Nginx.Owning("proxy_pass") {
		if s.Kind != model.StreamServer {
			continue
		}
		timeout := s.Get("proxy_timeout")
		if d, known := timeout.Duration(); known && timeout.Set() && d > longLived { // 10m is the default
			out = append(out, lasting{s, pass, "connections", timeout.Settings[0], d})
		}
	}
	return out
}

// whatLasts names what a location serves over connections that last; empty if
// nothing is known to.
func whatLasts(p *lint.Pass, s *model.Scope) string {
	if s.Upgrades() && wantsUpgrade(s) && http2Where(s).Empty() {
		return "WebSockets"
	}
	if _, ok := eventStream(p, s); ok {
		return "event streams"
	}
	return ""
}

// mainFile is the outermost scope of a configuration whose main file is seen; nil
// if it is not.
func mainFile(h *model.Host) *model.Scope {
	if h.Nginx == nil || h.Nginx.Fragment || h.Nginx.Root == nil || !h.Nginx.Root.Is(model.Main) {
		return nil
	}
	return h.Nginx.Root
}

// eventsOf is the events block of a main file; nil if there is none.
func eventsOf(root *model.Scope) *model.Scope {
	for k := range root.Kids() {
		if k.Kind == model.Events {
			return k
		}
	}
	return nil
}
