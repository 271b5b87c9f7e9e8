package model

import (
	"strconv"
)

// PortWrite is a line that sets ip_local_port_range or ip_unprivileged_port_start,
// and what the kernel held when it was written.
type PortWrite struct {
	Assignment

	Low, High, First int  // the range and where ports begin that need no privilege, before
	Known            bool // false if they, or the line's own numbers, cannot be told
	Refused          bool // the kernel compares the two keys and refuses the line
}

// portWrite looks at a line as the kernel does since 4.11: the range must not
// begin below the first unprivileged port, nor end before it begins, and the
// first unprivileged port must not be above where the range begins
// (net/ipv4/sysctl_net_ipv4.c).
func (r *kernelRun) portWrite(key string, a Assignment, taken []string) PortWrite {
	w := PortWrite{Assignment: a, Known: true}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		w.Known = w.Known && err == nil
		return n
	}
	w.Low, w.High = number(r.word(portRangeKey, 0)), number(r.word(portRangeKey, 1))
	w.First = number(r.word(privilegedKey, 0))
	low, high, first := w.Low, w.High, w.First
	if key == portRangeKey {
		low = number(taken[0])
		if len(taken) > 1 {
			high = number(taken[1])
		}
		w.Refused = w.Known && !r.live && (low > high || low < first)
	} else {
		first = number(taken[0])
		w.Refused = w.Known && !r.live && low < first
	}
	return w
}

// PortWrites are the lines about ip_local_port_range and
// ip_unprivileged_port_start in the order of a loader.
func (s *Sysctl) PortWrites(l Loader) []PortWrite {
	if s.many(l, portRangeKey) {
		return nil
	}
	r := s.runLines(l, portRangeKey, s.familyLines(l, portRangeKey))
	if r.unordered {
		return nil
	}
	return r.ports
}

// PortRange is ip_local_port_range as it is after all lines, and the line that
// decided; that is the zero Assignment where it is the kernel's own. ok is false
// if it is not known, or if the loaders that may be in use do not agree.
func (s *Sysctl) PortRange() (low, high int, by Assignment, ok bool) {
	for i, l := range s.Loaders() {
		if s.many(l, portRangeKey) {
			return 0, 0, Assignment{}, false
		}
		r := s.runLines(l, portRangeKey, s.familyLines(l, portRangeKey))
		from, err := strconv.Atoi(r.word(portRangeKey, 0))
		to, err2 := strconv.Atoi(r.word(portRangeKey, 1))
		if err != nil || err2 != nil || r.unordered || i > 0 && (from != low || to != high) {
			return 0, 0, Assignment{}, false
		}
		if low, high = from, to; i == 0 {
			by = r.by[portRangeKey]
		}
	}
	return low, high, by, true
}
