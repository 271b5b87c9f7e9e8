package proof

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/user"
	"testing"
	"time"
)

// fastCGI is a connection to a FastCGI server that is to be kept.
type fastCGI struct{ net.Conn }

func newFCGI(t *testing.T, addr string) *fastCGI {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &fastCGI{conn}
}

// The kinds of records, and the flag that keeps a connection
// (FastCGI Specification, sections 3.3 and 5.1).
const (
	fcgiBegin, fcgiEnd, fcgiParams, fcgiStdin = 1, 3, 4, 5

	fcgiKeepConn = 1
)

// ask sends a request for a script, and reports whether the whole answer comes in
// time.
func (c *fastCGI) ask(t *testing.T, script string, limit time.Duration) bool {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(limit))
	var b bytes.Buffer
	record := func(kind byte, content []byte) {
		head := []byte{1, kind, 0, 1, 0, 0, 0, 0}
		binary.BigEndian.PutUint16(head[4:], uint16(len(content))) //nolint:gosec // short
		b.Write(append(head, content...))
	}
	record(fcgiBegin, []byte{0, 1, fcgiKeepConn, 0, 0, 0, 0, 0})
	var params []byte
	for _, p := range [][2]string{{"SCRIPT_FILENAME", script}, {"REQUEST_METHOD", "GET"}, {"SERVER_PROTOCOL", "HTTP/1.1"}} {
		params = append(append(append(params, byte(len(p[0])), byte(len(p[1]))), p[0]...), p[1]...)
	}
	record(fcgiParams, params)
	record(fcgiParams, nil)
	record(fcgiStdin, nil)
	if _, err := c.Write(b.Bytes()); err != nil {
		return false
	}
	for {
		head := make([]byte, 8)
		if _, err := io.ReadFull(c, head); err != nil {
			return false
		}
		rest := int64(binary.BigEndian.Uint16(head[4:])) + int64(head[6])
		if _, err := io.CopyN(io.Discard, c, rest); err != nil {
			return false
		}
		if head[1] == fcgiEnd {
			return true
		}
	}
}

// asUser is what a pool needs to run as whoever runs the test.
func asUser() string {
	u, err := user.Current()
	if err != nil || os.Geteuid() != 0 {
		return ""
	}
	return "user = " + u.Username + "\ngroup = root\n"
}
