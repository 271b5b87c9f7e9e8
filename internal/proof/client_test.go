//go:build linux

package proof

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// A client is a browser with one connection, which it keeps as long as nginx
// does.
type client struct {
	addr   string
	conn   net.Conn
	r      *bufio.Reader
	opened int
}

// name is the host that clients ask for.
const name = "app.example.com"

// request makes a request with headers given as name and value in turn.
func request(t *testing.T, path string, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+name+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// keep takes over a connection that is open.
func (c *client) keep(t *testing.T) {
	t.Helper()
	conn := c.conn
	t.Cleanup(func() { _ = conn.Close() })
	c.r = bufio.NewReader(conn)
	c.opened++
}

// send opens a connection if there is none, and sends a request.
func (c *client) send(t *testing.T, r *http.Request) {
	t.Helper()
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			t.Fatal(err)
		}
		c.conn = conn
		c.keep(t)
	}
	if err := c.conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	if err := r.Write(c.conn); err != nil {
		t.Fatal(err)
	}
}

// do sends a request and reads the whole response.
func (c *client) do(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	c.send(t, r)
	resp, err := http.ReadResponse(c.r, r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
	}
	if resp.Close || resp.StatusCode == http.StatusSwitchingProtocols {
		if err := c.conn.Close(); err != nil {
			t.Fatal(err)
		}
		c.conn = nil
	}
	return resp
}

// ask sends one request over a connection of its own.
func (s *site) ask(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	c := &client{addr: s.addr}
	return c.do(t, request(t, path, headers...))
}
