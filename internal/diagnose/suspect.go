package diagnose

import (
	"slices"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/nginx"
)

// Sign is something that speaks for a cause.
type Sign struct {
	// Of is the sort of evidence.
	Of evidence.Kind
	// Says is what it says, with its numbers.
	Says string
	// Lines are lines that show it.
	Lines []evidence.Line
	// Direct says that the sign is of this cause itself, and not only what comes
	// with it, too.
	Direct bool
}

// Place is a place in a file with what it has to do with the cause.
type Place struct {
	lint.Place
	Message string
}

// Suspect is a cause for which signs were found.
type Suspect struct {
	cause    *Cause
	symptom  *Symptom
	message  string
	signs    []Sign
	places   []Place
	excluded map[string]string
	decide   []string
	rules    []string
	learned  map[string]facts.Backend
	weight   int
}

// Message says what is wrong with its real values. The first one counts.
func (s *Suspect) Message(text string) *Suspect {
	if s.message == "" {
		s.message = text
	}
	return s
}

// Sign adds a sign of the cause itself.
func (s *Suspect) Sign(of evidence.Kind, says string, lines ...evidence.Line) *Suspect {
	return s.sign(Sign{Of: of, Says: says, Lines: lines, Direct: true})
}

// Hint adds a sign that comes with the cause, but with others as well.
func (s *Suspect) Hint(of evidence.Kind, says string, lines ...evidence.Line) *Suspect {
	return s.sign(Sign{Of: of, Says: says, Lines: lines})
}

// Configured adds that the configuration agrees, and where.
func (s *Suspect) Configured(says string, d *nginx.Directive) *Suspect {
	at := Place{Message: says}
	if d != nil {
		at.Place = lint.At(d)
		if !slices.Contains(s.places, at) {
			s.places = append(s.places, at)
		}
	}
	return s.sign(Sign{Of: evidence.Configuration, Says: says})
}

// sign adds a sign, unless it was told before.
func (s *Suspect) sign(g Sign) *Suspect {
	if !slices.ContainsFunc(s.signs, func(old Sign) bool { return old.Says == g.Says }) {
		s.signs = append(s.signs, g)
	}
	return s
}

// Exclude says why a rival is not the cause. What is excluded in one symptom may
// be left open in another; it counts for the symptom that says so.
func (s *Suspect) Exclude(rival, because string) *Suspect {
	if s.excluded == nil {
		s.excluded = map[string]string{}
	}
	s.excluded[rival] = because
	return s
}

// Decide adds a command that would decide what is left.
func (s *Suspect) Decide(command string) *Suspect {
	if !slices.Contains(s.decide, command) {
		s.decide = append(s.decide, command)
	}
	return s
}

// Rule names the rule whose patch cures this case, before those of the cause.
func (s *Suspect) Rule(id string) *Suspect {
	s.rules = append(s.rules, id)
	return s
}

// Learn tells what the evidence shows of the servers behind an upstream, which no
// configuration says: rules need it for their patches.
func (s *Suspect) Learn(upstream string, b facts.Backend) *Suspect {
	if s.learned == nil {
		s.learned = map[string]facts.Backend{}
	}
	s.learned[upstream] = b
	return s
}

// Weight is how many requests or connections it concerns; it orders answers that
// are otherwise equal.
func (s *Suspect) Weight(n int) *Suspect {
	s.weight = max(s.weight, n)
	return s
}

// open are the rivals that are left.
func (s *Suspect) open() []string {
	var left []string
	for _, r := range s.cause.Rivals {
		if _, gone := s.excluded[r]; !gone {
			left = append(left, r)
		}
	}
	return left
}

// certainty is computed from what was found: see Certainty.
func (s *Suspect) certainty() Certainty {
	direct := false
	var sorts []evidence.Kind
	for _, g := range s.signs {
		direct = direct || g.Direct
		if k := sortOf(g.Of); !slices.Contains(sorts, k) {
			sorts = append(sorts, k)
		}
	}
	switch {
	case !direct:
		return Possible
	case len(sorts) >= 2 && len(s.open()) == 0:
		return Proved
	}
	return Likely
}

// sortOf puts sorts of evidence together that one command prints at once: they
// do not confirm each other.
func sortOf(k evidence.Kind) evidence.Kind {
	switch k {
	case evidence.Owners, evidence.Listeners:
		return evidence.Sockets
	default:
		return k
	}
}
