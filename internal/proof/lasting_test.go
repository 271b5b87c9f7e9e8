//go:build linux

package proof

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

// echo is the backend of a WebSocket that says again what it hears.
func echo(w http.ResponseWriter, _ *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close() //nolint:errcheck // whatever became of it
	if _, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"); err == nil {
		_, _ = io.Copy(conn, rw)
	}
}

// A webSocketConn is a WebSocket of a client, or what became of it.
type webSocketConn struct {
	net.Conn

	in   *bufio.Reader
	open bool
}

// socket opens a WebSocket.
func (s *site) socket(t *testing.T, path string) *webSocketConn {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	r := request(t, path, "Upgrade", "websocket", "Connection", "upgrade")
	ws := &webSocketConn{Conn: conn, in: bufio.NewReader(conn)}
	if err := r.Write(conn); err != nil {
		return ws // nginx had closed it
	}
	resp, err := http.ReadResponse(ws.in, r)
	ws.open = err == nil && resp.StatusCode == http.StatusSwitchingProtocols
	return ws
}

// works reports whether what is said comes back.
func (ws *webSocketConn) works() bool {
	if _, err := io.WriteString(ws, "x"); err != nil {
		return false
	}
	b, err := ws.in.ReadByte()
	return err == nil && b == 'x'
}

// replaced is a side with a text in place of another.
func replaced(t *testing.T, side linttest.Side, old, text string) linttest.Side {
	t.Helper()
	files, found := slices.Clone(side.Files), false
	for i, f := range files {
		found = found || strings.Contains(string(f.Data), old)
		files[i].Data = []byte(strings.ReplaceAll(string(f.Data), old, text))
	}
	if !found {
		t.Fatalf("the example does not say %q", old)
	}
	side.Files = files
	return side
}

// workers are the processes of nginx that take connections.
func (s *site) workers(t *testing.T) []int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", s.pid))
	if err != nil {
		t.Skipf("this kernel does not tell the children of a process: %v", err)
	}
	var all []int
	for f := range strings.FieldsSeq(string(text)) {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// TestOldWorkers reloads nginx while a WebSocket is open. The five minutes of the fix
// are a second here.
func TestOldWorkers(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-old-workers-linger", "", func(x trial) {
		side := x.side
		if !x.bad {
			side = replaced(x.T, side, "worker_shutdown_timeout 5m;", "worker_shutdown_timeout 1s;")
		}
		s := start(x.T, side, options{backend: echo})
		ws := s.socket(x.T, "/socket")
		if !ws.open || !ws.works() {
			x.Fatalf("no WebSocket comes about\n%s", s.errorLog(x.T))
		}
		before := s.workers(x.T)
		old := func() (n int) {
			for _, pid := range s.workers(x.T) {
				if slices.Contains(before, pid) {
					n++
				}
			}
			return n
		}
		if err := syscall.Kill(s.pid, syscall.SIGHUP); err != nil {
			x.Fatal(err)
		}
		eventually(x.T, "the old workers without connections are gone", func() bool {
			return old() <= 1 && len(s.workers(x.T)) >= len(before)
		})
		if x.bad {
			time.Sleep(2 * time.Second)
			if n := old(); n != 1 || !ws.works() {
				x.Errorf("%d old workers are left, and one has a WebSocket", n)
			}
			return
		}
		if b, err := ws.in.ReadByte(); err != io.EOF {
			x.Errorf("the WebSocket gets %q, %v, want its end", b, err)
		}
		eventually(x.T, "all old workers are gone", func() bool { return old() == 0 })
	})
}

// TestWorkerConnections opens event streams until there is no connection left for one
// more.
func TestWorkerConnections(t *testing.T) {
	t.Parallel()
	const clients, half = 300, 256 // of the default
	everywhere(t, "nginx-worker-connections-low", "the default, and no limit of files", func(x trial) {
		s := start(x.T, x.side, options{backend: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, firstEvent+"\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}})
		streams := 0
		for range clients {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				x.Fatal(err)
			}
			x.Cleanup(func() { _ = conn.Close() })
			r := request(x.T, "/events")
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				x.Fatal(err)
			}
			if err := r.Write(conn); err != nil {
				continue // nginx had closed it
			}
			if resp, err := http.ReadResponse(bufio.NewReader(conn), r); err == nil && resp.StatusCode == http.StatusOK {
				streams++
			}
		}
		short := strings.Contains(s.errorLog(x.T), "512 worker_connections are not enough")
		x.Logf("%d of %d event streams are opened; nginx says that connections are not enough: %t", streams, clients, short)
		if x.bad && (streams >= half || streams < half-16 || !short) || !x.bad && streams != clients {
			x.Errorf("%d of %d event streams are opened", streams, clients)
		}
	})
}

// TestOneWorker opens WebSockets one after the other, and looks at which worker has
// them.
func TestOneWorker(t *testing.T) {
	t.Parallel()
	const clients = 100
	everywhere(t, "nginx-one-worker-takes-all", "the mutex", func(x trial) {
		s := start(x.T, x.side, options{backend: echo})
		eventually(x.T, "there are 4 workers", func() bool { return len(s.workers(x.T)) == 4 })
		for range clients {
			if !s.socket(x.T, "/ws").open {
				x.Fatalf("no WebSocket comes about\n%s", s.errorLog(x.T))
			}
		}
		var each []int
		for _, pid := range s.workers(x.T) {
			each = append(each, openSockets(x.T, pid)/2) // one to the client, one to the backend, and a few of its own
		}
		x.Logf("of %d WebSockets the workers have %v", clients, each)
		if most := slices.Max(each); x.bad && most < clients*9/10 || !x.bad && most > clients*6/10 {
			x.Errorf("of %d WebSockets one worker has %d", clients, most)
		}
	})
}

// openSockets is how many sockets a process has.
func openSockets(t *testing.T, pid int) (n int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(files) == 0 {
		t.Skipf("this user may not see the files of process %d: %v", pid, err)
	}
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}
