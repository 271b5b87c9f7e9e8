package report

import "strings"

// block is a paragraph of a rule's prose.
type block struct {
	lines []string
	// verbatim blocks are indented in the source and keep their lines; items of
	// a list begin with "- ".
	verbatim, item bool
}

// blocks divides prose at empty lines, and lists at their items.
func blocks(prose string) []block {
	var all []block
	for paragraph := range strings.SplitSeq(strings.Trim(prose, "\n"), "\n\n") {
		lines := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		if strings.TrimSpace(paragraph) == "" {
			continue
		}
		if lines[0] != strings.TrimLeft(lines[0], " \t") {
			indent := commonIndent(lines)
			for i, l := range lines {
				lines[i] = strings.TrimRight(strings.TrimPrefix(l, indent), " \t")
			}
			all = append(all, block{lines: lines, verbatim: true})
			continue
		}
		for i, l := range lines {
			text, item := strings.CutPrefix(l, "- ")
			if item || i == 0 {
				all = append(all, block{item: item})
			}
			last := &all[len(all)-1]
			last.lines = append(last.lines, strings.TrimSpace(text))
		}
	}
	return all
}

// text is the block as one line.
func (b block) text() string { return strings.Join(b.lines, " ") }

// sameList reports whether block i continues the list of the block before it.
func sameList(all []block, i int) bool { return i > 0 && all[i-1].item && all[i].item }

// wrap breaks a text into lines of at most width columns, where words allow.
func wrap(text string, width int) []string {
	var lines []string
	line, columns := "", 0
	for word := range strings.FieldsSeq(text) {
		n := textColumns(word)
		switch {
		case line == "":
			line, columns = word, n
		case columns+1+n <= width:
			line, columns = line+" "+word, columns+1+n
		default:
			lines = append(lines, line)
			line, columns = word, n
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
