package nginx

import "strings"

// Quote writes a value as a word that nginx reads back as the same value: bare
// where that is possible, else in double quotes.
func Quote(value string) string {
	if value != "" && !strings.ContainsAny(value, " \t\r\n;{}\"'\\#") {
		return value
	}
	return quoteWith('"', value)
}

// quoteBefore is Quote for a word that will stand directly before the byte at
// end: behind a "$", a "{" would become part of a bare word.
func quoteBefore(text string, end int, value string) string {
	if strings.HasSuffix(value, "$") && strings.HasPrefix(text[end:], "{") {
		return quoteWith('"', value)
	}
	return Quote(value)
}

// quoteWith writes a value between the given quotation marks. Only what nginx
// would read differently gets a backslash, so that "\d" stays "\d".
func quoteWith(mark byte, value string) string {
	var b strings.Builder
	b.Grow(len(value) + 2)
	b.WriteByte(mark)
	for i := range len(value) {
		switch c := value[i]; c {
		case mark:
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\\':
			b.WriteByte('\\')
			if i+1 == len(value) || !literalBehind(value[i+1]) {
				b.WriteByte('\\')
			}
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(mark)
	return b.String()
}

// literalBehind reports whether a backslash before c needs no second one: nginx
// keeps both bytes, and quoteWith writes c as it is.
func literalBehind(c byte) bool {
	switch c {
	case '"', '\'', '\\', 't', 'r', 'n', '\t', '\r', '\n':
		return false
	default:
		return true
	}
}
