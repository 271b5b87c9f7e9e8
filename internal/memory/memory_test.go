package memory

import (
	"runtime"
	"testing"
)

// TestFit holds much and lets go of it: the growth follows.
func TestFit(t *testing.T) { //nolint:paralleltest // the collector is everybody's
	watch()
	for _, test := range []struct{ held, want int }{{0, 200}, {40 << 20, 100}, {100 << 20, 40}, {0, 200}} {
		hold := make([]byte, test.held)
		got := 0
		for range 1000 { // it is told a little after a collection
			runtime.GC()
			runtime.Gosched()
			now.Lock()
			got = now.percent
			now.Unlock()
			if got == test.want {
				break
			}
		}
		runtime.KeepAlive(hold)
		if got != test.want {
			t.Errorf("with %d MB held the growth is %d %%, want %d %%", test.held>>20, got, test.want)
		}
	}
}
