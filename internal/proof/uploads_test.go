//go:build linux

package proof

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// takesAll is a backend that reads the whole body.
func takesAll(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(w, "ok")
}

// TestUploadWindow counts how often a client over HTTP/2 has to wait for leave to
// send more, which is once a round trip.
func TestUploadWindow(t *testing.T) {
	t.Parallel()
	const size, window = 1 << 20, 64 << 10 // http2_body_preread_size
	everywhere(t, "nginx-http2-upload-window", "", func(x trial) {
		s := start(x.T, x.side, options{backend: takesAll})
		u := post2(x.T, s, "/files/a", size)
		if _, err := u.send(size, 20*time.Millisecond); err != nil {
			x.Fatalf("%v\n%s", err, s.errorLog(x.T))
		}
		if ok, err := u.answered(); !ok {
			x.Fatalf("the upload is answered with % x, %v\n%s", u.status, err, s.errorLog(x.T))
		}
		x.Logf("an upload of %d KB waits %d times for leave to send more", size>>10, u.rounds)
		least := size/window - 1
		if x.bad && u.rounds < least || !x.bad && u.rounds > least/2 {
			x.Errorf("an upload of %d KB waits %d times; one window each are %d", size>>10, u.rounds, least)
		}
	})
}

// TestClientBodyTimeout pauses in the middle of an upload, for longer than the
// default, which is a second here.
func TestClientBodyTimeout(t *testing.T) {
	t.Parallel()
	const short = "client_body_timeout 1s;"
	everywhere(t, "nginx-client-body-timeout", "", func(x trial) {
		s := start(x.T, x.side, options{backend: takesAll, http: short})
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			x.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // whatever became of it
		if _, err := fmt.Fprintf(c, "POST /upload HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 20\r\n\r\n0123456789", name); err != nil {
			x.Fatal(err)
		}
		wait := 2 * time.Second
		if x.bad {
			wait = patience
		}
		said, err := readFor(c, wait)
		if x.bad {
			x.Logf("a client that pauses gets %q, and the connection ends: %t", said, err == nil)
			if said != "" || err != nil {
				x.Errorf("nginx says %q and %v, want the end of the connection", said, err)
			}
			return
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			x.Fatalf("while the client pauses nginx says %q and %v", said, err)
		}
		if _, err := io.WriteString(c, "0123456789"); err != nil {
			x.Fatal(err)
		}
		if said, err = readFor(c, patience); err != nil || !strings.HasPrefix(said, "HTTP/1.1 200 ") {
			x.Errorf("after the pause nginx says %q and %v", said, err)
		}
	})
	everywhere(t, "nginx-client-body-timeout", "HTTP/2, unbuffered", func(x trial) {
		release := make(chan struct{})
		s := start(x.T, x.side, options{http: short, backend: func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
				takesAll(w, r)
			case <-r.Context().Done():
			}
		}})
		// What nginx, the kernel and the backend hold is less.
		const size = 32 << 20
		u := post2(x.T, s, "/upload", size)
		if !x.bad {
			time.AfterFunc(2*time.Second, func() { close(release) })
		}
		sent, err := u.send(size, 0)
		if x.bad {
			x.Logf("an upload whose backend does not read is broken off: %v, after %d KB", err, sent>>10)
			if !errors.Is(err, errBrokenOff) && !errors.Is(err, io.EOF) {
				x.Errorf("the upload ends with %v", err)
			}
			return
		}
		if ok, answered := u.answered(); err != nil || !ok {
			x.Errorf("the upload ends with %v, %v\n%s", err, answered, s.errorLog(x.T))
		}
	})
}

// readFor reads to the end of a connection, or for so long.
func readFor(c net.Conn, wait time.Duration) (string, error) {
	if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return "", err
	}
	text, err := io.ReadAll(c)
	return string(text), err
}

// TestTempFileLimit reads a response more slowly than the backend sends it. The
// backend gives up when a write takes as long as the client needs for 6 MB; the limit,
// which is 1 GB by default, is 16 MB here, as the kernel's buffers take some MB, too.
func TestTempFileLimit(t *testing.T) {
	t.Parallel()
	const size, piece, tooLong = 48 << 20, 128 << 10, 6 << 20
	everywhere(t, "nginx-temp-file-limit", "", func(x trial) {
		fetched := newMeter()
		s := start(x.T, x.side, options{http: "proxy_max_temp_file_size 16m;", backend: func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close() //nolint:errcheck // whatever became of it
			if smallBuffers(conn, piece) != nil {
				return
			}
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
			for range size / piece {
				done := make(chan error, 1)
				go func() {
					_, err := conn.Write(make([]byte, piece))
					done <- err
				}()
				if !fetched.waitFor(done, tooLong) {
					return
				}
			}
		}})
		got := s.fetchSlowly(x.T, "/v2/blob", piece, fetched)
		x.Logf("the client gets %.1f of %d MB, and the status 200", float64(got)/(1<<20), size>>20)
		if whole := got == size; whole == x.bad {
			x.Errorf("the client gets %d of %d bytes\n%s", got, size, s.errorLog(x.T))
		}
	})
}
