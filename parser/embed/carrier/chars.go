package carrier

import "strings"

// IsBlank reports whether a byte is a blank or a tab.
func IsBlank(c byte) bool { return c == ' ' || c == '\t' }

// IsNameByte reports whether a byte may stand in a name of most languages.
func IsNameByte(c byte) bool {
	return c == '_' || c >= 0x80 || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// NameLength returns the length of the beginning of a text that consists of letters,
// digits and further characters.
func NameLength(text, further string) int {
	n := 0
	for n < len(text) && (text[n] < 0x80 && IsNameByte(text[n]) && text[n] != '_' || strings.IndexByte(further, text[n]) >= 0) {
		n++
	}
	return n
}

// IsNumber reports whether a text consists of digits.
func IsNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Dedent returns how many bytes of a line are taken off with an indentation. A
// blank line may have less.
func Dedent(line, indent string) int {
	n := 0
	for n < len(indent) && n < len(line) && line[n] == indent[n] {
		n++
	}
	return n
}
