package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// visible returns text that is safe to show: control characters, bytes that are
// not UTF-8, and characters that show nothing or turn the writing direction are
// replaced by something one can see. A message or path from a hostile file can
// therefore neither send escape sequences to a terminal nor begin a new line.
func visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		shown, size, _ := glyph(s)
		b.WriteString(shown)
		s = s[size:]
	}
	return b.String()
}

// plain reports whether a text is printable ASCII only, as most are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// glyph returns how the first character of s is shown, the number of bytes it
// has, and the terminal columns that it takes. s must not be empty.
func glyph(s string) (shown string, size, columns int) {
	if c := s[0]; ' ' <= c && c <= '~' {
		return s[:1], 1, 1
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		shown = fmt.Sprintf(`\x%02x`, s[0])
	case r < ' ':
		return string('\u2400' + r), size, 1 // the control pictures: ␛ for ESC
	case r == 0x7f:
		return "\u2421", size, 1
	case unicode.IsPrint(r):
		return s[:size], size, runeColumns(r)
	case r > 0xffff:
		shown = fmt.Sprintf(`\U%08x`, r)
	default:
		shown = fmt.Sprintf(`\u%04x`, r)
	}
	return shown, size, len(shown)
}

// runeColumns is the number of terminal columns of one printable character.
// Terminals differ on emoji that are joined from several; they count one by one
// here.
func runeColumns(r rune) int {
	const firstCombining = 0x300
	if r < firstCombining {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) || (0x1160 <= r && r <= 0x11ff) { // marks; Hangul vowels and finals
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// textColumns is the number of terminal columns of a text once made visible.
func textColumns(s string) int {
	n := 0
	for s != "" {
		_, size, columns := glyph(s)
		n += columns
		s = s[size:]
	}
	return n
}
