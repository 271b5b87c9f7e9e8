package carrier

import (
	"slices"
	"sort"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// piece is a stretch of text as the language of a carrier makes it: bytes of a
// file, bytes that stand nowhere, or something that nobody knows.
type piece struct {
	In     *source.File // the file, possibly a view; nil for what stands nowhere
	Span   source.Span
	Glue   string // what stands nowhere
	Masked bool   // the bytes are code whose outcome is not known
}

// Phrase is a text made of pieces, such as a string with escapes in it.
type Phrase []piece

// Literal returns bytes of a file as they are, but with "\n" for "\r\n".
func Literal(in *source.File, start, end int) Phrase {
	start, end = max(start, 0), min(end, len(in.Text))
	var p Phrase
	for start < end {
		i := strings.Index(in.Text[start:end], "\r\n")
		if i < 0 {
			break
		}
		if i > 0 {
			p = append(p, piece{In: in, Span: source.Span{Start: start, End: start + i}})
		}
		start += i + 1
	}
	if start < end {
		p = append(p, piece{In: in, Span: source.Span{Start: start, End: end}})
	}
	return p
}

// Glue returns text that stands on disk nowhere.
func Glue(text string) Phrase {
	if text == "" {
		return nil
	}
	return Phrase{{Glue: text}}
}

// Unknown returns code of a carrier whose outcome is not known.
func Unknown(in *source.File, start, end int) Phrase {
	start, end = max(start, 0), min(end, len(in.Text))
	if start >= end {
		return nil
	}
	return Phrase{{In: in, Span: source.Span{Start: start, End: end}, Masked: true}}
}

func (p piece) len() int {
	if p.In == nil {
		return len(p.Glue)
	}
	return p.Span.Len()
}

func (p piece) Text() string {
	switch {
	case p.In == nil:
		return p.Glue
	case p.Masked:
		return strings.Repeat(string(source.Unknown), p.Span.Len())
	}
	return p.In.Slice(p.Span)
}

// String is the text, with source.Unknown for what is not known.
func (p Phrase) String() string {
	if len(p) == 1 {
		return p[0].Text()
	}
	var b strings.Builder
	for _, q := range p {
		b.WriteString(q.Text())
	}
	return b.String()
}

// Known reports whether all of the text is known.
func (p Phrase) Known() bool { return !source.HasUnknown(p.String()) }

// Slice returns a part of the text.
func (p Phrase) Slice(start, end int) Phrase {
	var out Phrase
	for _, q := range p {
		if end <= 0 {
			break
		}
		n := q.len()
		if lo, hi := max(start, 0), min(end, n); lo < hi {
			r := q
			if q.In == nil {
				r.Glue = q.Glue[lo:hi]
			} else {
				r.Span = source.Span{Start: q.Span.Start + lo, End: q.Span.Start + hi}
			}
			out = append(out, r)
		}
		start, end = start-n, end-n
	}
	return out
}

// Cutter cuts parts out of a text one after the other: none begins in front of an
// earlier one. To cut many costs no more than to go through the text once.
type Cutter struct {
	rest Phrase
	at   int // where the rest begins in the text
}

// Cutter returns one for the text.
func (p Phrase) Cutter() *Cutter { return &Cutter{rest: p} }

// Slice returns a part of the text.
func (c *Cutter) Slice(start, end int) Phrase {
	for len(c.rest) > 0 && c.at+c.rest[0].len() <= start {
		c.at += c.rest[0].len()
		c.rest = c.rest[1:]
	}
	return c.rest.Slice(start-c.at, end-c.at)
}

// Trim returns the text without blanks and line ends around it.
func (p Phrase) Trim() Phrase {
	text := p.String()
	start := len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	return p.Slice(start, len(strings.TrimRight(text, " \t\r\n")))
}

// Cut divides the text at the first occurrence of sep.
func (p Phrase) Cut(sep string) (before, after Phrase, ok bool) {
	text := p.String()
	i := strings.Index(text, sep)
	if i < 0 {
		return p, nil, false
	}
	return p.Slice(0, i), p.Slice(i+len(sep), len(text)), true
}

// whole returns the text, or if a part of it is not known, code that covers all
// of it: half a number is no number.
func (p Phrase) whole() Phrase {
	if p.Known() && !HoldsTag(p.String()) {
		return p
	}
	for i, q := range p {
		if q.In == nil {
			continue
		}
		end := q.Span.End
		for _, r := range p[i:] {
			if r.In == q.In && r.Span.Start >= end {
				end = r.Span.End
			}
		}
		return Unknown(q.In, q.Span.Start, end)
	}
	return Glue(string(source.Unknown))
}

// weaver puts a text together and keeps where on disk its bytes stand.
type weaver struct {
	b        strings.Builder
	segments []source.Segment
}

// add appends a phrase.
func (w *weaver) add(p Phrase) {
	for _, q := range p {
		if q.In != nil {
			w.segments = append(w.segments, onDisk(q.In, q.Span, w.b.Len())...)
		}
		w.b.WriteString(q.Text())
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

// Within returns a phrase as a file to read on in.
func (p Phrase) Within(carrier *source.File) *source.File {
	var w weaver
	w.add(p)
	return w.inner(carrier)
}

// Hidden returns a text of which nothing is known.
func (p Phrase) Hidden() Phrase {
	out := slices.Clone(p)
	for i := range out {
		if out[i].In == nil {
			out[i].Glue = strings.Repeat(string(source.Unknown), len(out[i].Glue))
			continue
		}
		out[i].Masked = true
	}
	return out
}

// Hide returns a text without some of its parts.
func (p Phrase) Hide(parts [][]int) Phrase {
	var out Phrase
	cut := p.Cutter()
	at := 0
	for _, m := range parts {
		out = append(out, cut.Slice(at, m[0])...)
		out = append(out, cut.Slice(m[0], m[1]).Hidden()...)
		at = m[1]
	}
	return append(out, cut.Slice(at, len(p.String()))...)
}
