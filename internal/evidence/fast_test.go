package evidence

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// The slow reader of error logs: what a line says by regular expressions, written
// without a look at the fast one.
var (
	slowLine  = regexp.MustCompile(`(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d) \[([a-z]+)\] (\d+)#(\d+): (\*\d+ )?(.*)$`)
	slowEvent = []struct {
		event Event
		is    *regexp.Regexp
	}{
		{ConnectFailed, regexp.MustCompile(`^(connect\(\) |kevent\(\) reported that connect\(\) failed)`)},
		{SocketFailed, regexp.MustCompile(`^socket\(\) failed`)},
		{AcceptFailed, regexp.MustCompile(`^accept4?\(\) failed`)},
		{UpstreamTimedOut, regexp.MustCompile(`^upstream timed out`)},
		{PrematurelyClosed, regexp.MustCompile(`^upstream prematurely closed`)},
		{NoLiveUpstreams, regexp.MustCompile(`^no live upstreams`)},
		{ServerDisabled, regexp.MustCompile(`^upstream server temporarily disabled`)},
		{WorkerConnections, regexp.MustCompile(`^\d.* worker_connections are not enough`)},
		{ReadFailed, regexp.MustCompile(`^(recv|readv|recvmsg|SSL_read)\(\) failed`)},
		{ClientTimedOut, regexp.MustCompile(`^client timed out`)},
		{ResponseBuffered, regexp.MustCompile(`^an upstream response is buffered`)},
	}
	slowErrno = regexp.MustCompile(`\((\d+):`)
)

func slowRead(line string) (event Event, errno string) {
	m := slowLine.FindStringSubmatch(line)
	if m == nil {
		return OtherEvent, ""
	}
	for _, e := range slowEvent {
		if e.is.MatchString(m[11]) {
			body, _, _ := strings.Cut(m[11], ", client: ")
			if n := slowErrno.FindStringSubmatch(body); n != nil {
				errno = n[1]
			}
			return e.event, errno
		}
	}
	return OtherEvent, ""
}

// TestFastIsSlow compares the two readers on lines that are put together and
// broken by chance.
func TestFastIsSlow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{
		"connect() failed (111: Connection refused) while connecting to upstream", "socket() failed (24: Too many open files)",
		"accept4() failed (24: Too many open files)", "upstream timed out (110: Connection timed out) while reading upstream",
		"upstream prematurely closed connection while reading response header from upstream", "no live upstreams while connecting to upstream",
		"upstream server temporarily disabled while connecting to upstream", "64 worker_connections are not enough", "recv() failed (104: x) while reading",
		"client timed out (110: x) while reading client request body", "an upstream response is buffered to a temporary file /x", "signal process started", "open() \"/x\" failed (2: No)", "",
	}
	heads := []string{"2026/11/30 01:27:28 [error] 12#12: *3 ", "2026/11/30 01:27:28 [crit] 12#0: ", "web-1  | 2026/11/30 01:27:28 [warn] 1#1: ", "Nov 30 h nginx: 2026/11/30 01:27:28 [alert] 1#1: *9 ", "2026/11/30 01:27 [error] 1#1: ", ""}
	tails := []string{", client: 192.0.2.7, server: , request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:8000/\", host: \"a\"", ", server: x", "", ", client: 1 (5: x)"}
	const junk = "0123456789/: []#*(),\"abz"
	for range 20000 {
		line := []byte(heads[random.IntN(len(heads))] + parts[random.IntN(len(parts))] + tails[random.IntN(len(tails))])
		for range random.IntN(3) {
			if len(line) > 0 && random.IntN(2) == 0 {
				line[random.IntN(len(line))] = junk[random.IntN(len(junk))]
			}
		}
		want, wantErrno := slowRead(string(line))
		var head errorHead
		got, gotErrno := OtherEvent, ""
		if head.find(line) {
			var body []byte
			if got, body = classify(head.message); got != OtherEvent {
				if n := slowErrno.FindSubmatch(body); n != nil {
					gotErrno = string(n[1])
				}
			}
		}
		if slowKnows(got) && (got != want || gotErrno != wantErrno) || want != OtherEvent && got == OtherEvent {
			t.Fatalf("%q: fast says %s %s, slow says %s %s", line, got, gotErrno, want, wantErrno)
		}
	}
}

func slowKnows(e Event) bool {
	for _, s := range slowEvent {
		if s.event == e {
			return true
		}
	}
	return false
}

// TestLines holds that the lines that were read and those that were not are all
// lines, whatever the text is, and that nothing breaks.
func TestLines(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	texts := []string{"State Recv-Q Send-Q Local Address:Port Peer Address:Port\n", "LISTEN 0 5 0.0.0.0:80 0.0.0.0:*\n", "ESTAB 0 0 [::1]:80 [::1]:5\n", "Proto Recv-Q Send-Q Local Address Foreign Address State\n", "tcp 0 0 1.2.3.4:5 6.7.8.9:10 ESTABLISHED 5/x\n", "TcpExt: A B\n", "TcpExt: 1 2\n", "#kernel\n", "TcpExtA 5 0.0\n", "Tcp:\n", "    5 active connection openings\n", "Limit     Soft Limit    Hard Limit\n", "Max open files 5 6 files\n", "net.a.b = 5\n", "cpu=0 drop=5\n", "entries a b c d e\n", "00000001 2 3 4 5 6\n", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n", "   0: 140200C0:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1239693 2 0 1\n", "Active connections: 5\n", "[  1.5] nf_conntrack: table full\n", "PID CMD\n", "1 nginx: master\n", "127.0.0.1 localhost\n", "\n", "\x00\xff\n", "Total: 5\n", "TCP: 5 (estab 1)\n", "sockets: used 5\n"}
	for range 3000 {
		var b strings.Builder
		for range random.IntN(12) {
			line := []byte(texts[random.IntN(len(texts))])
			if random.IntN(3) == 0 {
				line[random.IntN(len(line))] = byte(random.IntN(256))
			}
			b.Write(line[:len(line)-random.IntN(2)*random.IntN(len(line))])
		}
		s := NewSet()
		err := s.Read("x", strings.NewReader(b.String()), Options{})
		src := s.Sources[0]
		if want := strings.Count(b.String(), "\n"); err == nil && src.Lines != want && src.Lines != want+1 {
			t.Fatalf("%q: %d lines, want %d", b.String(), src.Lines, want)
		}
		if src.Read > src.Lines || len(src.Unread) != min(src.Lines-src.Read, maxUnread) {
			t.Fatalf("%q: %d read of %d, %d kept", b.String(), src.Read, src.Lines, len(src.Unread))
		}
	}
}
