package gitignore

import "strings"

// class reads a set in brackets at the start of a text, and returns its length. It fails
// for one that git takes for no match of anything.
func class(text string) (set *[4]uint64, length int, ok bool) {
	set = &[4]uint64{}
	i := 1
	negated := i < len(text) && (text[i] == '!' || text[i] == '^')
	if negated {
		i++
	}
	// A "]" in the first place is meant itself. A range needs one before it.
	previous := -1
	for first := true; ; first = false {
		if i >= len(text) {
			return nil, 0, false
		}
		switch c := text[i]; {
		case c == ']' && !first:
			if negated {
				for j := range set {
					set[j] = ^set[j]
				}
			}
			return set, i + 1, true
		case c == '-' && previous >= 0 && i+1 < len(text) && text[i+1] != ']':
			i++
			if text[i] == '\\' {
				if i++; i >= len(text) {
					return nil, 0, false
				}
			}
			for b := previous; b <= int(text[i]); b++ {
				set[b/64] |= 1 << (b % 64)
			}
			previous = -1
			i++
		case c == '[' && strings.HasPrefix(text[i:], "[:"):
			end := strings.IndexByte(text[i+2:], ']')
			if end < 0 {
				return nil, 0, false
			}
			name, closed := strings.CutSuffix(text[i+2:i+2+end], ":")
			if !closed { // an ordinary "["
				add(set, c)
				previous = int(c)
				i++
				continue
			}
			has := named[name]
			if has == nil {
				return nil, 0, false
			}
			for b := range 256 {
				if b < 128 && has(byte(b)) {
					set[b/64] |= 1 << (b % 64)
				}
			}
			previous = -1
			i += 2 + end + 1
		default:
			if c == '\\' {
				if i++; i >= len(text) {
					return nil, 0, false
				}
				c = text[i]
			}
			add(set, c)
			previous = int(c)
			i++
		}
	}
}

func add(set *[4]uint64, c byte) { set[c/64] |= 1 << (c % 64) }

func lower(c byte) bool { return 'a' <= c && c <= 'z' }
func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func digit(c byte) bool { return '0' <= c && c <= '9' }
func graph(c byte) bool { return '!' <= c && c <= '~' }
func alnum(c byte) bool { return lower(c) || upper(c) || digit(c) }

// named are the sets of ASCII that have a name, as in "[[:alpha:]]".
var named = map[string]func(byte) bool{
	"alnum":  alnum,
	"alpha":  func(c byte) bool { return lower(c) || upper(c) },
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 127 },
	"digit":  digit,
	"graph":  graph,
	"lower":  lower,
	"print":  func(c byte) bool { return c == ' ' || graph(c) },
	"punct":  func(c byte) bool { return graph(c) && !alnum(c) },
	"space":  func(c byte) bool { return strings.IndexByte(" \t\n\v\f\r", c) >= 0 },
	"upper":  upper,
	"xdigit": func(c byte) bool { return digit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' },
}
