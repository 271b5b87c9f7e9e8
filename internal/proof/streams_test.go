//go:build linux

package proof

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

var streamCases = []struct {
	claim
	path string
	raw  bool // the backend sends no chunks
	gzip bool // the client takes compressed events
}{
	{claim: claim{"nginx-sse-buffered", "every default", "4"}, path: "/events"},
	{claim: claim{"nginx-sse-buffered", "HTTP/1.1, and buffering from the server", "4"}, path: "/live", raw: true},
	{claim: claim{"nginx-sse-gzip", "every type is compressed", "4"}, path: "/events", gzip: true},
	{claim: claim{"nginx-accel-request-header", "buffering stays on", "4"}, path: "/live/"},
	{claim: claim{"nginx-accel-request-header", "without it the headers of the server would come back", "4"}, path: "/live/"},
}

// TestStreams looks at when the first event arrives: while the stream is under
// way, or not before its end.
func TestStreams(t *testing.T) {
	t.Parallel()
	for _, c := range streamCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			events := newStream(t)
			events.raw = c.raw
			s := start(t, side, options{backend: events.serve})
			headers := []string{"Accept", "text/event-stream"}
			if c.gzip {
				headers = append(headers, "Accept-Encoding", "gzip")
			}
			first, all := s.watch(t, c.gzip, request(t, c.path, headers...))
			closed(t, "the backend sends an event", events.began)
			wait := patience
			if bad {
				wait = moment
			}
			began := time.Now()
			select {
			case <-first:
				if bad {
					t.Errorf("the first event arrives after %v, while the stream is under way", time.Since(began))
				}
			case <-time.After(wait):
				if !bad {
					t.Errorf("no event has arrived after %v", wait)
				}
			}
			events.finish()
			if n := <-all; n != 10 {
				t.Errorf("%d of 10 events arrive in the end\n%s", n, s.errorLog(t))
			}
		})
	}
}

// watch reads a stream: first is closed at the first event, and all gets the
// number of events in the end.
func (s *site) watch(t *testing.T, compressed bool, r *http.Request) (first <-chan struct{}, all <-chan int) {
	t.Helper()
	c := &client{addr: s.addr}
	c.send(t, r)
	one, end := make(chan struct{}), make(chan int, 1)
	go func() {
		n := 0
		defer func() { end <- n }()
		resp, err := http.ReadResponse(c.r, r)
		if err != nil {
			return
		}
		var body io.Reader = resp.Body
		if compressed {
			if body, err = gzip.NewReader(body); err != nil {
				return
			}
		}
		for lines := bufio.NewScanner(body); lines.Scan(); {
			if !strings.HasPrefix(lines.Text(), "data:") {
				continue
			}
			if n++; n == 1 {
				close(one)
			}
		}
	}()
	return one, end
}

var leavingCases = []struct {
	claim
	path  string
	quiet bool // the backend has said nothing yet
}{
	{claim: claim{"nginx-sse-cached", "a cache for the whole server", "4"}, path: "/events"},
	{claim: claim{"nginx-sse-cached", "a store of its own", "4"}, path: "/sse"},
	{claim: claim{"nginx-sse-cached", "buffering is off, which is not enough", "4"}, path: "/events"},
	{claim: claim{"nginx-client-abort-ignored", "for a whole server", "4"}, path: "/reports/", quiet: true},
	{claim: claim{"nginx-client-abort-ignored", "php-fpm", "4"}, path: "/index.php", quiet: true},
}

// TestLeaving looks at what becomes of nginx's socket when the client closes
// its own.
func TestLeaving(t *testing.T) {
	t.Parallel()
	for _, c := range leavingCases {
		c.each(t, func(x trial) {
			t, side, bad := x.T, x.side, x.bad
			events := newStream(t)
			events.quiet = c.quiet
			s := start(t, side, options{backend: events.serve})
			browser := &client{addr: s.addr}
			browser.send(t, request(t, c.path))
			closed(t, "the request reaches the backend", events.began)
			if !c.quiet {
				for line := ""; line != firstEvent; {
					var err error
					if line, err = browser.r.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
				}
			}
			own := portOf(t, browser.conn.LocalAddr().String())
			if err := browser.conn.Close(); err != nil {
				t.Fatal(err)
			}
			at := func(states ...string) bool {
				return count(t, func(x socket) bool {
					for _, state := range states {
						if x.local == portOf(t, s.addr) && x.remote == own && x.state == state {
							return true
						}
					}
					return false
				}) > 0
			}
			if bad {
				eventually(t, "nginx's socket is in CLOSE_WAIT", func() bool { return at(closeWait) })
				time.Sleep(moment)
				if !at(closeWait) {
					t.Error("nginx's socket is gone before the backend has finished")
				}
				events.finish()
			}
			eventually(t, "nginx's socket is gone", func() bool { return !at(closeWait, "01") })
			if !bad && !s.uses["fastcgi_pass"] { // Go's FastCGI server does not look
				closed(t, "the backend notices", events.gone)
			}
		})
	}
}
