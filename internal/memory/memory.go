// Package memory decides how hard the collector of garbage works: a program that runs
// for a moment has time to win, one that holds much has memory to save. GOGC and
// GOMEMLIMIT have their way.
package memory

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// growth says how much of garbage, in percent of what is held, is let come together
// where no more than so many bytes are held: most runs end before there is any reason
// to collect, while a run that holds much has memory to save.
var growth = []struct {
	held    uint64
	percent int
}{{32 << 20, 200}, {64 << 20, 100}, {math.MaxUint64, 40}}

// Spare fits the collector to what is held, from the first collection on: small runs
// have none.
func Spare() {
	if os.Getenv("GOGC") == "" {
		limit(debug.SetMemoryLimit(-1) != math.MaxInt64)
		watch()
	}
}

// now is the growth that is set, the runtime's own one to begin with.
var now = struct {
	sync.Mutex

	percent int
	limited bool
}{percent: 100}

// fit sets the growth for what is held.
func fit(held uint64) {
	for _, g := range growth {
		if held <= g.held {
			now.percent = g.percent
			debug.SetGCPercent(g.percent)
			return
		}
	}
}

// watch looks at the heap after each collection. How much is held follows from the size
// at which the next one comes, which is that and the growth; runtime/metrics would tell
// it, and costs every start more than this costs all collections of most runs.
func watch() {
	type canary struct{ _ [64]byte } // nothing refers to it: it goes with the next collection
	runtime.AddCleanup(new(canary), func(struct{}) {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		now.Lock()
		defer now.Unlock()
		held := stats.NextGC
		if !now.limited {
			held = held * 100 / uint64(100+now.percent)
		}
		fit(held)
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
	limit(true)
	return func() {
		debug.SetMemoryLimit(old)
		limit(false)
	}
}

// limit notes whether the next collection comes sooner than the growth says.
func limit(on bool) {
	now.Lock()
	defer now.Unlock()
	now.limited = on
}
