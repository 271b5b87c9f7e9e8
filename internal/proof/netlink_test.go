//go:build linux

package proof

import (
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// acceptQueue asks the kernel, as ss does, for the length of the accept queue of
// the listener at an IPv4 port.
func acceptQueue(t *testing.T, port int) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	// struct nlmsghdr, then struct inet_diag_req_v2 of linux/inet_diag.h.
	const header, diag, listen = 16, 56, 10
	ask := make([]byte, header+diag)
	binary.NativeEndian.PutUint32(ask, uint32(len(ask)))
	binary.NativeEndian.PutUint16(ask[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(ask[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	ask[header] = unix.AF_INET
	ask[header+1] = unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(ask[header+4:], 1<<listen)
	if err := unix.Sendto(fd, ask, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 1<<16); ; {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			t.Fatal(err)
		}
		for rest := buf[:n]; len(rest) >= header; {
			size := int(binary.NativeEndian.Uint32(rest))
			kind := binary.NativeEndian.Uint16(rest[4:])
			if kind != unix.SOCK_DIAG_BY_FAMILY || size < header+64 || size > len(rest) {
				t.Fatalf("there is no listener at port %d", port)
			}
			// struct inet_diag_msg: the source port is at 4, wqueue at 60.
			msg := rest[header:size]
			if int(binary.BigEndian.Uint16(msg[4:])) == port {
				return int(binary.NativeEndian.Uint32(msg[60:]))
			}
			rest = rest[min(len(rest), (size+3)&^3):]
		}
	}
}

// counter reads one of the namespace's counters that nstat shows as TcpExt.
func counter(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/net/netstat")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != "TcpExt:" {
			continue
		}
		if names == nil {
			names = f
			continue
		}
		for i := range min(len(f), len(names)) {
			if names[i] == name {
				n, err := strconv.Atoi(f[i])
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
		}
	}
	t.Fatalf("there is no counter %s", name)
	return 0
}
