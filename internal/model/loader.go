package model

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// Loader is the program that reads the files of kernel settings at boot. Both
// take the files of the sysctl.d folders by their names, one of a name from the
// folder of the highest rank. They differ in sysctl.conf: procps ("sysctl
// --system") reads it last, systemd-sysctl only through a link in a sysctl.d,
// whose name then decides; and in hidden files, which systemd passes over
// (sysctl(8), sysctl.d(5); measured with procps 3.3.17 to 4.0.7 and systemd 252
// and 257).
type Loader uint8

// The loaders.
const (
	// AnyLoader is one of the others, nobody knows which.
	AnyLoader Loader = iota
	Procps
	Systemd
)

var loaderNames = []string{"any", "procps", "systemd"}

// String is the loader's name.
func (l Loader) String() string { return loaderNames[l] }

// LoaderNames are the names that ParseLoader takes.
func LoaderNames() []string { return slices.Clone(loaderNames[1:]) }

// ParseLoader reads a loader's name; ok is false if there is none of that name.
func ParseLoader(name string) (l Loader, ok bool) {
	i := slices.Index(loaderNames, name)
	return Loader(max(i, 0)), i > 0
}

// rank says when a loader reads a file: files are read in the order of their
// ranks. ok is false if it does not read the file.
func (s *Sysctl) rank(t *sysctl.Tree, l Loader) (rank string, ok bool) {
	dir, base := path.Split(t.File.Path)
	inFolder := path.Base(dir) == "sysctl.d"
	switch {
	case base == "sysctl.conf" && !inFolder:
		if l == Systemd {
			return s.link, s.link != ""
		}
		return "\xff" + base, true
	case l == Systemd && inFolder && strings.HasPrefix(base, "."):
		return "", false
	case inFolder && !isConf(base):
		return "", false
	}
	return base, true
}

// isConf reports whether a file in a sysctl.d is read by its name, which a template
// has before its own extension.
func isConf(base string) bool {
	for _, ext := range detect.TemplateExtensions() {
		base = strings.TrimSuffix(base, ext)
	}
	return path.Ext(base) == ".conf"
}

// inOrder returns the lines that a loader reads, in its order.
func (s *Sysctl) inOrder(lines []Assignment, l Loader) []Assignment {
	var out []Assignment
	for _, a := range lines {
		if _, ok := s.rank(a.Tree, l); ok {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b Assignment) int {
		one, _ := s.rank(a.Tree, l)
		two, _ := s.rank(b.Tree, l)
		return strings.Compare(one, two)
	})
	return out
}

// Reads reports whether a loader reads a file at all, which may be masked.
func (s *Sysctl) Reads(t *sysctl.Tree) bool {
	_, ok := s.rank(t, s.loader)
	return ok
}

// Linked reports whether a link in a sysctl.d leads to sysctl.conf.
func (s *Sysctl) Linked() bool { return s.link != "" }

// Differ returns the lines that procps and systemd end with, if they are known to
// give a key different values and it is not known which of them is in use.
func (s *Sysctl) Differ(key string) (procps, systemd Assignment, differ bool) {
	if s.loader != AnyLoader {
		return Assignment{}, Assignment{}, false
	}
	lines := s.byKey[key]
	one, two := s.inOrder(lines, Procps), s.inOrder(lines, Systemd)
	if len(one) == 0 || len(two) == 0 {
		return Assignment{}, Assignment{}, false // of a lone sysctl.conf nobody knows who reads it
	}
	procps, systemd = one[len(one)-1], two[len(two)-1]
	if procps.Entry == systemd.Entry && len(lines) == 1 {
		return procps, systemd, false
	}
	return procps, systemd, !s.alike(key, procps, systemd)
}

// Held is what the kernel holds of a key after a loader has written all lines:
// its numbers, without those behind the last that a line sets; nothing if every
// line is refused. ok is false if that cannot be told.
func (s *Sysctl) Held(l Loader, key string) (value []string, ok bool) {
	if s.many(l, key) {
		return nil, false
	}
	r := s.runLines(l, key, s.familyLines(l, key))
	if r.guess || r.unordered {
		return nil, false
	}
	if other, ok := aliases[key]; ok {
		key = other
	}
	value = slices.Clone(r.get(key))
	for _, w := range value {
		if strings.Contains(w, " ") {
			return nil, false
		}
	}
	return value, true
}

// Disagree returns what the kernel holds of a key after procps and after systemd,
// if that is known to differ although the same line is the last one: procps writes
// every line, systemd the last of a key only, and each in an order of its own.
func (s *Sysctl) Disagree(key string) (procps, systemd []string, differ bool) {
	if s.loader != AnyLoader || s.Live {
		return nil, nil, false
	}
	if s.familySize(Procps, key) < 2 {
		return nil, nil, false
	}
	procps, ok := s.Held(Procps, key)
	systemd, ok2 := s.Held(Systemd, key)
	return procps, systemd, ok && ok2 && !slices.Equal(procps, systemd)
}

// Decides returns the line that gives an interface's key its value, which need not
// name it: the kernel hands some on. ok is false if none does, or not under every
// loader that may be in use.
func (s *Sysctl) Decides(key string) (by Assignment, ok bool) {
	if _, ok := splitInterface(key); !ok {
		return Assignment{}, false
	}
	for i, l := range s.Loaders() {
		if s.many(l, key) {
			return Assignment{}, false
		}
		r := s.runLines(l, key, s.familyLines(l, key))
		a, ok := r.by[key]
		if !ok || r.unordered {
			return Assignment{}, false
		}
		if i == 0 {
			by = a
		}
	}
	return by, true
}
