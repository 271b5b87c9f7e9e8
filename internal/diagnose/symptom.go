// Package diagnose comes from what a machine printed to the cause. A symptom is
// one file: what it looks for, which evidence it needs, which causes it can have,
// and what tells them apart.
//
// How certain an answer is, no symptom writes: it is computed from the signs that
// were found, the sorts of evidence that agree, and the rivals that were excluded.
// Evidence that is missing leaves rivals open, and is named with the command that
// would bring it.
package diagnose

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// Symptom is something that people see, with the causes that it can have.
type Symptom struct {
	// ID names the symptom, in kebab case.
	ID string
	// Title says in one line what is seen.
	Title string
	// Why explains what it means, and what tells the causes apart. Paragraphs are
	// separated by an empty line.
	Why string
	// Needs is evidence without which nothing can be said. Of OneOf, one sort is
	// enough. Helps is evidence that decides between causes or confirms one.
	Needs, OneOf, Helps []evidence.Kind
	// Causes are what the symptom can come from.
	Causes []Cause
	// Refs are https addresses of sources or documentation.
	Refs []string
	// Examples are shown to people and run as tests.
	Examples []Example
	// Look looks for signs.
	Look func(*Pass)
}

// Cause is one thing that a symptom can come from. Several symptoms may lead to
// the same cause; one of them describes it.
type Cause struct {
	// ID names the cause in kebab case; scripts rely on it. It never changes.
	ID string
	// Title says in one line what is wrong; empty where another symptom describes
	// the cause.
	Title string
	// At is the part of the path where it sits.
	At Part
	// Rivals are causes that look the same in this symptom. As long as one of them
	// is not excluded, nothing is proved.
	Rivals []string
	// Explains are causes whose signs follow from this one: where this is at
	// least as certain, they are no answers of their own.
	Explains []string
	// Rules are those whose patches cure it, the best first.
	Rules []string
	// Cure says what to do where no rule has a patch.
	Cure string
	// Cured says how to see that it is cured.
	Cured string
	// Decide are commands that decide between this cause and its rivals, beside
	// those that bring missing evidence.
	Decide []string
	// Harm orders answers of equal certainty, the most harmful first: requests
	// that fail are 3, requests that wait 2, waste 1.
	Harm int
}

// Part is a part of the path of a connection.
type Part uint8

// The parts, from the client to the backend; the kernel is beneath all of them.
const (
	Nowhere Part = iota
	Clients
	Queue
	Nginx
	Way
	Backend
	Kernel
)

var partNames = []string{"", "clients", "accept queue", "nginx", "network", "backend", "kernel"}

// String is the part's name for people.
func (p Part) String() string { return partNames[p] }

// Parts are all parts of the path.
func Parts() []Part { return []Part{Clients, Queue, Nginx, Way, Backend, Kernel} }

// Example is evidence with the right answer.
type Example struct {
	Name string
	// Files is a txtar archive of configuration and evidence.
	Files string
	// More writes the rest of the archive where many lines are alike; may be nil. As a
	// function it costs nothing when the program starts.
	More func() string
	// Want are the answers in order, each a cause and its certainty:
	// "file-limit proved". None means that nothing is wrong.
	Want []string
}

// Archive is the whole txtar archive of the example.
func (e *Example) Archive() string {
	if e.More == nil {
		return e.Files
	}
	return e.Files + e.More()
}

// Certainty says how sure an answer is.
type Certainty uint8

// The certainties.
const (
	// Possible answers stand on circumstances.
	Possible Certainty = iota
	// Likely answers stand on a sign of their own, while a rival is left or
	// nothing else confirms it.
	Likely
	// Proved answers are what at least two sorts of evidence agree on, and no
	// rival is left.
	Proved
)

var certaintyNames = []string{"possible", "likely", "proved"}

// String is the certainty's name as reports write it.
func (c Certainty) String() string { return certaintyNames[c] }

var symptoms []*Symptom

// add declares a symptom. It takes the address of a variable since the compiler then
// lays the symptom out, and nothing is made when the program starts.
//
//go:noinline
func add(s *Symptom) *Symptom { //nolint:unparam // the result lets a package-level variable make the call
	symptoms = append(symptoms, s)
	return s
}

// Symptoms returns all symptoms, sorted by ID.
func Symptoms() []*Symptom {
	all := slices.Clone(symptoms)
	slices.SortFunc(all, func(a, b *Symptom) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Lookup finds the symptom that describes a cause, or a symptom by its own ID; c is
// nil then.
func Lookup(id string) (s *Symptom, c *Cause, ok bool) {
	for _, s := range symptoms {
		for i := range s.Causes {
			if s.Causes[i].ID == id && s.Causes[i].Title != "" {
				return s, &s.Causes[i], true
			}
		}
	}
	for _, s := range symptoms {
		if s.ID == id {
			return s, nil, true
		}
	}
	return nil, nil, false
}

// Names are the IDs of all symptoms and of the causes that they describe, sorted.
func Names() []string {
	var all []string
	for _, s := range symptoms {
		all = append(all, s.ID)
		for i := range s.Causes {
			if s.Causes[i].Title != "" {
				all = append(all, s.Causes[i].ID)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// describe returns the description of a cause.
func describe(id string) *Cause {
	if _, c, ok := Lookup(id); ok && c != nil {
		return c
	}
	return &Cause{ID: id, Title: id}
}

// cause returns the symptom's own entry of a cause; nil if it does not declare it.
func (s *Symptom) cause(id string) *Cause {
	for i := range s.Causes {
		if s.Causes[i].ID == id {
			return &s.Causes[i]
		}
	}
	return nil
}

// declares reports whether the symptom says that it asks for a sort of evidence.
func (s *Symptom) declares(k evidence.Kind) bool {
	return slices.Contains(s.Needs, k) || slices.Contains(s.OneOf, k) || slices.Contains(s.Helps, k)
}

var kebab = lazyre.New(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate says what is wrong with a symptom's declaration; nil if nothing is.
func (s *Symptom) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("symptom %s: "+format, append([]any{s.ID}, args...)...))
		}
	}
	check(kebab.MatchString(s.ID), "the ID must be in kebab case")
	check(s.Title != "" && !strings.HasSuffix(s.Title, "."), "the title must say something, without a full stop")
	check(s.Why != "" && s.Look != nil && len(s.Causes) > 0 && len(s.Examples) > 0, "why, causes, examples and a look are needed")
	for _, r := range s.Refs {
		check(strings.HasPrefix(r, "https://"), "reference %q must be https", r)
	}
	for _, c := range s.Causes {
		check(kebab.MatchString(c.ID), "the cause %q must be in kebab case", c.ID)
		if c.Title == "" {
			d, _, ok := Lookup(c.ID)
			check(ok && d != s, "nobody describes the cause %s", c.ID)
			continue
		}
		check(c.Cured != "" && (c.Cure != "" || len(c.Rules) > 0), "the cause %s must say how it is cured and how one sees it", c.ID)
		check(c.At != Nowhere, "the cause %s must say where it sits", c.ID)
		check(c.Harm > 0, "the cause %s must say how harmful it is", c.ID)
		for _, o := range slices.Concat(c.Rivals, c.Explains) {
			_, _, ok := Lookup(o)
			check(ok, "the cause %s names %s, which nobody describes", c.ID, o)
		}
	}
	return errors.Join(errs...)
}
