//go:build linux

package proof

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// far is how long a link takes for one way.
const far = 100 * time.Millisecond

// link returns the address of a line of that length to a server: what is sent, and
// the end of it, arrives later. On loopback a request and the end of its connection
// meet too seldom for a test.
func link(t *testing.T, server string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			_ = c.Close()
		}
	})
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				far, err := net.Dial("tcp", server)
				if err != nil {
					_ = near.Close()
					return
				}
				mu.Lock()
				open = append(open, near, far)
				mu.Unlock()
				go carry(near, far)
				carry(far, near)
			}()
		}
	}()
	return l.Addr().String()
}

// carry takes what one side sends to the other, in order, each piece after its way.
func carry(to, from net.Conn) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			buf := make([]byte, 4096)
			n, err := from.Read(buf)
			if n > 0 {
				pieces <- piece{buf[:n], time.Now().Add(far)}
			}
			if err != nil {
				pieces <- piece{nil, time.Now().Add(far)} // the end
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if p.data == nil {
			if c, ok := to.(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite() // its own side may be closed already
			}
			continue
		}
		if _, err := to.Write(p.data); err != nil {
			_ = from.Close() // nobody takes it: as the other end, say so
			_, _ = io.Copy(io.Discard, from)
		}
	}
}
