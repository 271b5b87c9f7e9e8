//go:build linux

package proof

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A meter is a clock that goes by what a client has read.
type meter struct {
	mu      sync.Mutex
	read    int
	stalled chan struct{} // closed when something has waited for a moment: then the client begins
	once    sync.Once
}

func newMeter() *meter { return &meter{stalled: make(chan struct{})} }

func (m *meter) add(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read += n
}

func (m *meter) now() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read
}

// waitFor reports whether something is done without an error before the client has
// read so much more.
func (m *meter) waitFor(done <-chan error, limit int) bool {
	since := time.Now()
	for began := m.now(); ; {
		select {
		case err := <-done:
			return err == nil
		case <-time.After(5 * time.Millisecond):
			if time.Since(since) > moment {
				m.once.Do(func() { close(m.stalled) })
			}
			if m.now()-began > limit {
				return false
			}
		}
	}
}

// smallBuffers makes the kernel hold little for one side of a connection.
func smallBuffers(c net.Conn, size int) error {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return errors.New("no connection of TCP")
	}
	return errors.Join(tcp.SetReadBuffer(size), tcp.SetWriteBuffer(size))
}

// fetchSlowly reads a response in small pieces with pauses, and returns how much of
// the body has come when the connection ends.
func (s *site) fetchSlowly(t *testing.T, path string, piece int, m *meter) int {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it was only read
	if err := errors.Join(smallBuffers(conn, piece), conn.SetDeadline(time.Now().Add(4*patience))); err != nil {
		t.Fatal(err)
	}
	r := request(t, path)
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReaderSize(conn, piece), r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("nginx says %v, %v\n%s", resp, err, s.errorLog(t))
	}
	closed(t, "the backend cannot go on", m.stalled)
	buf := make([]byte, piece)
	for got := 0; ; time.Sleep(2 * time.Millisecond) {
		n, err := io.ReadAtLeast(resp.Body, buf, piece)
		got += n
		m.add(n)
		if err != nil {
			return got
		}
	}
}
