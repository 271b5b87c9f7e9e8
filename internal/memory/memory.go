// Package memory decides how hard the collector of garbage works: a program that runs
// for a moment has time to win, one that holds much has memory to save. GOGC and
// GOMEMLIMIT have their way.
package memory

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Spare makes collections come earlier as soon as much memory is held, which is worth
// more than time then. It looks at the heap after each collection.
func Spare() {
	if os.Getenv("GOGC") == "" {
		watch()
	}
}

func watch() {
	const much, percent = 64 << 20, 40
	type canary struct{ _ [64]byte } // nothing refers to it: it goes with the next collection
	runtime.AddCleanup(new(canary), func(struct{}) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(live); live[0].Value.Kind() == metrics.KindUint64 && live[0].Value.Uint64() > much {
			debug.SetGCPercent(percent)
			return
		}
		watch()
	}, struct{}{})
}

// Limit lets the collector work harder before much memory is used, as reading one
// snapshot after the other asks for. What it returns undoes that.
func Limit() (undo func()) {
	const soft = 96 << 20
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return func() {}
	}
	old := debug.SetMemoryLimit(soft)
	return func() { debug.SetMemoryLimit(old) }
}
