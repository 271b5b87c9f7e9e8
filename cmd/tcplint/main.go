// Command tcplint reads nginx configuration and Linux kernel settings together,
// finds what goes wrong on the way of a TCP connection, and writes the patches.
//
// This package knows flags, chooses what is written and where to, and turns results
// into exit statuses; the packages below know what files mean.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

func main() {
	// An explicit GOGC has its way.
	if os.Getenv("GOGC") == "" {
		thrift()
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// thrift looks at the heap after each collection: as soon as much of it lives, memory is
// worth more than time, and the next ones come earlier.
func thrift() {
	const much, percent = 64 << 20, 40
	type canary struct{ _ [64]byte } // nothing refers to it: it goes with the next collection
	runtime.AddCleanup(new(canary), func(struct{}) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		if metrics.Read(live); live[0].Value.Kind() == metrics.KindUint64 && live[0].Value.Uint64() > much {
			debug.SetGCPercent(percent)
			return
		}
		thrift()
	}, struct{}{})
}
