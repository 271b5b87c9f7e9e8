package report

import (
	"strings"
)

// diff writes a unified diff: as it is, so that it applies, or for the eyes,
// in colour and with control characters made visible.
func (p *printer) diff(diff string, forEyes bool) {
	if !forEyes {
		p.WriteString(diff)
		return
	}
	for line := range strings.Lines(diff) {
		text := strings.TrimSuffix(line, "\n")
		// Tabs are harmless, and the columns of code depend on them.
		cells := strings.Split(text, "\t")
		for i, c := range cells {
			cells[i] = visible(c)
		}
		text = strings.Join(cells, "\t")
		switch {
		case text == "":
		case strings.HasPrefix(text, "--- "), strings.HasPrefix(text, "+++ "), strings.HasPrefix(text, "diff "):
			text = p.heading.Sprint(text)
		case text[0] == '@':
			text = p.note.Sprint(text)
		case text[0] == '-':
			text = p.removed.Sprint(text)
		case text[0] == '+':
			text = p.added.Sprint(text)
		}
		p.line(text)
	}
}
