package gitignore

import (
	"slices"
	"strings"
)

// glob is a pattern as steps, each of which takes one byte, or any number of them.
type glob []step

type step struct {
	kind stepKind
	set  *[4]uint64 // of one
}

type stepKind uint8

const (
	one     stepKind = iota // takes a byte of a set
	many                    // takes any number of bytes of a set
	folders                 // "**/": goes to the next but one, or on to the next
	inner                   // takes any bytes up to a "/", any number of times
)

// compile reads a glob. In one of paths "*", "?" and a set in brackets do not mean "/",
// and "**" as a whole part does.
func compile(text string, paths bool) (glob, bool) {
	var out glob
	any := full()
	if paths {
		any['/'/64] &^= 1 << ('/' % 64)
	}
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '\\':
			if i++; i == len(text) {
				return nil, false
			}
			out = append(out, step{one, only(text[i])})
			i++
		case '?':
			out = append(out, step{one, any})
			i++
		case '*':
			end := i
			for end < len(text) && text[end] == '*' {
				end++
			}
			// git cuts off what comes before the first special byte, so that "a**/b"
			// is a whole part, too (match_pathname).
			whole := paths && end-i > 1 && (i == strings.IndexAny(text, `*?[\`) || text[i-1] == '/')
			switch {
			case whole && strings.HasPrefix(text[end:], "/"):
				out = append(out, step{kind: folders}, step{kind: inner})
				end++
			case whole && end == len(text):
				out = append(out, step{many, full()})
			default:
				out = append(out, step{many, any})
			}
			i = end
		case '[':
			set, n, ok := class(text[i:])
			if !ok {
				return nil, false
			}
			for j := range set {
				set[j] &= any[j]
			}
			out = append(out, step{one, set})
			i += n
		default:
			out = append(out, step{one, only(c)})
			i++
		}
	}
	return out, true
}

// match reports whether all of a name is meant. It follows all ways at once.
func (g glob) match(name string) bool {
	now, next := make([]bool, len(g)+1), make([]bool, len(g)+1)
	g.enter(now, 0)
	for i := range len(name) {
		c := name[i]
		clear(next)
		for at, here := range now[:len(g)] {
			if !here {
				continue
			}
			switch s := &g[at]; s.kind {
			case one:
				if s.has(c) {
					g.enter(next, at+1)
				}
			case many:
				if s.has(c) {
					g.enter(next, at)
				}
			case inner:
				next[at] = true
				if c == '/' {
					g.enter(next, at+1)
				}
			case folders: // it takes nothing
			}
		}
		now, next = next, now
		if !slices.Contains(now, true) {
			return false
		}
	}
	return now[len(g)]
}

// enter notes that a step is next, with all that may be next without taking a byte.
func (g glob) enter(states []bool, at int) {
	for ; !states[at]; at++ {
		states[at] = true
		if at == len(g) {
			return
		}
		switch g[at].kind {
		case many:
		case folders:
			states[at+1] = true
			at++
		case one, inner:
			return
		}
	}
}

func (s *step) has(c byte) bool { return s.set[c/64]&(1<<(c%64)) != 0 }

func full() *[4]uint64 { return &[4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)} }

func only(c byte) *[4]uint64 {
	var set [4]uint64
	set[c/64] = 1 << (c % 64)
	return &set
}
