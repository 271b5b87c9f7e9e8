package model

import (
	"slices"

	"github.com/tcplint/tcplint/parser/sysctl"
)

// manyLines is a number of lines about one thing that nobody writes by hand: each
// is compared with all others. manyMatches is the same of interfaces that wildcards
// are tried on.
const (
	manyLines   = 200
	manyMatches = 1000
)

// many reports whether a key's family has too many lines for them to be gone through.
func (s *Sysctl) many(l Loader, key string) bool {
	globs := len(s.ordered[l].globs)
	return s.familySize(l, key) > manyLines || globs*len(s.names) > manyMatches
}

// familySize is how many lines familyLines returns.
func (s *Sysctl) familySize(l Loader, key string) int {
	r := s.ordered[l]
	return len(r.families[family(key)]) + len(r.globs)
}

// A DeadLine is one without which every loader that may be in use leaves the
// kernel as it does with it.
type DeadLine struct {
	Assignment

	By Assignment // the line that decides
	// Sure is false if the kernel may refuse a value of the lines that is not
	// known to it here.
	Sure bool
}

// Dead returns the lines of a key that change nothing because of later ones, in
// the order of the lines: all of them can go. Lines that say what the deciding
// one says are not among them.
func (s *Sysctl) Dead(key string) []DeadLine {
	lines := s.byKey[key]
	if len(lines) < 2 {
		return nil
	}
	name := key
	if other, ok := aliases[key]; ok {
		name = other
	}
	loaders := s.Loaders()
	family := make([][]Assignment, len(loaders))
	before := make([]*kernelRun, len(loaders))
	for i, l := range loaders {
		if s.many(l, key) {
			return nil
		}
		family[i] = s.familyLines(l, key)
		before[i] = s.runLines(l, key, family[i])
	}
	by, ok := before[0].by[name]
	if !ok || !slices.Contains(lines, by) {
		by = lines[len(lines)-1]
	}
	var dead []DeadLine
	for _, a := range lines {
		if a.Entry == by.Entry {
			break
		}
		without := make([][]Assignment, len(loaders))
		same, sure := true, true
		for i, l := range loaders {
			without[i] = slices.DeleteFunc(slices.Clone(family[i]), func(o Assignment) bool { return o.Entry == a.Entry })
			after := s.runLines(l, key, without[i])
			same = same && before[i].same(after)
			sure = sure && !after.guess && !before[i].guess
		}
		if same && !s.alike(key, a, by) {
			family = without
			dead = append(dead, DeadLine{a, by, sure})
		}
	}
	return dead
}

// alike reports whether the kernel reads the same of two lines.
func (s *Sysctl) alike(key string, a, b Assignment) bool {
	read := func(a Assignment) *kernelRun {
		r := s.newRun(Procps)
		r.write(key, a)
		return r
	}
	return Fields(a.Value.Value) == Fields(b.Value.Value) || read(a).same(read(b))
}

// Same reports whether every loader that may be in use leaves the kernel as it is
// when an entry has another value.
func (s *Sysctl) Same(e *sysctl.Entry, value string) bool {
	other := *e
	other.Value.Value = value
	for _, l := range s.Loaders() {
		key := keyFor(e, l)
		if s.many(l, key) {
			return false
		}
		lines := s.familyLines(l, key)
		before := s.runLines(l, key, lines)
		for i := range lines {
			if lines[i].Entry == e {
				lines[i].Entry = &other
			}
		}
		if !before.same(s.runLines(l, key, lines)) {
			return false
		}
	}
	return true
}

func (s *Sysctl) newRun(l Loader) *kernelRun {
	return &kernelRun{
		loader: l, target: s.kernel, names: s.names, live: s.Live,
		values: map[string][]string{}, by: map[string]Assignment{}, own: map[string]bool{},
	}
}

// runLines writes lines of a key's family.
func (s *Sysctl) runLines(l Loader, key string, lines []Assignment) *kernelRun {
	r := s.newRun(l)
	r.run(key, lines)
	return r
}

// familyLines are the lines that a loader reads of a key's family, and all
// wildcards, which may match keys of it, in its order.
func (s *Sysctl) familyLines(l Loader, key string) []Assignment {
	r := s.ordered[l]
	at := slices.Concat(r.families[family(key)], r.globs)
	slices.Sort(at)
	lines := make([]Assignment, len(at))
	for i, n := range at {
		lines[i] = r.lines[n]
	}
	return lines
}
