package engine

import (
	"fmt"
	"testing"

	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/internal/workspace"
)

// BenchmarkAgain compares what a keystroke in one of 1,000 configurations costs with a
// check of all of them.
func BenchmarkAgain(b *testing.B) {
	texts := map[string]string{".git/HEAD": ""}
	for i := range 1000 {
		texts[fmt.Sprintf("%04d.conf", i)] = gen.Nginx(1, 2, 3)
	}
	open := func(b *testing.B, cache *Cache) *workspace.Workspace {
		b.Helper()
		ws, err := workspace.Open(workspace.Memory(texts), workspace.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Check(b.Context(), ws, Options{Cache: cache}); err != nil {
			b.Fatal(err)
		}
		return ws
	}
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			open(b, nil)
		}
	})
	b.Run("keystroke", func(b *testing.B) {
		cache := NewCache()
		ws := open(b, cache)
		n := 0
		for b.Loop() {
			n++
			var err error
			if ws, err = ws.With(workspace.Edit("0500.conf", gen.Nginx(1, 2, 3)+fmt.Sprintf("# %d\n", n))); err != nil {
				b.Fatal(err)
			}
			if _, err = Check(b.Context(), ws, Options{Cache: cache}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
