package embed

import "strings"

func programs(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isName(c byte) bool {
	return c == '_' || c >= 0x80 || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// run returns the length of the beginning of a text that consists of letters,
// digits and further characters.
func run(text, further string) int {
	n := 0
	for n < len(text) && (text[n] < 0x80 && isName(text[n]) && text[n] != '_' || strings.IndexByte(further, text[n]) >= 0) {
		n++
	}
	return n
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// dedent returns how many bytes of a line are taken off with an indentation. A
// blank line may have less.
func dedent(line, indent string) int {
	n := 0
	for n < len(indent) && n < len(line) && line[n] == indent[n] {
		n++
	}
	return n
}
