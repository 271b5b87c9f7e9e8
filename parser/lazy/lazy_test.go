package lazy

import (
	"maps"
	"slices"
	"testing"
)

var (
	made  int
	table = New(func() map[string]int {
		made++
		return map[string]int{"a": 1}
	})
	words = Words("on off\n\tauto")
)

// TestOnce holds that a value is made when it is asked for, and only once.
func TestOnce(t *testing.T) {
	if made != 0 {
		t.Error("made before it was needed")
	}
	if table.Get()["a"] != 1 || table.Get()["b"] != 0 || made != 1 {
		t.Errorf("got %v, made %d times", table.Get(), made)
	}
}

func TestWords(t *testing.T) {
	if !words.Has("auto") || words.Has("on off") || words.Has("") {
		t.Error("not the words of the text")
	}
	if got := slices.Sorted(maps.Keys(words.All())); !slices.Equal(got, []string{"auto", "off", "on"}) {
		t.Errorf("got %v", got)
	}
}
