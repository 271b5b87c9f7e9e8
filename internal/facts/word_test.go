package facts

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for name := range words {
		if len(Directives(name)) == 0 {
			t.Errorf("%s is no directive", name)
		}
	}
	if WordsOf("server", Only(V(1, 26, 0))); slices.Contains(WordsOf("server", Only(V(1, 26, 0))), "resolve") {
		t.Error("1.26.0 knows no resolve")
	}
	if !slices.Contains(WordsOf("server", Only(V(1, 28, 0))), "resolve") {
		t.Error("1.28.0 knows resolve")
	}
	for _, stream := range []bool{false, true} {
		if !slices.IsSorted(Variables(stream)) {
			t.Errorf("stream %v: the variables are not sorted", stream)
		}
	}
}
