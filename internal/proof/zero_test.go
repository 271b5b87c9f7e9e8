//go:build linux

package proof

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestZeroForBackends asks a backend that is given no time, and one that is given some.
func TestZeroForBackends(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ example, path string }{
		{"", "/events"},
		{"connecting, for all locations", "/"},
	} {
		everywhere(t, "nginx-timeout-zero", c.example, func(x trial) {
			s := start(x.T, x.side, options{})
			got := s.statuses(x.T, c.path, 4)
			x.Logf("4 requests get %v", got)
			if want := map[bool]int{true: http.StatusGatewayTimeout, false: http.StatusOK}[x.bad]; got[want] != 4 {
				x.Errorf("4 requests get %v, want %d\n%s", got, want, s.errorLog(x.T))
			}
		})
	}
}

// TestZeroForClients sends a request in two pieces, the second one a moment later.
func TestZeroForClients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ example, first, second string }{
		{"clients", "GET / HTTP/1.1\r\n", "Host: " + name + "\r\nConnection: close\r\n\r\n"},
		{"what comes or goes in one piece passes", "POST /upload HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\nContent-Length: 20\r\n\r\n0123456789", "0123456789"},
	} {
		everywhere(t, "nginx-timeout-zero", c.example, func(x trial) {
			s := start(x.T, x.side, options{backend: takesAll})
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				x.Fatal(err)
			}
			defer conn.Close() //nolint:errcheck // whatever became of it
			_, err = io.WriteString(conn, c.first)
			if err == nil {
				time.Sleep(moment)
				_, err = io.WriteString(conn, c.second)
			}
			said := ""
			if err == nil {
				said, err = readFor(conn, patience)
			}
			x.Logf("nginx says %.40q, %v", said, err)
			if answered := strings.HasPrefix(said, "HTTP/1.1 "); answered == x.bad {
				x.Errorf("nginx says %q, %v", said, err)
			}
		})
	}
}
