package model

import (
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// Sysctl are the kernel settings of one host.
type Sysctl struct {
	// Trees are the files in the order in which procps reads them: by base name,
	// sysctl.conf last (procps src/sysctl.c, facts §10.1).
	Trees []*sysctl.Tree
	// Masked are the trees that no loader reads, because a folder of higher rank
	// holds a file of the same name, with the tree that takes their place.
	Masked map[*sysctl.Tree]*sysctl.Tree

	// Live says that a running kernel shows these values; see Input.Live.
	Live bool

	loader Loader
	kernel facts.Range
	link   string // see Input.SysctlLink

	ordered map[Loader]reading
	names   []string // the interfaces that lines name, and one for all others

	byKey map[string][]Assignment
	globs []Assignment
	// vague says that a wildcard stands in an exclusion, which releases of
	// procps read in different ways.
	vague bool
	// blank are the keys of lines such as "- key", which systemd sets and procps
	// does not.
	blank []string
}

// Assignment is one line that sets a key.
type Assignment struct {
	*sysctl.Entry

	Tree *sysctl.Tree
}

func buildSysctl(in Input) *Sysctl {
	s := &Sysctl{Live: in.Live, loader: in.Target.Loader, kernel: in.Target.Kernel, link: in.SysctlLink, byKey: map[string][]Assignment{}}
	for _, f := range in.Sysctl {
		s.Trees = append(s.Trees, in.Trees.Sysctl(f))
	}
	sort.SliceStable(s.Trees, func(i, j int) bool {
		one, _ := s.rank(s.Trees[i], Procps)
		two, _ := s.rank(s.Trees[j], Procps)
		return one < two
	})
	s.mask()
	s.ordered = map[Loader]reading{Procps: s.readBy(Procps), Systemd: s.readBy(Systemd)}
	s.names = s.interfaces()
	excluded := map[string]bool{}
	for _, t := range s.Trees {
		if s.Masked[t] != nil {
			continue
		}
		for _, e := range t.Entries {
			a := Assignment{e, t}
			key := e.Key.Value
			if s.loader == Systemd {
				key = keyFor(e, Systemd)
			}
			switch {
			case s.loader != Systemd && key != keyFor(e, Procps):
				s.blank = append(s.blank, keyFor(e, Systemd))
			case e.Exclude:
				s.vague = s.vague || e.Glob
				excluded[key] = true
			case e.Glob:
				s.globs = append(s.globs, a)
			default:
				s.byKey[key] = append(s.byKey[key], a)
			}
		}
	}
	if s.loader != AnyLoader {
		for key, lines := range s.byKey {
			s.byKey[key] = s.inOrder(lines, s.loader)
		}
		s.globs = s.inOrder(s.globs, s.loader)
	}
	for key := range excluded {
		// A key that is excluded from wildcards keeps what is written for it.
		if _, ok := s.byKey[key]; !ok {
			s.byKey[key] = nil
		}
	}
	return s
}

// sysctlFolders are where the loaders look for files, the folder of the highest
// rank first (facts §10.1).
var sysctlFolders = []string{"etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d", "lib/sysctl.d"}

// mask finds the files that one of the same name in another folder hides.
func (s *Sysctl) mask() {
	type place struct {
		tree *sysctl.Tree
		rank int
	}
	best := map[string]place{} // by the system's root and the base name
	for _, t := range s.Trees {
		root, rank, ok := sysctlFolder(t.File.Path)
		if !ok {
			continue
		}
		name := root + "\x00" + path.Base(t.File.Path)
		first, seen := best[name]
		if seen && first.rank == rank {
			continue
		}
		if s.Masked == nil && seen {
			s.Masked = map[*sysctl.Tree]*sysctl.Tree{}
		}
		switch {
		case !seen:
			best[name] = place{t, rank}
		case first.rank < rank:
			s.Masked[t] = first.tree
		default:
			for masked, by := range s.Masked {
				if by == first.tree {
					s.Masked[masked] = t
				}
			}
			s.Masked[first.tree] = t
			best[name] = place{t, rank}
		}
	}
}

// sysctlFolder divides the path of a file into the root of its system and the
// rank of its folder; ok is false if that is none that the loaders read.
func sysctlFolder(p string) (root string, rank int, ok bool) {
	dir := path.Dir(p)
	for i, folder := range sysctlFolders {
		if root, ok = strings.CutSuffix(dir, folder); ok && (root == "" || strings.HasSuffix(root, "/")) {
			return root, i, true
		}
	}
	return "", 0, false
}

// Assignments are the lines that set exactly this key, in the order in which
// they are read. The last one wins.
func (s *Sysctl) Assignments(key string) []Assignment { return s.byKey[key] }

// Keys are all keys that are set by name, sorted.
func (s *Sysctl) Keys() []string {
	keys := make([]string, 0, len(s.byKey))
	for k, a := range s.byKey {
		if len(a) > 0 {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}

// SysctlValue is the effective value of a kernel setting.
type SysctlValue struct {
	Assignment

	// Set is false if no file sets the key.
	Set bool
	// Sure is false if it depends on the loader which line wins: systemd does
	// not read sysctl.conf, procps reads it last.
	Sure bool
}

// Get returns the effective value of a key: the last line that names it, else
// the last wildcard that matches. A nil Sysctl sets nothing.
func (s *Sysctl) Get(key string) SysctlValue {
	if s == nil {
		return SysctlValue{Sure: true}
	}
	lines, known := s.byKey[key]
	if slices.Contains(s.blank, key) && s.loader == AnyLoader {
		return SysctlValue{}
	}
	if n := len(lines); n > 0 {
		last := lines[n-1]
		if s.excludedAfter(last) {
			return SysctlValue{Sure: s.loader == Systemd}
		}
		if s.unread(last.Tree) {
			return SysctlValue{Sure: true}
		}
		return SysctlValue{Assignment: last, Set: true, Sure: s.agree(key) && !source.HasUnknown(last.Value.Value)}
	}
	if known {
		return SysctlValue{Sure: true} // excluded from wildcards
	}
	for _, g := range slices.Backward(s.globs) {
		if sysctl.Match(g.Key.Value, key) {
			return SysctlValue{Assignment: g, Set: true, Sure: !s.vague}
		}
	}
	return SysctlValue{Sure: true}
}

// excludedAfter reports whether an exclusion of its own key follows a line, for
// which systemd then does not write it (measured with 252, 257 and 262).
func (s *Sysctl) excludedAfter(a Assignment) bool {
	if s.loader == Procps {
		return false
	}
	key := keyFor(a.Entry, Systemd)
	read := s.ordered[Systemd]
	behind := false
	for _, n := range read.families[family(key)] {
		e := read.lines[n].Entry
		if behind = behind || e == a.Entry; behind && e.Exclude && keyFor(e, Systemd) == key {
			return true
		}
	}
	return false
}

// unread reports whether no loader that may be in use reads a file. Such files come
// first in Trees, so that any other wins over them.
func (s *Sysctl) unread(t *sysctl.Tree) bool {
	_, procps := s.rank(t, Procps)
	_, systemd := s.rank(t, Systemd)
	switch s.loader {
	case Procps:
		return !procps
	case Systemd:
		return !systemd
	default:
		return !procps && !systemd && !s.alone(t)
	}
}

// alone reports whether a file is all that is known, so that it may well be put
// where loaders find it.
func (s *Sysctl) alone(t *sysctl.Tree) bool { return len(s.Trees) == 1 && s.Trees[0] == t }

// agree reports whether every loader that may be in use ends with the same value
// of a key.
func (s *Sysctl) agree(key string) bool {
	_, _, differ := s.Differ(key)
	if !differ {
		_, _, differ = s.Disagree(key)
	}
	return !differ
}

// Fields writes a value with single blanks between its words, as the kernel
// sees it.
func Fields(value string) string { return strings.Join(strings.Fields(value), " ") }

// Int is the value as the kernel reads a whole number: decimal, 0x hexadecimal
// or 0 octal; what follows a blank is ignored. ok is false if it is not set, not
// a number or not Sure.
func (v SysctlValue) Int() (n int64, ok bool) {
	if !v.Set || !v.Sure {
		return 0, false
	}
	return ParseInt(v.Value.Value)
}

// ParseInt reads the first word of a value as the kernel does
// (kernel/sysctl.c, proc_get_long).
func ParseInt(value string) (n int64, ok bool) {
	word, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(value), "\t", " "), " ")
	if word == "" || word[0] == '+' || strings.Contains(word, "_") || len(word) > 2 && strings.ContainsAny(word[:2], "oObB") {
		return 0, false
	}
	n, err := strconv.ParseInt(word, 0, 64)
	return n, err == nil
}

// LoopbackWithoutIPv6 returns the line that takes ::1 off the loopback
// interface, if one does: disable_ipv6 for all interfaces or for lo, unless a
// later line gives it back. Lines that set only "default" do not touch lo
// (facts §7, measured). ok is false where the loaders that may be in use do not
// agree.
func (s *Sysctl) LoopbackWithoutIPv6() (a Assignment, ok bool) {
	if s == nil {
		return Assignment{}, false
	}
	const lo = "net.ipv6.conf.lo.disable_ipv6"
	for i, l := range s.Loaders() {
		if s.many(l, lo) {
			return Assignment{}, false
		}
		lines := s.familyLines(l, lo)
		if len(lines) == 0 && len(s.Loaders()) > 1 {
			continue // it stands in a file that this loader does not read
		}
		r := s.runLines(l, lo, lines)
		n, err := strconv.Atoi(r.word(lo, 0))
		by, written := r.by[lo]
		if err != nil || !written || n == 0 || r.unordered {
			return Assignment{}, false
		}
		if i == 0 || a.Entry == nil {
			a = by
		}
	}
	return a, a.Entry != nil
}
