package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// eventStream reports whether there is evidence that a location serves events,
// and what it is. Several rules ask.
func eventStream(p *lint.Pass, s *model.Scope) (why lint.Note, ok bool) {
	all, _ := p.Shared("event streams", func() any {
		all := map[*model.Scope]lint.Note{}
		for _, s := range p.Host.Nginx.Scopes {
			if e, ok := s.EventStream(); ok {
				note := lint.Note{Msg: e.Why}
				if e.At != nil {
					note.At = lint.At(e.At)
				}
				all[s] = note
			}
		}
		return all
	}).(map[*model.Scope]lint.Note)
	why, ok = all[s]
	return why, ok
}

// mayStream reports whether a template decides on something that would tell a
// stream: the path, buffering, or a header.
func mayStream(s *model.Scope) bool {
	if s.Block != nil && s.Block.In.Tree.Unknown && s.Block.Unknown() {
		return true
	}
	return slices.ContainsFunc(s.Settings, func(set model.Setting) bool {
		return set.Unknown() && (set.Name() == "proxy_buffering" || strings.HasSuffix(set.Name(), "_header"))
	})
}
