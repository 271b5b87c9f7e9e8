package page

import (
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// Place is a part of a file. Line is where it begins, from 1.
type Place struct {
	File string `json:"file"`
	From int    `json:"from"`
	To   int    `json:"to"`
	Line int    `json:"line"`
}

func placeOf(at lint.Place) *Place {
	if at.File == nil {
		return nil
	}
	return &Place{
		at.File.Path, units(at.File, at.Span.Start), units(at.File, at.Span.End),
		at.File.Position(at.Span.Start).Line,
	}
}

// units counts the UTF-16 code units before an offset in bytes.
func units(f *source.File, offset int) int {
	text := f.Text[:min(max(offset, 0), len(f.Text))]
	n := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
