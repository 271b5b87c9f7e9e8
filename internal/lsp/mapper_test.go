package lsp

import (
	"regexp"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tcplint/tcplint/parser/source"
)

var lineEnd = regexp.MustCompile("\r\n|\r|\n")

// TestMapper holds every place of some texts against a reckoning by hand.
func TestMapper(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a", "a\n", "a\r\nb", "a\rb\n\r\n", "ü世🛰x\ny🛰", "\n\n", "\xff\xfeä\n", "a\r", "x🛰\r\n🛰\n",
	} {
		for _, bytes := range []bool{false, true} {
			m := newMapper(text, bytes)
			starts := []int{0}
			ends := []int{}
			for _, at := range lineEnd.FindAllStringIndex(text, -1) {
				starts, ends = append(starts, at[1]), append(ends, at[0])
			}
			ends = append(ends, len(text))
			for line, start := range starts {
				column := 0
				for i := start; i <= ends[line]; {
					p := position{Line: uint32(line), Character: uint32(column)}
					if got := m.position(i); got != p {
						t.Errorf("%q, bytes %v: offset %d is %v, want %v", text, bytes, i, got, p)
					}
					if got := m.offset(p); got != i {
						t.Errorf("%q, bytes %v: %v is offset %d, want %d", text, bytes, p, got, i)
					}
					if i == ends[line] {
						break
					}
					r, n := utf8.DecodeRuneInString(text[i:])
					if bytes {
						column += n
					} else {
						column += len(utf16.Encode([]rune{r}))
					}
					i += n
				}
			}
		}
	}
}

func TestMapperOutside(t *testing.T) {
	t.Parallel()
	const text = "a🛰b\r\nc"
	m := newMapper(text, false)
	for _, test := range []struct {
		offset int
		want   position
	}{
		{-1, position{}}, {2, position{Character: 1}}, {4, position{Character: 1}}, // inside of a character
		{7, position{Character: 4}}, // between CR and LF
		{100, position{Line: 1, Character: 1}},
	} {
		if got := m.position(test.offset); got != test.want {
			t.Errorf("offset %d is %v, want %v", test.offset, got, test.want)
		}
	}
	for _, test := range []struct {
		at   position
		want int
	}{
		{position{Character: 2}, 1}, // half of a surrogate pair
		{position{Character: 99}, 6}, {position{Line: 1, Character: 9}, 9}, {position{Line: 9}, 9},
	} {
		if got := m.offset(test.at); got != test.want {
			t.Errorf("%v is offset %d, want %d", test.at, got, test.want)
		}
	}
	if got := m.offsets(spanRange{Start: position{Line: 1}, End: position{}}); got != (source.Span{Start: 8, End: 8}) {
		t.Errorf("a range that ends before it begins is %v", got)
	}
}
