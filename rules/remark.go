package rules

import (
	"regexp"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
)

// remark is what the author says of a line: the comment behind its value and the
// comment lines that head the lines among which it stands, up to an empty line.
func remark(a model.Assignment) string {
	var out []string
	if at := commentStart(a.Value.Value); at >= 0 {
		out = append(out, a.Value.Value[at:])
	}
	f := a.Tree.File
	inComment := false
	for n := f.Position(a.Line.Start).Line - 1; n > 0; n-- {
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

var (
	saysTimeWait  = regexp.MustCompile(`(?i)\btime[ _-]?wait`)
	saysFinWait   = regexp.MustCompile(`(?i)\bfin[ _-]?wait`)
	saysCloseWait = regexp.MustCompile(`(?i)\bclose[ _-]?wait`)
	saysPort      = regexp.MustCompile(`(?i)\bports?\b.*(re-?used?|available again|another connection)`)
	saysNot       = regexp.MustCompile(`(?i)\b(?:not|no|never|nothing|unrelated|myth|only)\b|n't\b`)
)
