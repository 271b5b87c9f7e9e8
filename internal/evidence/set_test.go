package evidence

import (
	"strings"
	"testing"
)

func read(t *testing.T, name, text string, o Options) *Set {
	t.Helper()
	s := NewSet()
	if err := s.Read(name, strings.NewReader(text), o); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestQueues holds that the queues of listeners and connections are not mixed up.
func TestQueues(t *testing.T) {
	s := read(t, "ss.txt", `State     Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
LISTEN    83     511          0.0.0.0:80       0.0.0.0:*     users:(("nginx",pid=15940,fd=5),("nginx",pid=15938,fd=5))
CLOSE-WAIT 1     0          127.0.0.1:8000   127.0.0.1:43958 users:(("app one",pid=7,fd=9))
`, Options{})
	l, c := s.Tables[0].Listeners[0], s.Tables[0].Connections[0]
	if l.Queued != 83 || l.Cap != 511 || !l.Owned("nginx") || len(l.Owners) != 2 {
		t.Errorf("listener %+v", l)
	}
	if c.State != CloseWait || c.Unread != 1 || c.Local.Port() != 8000 || !c.Owned("app one") {
		t.Errorf("connection %+v", c)
	}
	if c.Number != 3 || c.File != "ss.txt" {
		t.Errorf("place %+v", c.Line)
	}
}

// TestMixed reads what somebody pasted from a terminal.
func TestMixed(t *testing.T) {
	s := read(t, "-", `root@web1:~# ss -ltn
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      4096         0.0.0.0:80        0.0.0.0:*
root@web1:~# tail -n 1 /var/log/nginx/error.log
2026/11/30 01:26:11 [error] 13786#13786: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://[::1]:3000/", host: "a"
root@web1:~# cat /proc/net/sockstat
sockets: used 25
TCP: inuse 22 orphan 0 tw 3395 alloc 23 mem 0
`, Options{})
	src := s.Sources[0]
	if src.Lines != 8 || src.Read != 8 || len(src.Unread) != 0 {
		t.Errorf("lines %d, read %d, unread %v", src.Lines, src.Read, src.Unread)
	}
	g := s.Errors.Groups(ConnectFailed)
	if len(g) != 1 || g[0].Errno != 111 || g[0].Host() != "[::1]:3000" || g[0].Phase != "connecting to upstream" {
		t.Errorf("groups %+v", g)
	}
	if tw, ok := s.Total("TCP.tw"); !ok || tw.Value != 3395 {
		t.Errorf("tw %+v", tw)
	}
	if len(s.Tables) != 1 || len(s.Tables[0].Listeners) != 1 {
		t.Errorf("tables %+v", s.Tables)
	}
}

// TestOtherLanguages says so where words are of another language.
func TestOtherLanguages(t *testing.T) {
	s := read(t, "netstat.txt", `Aktive Internetverbindungen (Server und stehende Verbindungen)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 127.0.0.1:80            127.0.0.1:5001          VERBUNDEN
tcp        0      0 127.0.0.1:80            127.0.0.1:5002          TIME_WAIT
`, Options{})
	src := s.Sources[0]
	if len(s.Tables) != 1 || len(s.Tables[0].Connections) != 1 || len(src.Problems) != 1 || src.Lines-src.Read != 2 {
		t.Errorf("%+v, %+v", src, s.Tables)
	}
}

// TestCounters takes growth, not size, and leaves a single reading unmeasured.
func TestCounters(t *testing.T) {
	s := read(t, "nstat-before.txt", "TcpExtListenOverflows           500                0.0\n", Options{})
	if err := s.Read("nstat-after.txt", strings.NewReader("TcpExtListenOverflows           507                0.0\nTcpInSegs 5 0.0\n"), Options{}); err != nil {
		t.Fatal(err)
	}
	if g, ok := s.Growth("TcpExtListenOverflows"); !ok || !g.Measured || g.By != 7 {
		t.Errorf("growth %+v", g)
	}
	// What a tool does not print when it prints everything is zero.
	if g, ok := s.Growth("TcpExtTCPMemoryPressures"); !ok || g.By != 0 {
		t.Errorf("growth %+v, %v", g, ok)
	}
	alone := read(t, "nstat.txt", "TcpExtListenOverflows           500                0.0\n", Options{})
	if g, ok := alone.Growth("TcpExtListenOverflows"); !ok || g.Measured || g.By != 500 {
		t.Errorf("growth %+v", g)
	}
}

// TestAccessLog reads a format in which lists of upstreams stand before a blank.
func TestAccessLog(t *testing.T) {
	f, err := ParseLogFormat("t", "$remote_addr [$time_local] \"$request\" $status $upstream_response_time $upstream_addr $upstream_status $request_time")
	if err != nil {
		t.Fatal(err)
	}
	s := read(t, "access.log", `192.0.2.7 [30/Nov/2026:01:25:23 +0000] "GET /a?b=1 HTTP/1.1" 200 0.001, 0.250 [::1]:3000, 127.0.0.1:3000 502, 200 0.251
192.0.2.7 [30/Nov/2026:01:25:24 +0000] "GET /a?b=1 HTTP/1.1" 200 0.250 127.0.0.1:3000 200 0.251
192.0.2.7 [30/Nov/2026:01:25:24 +0000] "\x16\x03" 400 - - - 0.000
`, Options{Formats: []LogFormat{f}})
	if src := s.Sources[0]; src.Read != 3 {
		t.Fatalf("%+v", src)
	}
	g := s.Access.Groups()[0]
	if got := g.Upstreams(); len(got) != 2 || got[1] != "127.0.0.1:3000" || g.UpstreamStatuses()[0] != "502" || g.Response.Max != 250 || g.Request.Max != 251 || g.Paths["/a?b=1"] != 1 {
		t.Errorf("%+v", g)
	}
}
