package lint

import (
	"math/rand/v2"
	"testing"
)

// TestDistanceBounds holds the distance with its short cuts against one without, over
// random names.
func TestDistanceBounds(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	name := func() string {
		b := make([]byte, r.IntN(9))
		for i := range b {
			b[i] = "abc_"[r.IntN(4)]
		}
		return string(b)
	}
	var plain func(a, b string) int
	plain = func(a, b string) int {
		switch {
		case a == "" || b == "":
			return len(a) + len(b)
		case a[0] == b[0]:
			return plain(a[1:], b[1:])
		}
		return 1 + min(plain(a[1:], b), plain(a, b[1:]), plain(a[1:], b[1:]))
	}
	for range 3000 {
		a, b, limit := name(), name(), 1+r.IntN(6)
		want := plain(a, b)
		if got := distance(a, b, limit); got != want && (got < limit || want < limit) {
			t.Fatalf("distance(%q, %q, %d) = %d, it is %d", a, b, limit, got, want)
		}
	}
}
