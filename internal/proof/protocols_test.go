//go:build linux

package proof

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestOtherProtocol lets a backend be silent for longer than the other module's
// directive allows, and shorter than the default of the right one.
func TestOtherProtocol(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ example, written, path string }{
		{"a whole server", "_timeout 300s;", "/index.php"},
		{"gRPC", "_timeout 1h;", "/"},
	} {
		everywhere(t, "nginx-other-protocol-directive", c.example, func(x trial) {
			release := make(chan struct{})
			side := replaced(x.T, x.side, c.written, "_timeout 1s;")
			s := start(x.T, side, options{backend: func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-release:
				case <-r.Context().Done():
				}
				_, _ = io.WriteString(w, "ok")
			}})
			if x.bad {
				time.AfterFunc(2*time.Second, func() { close(release) })
			} else {
				x.Cleanup(func() { close(release) })
			}
			resp := s.askEither(x.T, strings.HasPrefix(c.example, "gRPC"), c.path)
			x.Logf("a backend that is silent for longer: %s", resp.Status)
			if want := map[bool]int{true: http.StatusOK, false: http.StatusGatewayTimeout}[x.bad]; resp.StatusCode != want {
				x.Errorf("nginx says %s, want %d\n%s", resp.Status, want, s.errorLog(x.T))
			}
		})
	}
}

// askEither sends a request, over TLS where nginx wants it.
func (s *site) askEither(t *testing.T, secure bool, path string) *http.Response {
	t.Helper()
	if !secure {
		return s.ask(t, path)
	}
	conn, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the certificate is one of the test's own
	if err != nil {
		t.Fatal(err)
	}
	c := &client{addr: s.addr, conn: conn}
	c.keep(t)
	return c.do(t, request(t, path))
}

// TestPoolForNobody counts the connections to a uWSGI backend with and without a
// pool: it does nothing.
func TestPoolForNobody(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-other-protocol-directive", "a pool for uwsgi", func(x trial) {
		s := start(x.T, x.side, options{})
		if got := s.statuses(x.T, "/", times); got[http.StatusOK] != times {
			x.Fatalf("answers are %v\n%s", got, s.errorLog(x.T))
		}
		x.Logf("%d requests: %d connections", times, s.opened())
		if s.opened() != times {
			x.Errorf("%d requests open %d connections", times, s.opened())
		}
	})
}
