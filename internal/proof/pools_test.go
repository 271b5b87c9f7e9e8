//go:build linux

package proof

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

var (
	raceCases = []claim{
		{"nginx-keepalive-timeout-race", "node, and nginx's default", "6"},
	}
	fullCases = []claim{
		{"nginx-pool-larger-than-backend", "the number of workers is not known", "7"},
	}
	fileCases = []claim{
		{"nginx-worker-fd-limit", "the default of worker_connections", "10"},
	}
	repeatCases = []claim{
		{"nginx-retry-non-idempotent", "", "6"},
	}
	thrashCases = []claim{
		{"nginx-local-pool-thrash", "33 locations", "12"},
		{"nginx-local-pool-thrash", "11 locations and 3 servers", "12"},
		{"nginx-local-pool-thrash", "a local pool that somebody wrote", "12"},
	}
)

// post makes a POST request.
func post(t *testing.T) *http.Request {
	t.Helper()
	r := request(t, "/")
	r.Method = http.MethodPost
	return r
}

// impatient is a backend that has given up a connection which was idle for so
// long, just when a request arrives on it: the request is lost.
func impatient(idle time.Duration) handler {
	var mu sync.Mutex
	last := map[string]time.Time{} // by the client's address
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		before, known := last[r.RemoteAddr]
		last[r.RemoteAddr] = time.Now()
		mu.Unlock()
		if known && time.Since(before) >= idle {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close() // without an answer
			}
			return
		}
		_, _ = io.WriteString(w, "ok")
	}
}

// TestRace sends a POST after the backend's time and looks whether it gets
// through.
func TestRace(t *testing.T) {
	t.Parallel()
	const idle = 5 * time.Second // of Node.js, which the example names
	for _, c := range raceCases {
		c.each(t, func(x trial) {
			s := start(x.T, x.side, options{backend: impatient(idle)})
			browser := &client{addr: s.addr}
			if resp := browser.do(x.T, post(x.T)); resp.StatusCode != http.StatusOK {
				x.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(x.T))
			}
			time.Sleep(idle + moment)
			resp := browser.do(x.T, post(x.T))
			x.Logf("a POST after %s: %s", idle, resp.Status)
			lost := strings.Contains(s.errorLog(x.T), "upstream prematurely closed connection while reading response header")
			if want := map[bool]int{true: http.StatusBadGateway, false: http.StatusOK}[x.bad]; resp.StatusCode != want || lost != x.bad {
				x.Errorf("nginx says %s, want %d\n%s", resp.Status, want, s.errorLog(x.T))
			}
		})
	}
}

// TestFull fills the pool and asks the backend itself, as a health check does.
func TestFull(t *testing.T) {
	t.Parallel()
	const slots = 64 // what the example declares
	for _, c := range fullCases {
		c.each(t, func(x trial) {
			all := newBarrier(slots)
			s := start(x.T, x.side, options{slots: slots, backend: func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/healthz" {
					all.wait()
				}
				_, _ = io.WriteString(w, "ok")
			}})
			if got := s.crowd(x.T, slots); got[http.StatusOK] != slots {
				x.Fatalf("answers are %v\n%s", got, s.errorLog(x.T))
			}
			answered := false
			for began := time.Now(); !answered && time.Since(began) < 4*moment; {
				answered = healthy(s.backends["127.0.0.1:8080"].addr)
			}
			x.Logf("after %d requests at once the backend answers a health check: %t", slots, answered)
			if answered == x.bad {
				x.Errorf("the backend answers: %t", answered)
			}
		})
	}
}

// healthy makes a health check.
func healthy(addr string) bool {
	probe := &http.Client{Timeout: moment, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := probe.Get("http://" + addr + "/healthz") //nolint:noctx // the client has a time limit
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// TestFiles lets more requests run at once than a worker has files for.
func TestFiles(t *testing.T) {
	t.Parallel()
	const clients = 200 // which take twice as many connections
	for _, c := range fileCases {
		c.each(t, func(x trial) {
			all := newBarrier(clients)
			s := start(x.T, x.side, options{backend: func(w http.ResponseWriter, _ *http.Request) {
				all.wait()
				_, _ = io.WriteString(w, "ok")
			}})
			got := s.crowd(x.T, clients)
			x.Logf("%d clients at once get %v", clients, got)
			short := strings.Contains(s.errorLog(x.T), "24: Too many open files")
			if failed := got[http.StatusOK] < clients; failed != x.bad || short != x.bad {
				x.Errorf("answers are %v, files ran out: %t", got, short)
			}
		})
	}
}

// TestRepeated counts the servers that get one POST whose answer never comes.
func TestRepeated(t *testing.T) {
	t.Parallel()
	for _, c := range repeatCases {
		c.each(t, func(x trial) {
			s := start(x.T, x.side, options{backend: func(w http.ResponseWriter, _ *http.Request) {
				if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
					_ = conn.Close() // it was carried out, and nobody hears of it
				}
			}})
			resp := (&client{addr: s.addr}).do(x.T, post(x.T))
			got := 0
			for _, b := range s.backends {
				got += len(b.requests())
			}
			x.Logf("one POST, answered with %s, reached %d of %d servers", resp.Status, got, len(s.backends))
			if want := map[bool]int{true: len(s.backends), false: 1}[x.bad]; got != want {
				x.Errorf("%d servers got it, want %d", got, want)
			}
		})
	}
}

// TestThrash needs the local pools of nginx 1.29.7; see sides for what happens
// where it is older.
func TestThrash(t *testing.T) {
	t.Parallel()
	for _, c := range thrashCases {
		c.each(t, func(x trial) {
			s := start(x.T, x.side, options{})
			browser := &client{addr: s.addr}
			paths := s.locations(x.T, x.side)
			for i := range requests {
				if resp := browser.do(x.T, request(x.T, paths[i%len(paths)])); resp.StatusCode != http.StatusOK {
					x.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(x.T))
				}
			}
			opened := s.opened()
			x.Logf("%d requests over %d locations: %d connections", requests, len(paths), opened)
			if many := opened > requests/2; many != x.bad {
				x.Errorf("%d connections for %d requests", opened, requests)
			}
		})
	}
}

// locations are the paths that an example passes on.
func (*site) locations(t *testing.T, side linttest.Side) []string {
	t.Helper()
	var paths []string
	for _, tree := range parse(t, side.Files) {
		for d := range tree.Root.Walk() {
			if d.Name() == "location" {
				paths = append(paths, d.Arg(d.Args().Len()-1))
			}
		}
	}
	if len(paths) == 0 {
		t.Fatal("the example has no location")
	}
	return paths
}

// A barrier holds requests until so many are there, or until it is clear that
// they will not come.
type barrier struct {
	left atomic.Int64
	open chan struct{}
}

func newBarrier(n int) *barrier {
	b := &barrier{open: make(chan struct{})}
	b.left.Store(int64(n))
	return b
}

func (b *barrier) wait() {
	if b.left.Add(-1) == 0 {
		close(b.open)
	}
	const enough = 6 * moment
	select {
	case <-b.open:
	case <-time.After(enough):
	}
}

// crowd sends requests from so many clients at once and counts the answers by
// status; 0 stands for no answer.
func (s *site) crowd(t *testing.T, clients int) map[int]int {
	t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	got := map[int]int{}
	for range clients {
		group.Go(func() {
			status := s.once()
			mu.Lock()
			got[status]++
			mu.Unlock()
		})
	}
	group.Wait()
	return got
}

// once sends a request over a connection of its own and returns the status of the
// answer, 0 if there is none.
func (s *site) once() int {
	c := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Get("http://" + s.addr + "/") //nolint:noctx // the client has a time limit
	if err != nil {
		return 0
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0
	}
	return resp.StatusCode
}

// limited is a listener of a server that takes so many connections at once.
type limited struct {
	net.Listener

	slots chan struct{}
}

func newLimited(l net.Listener, n int) net.Listener { return limited{l, make(chan struct{}, n)} }

// Accept waits until there is room.
func (l limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slot{Conn: conn, free: sync.OnceFunc(func() { <-l.slots })}, nil
}

type slot struct {
	net.Conn

	free func()
}

// Close gives the slot back.
func (s *slot) Close() error {
	s.free()
	return s.Conn.Close()
}
