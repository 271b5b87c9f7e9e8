package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// jsonStream writes a JSON document, indented by two blanks, as it is made: only one
// element of a list is held at a time.
type jsonStream struct {
	w     *bufio.Writer
	depth int
	// begun says that the innermost object or list has something in it.
	begun bool
	buf   bytes.Buffer
	enc   *json.Encoder
	err   error
}

func newJSONStream(w io.Writer) *jsonStream {
	const size = 64 << 10
	s := &jsonStream{w: bufio.NewWriterSize(w, size)}
	s.enc = json.NewEncoder(&s.buf)
	s.enc.SetEscapeHTML(false)
	return s
}

// raw writes text. The first error of writing is kept by the writer.
func (s *jsonStream) raw(text string) { _, _ = s.w.WriteString(text) }

// newline begins a line of the current depth.
func (s *jsonStream) newline() {
	const some = "\n                                        "
	if n := 1 + 2*s.depth; n <= len(some) {
		s.raw(some[:n])
		return
	}
	s.raw("\n")
	s.raw(repeat(" ", 2*s.depth))
}

// open begins an object or a list.
func (s *jsonStream) open(bracket string) {
	s.raw(bracket)
	s.depth++
	s.begun = false
}

// next begins an element or a key.
func (s *jsonStream) next() {
	if s.begun {
		s.raw(",")
	}
	s.begun = true
	s.newline()
}

// end ends an object or a list that has something in it.
func (s *jsonStream) end(bracket string) {
	s.depth--
	s.newline()
	s.raw(bracket)
	s.begun = true
}

// key begins the value of a key.
func (s *jsonStream) key(name string) {
	s.next()
	s.raw(`"` + name + `": `)
}

// value writes a value of the current depth.
func (s *jsonStream) value(v any) {
	s.buf.Reset()
	if err := s.enc.Encode(v); err != nil && s.err == nil {
		s.err = fmt.Errorf("encoding JSON: %w", err)
	}
	s.indented(bytes.TrimSuffix(s.buf.Bytes(), []byte("\n")))
}

// indented writes compact JSON, each element and key on a line of its own. What the
// encoder has written is valid, so that only strings and brackets are looked for.
func (s *jsonStream) indented(compact []byte) {
	depth := s.depth
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			n := stringLength(compact[i:])
			_, _ = s.w.Write(escapeUnseen(compact[i : i+n]))
			i += n - 1
		case '{', '[':
			_ = s.w.WriteByte(c)
			if next := compact[i+1]; next == '}' || next == ']' {
				_ = s.w.WriteByte(next)
				i++
				continue
			}
			s.depth++
			s.newline()
		case '}', ']':
			s.depth--
			s.newline()
			_ = s.w.WriteByte(c)
		case ',':
			s.raw(",")
			s.newline()
		case ':':
			s.raw(": ")
		default:
			_ = s.w.WriteByte(c)
		}
	}
	s.depth = depth
}

// stringLength is the number of bytes of the string with which JSON begins, with its
// quotation marks.
func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// field writes a key and its value.
func (s *jsonStream) field(name string, v any) {
	s.key(name)
	s.value(v)
}

// list writes a key and a list of n elements, each of which is made when its turn
// comes.
func (s *jsonStream) list(name string, n int, element func(i int) any) {
	s.key(name)
	if n == 0 {
		s.raw("[]")
		return
	}
	s.open("[")
	for i := range n {
		s.next()
		s.value(element(i))
	}
	s.end("]")
}

// close ends the document.
func (s *jsonStream) close() error {
	s.raw("\n")
	if err := s.w.Flush(); err != nil {
		return err
	}
	return s.err
}
