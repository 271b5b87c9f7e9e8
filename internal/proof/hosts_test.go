//go:build linux

package proof

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestResolverWithoutIPv6 asks for a name that has an address of each kind, on a host
// that has one kind.
func TestResolverWithoutIPv6(t *testing.T) {
	t.Parallel()
	everywhere(t, "host-resolver-without-ipv6", "", func(x trial) {
		enterNamespace(x.T)
		apply(x.T, x.side)
		l, err := net.Listen("tcp4", "127.0.0.1:80")
		if err != nil {
			x.Fatal(err)
		}
		(&backend{addr: "127.0.0.1:80"}).serve(x.T, l, options{}, "http")
		s := start(x.T, x.side, options{resolver: names(x.T)})
		if got := s.statuses(x.T, "/", times); got[http.StatusOK] != times {
			x.Fatalf("answers are %v\n%s", got, s.errorLog(x.T))
		}
		failed := strings.Count(s.errorLog(x.T), "failed (99: Cannot assign requested address)") +
			strings.Count(s.errorLog(x.T), "failed (101: Network is unreachable)")
		x.Logf("%d requests: %d connections fail", times, failed)
		if failed > 0 != x.bad {
			x.Errorf("of %d requests %d begin with a connection that fails\n%s", times, failed, s.errorLog(x.T))
		}
	})
}

// The types of records that nginx asks for (RFC 1035, section 3.2.2, and RFC 3596).
const typeA, typeAAAA = 1, 28

// names starts a server of names that knows one address of each kind for every name,
// of which that of IPv6 is nobody's.
func names(t *testing.T) (addr string) {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			const header, kindAndClass = 12, 4
			question := buf[header:n]
			end := bytes.IndexByte(question, 0) + 1 + kindAndClass
			if n < header || end > len(question) {
				continue
			}
			question = question[:end]
			var data []byte
			switch kind := binary.BigEndian.Uint16(question[end-kindAndClass:]); kind {
			case typeA:
				data = []byte{127, 0, 0, 1}
			case typeAAAA:
				data = net.ParseIP("2001:db8::1")
			default:
				continue
			}
			out := append([]byte{buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, question...)
			out = append(out, 0xc0, header) // the name of the question
			out = append(out, question[end-kindAndClass:]...)
			out = append(out, 0, 0, 0, 60, 0, byte(len(data)))
			_, _ = c.WriteTo(append(out, data...), from)
		}
	}()
	return c.LocalAddr().String()
}

// TestNonlocalBind starts nginx while another host has the address, which comes over
// afterwards.
func TestNonlocalBind(t *testing.T) {
	t.Parallel()
	const at = "192.0.2.10:80"
	everywhere(t, "host-nonlocal-bind", "", func(x trial) {
		enterNamespace(x.T)
		apply(x.T, x.side)
		s, said, ok := tryStart(x.T, x.side, options{keepListens: true})
		if x.bad {
			closed(x.T, "nginx gives up", s.exited) // it may have listened at the other address meanwhile
			if said = s.out.String(); !strings.Contains(said, "bind() to "+at+" failed (99: Cannot assign requested address)") {
				x.Errorf("nginx says %s", said)
			}
			return
		}
		if !ok {
			x.Fatalf("nginx does not start: %s", said)
		}
		if conn, err := net.Dial("tcp", at); err == nil {
			_ = conn.Close()
			x.Fatal("the address is that of this host")
		}
		address(x.T, "lo:1", net.IPv4(192, 0, 2, 10))
		if resp := (&client{addr: at}).do(x.T, request(x.T, "/")); resp.StatusCode != http.StatusNotFound {
			x.Errorf("nginx says %s when the address is there\n%s", resp.Status, s.errorLog(x.T))
		}
	})
}

// TestBacklogNotAsked compares the accept queue of nginx's listener.
func TestBacklogNotAsked(t *testing.T) {
	t.Parallel()
	everywhere(t, "host-backlog-not-asked", "one address, two servers", func(x trial) {
		enterNamespace(x.T)
		apply(x.T, x.side)
		sendQueue(511, 4096)(x)
	})
}

// TestPathMTU looks at the packets of a connection: may a router cut them?
func TestPathMTU(t *testing.T) {
	t.Parallel()
	everywhere(t, "sysctl-pmtu-discovery-off", "", func(x trial) {
		enterNamespace(x.T)
		apply(x.T, x.side)
		everyKind := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(everyKind))
		if err != nil {
			x.Skipf("this user may not look at packets: %v", err)
		}
		defer unix.Close(fd) //nolint:errcheck // nothing was written
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000}); err != nil {
			x.Fatal(err)
		}
		exchange(x.T)
		whole, pieces := 0, 0
		for buf := make([]byte, 1<<16); ; {
			n, from, err := unix.Recvfrom(fd, buf, 0)
			if errors.Is(err, unix.EAGAIN) {
				break
			}
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil {
				x.Fatal(err)
			}
			if link, ok := from.(*unix.SockaddrLinklayer); ok && link.Pkttype == unix.PACKET_OUTGOING {
				continue // it comes back in at once
			}
			const flags, dontFragment = 6, 0x40
			switch {
			case n < 20 || buf[0]>>4 != 4:
			case buf[flags]&dontFragment != 0:
				whole++
			default:
				pieces++
			}
		}
		x.Logf("%d packets may be cut, %d may not", pieces, whole)
		if x.bad && (pieces < 4 || whole >= pieces) || // the answer to the SYN may come again
			!x.bad && (pieces > 0 || whole < 4) {
			x.Errorf("%d packets may be cut, %d may not", pieces, whole)
		}
	})
}

// exchange opens a connection, says something in both directions and closes it.
func exchange(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("tcp4", sink(t, true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "x"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}
