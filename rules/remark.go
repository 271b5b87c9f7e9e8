package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// remark is what the author says of a line: the comment behind its value and the
// comment lines that head the lines among which it stands, up to an empty line or
// mostAbove lines.
func remark(a model.Assignment) string {
	var out []string
	if at := commentStart(a.Value.Value); at >= 0 {
		out = append(out, a.Value.Value[at:])
	}
	f := a.Tree.File
	inComment := false
	line := f.Line(a.Line.Start)
	for n := line - 1; n > 0 && line-n <= mostAbove; n-- {
		text := strings.TrimSpace(f.Slice(f.LineSpan(n)))
		comment := text != "" && (text[0] == '#' || text[0] == ';')
		if text == "" || inComment && !comment {
			break
		}
		if comment {
			inComment = true
			out = append(out, strings.TrimLeft(text, "#; \t"))
		}
	}
	return strings.Join(out, "\n")
}

// mostAbove is from how many lines above a comment can still be meant for a line.
const mostAbove = 100

var (
	saysTimeWait  = lazyre.New(`(?i)\btime[ _-]?wait`)
	saysFinWait   = lazyre.New(`(?i)\bfin[ _-]?wait`)
	saysCloseWait = lazyre.New(`(?i)\bclose[ _-]?wait`)
	saysPort      = lazyre.New(`(?i)\bports?\b.*(re-?used?|available again|another connection)`)
	saysNot       = lazyre.New(`(?i)\b(?:not|no|never|nothing|unrelated|myth|only)\b|n't\b`)
)
