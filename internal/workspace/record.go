package workspace

import (
	"slices"
	"sync"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// record is a Reader that remembers all that a host asked of it, and what it was
// told, be that "there is none": as long as another reader tells the same, the host
// is the same. It may be used by several goroutines.
type record struct {
	mu     sync.Mutex
	reader model.Reader
	asked  map[question]bool
	// answers come in the order of the questions: reading a file under one of its
	// names decides under which it is shown.
	answers []answer
}

// question is one that a Reader can be asked.
type question struct {
	about request
	path  string
}

type request uint8

const (
	read request = iota
	list
	locate
	made
)

// answer is what a reader says.
type answer struct {
	question question
	file     *source.File
	names    []string
	located  string
	ok       bool
	err      string
}

func (a *answer) equal(b *answer) bool {
	return a.file == b.file && a.located == b.located && a.ok == b.ok && a.err == b.err && slices.Equal(a.names, b.names)
}

func newRecord(r model.Reader) *record {
	return &record{reader: r, asked: map[question]bool{}}
}

// ask puts a question to a reader.
func ask(r model.Reader, q question) (a answer, err error) {
	a.question = q
	switch q.about {
	case read:
		a.file, err = r.Read(q.path)
	case list:
		a.names, err = r.List(q.path)
	case locate:
		if l, ok := r.(model.Locator); ok {
			a.located, a.ok = l.Locate(q.path)
		}
	case made:
		if m, ok := r.(model.Maker); ok {
			a.located = m.Made(q.path)
		}
	}
	if err != nil {
		a.err = err.Error()
	}
	return a, err
}

// ask passes a question on, and notes the answer.
func (r *record) ask(about request, path string) (answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := question{about, path}
	a, err := ask(r.reader, q)
	if !r.asked[q] {
		r.asked[q] = true
		r.answers = append(r.answers, a)
	}
	return a, err
}

// Read returns a file.
func (r *record) Read(path string) (*source.File, error) {
	a, err := r.ask(read, path)
	return a.file, err
}

// List returns the names in a folder.
func (r *record) List(dir string) ([]string, error) {
	a, err := r.ask(list, dir)
	return a.names, err
}

// Locate returns the path of an absolute one. Of a Reader that does not know where
// absolute paths lie, all lie outside.
func (r *record) Locate(abs string) (string, bool) {
	a, _ := r.ask(locate, abs)
	return a.located, a.ok
}

// Made returns the path of a file that may put an included one there.
func (r *record) Made(included string) string {
	a, _ := r.ask(made, included)
	return a.located
}

// holds reports whether another reader gives the same answers. It is the one that is
// asked from then on.
func (r *record) holds(other model.Reader) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.answers {
		was := &r.answers[i]
		if now, _ := ask(other, was.question); !now.equal(was) {
			return false
		}
	}
	r.reader = other
	return true
}

var (
	_ model.Locator = (*record)(nil)
	_ model.Maker   = (*record)(nil)
)
