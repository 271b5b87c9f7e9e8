package lint

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// blanks are what a line may hold and still be blank.
const blanks = " \t\r"

// tidyAll tidies the edits of files on disk. What stands in another file's text,
// in a script say, is left as it is.
func tidyAll(edits map[*source.File][]source.Edit) {
	for file, list := range edits {
		if file.View == nil {
			edits[file] = tidy(file.Text, list)
		}
	}
}

// tidy widens edits that only remove, so that together they leave no blanks where
// a line was, and no two blank lines where there was one on either side of what is
// gone. The edits are in order and do not overlap, before and after.
func tidy(text string, edits []source.Edit) []source.Edit {
	var out []source.Edit
	for _, e := range edits {
		if n := len(out); n > 0 && removes(e) && removes(out[n-1]) && strings.Trim(text[out[n-1].Span.End:e.Span.Start], blanks) == "" {
			out[n-1].Span.End = e.Span.End
			continue
		}
		out = append(out, e)
	}
	for i := range out {
		if !removes(out[i]) {
			continue
		}
		free := source.Span{End: len(text)} // what no other edit touches
		if i > 0 {
			free.Start = out[i-1].Span.End
		}
		if i+1 < len(out) {
			free.End = out[i+1].Span.Start
		}
		out[i].Span = withLine(text, out[i].Span, free)
		below := i+1 < len(out) && out[i+1].New != "" && out[i+1].Span.Start == out[i].Span.End
		above := i > 0 && out[i-1].New != "" && out[i-1].Span.End == out[i].Span.Start
		if !below && !above {
			out[i].Span = withBlankLines(text, out[i].Span, free)
		}
	}
	return out
}

func removes(e source.Edit) bool { return e.New == "" && e.Span.Len() > 0 }

// withLine adds the rest of a line of which only blanks would be left.
func withLine(text string, s, free source.Span) source.Span {
	if text[s.End-1] == '\n' {
		return s
	}
	start := strings.LastIndexByte(text[:s.Start], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[s.End:], '\n'); i >= 0 {
		end = s.End + i + 1
	}
	if start < free.Start || end > free.End || strings.Trim(text[start:s.Start]+text[s.End:end], blanks+"\n") != "" || end == len(text) {
		return s
	}
	return source.Span{Start: start, End: end}
}

// withBlankLines adds the blank lines that would meet others, the start of the
// file or of a block, or the end of one.
func withBlankLines(text string, s, free source.Span) source.Span {
	if s.Start > 0 && text[s.Start-1] != '\n' || text[s.End-1] != '\n' {
		return s
	}
	above := strings.TrimRight(text[:s.Start], blanks+"\n")
	first := len(above) // where the blank lines above start
	if i := strings.IndexByte(text[first:s.Start], '\n'); first > 0 && i >= 0 {
		first += i + 1
	}
	last := s.End // where the blank lines below end
	rest := strings.TrimLeft(text[s.End:], blanks+"\n")
	if i := strings.LastIndexByte(text[s.End:len(text)-len(rest)], '\n'); i >= 0 {
		last = s.End + i + 1
	}
	opens := first == 0 || strings.HasSuffix(above, "{")
	switch {
	case last > s.End && (first < s.Start || opens) && last <= free.End:
		s.End = last
	case first < s.Start && (strings.HasPrefix(rest, "}") || rest == "") && first >= free.Start:
		s.Start = first
	}
	return s
}
