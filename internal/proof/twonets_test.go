//go:build linux

package proof

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReversePath lets a client of one network reach a host of two whose way back to
// it is the other one, by the default route.
func TestReversePath(t *testing.T) {
	t.Parallel()
	everywhere(t, "host-rp-filter-strict", "", func(x trial) {
		enterNamespace(x.T)
		set(x.T, "net.ipv4.conf.default.rp_filter", "0") // a distribution may have set another
		far := neighbour(x.T)
		ip(x.T, "link add out type veth peer name out netns "+strconv.Itoa(far.tid))
		ip(x.T, "link add in type veth peer name in netns "+strconv.Itoa(far.tid))
		ip(x.T, "address add 192.0.2.10/24 dev out", "address add 10.20.0.10/24 dev in",
			"link set out up", "link set in up", "route add default via 192.0.2.1")
		far.inside(func() {
			ip(x.T, "address add 192.0.2.1/24 dev out", "address add 10.20.0.1/24 dev in", "address add 10.9.0.1/32 dev lo",
				"link set lo up", "link set out up", "link set in up")
		})
		apply(x.T, x.side)
		s := start(x.T, x.side, options{keepListens: true})
		c := &client{addr: "10.20.0.10:80"}
		var err error
		far.inside(func() {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(10, 9, 0, 1)}, Timeout: patience}
			if x.bad {
				d.Timeout = 2 * moment
			}
			c.conn, err = d.Dial("tcp4", c.addr)
		})
		dropped := counter(x.T, "IPReversePathFilter")
		x.Logf("the client is connected: %t; %d packets are dropped", err == nil, dropped)
		if x.bad {
			if timeout := net.Error(nil); !errors.As(err, &timeout) || !timeout.Timeout() || dropped == 0 {
				x.Errorf("the client gets %v, and %d packets are dropped", err, dropped)
			}
			return
		}
		if err != nil || dropped > 0 {
			x.Fatalf("the client gets %v, and %d packets are dropped", err, dropped)
		}
		c.keep(x.T)
		if resp := c.do(x.T, request(x.T, "/")); resp.StatusCode != http.StatusNotFound {
			x.Errorf("nginx says %s\n%s", resp.Status, s.errorLog(x.T))
		}
	})
}

// A network is a namespace beside that of the test.
type network struct {
	*scene

	tid int // of its thread
}

// neighbour makes one, in which no packet is dropped for where it comes from. It asks
// for hardware addresses as a router does, with its own.
func neighbour(t *testing.T) network {
	t.Helper()
	s, err := newScene(t.Context(), t.TempDir(), false)
	if err != nil {
		t.Skip(err)
	}
	n := network{scene: s}
	s.inside(func() {
		n.tid = unix.Gettid()
		for key, value := range map[string]string{"all.rp_filter": "0", "default.rp_filter": "0", "all.arp_announce": "2"} {
			err = errors.Join(err, os.WriteFile(sysctlFile("net.ipv4.conf."+key), []byte(value), 0))
		}
	})
	if err != nil {
		t.Skipf("the namespace does not let this user write: %v", err)
	}
	return n
}

// ip runs commands of iproute2 in the namespace of the thread.
func ip(t *testing.T, commands ...string) {
	t.Helper()
	for _, c := range commands {
		out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			t.Skipf("ip is not installed: %v", err)
		}
		if err != nil {
			t.Skipf("ip %s: %v: %s", c, err, out)
		}
	}
}
