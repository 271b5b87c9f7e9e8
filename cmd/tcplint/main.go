// Command tcplint reads nginx configuration and Linux kernel settings together,
// finds what goes wrong on the way of a TCP connection, and writes the patches.
//
// This package is the only one that touches files and the process: it reads
// flags, configuration and files, groups the files into hosts, and hands them to
// the packages that know what they mean.
package main

import (
	"os"
	"runtime/debug"
)

func main() {
	// A run reads its input once and ends. Nearly all that it allocates lives to
	// the end, so collecting it early and often is time spent on nothing. An
	// explicit GOGC still has its way.
	if os.Getenv("GOGC") == "" {
		const percent = 400
		debug.SetGCPercent(percent)
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
