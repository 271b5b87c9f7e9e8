package carrier

import (
	"sort"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// Template returns the text of a template as far as it is known without
// rendering it: a view of the same length in which all code of the template is
// masked, see template.Template.Text. What each condition and loop makes of it is
// for View.Render to say. The text is kernel settings if isSysctl is set, else
// nginx configuration.
//
// f may be a view itself, such as a block scalar of a manifest. Then its Extract
// is kept, so that the reader of the carrier must mask what it finds. A text
// without any code is returned as it is.
func Template(f *source.File, isSysctl bool) *source.File {
	return templateNamed(f, f.OnDisk().Path, isSysctl)
}

// templateNamed is Template for a text whose name tells its language, which may
// be another one than that of the file on disk.
func templateNamed(f *source.File, name string, isSysctl bool) *source.File {
	engine, placeholders := detect.EngineOf(name, f.Text)
	opt := template.Options{Engine: engine, Placeholders: placeholders, Sysctl: isSysctl}
	t := template.Parse(f.Text, opt)
	if t.Tags() == 0 {
		return f
	}
	view := source.View{
		Disk:     f,
		Segments: []source.Segment{{Len: len(f.Text)}},
		Extract: func(disk *source.File) ([]*source.File, error) {
			return []*source.File{Template(disk, isSysctl)}, nil
		},
	}
	if f.View != nil {
		view = *f.View
	}
	view.Segments = lessGone(view.Segments, t.Gone())
	view.Encoding = Nested(view.Encoding, source.Encoding{Escape: noCode(opt), Lines: true})
	view.Expression, view.Variable = t.Expression, variables(t)
	if view.Choices = t.Choices(); view.Choices > 0 {
		disk, where := view.Disk, view.Where
		view.Toward, view.Around = t.Toward, t.Around
		view.Render = func(choose func(int) int) *source.File {
			pieces := t.Render(choose)
			text, segments := rendering(f, pieces)
			return source.NewView(f.Path, text, source.View{
				Disk: disk, Where: where, Segments: segments, Locked: "it is one rendering of a template", Rendered: true,
				Expression: func(s source.Span) string { return t.Expression(template.Origin(pieces, s)) },
				Variable: func(s source.Span) (name, otherwise string, ok bool) {
					return variables(t)(template.Origin(pieces, s))
				},
			})
		}
	}
	return source.NewView(f.Path, t.Text(), view)
}

func variables(t *template.Template) func(s source.Span) (name, otherwise string, ok bool) {
	return func(s source.Span) (name, otherwise string, ok bool) {
		v, ok := t.Variable(s)
		return v.Name, v.Default, ok
	}
}

// lessGone returns segments less what is gone of the text, so that no edit
// reaches that.
func lessGone(segments []source.Segment, gone []source.Span) []source.Segment {
	var out []source.Segment
	for _, g := range segments {
		end := g.Text + g.Len
		first := sort.Search(len(gone), func(i int) bool { return gone[i].End > g.Text })
		for _, s := range gone[first:] {
			if s.Start >= end {
				break
			}
			if n := s.Start - g.Text; n > 0 {
				out = append(out, source.Segment{Text: g.Text, Disk: g.Disk, Len: n})
			}
			n := min(s.End, end) - g.Text
			g = source.Segment{Text: g.Text + n, Disk: g.Disk + n, Len: g.Len - n}
		}
		if g.Len > 0 {
			out = append(out, g)
		}
	}
	return out
}

// noCode keeps fixes from writing what the template would take for code.
func noCode(opt template.Options) func(string) (string, bool) {
	return func(text string) (string, bool) {
		for _, mark := range []string{"{{", "{%", "{#", "<%"} {
			if strings.Contains(text, mark) {
				return "", false
			}
		}
		return text, template.Parse(text, opt).Tags() == 0
	}
}

// rendering puts the pieces of a rendering of f together. Of a mask only the
// unknown bytes stand on disk.
func rendering(f *source.File, pieces []template.Piece) (string, []source.Segment) {
	var b strings.Builder
	var segments []source.Segment
	for _, p := range pieces {
		at := b.Len()
		b.WriteString(p.Text)
		own := f.Text[p.Span.Start:p.Span.End]
		for i := 0; i < len(own); {
			j := i
			for j < len(own) && (p.Text == own || p.Text[j] == own[j] || p.Text[j] == source.Unknown) {
				if j++; p.Text == own {
					j = len(own)
				}
			}
			if i < j {
				segments = append(segments, onDisk(f, source.Span{Start: p.Span.Start + i, End: p.Span.Start + j}, at+i)...)
			}
			i = j + 1
		}
	}
	return b.String(), source.Joined(segments)
}
