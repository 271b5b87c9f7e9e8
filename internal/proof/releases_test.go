//go:build linux

package proof

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/rules"
)

// everywhere runs a test for the bad and the good text of a rule's example with
// every nginx of this machine of which the rule finds what is marked.
func everywhere(t *testing.T, rule, example string, test func(trial)) {
	t.Helper()
	c := claim{rule: rule, example: example}
	x := c.find(t)
	if !strings.Contains(x.rule.Why, "Measured") {
		t.Errorf("%s does not say what was measured, which is repeated here", rule)
	}
	t.Run(c.String(), func(t *testing.T) {
		t.Parallel()
		ran := false
		for _, target := range here(t) {
			bad, good, about := linttest.Sides(t, x.rule, x.Example, rules.All(), target)
			if about != "" {
				continue
			}
			ran = true
			version := target.Nginx.From.String()
			t.Run(version+"/bad", func(t *testing.T) {
				t.Parallel()
				test(trial{t, bad, true})
			})
			t.Run(version+"/good", func(t *testing.T) {
				t.Parallel()
				test(trial{t, good, false})
			})
		}
		if !ran {
			t.Skip("no nginx of this machine has the fault")
		}
	})
}

// times is how many requests show what the tests of this file are about.
const times = 20

// statuses asks for a path again and again, and counts the answers.
func (s *site) statuses(t *testing.T, path string, n int) map[int]int {
	t.Helper()
	got := map[int]int{}
	for range n {
		got[s.ask(t, path).StatusCode]++
	}
	return got
}

// TestEjected lets an application answer 503 twice, or a backend break off once,
// and looks at what becomes of the requests that follow.
func TestEjected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule     string
		failures int
	}{{"nginx-retry-ejects-servers", 2}, {"nginx-single-live-server", 1}} {
		everywhere(t, c.rule, "", func(x trial) {
			s := start(x.T, x.side, options{backend: func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path != "/bad":
					_, _ = io.WriteString(w, "ok")
				case c.failures == 2:
					w.WriteHeader(http.StatusServiceUnavailable)
				default:
					if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
						_ = conn.Close()
					}
				}
			}})
			s.statuses(x.T, "/bad", c.failures)
			got := s.statuses(x.T, "/", 6)
			x.Logf("%d failures, and 6 good requests get %v", c.failures, got)
			if want := map[bool]int{true: http.StatusBadGateway, false: http.StatusOK}[x.bad]; got[want] != 6 {
				x.Errorf("6 good requests get %v, want %d\n%s", got, want, s.errorLog(x.T))
			}
		})
	}
}

// TestNoLiveServer asks an upstream that has none, and one that has one.
func TestNoLiveServer(t *testing.T) {
	t.Parallel()
	for _, example := range []string{"all down", "one drains, the other is down"} {
		everywhere(t, "nginx-all-servers-backup-or-down", example, func(x trial) {
			s, said, ok := tryStart(x.T, x.side, options{})
			switch {
			case strings.Contains(said, `invalid parameter "drain"`):
				x.Skip("NGINX Plus of that time has drain, and nginx has not")
			case !ok:
				x.Fatal(said)
			}
			got := s.statuses(x.T, "/", 4)
			x.Logf("4 requests get %v", got)
			if want := map[bool]int{true: http.StatusBadGateway, false: http.StatusOK}[x.bad]; got[want] != 4 {
				x.Errorf("4 requests get %v, want %d\n%s", got, want, s.errorLog(x.T))
			}
		})
	}
}

// TestSwitchedOff counts the connections to a pool whose time is 0.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-pool-switched-off", "", func(x trial) {
		s := start(x.T, x.side, options{})
		s.statuses(x.T, "/", times)
		x.Logf("%d requests: %d connections", times, s.opened())
		if want := map[bool]int{true: times, false: 1}[x.bad]; s.opened() != want {
			x.Errorf("%d connections, want %d", s.opened(), want)
		}
	})
}

// TestSticky follows the cookie, if there is one.
func TestSticky(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-sticky-before-balancer", "", func(x trial) {
		s := start(x.T, x.side, options{})
		cookie, _, _ := strings.Cut(s.ask(x.T, "/").Header.Get("Set-Cookie"), ";")
		for range times {
			s.ask(x.T, "/", "Cookie", cookie)
		}
		most := 0
		for _, b := range s.backends {
			most = max(most, len(b.requests()))
		}
		x.Logf("cookie %q: the server that gets most gets %d of %d", cookie, most, times+1)
		if kept := cookie != "" && most == times+1; kept == x.bad {
			x.Errorf("the session stays with its server: %t", kept)
		}
	})
}

// TestForbiddenHeaders asks a backend that speaks HTTP/2.
func TestForbiddenHeaders(t *testing.T) {
	t.Parallel()
	for _, example := range []string{"", "headers of the server, which another location needs", "WebSockets, and plain requests"} {
		everywhere(t, "nginx-http2-upstream-headers", example, func(x trial) {
			s := start(x.T, x.side, options{})
			got := s.statuses(x.T, "/", 4)
			x.Logf("4 requests get %v", got)
			if failed := got[http.StatusOK] < 4; failed != x.bad {
				x.Errorf("4 requests get %v\n%s", got, s.errorLog(x.T))
			}
		})
	}
}

// TestClientsConnection hands a client's own header on to a backend that speaks HTTP/2.
func TestClientsConnection(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-http2-upstream-headers", "what the client sends", func(x trial) {
		s := start(x.T, x.side, options{})
		with, without := s.ask(x.T, "/", "Connection", "keep-alive"), s.ask(x.T, "/")
		x.Logf("a client with Connection: keep-alive gets %s, one without the header %s", with.Status, without.Status)
		if failed := with.StatusCode != http.StatusOK; failed != x.bad || without.StatusCode != http.StatusOK {
			x.Errorf("with the header %s, without %s\n%s", with.Status, without.Status, s.errorLog(x.T))
		}
	})
}

// TestSources looks from where the requests of two locations come.
func TestSources(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-pool-mixes-sources", "two addresses, one pool", func(x trial) {
		s := start(x.T, x.side, options{})
		for range times / 2 {
			s.ask(x.T, "/a")
			s.ask(x.T, "/b")
		}
		wrong := 0
		for _, b := range s.backends {
			for _, r := range b.requests() {
				if from := map[string]string{"/a": "127.0.0.2:", "/b": "127.0.0.3:"}[r.URL.Path]; !strings.HasPrefix(r.RemoteAddr, from) {
					wrong++
				}
			}
		}
		x.Logf("%d of %d requests come from the other's address", wrong, times)
		if wrong > 0 != x.bad {
			x.Errorf("%d of %d requests come from the other's address", wrong, times)
		}
	})
}

// TestServerName asks a backend that refuses handshakes without a name.
func TestServerName(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-upstream-sni", "an upstream block", func(x trial) {
		s := start(x.T, x.side, options{tls: true, named: true})
		got := s.statuses(x.T, "/", 4)
		x.Logf("4 requests get %v", got)
		if failed := got[http.StatusOK] < 4; failed != x.bad {
			x.Errorf("4 requests get %v\n%s", got, s.errorLog(x.T))
		}
	})
}

// TestBodyless asks a backend that answers before it has looked at the body, and
// takes what comes next for it.
func TestBodyless(t *testing.T) {
	t.Parallel()
	everywhere(t, "nginx-bodyless-length", "auth_request", func(x trial) {
		var whole, broken atomic.Int64
		s := start(x.T, x.side, options{backend: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/auth" {
				_, _ = io.WriteString(w, "ok")
				return
			}
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close() //nolint:errcheck // nothing can be done about it
			whole.Add(1)
			serveEarly(rw.Reader, conn, r.ContentLength, &whole, &broken)
		}})
		for range 10 {
			r := request(x.T, "/")
			r.Method, r.ContentLength, r.Body = http.MethodPost, 20, io.NopCloser(strings.NewReader(strings.Repeat("x", 20)))
			if resp := (&client{addr: s.addr}).do(x.T, r); resp.StatusCode != http.StatusOK {
				x.Fatalf("nginx says %s\n%s", resp.Status, s.errorLog(x.T))
			}
		}
		x.Logf("of 10 requests of auth_request %d arrive whole, %d without their beginning", whole.Load(), broken.Load())
		if bad := broken.Load() > 0; bad != x.bad || !bad && whole.Load() != 10 {
			x.Errorf("%d arrive whole, %d without their beginning", whole.Load(), broken.Load())
		}
	})
}

// serveEarly answers the requests of a connection at once, and then reads the body
// that each has announced.
func serveEarly(in *bufio.Reader, out io.Writer, length int64, whole, broken *atomic.Int64) {
	for {
		if _, err := io.WriteString(out, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, in, max(0, length)); err != nil {
			return
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(line, "GET /auth ") {
			whole.Add(1)
		} else {
			broken.Add(1)
		}
		for length = 0; line != "\r\n"; {
			if line, err = in.ReadString('\n'); err != nil {
				return
			}
			if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
				length, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			}
		}
	}
}

// eachNginx runs a test with every nginx of this machine.
func eachNginx(t *testing.T, test func(*testing.T, linttest.Nginx)) {
	t.Helper()
	all, err := linttest.Nginxes()
	if err != nil && os.Getenv(linttest.RequireOracles) == "1" {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Skip(err)
	}
	for _, n := range all {
		t.Run(n.Version.String(), func(t *testing.T) {
			t.Parallel()
			test(t, n)
		})
	}
}

// plain is a site with a main file as it is written, in which ADDR stands for the
// address of nginx and PORT for its port. It returns what nginx says if it does not start.
func plain(t *testing.T, n linttest.Nginx, text string) (s *site, said string, ok bool) {
	t.Helper()
	s = &site{dir: t.TempDir(), addr: freeAddress(t)}
	temp := (&site{}).http()
	text = strings.NewReplacer("http {", "http { "+temp, "ADDR", s.addr, "PORT", strconv.Itoa(portOf(t, s.addr))).Replace(text)
	s.write(t, "tcplint-wrapper.conf", []byte("daemon off; pid nginx.pid; error_log error.log info; worker_processes 1;\n"+text))
	said, ok = s.run(t, n.Program)
	return s, said, ok
}

// TestListenConflict starts what the rule says does not start, and what it is
// silent about.
func TestListenConflict(t *testing.T) {
	t.Parallel()
	const inUse, twice, defaults, options = "98: Address already in use", "a duplicate listen", "a duplicate default server", "duplicate listen options"
	for _, c := range []struct{ listens, refused string }{
		{"listen PORT; | listen ADDR so_keepalive=on;", inUse},
		{"listen PORT reuseport; | listen ADDR backlog=100;", inUse},
		{"listen [::]:PORT ipv6only=off; | listen PORT;", inUse},
		{"listen ADDR; listen ADDR;", twice},
		{"listen ADDR default_server; | listen ADDR default_server;", defaults},
		{"listen ADDR backlog=100; | listen ADDR rcvbuf=8k;", options},
		{"listen PORT backlog=100; | listen ADDR;", ""},
		{"listen PORT reuseport; | listen ADDR reuseport;", ""},
		{"listen ADDR default_server backlog=100; | listen ADDR;", ""},
	} {
		text := "events {}\nhttp { server { " + strings.ReplaceAll(c.listens, "|", "} server {") + " } }\n"
		t.Run(strings.ReplaceAll(c.listens, "/", " "), func(t *testing.T) {
			t.Parallel()
			rule := *rules.All()[slices.Index(rules.IDs(), "nginx-listen-conflict")]
			rule.Examples = []lint.Example{{Bad: strings.NewReplacer("PORT", "8080", "ADDR", "127.0.0.1:8080").Replace(text)}}
			if found := len(linttest.Findings(t, &rule, rules.All())) > 0; found != (c.refused != "") {
				t.Errorf("the rule finds it: %t", found)
			}
			eachNginx(t, func(t *testing.T, n linttest.Nginx) {
				t.Helper()
				s, said, ok := plain(t, n, text)
				if c.refused == inUse { // it tries again for some seconds while one of the sockets is open
					eventually(t, "nginx says so", func() bool { return strings.Contains(s.errorLog(t), inUse) })
					return
				}
				if ok != (c.refused == "") || !strings.Contains(said, c.refused) {
					t.Errorf("nginx starts: %t\n%s", ok, said)
				}
				if ok && strings.Contains(s.errorLog(t), inUse) {
					t.Error("nginx cannot bind all of it")
				}
			})
		})
	}
}

// TestClientHost lets one request come back again and again.
func TestClientHost(t *testing.T) {
	t.Parallel()
	eachNginx(t, func(t *testing.T, n linttest.Nginx) {
		t.Helper()
		s, said, ok := plain(t, n, "events { worker_connections 256; }\nhttp { server { listen ADDR; location / { proxy_pass http://$http_host; } } }\n")
		if !ok {
			t.Fatal(said)
		}
		r := request(t, "/")
		r.Host = s.addr
		resp := (&client{addr: s.addr}).do(t, r)
		short := strings.Contains(s.errorLog(t), "256 worker_connections are not enough")
		if resp.StatusCode != http.StatusBadGateway || !short {
			t.Errorf("nginx says %s, and that connections ran out: %t", resp.Status, short)
		}
	})
}

// TestIdleClients shows that idle clients are given up where connections run
// short, unlike WebSockets.
func TestIdleClients(t *testing.T) {
	t.Parallel()
	eachNginx(t, func(t *testing.T, n linttest.Nginx) {
		t.Helper()
		s, said, ok := plain(t, n, "events { worker_connections 64; }\nhttp { keepalive_timeout 650s; server { listen ADDR; return 200; } }\n")
		if !ok {
			t.Fatal(said)
		}
		var all []*client
		for range 100 {
			c := &client{addr: s.addr}
			if resp := c.do(t, request(t, "/")); resp.StatusCode != http.StatusOK {
				t.Fatalf("after %d idle clients: %s", len(all), resp.Status)
			}
			all = append(all, c)
		}
		if !slices.ContainsFunc(all, func(c *client) bool { return c.opened == 1 }) || !strings.Contains(s.errorLog(t), "reusing connections") {
			t.Error("nginx does not say that it reuses connections")
		}
	})
}
