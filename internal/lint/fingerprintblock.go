package lint

import "strings"

// blocksAround returns for each line of a text the opening words of the blocks in
// which it begins, outermost first. It goes by braces line by line and not by a
// tree: it must say the same of a line whatever is wrong elsewhere in the file, and
// the file may be a manifest or a template in which the configuration stands.
func blocksAround(text string) []string {
	out := make([]string, 0, strings.Count(text, "\n")+1)
	open := []string{""}
	pending := "" // the words before a brace that has a line of its own
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, open[len(open)-1])
		begin := 0 // of the statement
		scanBraces(line, func(at int) {
			switch line[at] {
			case '{':
				head := words(line[begin:at])
				if head == "" {
					head = pending
				}
				open = append(open, open[len(open)-1]+"\x00"+head)
			case '}':
				open = open[:max(len(open)-1, 1)]
			case '#':
				line = line[:at]
				return
			}
			begin, pending = at+1, ""
		})
		if rest := words(line[begin:]); rest != "" {
			pending = rest
		}
	}
	return out
}

// scanBraces calls see at every brace and semicolon of a line of nginx
// configuration and at the start of a comment, with which the line ends. What is
// quoted, escaped or belongs to a variable ("${name}") is none.
func scanBraces(line string, see func(at int)) {
	start := true // of a word
	for i := 0; i < len(line); i++ {
		c := line[i]
		wordStart := start
		start = false
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			start = true
		case c == '\\':
			i++
		case wordStart && c == '#':
			see(i)
			return
		case wordStart && (c == '"' || c == '\''):
			i = closing(line, i)
		case c == '$' && strings.HasPrefix(line[i:], "${"):
			i += max(strings.IndexByte(line[i:], '}'), 1)
		case c == '{' || c == '}' || c == ';':
			see(i)
			start = true
		}
	}
}

// closing returns where the quotation that begins at an offset ends: at the end of
// the line if it has no end there.
func closing(line string, at int) int {
	for i := at + 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case line[at]:
			return i
		}
	}
	return len(line)
}
