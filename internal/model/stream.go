package model

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/nginx"
)

// Evidence is why a location is taken for an event stream.
type Evidence struct {
	// Why is the reason in words.
	Why string
	// At is the directive that speaks of it, nil if the configuration of tcplint
	// does.
	At *nginx.Directive
	// Below is the path of the stream where the location serves others as well;
	// empty where it is the stream's own.
	Below string
}

// streamPaths are last parts of a path that name an event stream. "stream"
// alone is none: half of the real ones are WebSockets or video.
var streamPaths = []string{"events", "sse", "eventsource", "event-stream", "subscribe"}

// EventStream reports whether there is evidence that a location serves events,
// and what it is. A location that passes Upgrade is a WebSocket.
func (s *Scope) EventStream() (why Evidence, ok bool) {
	if s.Kind != Location || s.Block == nil {
		return Evidence{}, false
	}
	why, ok = s.aboutEvents()
	return why, ok && !s.MayUpgrade()
}

// aboutEvents reports whether something at a location speaks of events.
func (s *Scope) aboutEvents() (why Evidence, ok bool) {
	path := s.path()
	if path != "" && slices.Contains(s.Host().EventStreams, path) {
		return Evidence{Why: "the configuration of tcplint names " + path + " as an event stream"}, true
	}
	if below := s.Host().servedStreams()[s]; below != "" {
		return Evidence{Why: "the configuration of tcplint names " + below + " as an event stream, and its requests come here", Below: below}, true
	}
	for _, set := range s.Settings {
		for _, w := range set.Args().All() {
			if namesEvents(w.Value) {
				return Evidence{Why: "an event stream, since it names " + w.Value, At: set.Directive}, true
			}
		}
	}
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if n := len(parts); n > 1 && strings.EqualFold(last, "stream") {
		// "events/stream" names one, as "stream" alone does not.
		parts, last = parts[:n-1], parts[n-2]+"/"+last
	}
	if slices.Contains(streamPaths, strings.ToLower(parts[len(parts)-1])) {
		return Evidence{Why: `taken for an event stream, since its path ends in "` + last + `"`, At: s.Block}, true
	}
	return Evidence{}, false
}

// namesEvents reports whether a word is about event streams.
func namesEvents(word string) bool {
	const kind, control = "text/event-stream", "x-accel-buffering"
	return len(word) >= len(kind) && (strings.EqualFold(word, control) || strings.Contains(strings.ToLower(word), kind))
}

// Upgrades reports whether requests carry the client's Upgrade header.
func (s *Scope) Upgrades() bool {
	const no, yes = 1, 2
	if known := s.upgrades.Load(); known != 0 {
		return known == yes
	}
	if s.sendsUpgrade() {
		s.upgrades.Store(yes)
		return true
	}
	s.upgrades.Store(no)
	return false
}

func (s *Scope) sendsUpgrade() bool {
	if !s.host.Nginx.Sends("Upgrade") {
		return false
	}
	for _, h := range s.Get("proxy_set_header").Settings {
		if strings.EqualFold(h.Arg(0), "Upgrade") && h.Arg(1) != "" && !h.Unknown() {
			return true
		}
	}
	return false
}

// MayUpgrade reports whether requests carry the client's Upgrade header, or may
// do so: a template decides on a header.
func (s *Scope) MayUpgrade() bool {
	return s.Upgrades() || s.host.Nginx.holes && slices.ContainsFunc(s.Get("proxy_set_header").Settings, Setting.Unknown)
}

// path is the path that a location stands for, without a final "/" unless it is all of it; empty for a
// pattern that is not a plain path.
func (s *Scope) path() string {
	args := s.Block.Args()
	if args.Len() == 0 {
		return ""
	}
	path := args.At(args.Len() - 1).Value
	modifier := ""
	if args.Len() > 1 {
		modifier = args.At(0).Value
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
	return cmp.Or(strings.TrimRight(path, "/"), "/")
}
