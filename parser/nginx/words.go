package nginx

import (
	"iter"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Arg is one word as nginx sees it.
type Arg struct {
	// Span covers the word with its quotes.
	Span source.Span
	// Value is the word without quotes and with escapes resolved.
	Value string
	// Quote is the quotation mark around the word, or 0.
	Quote byte
}

// word is where a word stands. It says in the highest bit of start that it has
// quotation marks or a backslash, so that its value may differ from its bytes, and in
// that of end that it has the second mark, too.
type word struct{ start, end uint32 }

// high is the bit that words have for more than an offset.
const high = 1 << 31

func newWord(t Token) word {
	w := word{uint32(t.Span.Start), uint32(t.Span.End)}
	if t.escaped || t.quote != 0 {
		w.start |= high
	}
	if t.closed {
		w.end |= high
	}
	return w
}

func (w word) from() int { return int(w.start &^ high) }

func (w word) to() int { return int(w.end &^ high) }

// quote is the quotation mark around the word, or 0: no other word begins with one.
func (w word) quote(text string) byte {
	if w.start&high != 0 && (text[w.from()] == '"' || text[w.from()] == '\'') {
		return text[w.from()]
	}
	return 0
}

// value returns what nginx makes of a word: quotes removed and the escapes
// \" \' \\ \t \r \n resolved; any other backslash stays.
func (w word) value(text string) string {
	if w.start&high == 0 {
		return text[w.start:w.end]
	}
	s := text[w.from():w.to()]
	if w.quote(text) != 0 {
		s = s[1:]
		if w.end&high != 0 {
			s = s[:len(s)-1]
		}
	}
	return unescape(s)
}

// Words are words of a directive, which are read from the text when they are asked
// for.
type Words struct {
	text string
	list []word
}

// Len is the number of words.
func (w Words) Len() int { return len(w.list) }

// At returns the i-th word, counted from 0.
func (w Words) At(i int) Arg {
	one := w.list[i]
	return Arg{source.Span{Start: one.from(), End: one.to()}, one.value(w.text), one.quote(w.text)}
}

// All yields the words in order, with their numbers from 0 on.
func (w Words) All() iter.Seq2[int, Arg] {
	return func(yield func(int, Arg) bool) {
		for i := range w.list {
			if !yield(i, w.At(i)) {
				return
			}
		}
	}
}

// Slice returns the words from number i to before number j.
func (w Words) Slice(i, j int) Words { return Words{w.text, w.list[i:j]} }

// From returns the words from number i on.
func (w Words) From(i int) Words { return Words{w.text, w.list[i:]} }

// Index returns the number of the first word that is as asked for, -1 if there is none.
func (w Words) Index(is func(Arg) bool) int {
	for i := range w.list {
		if is(w.At(i)) {
			return i
		}
	}
	return -1
}

// Any reports whether a word is as asked for.
func (w Words) Any(is func(Arg) bool) bool { return w.Index(is) >= 0 }

// Values are the values of the words.
func (w Words) Values() []string {
	out := make([]string, len(w.list))
	for i, one := range w.list {
		out[i] = one.value(w.text)
	}
	return out
}

func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for ; i >= 0; i = strings.IndexByte(s, '\\') {
		if i+1 == len(s) {
			break // the file ends here, so nothing is protected
		}
		out = append(out, s[:i]...)
		switch c := s[i+1]; c {
		case '"', '\'', '\\':
			out = append(out, c)
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		default:
			out = append(out, '\\')
			s = s[i+1:]
			continue
		}
		s = s[i+2:]
	}
	return string(append(out, s...))
}
