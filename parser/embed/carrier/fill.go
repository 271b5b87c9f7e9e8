package carrier

import (
	"sort"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// Value is what a variable of a template is known to be.
type Value struct {
	Text string
	// From says whose value it is, such as "the default of the role"; File and At where
	// that is said, no file if the template itself says it.
	From string
	File *source.File
	At   source.Span
}

// word is a value that is one word wherever it stands: no blanks, quotes or code.
var word = lazyre.New(`^[A-Za-z0-9._:/@-]+$`)

// Fill returns a text with the values of variables that are known where code of a
// template stood that writes them. All else is as before: positions are those on disk,
// and no edit reaches a value. A text of which no variable is known is returned as it is.
func Fill(f *source.File, value func(template.Variable) (Value, bool)) *source.File {
	if f.View == nil {
		return f
	}
	var filled []source.Filled // with spans in the text as it was
	var texts []string
	for at := 0; ; {
		i := strings.IndexByte(f.Text[at:], source.Unknown)
		if i < 0 {
			break
		}
		s := source.Span{Start: at + i, End: at + i}
		for s.End < len(f.Text) && f.Text[s.End] == source.Unknown {
			s.End++
		}
		at = s.End
		v, ok := variableAt(f, s)
		if !ok {
			continue
		}
		if known, ok := value(v); ok && word.MatchString(known.Text) {
			_, disk := f.Locate(s)
			filled = append(filled, source.Filled{Span: s, Disk: disk, Name: v.Name, From: known.From, File: known.File, At: known.At})
			texts = append(texts, known.Text)
		}
	}
	if len(filled) == 0 && (f.View.Render == nil || f.View.Variable == nil) {
		return f
	}
	view := *f.View
	text := filledText(f.Text, filled, texts, &view)
	if extract := view.Extract; extract != nil {
		view.Extract = func(disk *source.File) ([]*source.File, error) {
			files, err := extract(disk)
			for i := range files {
				files[i] = Fill(files[i], value)
			}
			return files, err
		}
	}
	if render := view.Render; render != nil {
		view.Render = func(choose func(int) int) *source.File { return Fill(render(choose), value) }
	}
	return source.NewView(f.Path, text, view)
}

// variableAt is the variable that stands where a text is unknown: as the template tells
// it, or as an Ansible task writes it in place of a value.
func variableAt(f *source.File, s source.Span) (template.Variable, bool) {
	if f.View.Variable != nil {
		name, otherwise, ok := f.View.Variable(s)
		return template.Variable{Name: name, Default: otherwise}, ok
	}
	disk, at := f.Locate(s)
	code, ok := strings.CutPrefix(disk.Slice(at), "{{")
	if !ok || at.Len() != s.Len() {
		return template.Variable{}, false
	}
	if code, ok = strings.CutSuffix(code, "}}"); !ok {
		return template.Variable{}, false
	}
	return template.VariableOf(template.Jinja, strings.TrimSpace(code))
}

// filledText puts values into a text, and moves all places of its view with them.
func filledText(text string, filled []source.Filled, texts []string, view *source.View) string {
	spans := make([]source.Span, len(filled))
	for i := range filled {
		spans[i] = filled[i].Span
	}
	var b strings.Builder
	at := 0
	for i, s := range spans {
		b.WriteString(text[at:s.Start])
		filled[i].Span = source.Span{Start: b.Len(), End: b.Len() + len(texts[i])}
		b.WriteString(texts[i])
		at = s.End
	}
	b.WriteString(text[at:])
	after := make([]source.Span, len(filled))
	for i := range filled {
		after[i] = filled[i].Span
	}
	move := func(offset int) int { return translate(offset, spans, after) }
	back := func(offset int) int { return translate(offset, after, spans) }
	var segments []source.Segment
	for _, g := range lessGone(view.Segments, spans) {
		g.Text = move(g.Text)
		segments = append(segments, g)
	}
	view.Segments, view.Filled = segments, filled
	items := make([]source.Item, len(view.Items))
	for i, it := range view.Items {
		it.Line = source.Span{Start: move(it.Line.Start), End: move(it.Line.End)}
		items[i] = it
	}
	view.Items = items
	spanBack := func(s source.Span) source.Span { return source.Span{Start: back(s.Start), End: back(s.End)} }
	if was := view.Expression; was != nil {
		view.Expression = func(s source.Span) string { return was(spanBack(s)) }
	}
	if was := view.Variable; was != nil {
		view.Variable = func(s source.Span) (name, otherwise string, ok bool) { return was(spanBack(s)) }
	}
	if was := view.Toward; was != nil {
		view.Toward = func(offset int) map[int]int { return was(back(offset)) }
	}
	if was := view.Around; was != nil {
		view.Around = func(offset int) []source.Choice {
			around := was(back(offset))
			for i, c := range around {
				around[i].Span = source.Span{Start: move(c.Span.Start), End: move(c.Span.End)}
			}
			return around
		}
	}
	return b.String()
}

// translate takes an offset of one text into another, of which spans are others: one
// within such a span into the beginning of the other.
func translate(offset int, spans, others []source.Span) int {
	i := sort.Search(len(spans), func(i int) bool { return spans[i].Start >= offset }) - 1
	switch {
	case i < 0:
		return offset
	case offset >= spans[i].End:
		return offset - spans[i].End + others[i].End
	}
	return others[i].Start
}
