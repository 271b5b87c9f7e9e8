package report

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

// hanging is the indentation of the second line of a message.
const hanging = 4

// unseen are the escape sequences that this package writes: colours and links.
var unseen = lazyre.New("^\x1b(?:\\[[0-9;]*m|\\]8;;[^\x1b]*\x1b\\\\)")

// folded adds one line made of the parts. On a terminal it is broken at blanks, and
// what follows is indented, so that it reads as one message.
func (p *printer) folded(indent int, parts ...string) {
	if p.width == 0 {
		p.line(parts...)
		return
	}
	text := strings.Join(parts, "")
	column, word, wide := 0, 0, 0 // where the line is, and the word that is not written yet
	flush := func(end int) {
		if column+wide > p.width && column > indent {
			p.WriteByte('\n')
			p.WriteString(strings.Repeat(" ", indent))
			column = indent
			for word < end && text[word] == ' ' {
				word, wide = word+1, wide-1
			}
		}
		p.WriteString(text[word:end])
		column += wide
		word, wide = end, 0
	}
	for i := 0; i < len(text); {
		if m := unseen.FindString(text[i:]); m != "" {
			i += len(m)
			continue
		}
		_, size, columns := glyph(text[i:])
		if text[i] == ' ' && i > word && strings.Trim(text[word:i], " ") != "" {
			flush(i)
		}
		i += size
		wide += columns
	}
	flush(len(text))
	p.WriteByte('\n')
}
