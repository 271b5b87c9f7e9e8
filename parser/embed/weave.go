package embed

import (
	"slices"
	"sort"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// piece is a stretch of text as the language of a carrier makes it: bytes of a
// file, bytes that stand nowhere, or something that nobody knows.
type piece struct {
	in     *source.File // the file, possibly a view; nil for what stands nowhere
	span   source.Span
	glue   string // what stands nowhere
	masked bool   // the bytes are code whose outcome is not known
}

// phrase is a text made of pieces, such as a string with escapes in it.
type phrase []piece

// literal returns bytes of a file as they are, but with "\n" for "\r\n".
func literal(in *source.File, start, end int) phrase {
	start, end = max(start, 0), min(end, len(in.Text))
	var p phrase
	for start < end {
		i := strings.Index(in.Text[start:end], "\r\n")
		if i < 0 {
			break
		}
		if i > 0 {
			p = append(p, piece{in: in, span: source.Span{Start: start, End: start + i}})
		}
		start += i + 1
	}
	if start < end {
		p = append(p, piece{in: in, span: source.Span{Start: start, End: end}})
	}
	return p
}

// stuck returns text that stands on disk nowhere.
func stuck(text string) phrase {
	if text == "" {
		return nil
	}
	return phrase{{glue: text}}
}

// unknown returns code of a carrier whose outcome is not known.
func unknown(in *source.File, start, end int) phrase {
	start, end = max(start, 0), min(end, len(in.Text))
	if start >= end {
		return nil
	}
	return phrase{{in: in, span: source.Span{Start: start, End: end}, masked: true}}
}

func (p piece) len() int {
	if p.in == nil {
		return len(p.glue)
	}
	return p.span.Len()
}

func (p piece) text() string {
	switch {
	case p.in == nil:
		return p.glue
	case p.masked:
		return strings.Repeat(string(source.Unknown), p.span.Len())
	}
	return p.in.Slice(p.span)
}

// String is the text, with source.Unknown for what is not known.
func (p phrase) String() string {
	if len(p) == 1 {
		return p[0].text()
	}
	var b strings.Builder
	for _, q := range p {
		b.WriteString(q.text())
	}
	return b.String()
}

// known reports whether all of the text is known.
func (p phrase) known() bool { return !source.HasUnknown(p.String()) }

// slice returns a part of the text.
func (p phrase) slice(start, end int) phrase {
	var out phrase
	for _, q := range p {
		n := q.len()
		if lo, hi := max(start, 0), min(end, n); lo < hi {
			r := q
			if q.in == nil {
				r.glue = q.glue[lo:hi]
			} else {
				r.span = source.Span{Start: q.span.Start + lo, End: q.span.Start + hi}
			}
			out = append(out, r)
		}
		start, end = start-n, end-n
	}
	return out
}

// trim returns the text without blanks and line ends around it.
func (p phrase) trim() phrase {
	text := p.String()
	start := len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	return p.slice(start, len(strings.TrimRight(text, " \t\r\n")))
}

// cut divides the text at the first occurrence of sep.
func (p phrase) cut(sep string) (before, after phrase, ok bool) {
	text := p.String()
	i := strings.Index(text, sep)
	if i < 0 {
		return p, nil, false
	}
	return p.slice(0, i), p.slice(i+len(sep), len(text)), true
}

// whole returns the text, or if a part of it is not known, code that covers all
// of it: half a number is no number.
func (p phrase) whole() phrase {
	if p.known() && !holdsTag(p.String()) {
		return p
	}
	for i, q := range p {
		if q.in == nil {
			continue
		}
		end := q.span.End
		for _, r := range p[i:] {
			if r.in == q.in && r.span.Start >= end {
				end = r.span.End
			}
		}
		return unknown(q.in, q.span.Start, end)
	}
	return stuck(string(source.Unknown))
}

// weaver puts a text together and keeps where on disk its bytes stand.
type weaver struct {
	b        strings.Builder
	segments []source.Segment
}

// add appends a phrase.
func (w *weaver) add(p phrase) {
	for _, q := range p {
		if q.in != nil {
			w.segments = append(w.segments, onDisk(q.in, q.span, w.b.Len())...)
		}
		w.b.WriteString(q.text())
	}
}

// onDisk returns the segments of a span of a file, which may be a view itself.
// at is where the span's text is put.
func onDisk(in *source.File, span source.Span, at int) []source.Segment {
	if in.View == nil {
		return []source.Segment{{Text: at, Disk: span.Start, Len: span.Len()}}
	}
	var out []source.Segment
	all := in.View.Segments
	first := sort.Search(len(all), func(i int) bool { return all[i].Text+all[i].Len > span.Start })
	for _, g := range all[first:] {
		if g.Text >= span.End {
			break
		}
		if lo, hi := max(g.Text, span.Start), min(g.Text+g.Len, span.End); lo < hi {
			out = append(out, source.Segment{Text: at + lo - span.Start, Disk: g.Disk + lo - g.Text, Len: hi - lo})
		}
	}
	return out
}

// inner returns the text as a file to read on in: a script within a script. It
// stands in the same file on disk as carrier does.
func (w *weaver) inner(carrier *source.File) *source.File {
	return source.NewView(carrier.Path, w.b.String(), source.View{Disk: carrier.OnDisk(), Segments: source.Joined(w.segments)})
}

// within returns a phrase as a file to read on in.
func (p phrase) within(carrier *source.File) *source.File {
	var w weaver
	w.add(p)
	return w.inner(carrier)
}

// hidden returns a text of which nothing is known.
func (p phrase) hidden() phrase {
	out := slices.Clone(p)
	for i := range out {
		if out[i].in == nil {
			out[i].glue = strings.Repeat(string(source.Unknown), len(out[i].glue))
			continue
		}
		out[i].masked = true
	}
	return out
}

// hide returns a text without some of its parts.
func (p phrase) hide(parts [][]int) phrase {
	var out phrase
	at := 0
	for _, m := range parts {
		out = append(out, p.slice(at, m[0])...)
		out = append(out, p.slice(m[0], m[1]).hidden()...)
		at = m[1]
	}
	return append(out, p.slice(at, len(p.String()))...)
}
