// Package source holds the bytes that everything else points into: files,
// half-open byte spans, positions for people, and byte-range edits.
//
// It promises that offsets always refer to the file as it is on disk: nothing
// here normalises line ends, encodings or white space. It uses the standard
// library only and touches no file system.
package source

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// File is one file as it was read. Its text never changes; an edited file is a
// new File.
type File struct {
	// Path is the name shown to people, with forward slashes.
	Path string
	// Text is the content, byte for byte. It need not be valid UTF-8.
	Text string
	// View says where on disk the text is found; nil if it is a file on disk
	// itself, all of it.
	View *View

	once  sync.Once
	lines []int // offset of the first byte of every line
}

// NewFile returns a File with the given display path and content.
func NewFile(path, text string) *File { return &File{Path: path, Text: text} }

// Span is a half-open range of byte offsets, counted from 0.
type Span struct{ Start, End int }

// Len is the number of bytes in the span.
func (s Span) Len() int { return s.End - s.Start }

// Contains reports whether o lies wholly inside s.
func (s Span) Contains(o Span) bool { return s.Start <= o.Start && o.End <= s.End }

// Position is a place for people: lines and columns count from 1, columns in
// Unicode code points (a byte that is not valid UTF-8 counts as one), offsets
// in bytes from 0.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Offset int `json:"offset"`
}

// index returns the offsets at which lines start. A line ends at LF, as it
// does for nginx and for procps; a lone CR ends nothing.
func (f *File) index() []int {
	f.once.Do(func() {
		lines := make([]int, 1, strings.Count(f.Text, "\n")+1)
		for off := 0; ; {
			i := strings.IndexByte(f.Text[off:], '\n')
			if i < 0 {
				break
			}
			off += i + 1
			lines = append(lines, off)
		}
		f.lines = lines
	})
	return f.lines
}

// Position returns the place of a byte offset. Offsets outside the text are
// moved to its nearest end.
func (f *File) Position(offset int) Position {
	offset = min(max(offset, 0), len(f.Text))
	lines := f.index()
	n, _ := slices.BinarySearch(lines, offset+1)
	start := lines[n-1]
	return Position{Line: n, Column: utf8.RuneCountInString(f.Text[start:offset]) + 1, Offset: offset}
}

// LineCount is the number of lines, counting an unfinished last one; an empty
// file has one.
func (f *File) LineCount() int { return len(f.index()) }

// Line returns the number of the line, counted from 1, that a byte offset lies on.
func (f *File) Line(offset int) int {
	n, _ := slices.BinarySearch(f.index(), min(max(offset, 0), len(f.Text))+1)
	return n
}

// LineSpan returns the bytes of a line (counted from 1) without its line end,
// be that LF or CRLF or, at the end of the file, half a CRLF.
func (f *File) LineSpan(line int) Span {
	lines := f.index()
	if line < 1 || line > len(lines) {
		return Span{len(f.Text), len(f.Text)}
	}
	s := Span{lines[line-1], len(f.Text)}
	if line < len(lines) {
		s.End = lines[line] - 1
	}
	if s.Len() > 0 && f.Text[s.End-1] == '\r' {
		s.End--
	}
	return s
}

// Slice returns the bytes of a span.
func (f *File) Slice(s Span) string { return f.Text[s.Start:s.End] }

// EOL returns the line end in use at an offset: the one of the line it is on,
// else that of the line before, else LF.
func (f *File) EOL(offset int) string {
	offset = min(max(offset, 0), len(f.Text))
	lines := f.index()
	n, _ := slices.BinarySearch(lines, offset+1)
	at := lines[min(n, len(lines)-1)] - 1 // of the line that begins behind it, or the last
	if at > 0 && f.Text[at-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
