package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// wide is a setting at the level of http or server and the HTTP passes for which
// it decides.
type wide struct {
	scope  *model.Scope
	set    model.Setting
	passes []*model.Pass
}

// wides finds the uses of a directive at the level of http or server over
// passes of which none looks like a stream or a WebSocket. Nothing is said where
// a part that cannot be seen may hold other locations.
func wides(p *lint.Pass, directive string) []wide {
	if p.Host.Nginx == nil {
		return nil
	}
	var out []wide
	for s, set := range p.Host.Nginx.Owning(directive) {
		if !s.Is(model.HTTP, model.Server) || mayHideLocations(s) || speaksOfStreams(s, set) {
			continue
		}
		ok := true
		w := wide{scope: s, set: set, passes: inForce(s, inProtocol{"proxy", directive})}
		for _, pass := range w.passes {
			at := settingsScope(pass.Scope)
			if _, events := eventStream(p, at); events || at.MayUpgrade() || mayStream(at) {
				ok = false
			}
		}
		if ok && len(w.passes) > 0 {
			out = append(out, w)
		}
	}
	return out
}

// saysStream is a remark about streams.
var saysStream = lazyre.New(`(?i)\bsse\b|server[- ]sent|event[- ]?(stream|source)|\bstream|web ?socket|long[- ]?poll`)

// speaksOfStreams reports whether a comment above a directive, or anywhere in its
// block, does: then the author had one in mind.
func speaksOfStreams(s *model.Scope, set model.Setting) bool {
	f := set.File()
	span := set.Span()
	if s.Block != nil && s.Block.File() == f {
		span = s.Block.Span()
	}
	const above = 3 // lines
	first := max(1, f.Position(set.Span().Start).Line-above)
	speaks := func(from, until int) bool {
		for c := range set.In.Tree.CommentsFrom(from) {
			if c.Start >= until {
				break
			}
			if saysStream.MatchString(f.Slice(c)) {
				return true
			}
		}
		return false
	}
	return speaks(f.LineSpan(first).Start, set.Span().Start) || speaks(span.Start, span.End)
}

// mayHideLocations reports whether an include in a scope or below it may bring
// locations that cannot be seen.
func mayHideLocations(s *model.Scope) bool {
	for k := range s.Walk() {
		if ownMayHide(k, "location") {
			return true
		}
	}
	return false
}
