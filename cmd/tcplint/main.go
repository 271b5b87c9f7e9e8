// Command tcplint reads nginx configuration and Linux kernel settings together,
// finds what goes wrong on the way of a TCP connection, and writes the patches.
//
// This package knows flags, chooses what is written and where to, and turns results
// into exit statuses; the packages below know what files mean.
package main

import (
	"os"

	"github.com/tcplint/tcplint/internal/memory"
)

func main() {
	memory.Spare()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
