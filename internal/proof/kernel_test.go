//go:build linux

package proof

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
)

// An effect is what a test looks at inside a namespace that has the settings of
// an example.
type effect func(trial)

var kernelCases = []struct {
	claim
	effect
}{
	{claim{"host-backlog-capped", "a written backlog", "9"}, sendQueue(1024, 8192)},
	{claim{"host-backlog-capped", "nginx's own 511", "9"}, sendQueue(256, 511)},
	{claim{"host-backlog-capped", "above the kernel's default", "9"}, sendQueue(4096, 16384)},
	{claim{"sysctl-somaxconn-low", "less than nginx asks for", "9"}, anyQueue(256, 4096)},
	{claim{"sysctl-somaxconn-low", "less than today's default", "9"}, anyQueue(1024, 4096)},
	{claim{"sysctl-somaxconn-low", "where the default is known", "9"}, anyQueue(128, 4096)},
	{claim{"host-ephemeral-ports", "the kernel's own range, an upstream with one server", "8"}, portsOfNginx},
	{claim{"sysctl-tw-reuse-without-timestamps", "", "8"}, portsTakenOver},
	{claim{"sysctl-timestamps-off", "", "8"}, portsTakenOver},
	{claim{"sysctl-max-tw-buckets-low", "", "8"}, timeWaitOverflow},
	{claim{"sysctl-max-tw-buckets-low", "none at all", "8"}, timeWaitOverflow},
	{claim{"sysctl-fin-timeout-myth", "a comment says so", "19"}, finTimeout},
	{claim{"sysctl-fin-timeout-myth", "the company says so", "19"}, finTimeout},
}

// TestKernel runs examples with settings of the kernel in network namespaces,
// each of which belongs to one thread and ends with it.
func TestKernel(t *testing.T) {
	t.Parallel()
	for _, c := range kernelCases {
		c.each(t, func(x trial) {
			enterNamespace(x.T)
			apply(x.T, x.side)
			c.effect(x)
		})
	}
}

// enterNamespace gives the test's goroutine a network of its own. Only what the
// goroutine itself opens and starts is in there, not what others do for it.
func enterNamespace(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // and never unlock it: the thread is of no use to others
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Skipf("this user may not make a network namespace: %v", err)
	}
	address(t, "lo", nil)
}

// address switches an interface on and gives it an address.
func address(t *testing.T, device string, addr net.IP) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // nothing was written
	req, err := unix.NewIfreq(device)
	if err != nil {
		t.Fatal(err)
	}
	if addr != nil {
		if err := errors.Join(req.SetInet4Addr(addr.To4()), unix.IoctlIfreq(fd, unix.SIOCSIFADDR, req)); err != nil {
			t.Fatal(err)
		}
	}
	req.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
		t.Fatal(err)
	}
}

// apply writes the example's settings, those that a namespace has of its own.
func apply(t *testing.T, side linttest.Side) {
	t.Helper()
	settings := model.Build(side.Input).Sysctl
	for _, key := range settings.Keys() {
		k, ok := facts.ParamOf(key)
		if !ok || !k.Netns {
			t.Logf("%s belongs to the whole machine and stays", key)
			continue
		}
		set(t, key, settings.Get(key).Value.Value)
	}
}

func sysctlFile(key string) string {
	return filepath.Join("/proc/sys", filepath.FromSlash(strings.ReplaceAll(key, ".", "/")))
}

func set(t *testing.T, key, value string) {
	t.Helper()
	if !strings.HasPrefix(key, "net.") {
		t.Fatalf("%s is no setting of a network namespace", key)
	}
	if err := os.WriteFile(sysctlFile(key), []byte(value), 0); err != nil {
		t.Skipf("the namespace does not let this user write: %v", err)
	}
}

func setting(t *testing.T, key string) int {
	t.Helper()
	text, err := os.ReadFile(sysctlFile(key))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sendQueue compares the accept queue of nginx's listener, which ss shows as
// its Send-Q.
func sendQueue(bad, good int) effect {
	return func(x trial) {
		s := start(x.T, x.side, options{})
		x.compareQueue(portOf(x.T, s.addr), bad, good)
	}
}

// anyQueue does the same for a program that asks for more than it can get.
func anyQueue(bad, good int) effect {
	return func(x trial) {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			x.Fatal(err)
		}
		defer unix.Close(fd) //nolint:errcheck // nothing was written
		at := &unix.SockaddrInet4{Port: 8080, Addr: [4]byte{127, 0, 0, 1}}
		if err := errors.Join(unix.Bind(fd, at), unix.Listen(fd, 1<<16-1)); err != nil {
			x.Fatal(err)
		}
		x.compareQueue(at.Port, bad, good)
	}
}

func (x trial) compareQueue(port, bad, good int) {
	x.Helper()
	want := good
	if x.bad {
		want = bad
	}
	got := acceptQueue(x.T, port)
	x.Logf("Send-Q of the listener is %d", got)
	if got != want {
		x.Errorf("Send-Q of the listener is %d, want %d", got, want)
	}
}

// few is a number of ports that is quickly used up. Of so many connections, one
// may go without TIME_WAIT for reasons of its own: about one in a thousand does.
const few = 50

// fewPorts leaves so many ports for connections that are opened.
func fewPorts(t *testing.T) {
	t.Helper()
	set(t, "net.ipv4.ip_local_port_range", "40000 "+strconv.Itoa(40000+few-1))
}

// reuse is longer than a port has to be in TIME_WAIT before tcp_tw_reuse lets it
// go: more than a second, which older kernels count in whole ones.
const reuse = 2100 * time.Millisecond

// portsOfNginx uses up nginx's ports to an address that is none of loopback's:
// on those Linux reuses ports by default.
func portsOfNginx(x trial) {
	t, side, bad := x.T, x.side, x.bad
	address(t, "lo:1", net.IPv4(10, 0, 0, 5))
	fewPorts(t)
	s := start(t, side, options{keep: true})
	browser := &client{addr: s.addr}
	succeed := func() (n int) {
		for range few {
			if browser.do(t, request(t, "/")).StatusCode == http.StatusOK {
				n++
			}
		}
		return n
	}
	before := succeed()
	time.Sleep(reuse)
	after := succeed()
	unassigned := strings.Contains(s.errorLog(t), "(99: Cannot assign requested address)")
	t.Logf("%d ports, two times %d requests: %d and %d succeed", few, few, before, after)
	if bad && (after > few/10 || !unassigned) || !bad && after < few*9/10 {
		t.Errorf("%d of %d requests succeed when the ports have been used before\n%s", after, few, s.errorLog(t))
	}
}

// portsTakenOver opens connections from ports that are in TIME_WAIT.
func portsTakenOver(x trial) {
	t, bad := x.T, x.bad
	addr := sink(t, true)
	fewPorts(t)
	before := openAndClose(t, addr)
	time.Sleep(reuse)
	after := openAndClose(t, addr)
	t.Logf("%d ports, two times %d connections: %d and %d succeed", few, few, before, after)
	if bad && after > few/10 || !bad && after < few*9/10 {
		t.Errorf("%d of %d connections succeed when the ports have been used before", after, few)
	}
}

// fewPlaces is a table of TIME_WAIT that a slow machine fills as well. The text of
// the example has thousands of places, and a connection leaves its own after a
// minute: so many in a minute not every machine closes.
const fewPlaces = 300

// timeWaitOverflow closes connections until there is no place for one more in
// TIME_WAIT, or, with the good text, as many as would not have one with the bad.
func timeWaitOverflow(x trial) {
	t, side, bad := x.T, x.side, x.bad
	const key = "net.ipv4.tcp_max_tw_buckets"
	places := setting(t, key)
	if !bad && places < 2*fewPlaces {
		t.Skipf("the kernel's own %s is %d here", key, places)
	}
	if n, ok := model.Build(side.Input).Sysctl.Get(key).Int(); bad && (!ok || n != int64(places)) {
		t.Fatalf("%s is %d in the namespace", key, places)
	}
	if bad && places > fewPlaces {
		places = fewPlaces
		set(t, key, strconv.Itoa(places))
	}
	addr := sink(t, true)
	opened, most, lost := 0, 0, 0
	// A machine that is so slow that places fall free meanwhile needs more.
	for tried := 0; tried < 2*fewPlaces || bad && lost == 0 && tried < 20*fewPlaces; tried += few {
		opened += openAndClose(t, addr)
		most = max(most, count(t, func(s socket) bool { return s.state == timeWait }))
		lost = counter(t, "TCPTimeWaitOverflow")
	}
	t.Logf("%d places, %d connections closed: at most %d in TIME_WAIT, %d without it", places, opened, most, lost)
	if bad && (most > places+1 || lost == 0) || !bad && lost > 0 {
		t.Errorf("with %d places at most %d of %d are in TIME_WAIT, %d without it", places, most, opened, lost)
	}
}

// finTimeout compares the timers of a connection in TIME_WAIT and of one in
// FIN_WAIT_2 that no process holds any more.
func finTimeout(x trial) {
	t, side, bad := x.T, x.side, x.bad
	const minute = 60 * time.Second
	longest := func(state string) (d time.Duration) {
		eventually(t, "a socket is in state "+state, func() bool {
			for _, s := range sockets(t) {
				if s.state == state {
					d = max(d, s.timer)
				}
			}
			return d > 0
		})
		return d
	}
	openAndClose(t, sink(t, true))
	openAndClose(t, sink(t, false))
	waits, orphan := longest(timeWait), longest(finWait2)
	t.Logf("left: TIME_WAIT %v, FIN_WAIT_2 %v", waits, orphan)
	if waits < minute-patience || waits > minute {
		t.Errorf("TIME_WAIT lasts another %v, want about a minute, whatever tcp_fin_timeout is", waits)
	}
	limit := minute
	if n, ok := model.Build(side.Input).Sysctl.Get("net.ipv4.tcp_fin_timeout").Int(); bad && ok {
		limit = time.Duration(n) * time.Second
	}
	if orphan > limit || orphan < limit-patience {
		t.Errorf("an orphan stays in FIN_WAIT_2 for another %v, want about %v", orphan, limit)
	}
}

// sink is a server that closes its side when the client has done so, or never.
func sink(t *testing.T, closes bool) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var held []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if closes {
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
				continue
			}
			held = append(held, conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	return l.Addr().String()
}

// openAndClose opens a few connections and closes each at once. It returns how many
// there were; ports that are used up are no failure of the test.
func openAndClose(t *testing.T, addr string) (opened int) {
	t.Helper()
	for range few {
		conn, err := net.Dial("tcp4", addr)
		if errors.Is(err, syscall.EADDRNOTAVAIL) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		opened++
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return opened
}
