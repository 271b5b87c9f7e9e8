//go:build linux

package proof

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The states of a socket as /proc/net/tcp writes them.
const (
	finWait2  = "05"
	timeWait  = "06"
	closeWait = "08"
)

// socket is a line of /proc/net/tcp.
type socket struct {
	local, remote int // ports
	state         string
	timer         time.Duration // until the kernel does something about it
}

// sockets lists the IPv4 sockets of the namespace that the goroutine is in.
func sockets(t *testing.T) []socket {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	var all []socket
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 6 || !strings.HasSuffix(f[0], ":") {
			continue
		}
		s := socket{local: hexPort(t, f[1]), remote: hexPort(t, f[2]), state: f[3]}
		_, ticks, _ := strings.Cut(f[5], ":")
		n, err := strconv.ParseInt(ticks, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		s.timer = time.Duration(n) * 10 * time.Millisecond // USER_HZ is 100
		all = append(all, s)
	}
	return all
}

func hexPort(t *testing.T, addr string) int {
	t.Helper()
	_, port, _ := strings.Cut(addr, ":")
	b, err := hex.DecodeString(port)
	if err != nil || len(b) != 2 {
		t.Fatalf("no port in %q", addr)
	}
	return int(b[0])<<8 | int(b[1])
}

// count is the number of sockets for which a condition holds.
func count(t *testing.T, is func(socket) bool) (n int) {
	t.Helper()
	for _, s := range sockets(t) {
		if is(s) {
			n++
		}
	}
	return n
}

// portOf is the port of an address, 0 of a Unix socket.
func portOf(t *testing.T, addr string) int {
	t.Helper()
	if strings.HasPrefix(addr, "unix:") {
		return 0
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// eventually waits until something holds; it does not have to be quick.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatal("it never happens: " + what)
		}
	}
}

// closed waits for a channel.
func closed(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatal(fmt.Sprint("it never happens: ", what))
	}
}
