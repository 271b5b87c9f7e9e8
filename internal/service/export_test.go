package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// Fact is a field of a service that has a place.
type Fact struct {
	At   Place
	Text string
}

// Facts lists all fields of a service that have a place, in words.
func (s *Service) Facts() []Fact {
	var out []Fact
	note := func(at Place, sure Sure, env, format string, args ...any) {
		if at.File == nil || sure == Unknown {
			return
		}
		text := fmt.Sprintf(format, args...)
		switch sure {
		case Default:
			text += " (default)"
		case UnlessEnv:
			text += " (unless " + env + ")"
		case Unknown, Preset, Set, Declared:
		}
		out = append(out, Fact{at, s.Title() + ": " + text})
	}
	number := func(name string, f Field[int]) { note(f.At, f.Sure, f.Env, "%s %d", name, f.Value) }
	note(s.Version.At, s.Version.Sure, "", "version %s", s.Version.Value)
	for _, l := range s.Listens {
		a := l.Value
		where := fmt.Sprintf("%s:%d", a.Host, a.Port)
		if a.Unix != "" {
			where = a.Unix
		}
		note(l.At, l.Sure, l.Env, "listens %s", strings.TrimSpace(where+" "+a.Protocol))
	}
	note(s.Idle.At, s.Idle.Sure, s.Idle.Env, "idle %s", s.Idle.Value)
	if !s.Idle.Known() {
		words := map[facts.Keeping]string{facts.KeepsForever: "keeps for ever", facts.ClosesAnnounced: "keeps none", facts.ClosesUnannounced: "closes without a word"}
		note(s.Keeps.At, s.Keeps.Sure, s.Keeps.Env, "%s", words[s.Keeps.Value])
	}
	note(s.InFlight.At, s.InFlight.Sure, s.InFlight.Env, "ends requests after %s", s.InFlight.Value)
	number("requests", s.Requests)
	number("recycled after", s.Recycle)
	number("connections", s.Slots)
	number("serves", s.Busy)
	number("backlog", s.Backlog)
	number("files", s.SoftFiles)
	number("files at most", s.HardFiles)
	for key, f := range s.Sysctls {
		note(f.At, f.Sure, f.Env, "%s = %s", key, f.Value)
	}
	for _, p := range s.Published {
		note(p.At, Set, "", "publishes %d", p.Port)
	}
	slices.SortFunc(out, func(a, b Fact) int {
		if a.At.Span.Start != b.At.Span.Start {
			return a.At.Span.Start - b.At.Span.Start
		}
		return strings.Compare(a.Text, b.Text)
	})
	return out
}

// ReadHanded reads the addresses that a file of keepalived hands around.
func ReadHanded(f *source.File) []Handed { return virtualAddresses(f) }

// ShellFields divides a text into words as a shell does.
func ShellFields(text string) ([]string, bool) { return shellFields(text) }
