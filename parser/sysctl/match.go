package sysctl

import (
	"strings"
	"unicode/utf8"
)

// Match reports whether a key with "*", "?" or "[" stands for key, as glob(3)
// decides it for the paths below /proc/sys. Neither "*" nor a bracket crosses a
// separator, a "." at the start of a component must be written out, and braces
// mean nothing. Both may be written with dots or slashes.
//
// procps lets a glob set only the keys that have no line of their own; that is
// for the caller to know.
func Match(pattern, key string) bool {
	p, k := procPath(NormalizeKey(pattern)), procPath(NormalizeKey(key))
	for {
		pname, prest, pmore := strings.Cut(p, "/")
		kname, krest, kmore := strings.Cut(k, "/")
		if pmore != kmore || !matchName(pname, kname) {
			return false
		}
		if !pmore {
			return true
		}
		p, k = prest, krest
	}
}

// matchName is fnmatch with FNM_PERIOD for one component of a path.
func matchName(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(strings.TrimPrefix(pattern, `\`), ".") {
		return false
	}
	// What to go back to when the rest does not match: the pattern behind the
	// last "*", and the name behind what that star took so far.
	star, starPattern, starName := false, "", ""
	for pattern != "" || name != "" {
		if strings.HasPrefix(pattern, "*") {
			pattern = pattern[1:]
			star, starPattern, starName = true, pattern, name
			continue
		}
		if rest, size, ok := matchOne(pattern, name); ok {
			pattern, name = rest, name[size:]
			continue
		}
		if !star || starName == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(starName)
		starName = starName[size:]
		pattern, name = starPattern, starName
	}
	return true
}

// matchOne matches the first element of a pattern, which is no "*", with the
// first character of name. It returns the rest of the pattern and the
// character's size in bytes. A byte that is not UTF-8 is a character.
func matchOne(pattern, name string) (rest string, size int, ok bool) {
	if pattern == "" || name == "" {
		return "", 0, false
	}
	r, size := utf8.DecodeRuneInString(name)
	switch pattern[0] {
	case '?':
		return pattern[1:], size, true
	case '[':
		if rest, in, closed := matchBracket(pattern[1:], r); closed {
			return rest, size, in
		}
	case '\\':
		// A backslash at the end matches nothing.
		pattern = pattern[1:]
	}
	if rest, ok := strings.CutPrefix(pattern, name[:size]); ok {
		return rest, size, true
	}
	return "", 0, false
}

// matchBracket matches r with the bracket expression that pattern begins with,
// behind its "[". closed is false if it has no "]"; then the "[" is an ordinary
// character.
func matchBracket(pattern string, r rune) (rest string, in, closed bool) {
	negated := false
	if pattern != "" && (pattern[0] == '!' || pattern[0] == '^') {
		negated = true
		pattern = pattern[1:]
	}
	for first := true; pattern != ""; first = false {
		if pattern[0] == ']' && !first {
			return pattern[1:], in != negated, true
		}
		if name, rest, ok := className(pattern); ok {
			member, known := inClass(name, r)
			if !known {
				return "", false, true
			}
			in = in || member
			pattern = rest
			continue
		}
		low, rest := bracketChar(pattern)
		high := low
		if len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			high, rest = bracketChar(rest[1:])
		}
		in = in || low <= r && r <= high
		pattern = rest
	}
	return "", false, false
}

// bracketChar reads one character of a bracket expression.
func bracketChar(pattern string) (r rune, rest string) {
	if pattern[0] == '\\' && len(pattern) > 1 {
		pattern = pattern[1:]
	}
	r, size := utf8.DecodeRuneInString(pattern)
	return r, pattern[size:]
}

// className reads a character class such as "[:digit:]". What only looks like one
// is ordinary text.
func className(pattern string) (name, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(pattern, "[:"); !ok {
		return "", "", false
	}
	name, rest, ok = strings.Cut(rest, ":]")
	return name, rest, ok && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == ""
}

// inClass reports whether r belongs to a class of ASCII characters, as names of
// kernel parameters have no others, and whether there is such a class. With an
// unknown one a bracket expression matches nothing, negated or not.
func inClass(name string, r rune) (member, known bool) {
	lower, upper, digit := 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9'
	graph := '!' <= r && r <= '~'
	switch name {
	case "alpha":
		return lower || upper, true
	case "lower":
		return lower, true
	case "upper":
		return upper, true
	case "digit":
		return digit, true
	case "xdigit":
		return digit || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F', true
	case "alnum":
		return lower || upper || digit, true
	case "punct":
		return graph && !lower && !upper && !digit, true
	case "graph":
		return graph, true
	case "print":
		return graph || r == ' ', true
	case "blank":
		return r == ' ' || r == '\t', true
	case "space":
		return r == ' ' || '\t' <= r && r <= '\r', true
	case "cntrl":
		return r < ' ' || r == 0x7f, true
	}
	return false, false
}
