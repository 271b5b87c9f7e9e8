//go:build linux

package proof

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"testing"
	"time"
)

// The frames and settings of HTTP/2 that an upload needs (RFC 9113, sections 6 and 6.5.2).
const (
	h2Data, h2Headers, h2Reset, h2Settings, h2GoAway, h2Window = 0, 1, 3, 4, 7, 8

	h2EndStream, h2EndHeaders, h2Ack = 1, 4, 1

	h2InitialWindow = 4
	h2FrameSize     = 16 << 10 // what every receiver takes
)

// upload2 is an upload over HTTP/2 by a client that sends what it may, and then
// looks for leave to send more after a pause, as if nginx were far away.
type upload2 struct {
	conn   *tls.Conn
	window int // of the stream
	rounds int // how often there was nothing left to send
	status []byte
	ended  bool // by the other side
}

// errBrokenOff says that nginx has ended an upload.
var errBrokenOff = errors.New("nginx breaks the upload off")

// post2 begins an upload of so many bytes.
func post2(t *testing.T, s *site, path string, size int) *upload2 {
	t.Helper()
	conn, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) //nolint:gosec // the certificate is one of the test's own
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if p := conn.ConnectionState().NegotiatedProtocol; p != "h2" {
		t.Fatalf("nginx speaks %q", p)
	}
	// HPACK: the first two stand in the static table, the others with their names
	// there (RFC 7541, appendix A).
	block := []byte{0x83, 0x87}
	literal := func(prefix []byte, value string) {
		block = append(append(append(block, prefix...), byte(len(value))), value...)
	}
	literal([]byte{0x04}, path)
	literal([]byte{0x01}, name)
	literal([]byte{0x0f, 0x0d}, strconv.Itoa(size))
	out := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	out = append(out, frame2(h2Settings, 0, 0, nil)...)
	out = append(out, frame2(h2Headers, h2EndHeaders, 1, block)...)
	if _, err := conn.Write(out); err != nil {
		t.Fatal(err)
	}
	u := &upload2{conn: conn, window: -1}
	for u.window < 0 {
		if err := u.read(patience); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

func frame2(kind, flags byte, stream uint32, content []byte) []byte {
	head := make([]byte, 9, 9+len(content))
	binary.BigEndian.PutUint32(head, uint32(len(content))<<8) //nolint:gosec // short
	head[3], head[4] = kind, flags
	binary.BigEndian.PutUint32(head[5:], stream)
	return append(head, content...)
}

// read takes one frame; an error that is a time-out says that there is none.
func (u *upload2) read(wait time.Duration) error {
	if err := u.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	head := make([]byte, 9)
	if _, err := io.ReadFull(u.conn, head[:1]); err != nil {
		return err
	}
	if err := u.conn.SetReadDeadline(time.Now().Add(patience)); err != nil { // the rest is on its way
		return err
	}
	if _, err := io.ReadFull(u.conn, head[1:]); err != nil {
		return err
	}
	content := make([]byte, binary.BigEndian.Uint32(head)>>8)
	if _, err := io.ReadFull(u.conn, content); err != nil {
		return err
	}
	stream := binary.BigEndian.Uint32(head[5:])
	switch head[3] {
	case h2Settings:
		if head[4]&h2Ack != 0 {
			break
		}
		for i := 0; i+6 <= len(content); i += 6 {
			if binary.BigEndian.Uint16(content[i:]) == h2InitialWindow {
				u.window = int(binary.BigEndian.Uint32(content[i+2:]))
			}
		}
		u.window = max(u.window, 0)
		_, err := u.conn.Write(frame2(h2Settings, h2Ack, 0, nil))
		return err
	case h2Window:
		if stream == 1 {
			u.window += int(binary.BigEndian.Uint32(content))
		}
	case h2Headers:
		u.status = content
		u.ended = head[4]&h2EndStream != 0
	case h2Data:
		u.ended = head[4]&h2EndStream != 0
	case h2Reset, h2GoAway:
		return errBrokenOff
	}
	return nil
}

// send sends all of the body, and waits for so long where it may send nothing more.
// It returns how much it has sent when nginx ends the upload.
func (u *upload2) send(size int, pause time.Duration) (sent int, err error) {
	for sent < size {
		for u.window > 0 && sent < size {
			n := min(u.window, size-sent, h2FrameSize)
			flags := byte(0)
			if sent+n == size {
				flags = h2EndStream
			}
			if _, err := u.conn.Write(frame2(h2Data, flags, 1, bytes.Repeat([]byte("x"), n))); err != nil {
				return sent, errBrokenOff
			}
			u.window -= n
			sent += n
		}
		if sent == size {
			break
		}
		u.rounds++
		time.Sleep(pause)
		for wait := patience; ; wait = time.Millisecond { // at least one frame, and what has come with it
			err := u.read(wait)
			if timeout := (interface{ Timeout() bool })(nil); errors.As(err, &timeout) && timeout.Timeout() && wait < patience {
				break
			}
			if err != nil {
				return sent, err
			}
		}
	}
	return sent, nil
}

// answered reads to the end of the answer, and reports whether it is 200.
func (u *upload2) answered() (ok bool, err error) {
	for !u.ended {
		if err := u.read(patience); err != nil {
			return false, err
		}
	}
	return len(u.status) > 0 && u.status[0] == 0x88, nil // :status 200 in the static table
}
