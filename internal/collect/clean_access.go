package collect

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

var (
	methodShape = lazyre.New(`^[A-Z]+$`)
	keyShape    = lazyre.New(`^[a-z_]+$`)
)

// AccessLine returns a line of an access log, of whatever format, with what tells how
// a request ended: numbers, times, addresses, methods and the words of paths. What is
// between quotes and neither of these becomes "-": agents, referrers, cookies, users.
// names are those of the upstreams, which stand in place of an address.
func AccessLine(line string, names map[string]bool) string {
	a := &accessCleaner{names: names, json: strings.HasPrefix(line, "{")}
	var b strings.Builder
	for line != "" {
		n, word := a.next(line)
		b.WriteString(word)
		line = line[n:]
	}
	return b.String()
}

type accessCleaner struct {
	names map[string]bool
	json  bool
}

// next takes a quoted string, a word or a mark from the beginning of a line.
func (a *accessCleaner) next(line string) (n int, clean string) {
	switch c := line[0]; c {
	case ' ', '\t', ',', '{', '}', '(', ')', ':':
		return 1, string(c)
	case '"':
		end := 1
		for end < len(line) && line[end] != '"' {
			if line[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(line))
		inner := line[1:end]
		closed := ""
		if end < len(line) {
			end, closed = end+1, `"`
		}
		if a.json && strings.HasPrefix(line[end:], ":") {
			if len(inner) <= 32 && keyShape.MatchString(inner) && !secretName.MatchString(inner) {
				return end, `"` + inner + closed
			}
			return end, `"-` + closed
		}
		return end, `"` + a.quoted(inner) + closed
	}
	n = strings.IndexAny(line, " \t\"")
	if a.json {
		n = strings.IndexAny(line, " \t\",}")
	}
	if n < 0 {
		n = len(line)
	}
	return n, a.word(line[:n])
}

// quoted cleans what stands between quotes.
func (a *accessCleaner) quoted(s string) string {
	f := strings.Split(s, " ")
	if len(f) == 3 && protocol.MatchString(f[2]) && len(f[0]) <= 10 && methodShape.MatchString(f[0]) {
		return f[0] + " " + cleanTarget(f[1]) + " " + f[2]
	}
	if strings.HasPrefix(s, "/") {
		return cleanPath(s)
	}
	for _, w := range f {
		if a.word(w) != w {
			return "-"
		}
	}
	return s
}

// cleanTarget is what a request asks for.
func cleanTarget(s string) string {
	if schemeURL.MatchString(s) {
		return cleanURL(s)
	}
	return cleanPath(s)
}

// word cleans a word without quotes.
func (a *accessCleaner) word(s string) string {
	bare := strings.TrimRight(s, ",;")
	switch {
	case bare == "", bare == "-", bare == ":", a.names[bare], isNumber(bare), isAddress(bare), unixShape.MatchString(bare),
		safeWords.Has(strings.ToLower(bare)), protocol.MatchString(bare), len(bare) <= 32 && (dateShape.MatchString(bare) || clfDate.MatchString(bare) || clfZone.MatchString(bare)):
		return s
	}
	// Formats put brackets around lists of addresses.
	if rest := bare[1:]; bare[0] == '[' && rest != "" {
		return "[" + a.word(rest) + s[len(bare):]
	}
	if rest, ok := strings.CutSuffix(bare, "]"); ok && rest != "" {
		return a.word(rest) + "]" + s[len(bare):]
	}
	name, value, ok := strings.Cut(bare, "=")
	if ok && len(name) <= 24 && keyShape.MatchString(name) && !secretName.MatchString(name) {
		if value == "" || a.word(value) == value && !strings.Contains(value, "=") {
			return s
		}
		return name + "=-"
	}
	return "-"
}
