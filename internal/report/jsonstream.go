package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
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

func (s *jsonStream) indent() string { return strings.Repeat("  ", s.depth) }

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
	s.raw("\n" + s.indent())
}

// end ends an object or a list that has something in it.
func (s *jsonStream) end(bracket string) {
	s.depth--
	s.raw("\n" + s.indent() + bracket)
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
	s.enc.SetIndent(s.indent(), "  ")
	if err := s.enc.Encode(v); err != nil && s.err == nil {
		s.err = fmt.Errorf("encoding JSON: %w", err)
	}
	_, _ = s.w.Write(escapeUnseen(bytes.TrimSuffix(s.buf.Bytes(), []byte("\n"))))
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
