package main

import (
	"os"
	"os/signal"
	"syscall"
)

// holdInterrupts keeps an interrupt (Ctrl-C), a request to end and a terminal that closes from ending the process until
// release is called: what is being written is either finished or undone.
// interrupted reports whether there was one.
func holdInterrupts() (interrupted func() bool, release func()) {
	got := make(chan os.Signal, 1)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	was := false
	interrupted = func() bool {
		select {
		case <-got:
			was = true
		default:
		}
		return was
	}
	return interrupted, func() { signal.Stop(got) }
}
