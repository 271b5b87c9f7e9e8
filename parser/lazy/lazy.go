// Package lazy has values that are made when they are first needed: a run that reads one
// small file should not pay for all tables there are. What New and Words return is laid
// out by the compiler, so that nothing is done when the program starts.
package lazy

import (
	"strings"
	"sync"
)

// Value is a value that is made once. It may be used by several goroutines.
type Value[T any] struct {
	once  sync.Once
	build func() T
	value T
}

// New returns a value that a function makes.
func New[T any](build func() T) *Value[T] { return &Value[T]{build: build} }

// Get returns the value.
func (v *Value[T]) Get() T {
	v.once.Do(func() { v.value = v.build() })
	return v.value
}

// Set is a set of words. It may be used by several goroutines.
type Set struct {
	words string
	once  sync.Once
	set   map[string]bool
}

// Words returns the set of the words of a text.
func Words(text string) *Set { return &Set{words: text} }

// Has reports whether a word is in the set.
func (s *Set) Has(word string) bool { return s.All()[word] }

// All returns the words; they are not to be changed.
func (s *Set) All() map[string]bool {
	s.once.Do(func() {
		s.set = map[string]bool{}
		for word := range strings.FieldsSeq(s.words) {
			s.set[word] = true
		}
	})
	return s.set
}
