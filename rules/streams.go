package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// streamPaths are last parts of a path that name an event stream. "stream"
// alone is none: half of the real ones are WebSockets or video.
var streamPaths = []string{"events", "sse", "eventsource", "event-stream", "subscribe"}

// eventStream reports whether there is evidence that a location serves events,
// and what it is. Several rules ask.
func eventStream(p *lint.Pass, s *model.Scope) (why lint.Note, ok bool) {
	all, _ := p.Shared("event streams", func() any {
		all := map[*model.Scope]lint.Note{}
		for _, s := range p.Host.Nginx.Scopes {
			if why, ok := servesEvents(p.Host, s); ok {
				all[s] = why
			}
		}
		return all
	}).(map[*model.Scope]lint.Note)
	why, ok = all[s]
	return why, ok
}

// servesEvents is eventStream where there is no pass to share. A location that
// passes Upgrade is a WebSocket.
func servesEvents(h *model.Host, s *model.Scope) (why lint.Note, ok bool) {
	if s.Kind != model.Location || s.Block == nil {
		return lint.Note{}, false
	}
	why, ok = aboutEvents(h, s)
	return why, ok && !mayUpgrade(s)
}

// aboutEvents reports whether something at a location speaks of events.
func aboutEvents(h *model.Host, s *model.Scope) (why lint.Note, ok bool) {
	path := locationPath(s)
	if path != "" && slices.Contains(h.EventStreams, path) {
		return lint.Note{Msg: "the configuration of tcplint names " + path + " as an event stream"}, true
	}
	for _, set := range s.Settings {
		for _, w := range set.Args() {
			if namesEvents(w.Value) {
				return lint.Note{Msg: "an event stream, since it names " + w.Value, At: lint.At(set.Directive)}, true
			}
		}
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	if slices.Contains(streamPaths, strings.ToLower(last)) {
		return lint.Note{Msg: `taken for an event stream, since its path ends in "` + last + `"`, At: lint.At(s.Block)}, true
	}
	return lint.Note{}, false
}

// namesEvents reports whether a word is about event streams.
func namesEvents(word string) bool {
	const kind, control = "text/event-stream", "x-accel-buffering"
	return len(word) >= len(kind) && (strings.EqualFold(word, control) || strings.Contains(strings.ToLower(word), kind))
}

// passesUpgrade reports whether requests carry the client's Upgrade header.
func passesUpgrade(s *model.Scope) bool {
	for _, h := range s.Get("proxy_set_header").Settings {
		if strings.EqualFold(h.Arg(0), "Upgrade") && h.Arg(1) != "" && !h.Unknown() {
			return true
		}
	}
	return false
}

// mayUpgrade reports whether requests carry the client's Upgrade header, or may
// do so: a template decides on a header.
func mayUpgrade(s *model.Scope) bool {
	return passesUpgrade(s) || slices.ContainsFunc(s.Get("proxy_set_header").Settings, model.Setting.Unknown)
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

// locationPath is the path that a location stands for, without a final "/";
// empty for a pattern that is not a plain path.
func locationPath(s *model.Scope) string {
	args := s.Block.Args()
	if len(args) == 0 {
		return ""
	}
	path := args[len(args)-1].Value
	modifier := ""
	if len(args) > 1 {
		modifier = args[0].Value
	}
	if modifier == "~" || modifier == "~*" {
		path = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(path, "^"), "$"), "/?")
		if strings.ContainsAny(path, `\.*+?()[]{}|^$`) {
			return ""
		}
	}
	if !strings.HasPrefix(path, "/") {
		return ""
	}
	return strings.TrimRight(path, "/")
}
