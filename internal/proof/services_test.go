package proof

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// server is a real program that is started from the very files that the readers of
// package service read. "@PORT@" in them is a port that is free.
type server struct {
	name, program string
	files         string
	// start are the words of the command, "@DIR@" the folder of the files; none
	// means that the Procfile says it.
	start []string
	// missing is output which says that this machine lacks a part of the program.
	missing string
	// protocol is what it speaks; empty for HTTP.
	protocol string
	// slow says that it takes minutes: it is only measured where TCPLINT_SLOW is set.
	slow bool
}

const wsgiApp = `-- app.py --
def app(environ, respond):
    respond("200 OK", [("Content-Length", "2"), ("Content-Type", "text/plain")])
    return [b"ok"]

async def asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
`

var servers = []server{
	{
		name: "gunicorn gthread", program: "gunicorn", start: []string{"gunicorn", "-c", "gunicorn.conf.py", "app:app"},
		files: wsgiApp + "-- gunicorn.conf.py --\nbind = \"127.0.0.1:@PORT@\"\nworker_class = \"gthread\"\nthreads = 2\nkeepalive = 1\nbacklog = 77\n",
	},
	{name: "gunicorn sync", program: "gunicorn", files: wsgiApp + "-- Procfile --\nweb: gunicorn --bind 127.0.0.1:@PORT@ --keep-alive 5 app:app\n"},
	{
		name: "gunicorn with workers of uvicorn", program: "gunicorn", missing: "No module named",
		files: wsgiApp + "-- Procfile --\nweb: gunicorn -k uvicorn.workers.UvicornWorker --keep-alive 1 -b 127.0.0.1:@PORT@ app:asgi\n",
	},
	{name: "uvicorn", program: "uvicorn", files: wsgiApp + "-- Procfile --\nweb: uvicorn --lifespan off --port @PORT@ --timeout-keep-alive 1 --backlog 66 app:asgi\n"},
	{
		name: "puma", program: "puma", start: []string{"puma", "-C", "config/puma.rb"},
		files: "-- config.ru --\nrun ->(env) { [200, {\"content-type\" => \"text/plain\"}, [\"ok\"]] }\n-- config/puma.rb --\nthreads 1, 2\npersistent_timeout 1\nbind \"tcp://127.0.0.1:@PORT@?backlog=55\"\n",
	},
	{
		name: "node", program: "node",
		files: "-- Procfile --\nweb: node server.js\n-- server.js --\nconst server = require('http').createServer((req, res) => res.end('ok'));\nserver.keepAliveTimeout = 1_000;\nserver.listen(@PORT@, '127.0.0.1');\n",
	},
	{
		name: "uWSGI http-socket", program: "uwsgi", start: []string{"uwsgi", "--ini", "uwsgi.ini"}, missing: "python3_plugin",
		files: wsgiApp + "-- uwsgi.ini --\n[uwsgi]\nplugin = python3\nhttp-socket = 127.0.0.1:@PORT@\nlisten = 44\nmodule = app:app\ndie-on-term = true\n",
	},
	{
		name: "uWSGI http11-socket", program: "uwsgi", start: []string{"uwsgi", "--ini", "uwsgi.ini"}, missing: "python3_plugin",
		files: wsgiApp + "-- uwsgi.ini --\n[uwsgi]\nplugin = python3\nhttp11-socket = 127.0.0.1:@PORT@\nsocket-timeout = 2\nmodule = app:app\ndie-on-term = true\n",
	},
	{
		name: "Apache", program: "apache2", start: []string{"apache2", "-X", "-d", "@DIR@", "-f", "@DIR@/httpd.conf"},
		files: `-- html/index.html --
ok
-- httpd.conf --
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
ServerName localhost
PidFile pid
ErrorLog error.log
DocumentRoot html
DirectoryIndex index.html
KeepAliveTimeout 1
MaxKeepAliveRequests 3
Include ports.conf
-- ports.conf --
Listen 127.0.0.1:@PORT@
ListenBackLog 33
`,
	},
	{
		name: "lighttpd", program: "lighttpd", start: []string{"lighttpd", "-D", "-f", "lighttpd.conf"},
		files: "-- html/index.html --\nok\n-- lighttpd.conf --\nserver.document-root = \"@DIR@/html\"\nserver.bind = \"127.0.0.1\"\nserver.port = @PORT@\nserver.max-keep-alive-idle = 1\nserver.max-keep-alive-requests = 4\nserver.listen-backlog = 22\nindex-file.names = ( \"index.html\" )\n",
	},
	{
		name: "Caddy", program: "caddy", start: []string{"caddy", "run", "--config", "Caddyfile"},
		files: "-- Caddyfile --\n{\n\tadmin off\n\tservers {\n\t\ttimeouts {\n\t\t\tidle 1s\n\t\t}\n\t}\n}\n:@PORT@ {\n\trespond ok\n}\n",
	},
	{
		name: "Caddy without braces, as it is shipped", program: "caddy", start: []string{"caddy", "run", "--config", "Caddyfile"}, slow: true,
		files: "-- Caddyfile --\n:@PORT@\nrespond ok\n",
	},
	{name: "caddy respond", program: "caddy", files: "-- Procfile --\nweb: caddy respond --listen 127.0.0.1:@PORT@ ok\n", slow: true},
	{
		name: "HAProxy", program: "haproxy", start: []string{"haproxy", "-f", "haproxy.cfg"},
		files: "-- haproxy.cfg --\ndefaults\n    mode http\n    timeout client 5s\n    timeout connect 5s\n    timeout server 5s\n    timeout http-keep-alive 1s\nfrontend web\n    bind 127.0.0.1:@PORT@\n    http-request return status 200 content-type text/plain string ok\n",
	},
}

// TestServers starts real servers from files, and holds what is read in these
// against what the servers do: when they close an idle connection and whether they
// say so, after how many answers, and the accept queue that they ask for.
func TestServers(t *testing.T) {
	t.Parallel()
	for _, x := range servers {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			s, addr := x.run(t)
			compareIdle(t, s, addr)
			compareRequests(t, s, addr)
			if s.Backlog.Known() && s.Backlog.Value > 0 && s.Backlog.Read() {
				_, port, _ := strings.Cut(addr, ":")
				n, _ := strconv.Atoi(port)
				if got := acceptQueue(t, n); got != s.Backlog.Value {
					t.Errorf("the accept queue is %d, read: %d", got, s.Backlog.Value)
				}
			}
		})
	}
}

// run starts the program, and returns what its files are read as.
func (x server) run(t *testing.T) (s *service.Service, addr string) {
	t.Helper()
	s, addr, _ = x.runIn(t)
	return s, addr
}

// runIn is run, and returns the folder of the files as well.
func (x server) runIn(t *testing.T) (s *service.Service, addr, dir string) {
	t.Helper()
	if x.slow && os.Getenv("TCPLINT_SLOW") == "" {
		t.Skip("it takes minutes: TCPLINT_SLOW is not set; caddy.sh sets it")
	}
	program, err := exec.LookPath(x.program)
	if err != nil {
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed", x.program)
	}
	addr = freeAddress(t)
	dir = t.TempDir()
	_, port, _ := strings.Cut(addr, ":")
	var files []*source.File
	fill := strings.NewReplacer("@PORT@", port, "@DIR@", dir)
	for _, f := range txtar.Parse([]byte(x.files)).Files {
		text := fill.Replace(string(f.Data))
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, source.NewFile(f.Name, text))
	}
	n, _ := strconv.Atoi(port)
	link := service.Read(files, nil).Find(service.Query{Config: source.NewFile("nginx.conf", ""), Host: "127.0.0.1", Port: n, Protocol: x.protocol})
	if link.Service == nil {
		t.Fatal("nothing is read that listens on the port")
	}
	words := append([]string{}, x.start...)
	if len(words) == 0 {
		data, err := os.ReadFile(filepath.Join(dir, "Procfile"))
		if err != nil {
			t.Fatal(err)
		}
		_, command, _ := strings.Cut(string(data), ":")
		words = strings.Fields(command)
	}
	for i := range words {
		words[i] = fill.Replace(words[i])
	}
	words[0] = program
	x.start = words
	x.wait(t, dir, addr)
	return link.Service, addr, dir
}

// wait runs the command until the test ends, and waits until it listens.
func (x server) wait(t *testing.T, dir, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Minute)
	cmd := exec.CommandContext(ctx, x.start[0], x.start[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PYTHONDONTWRITEBYTECODE=1", "HOME="+dir)
	out, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		cancel()
		<-exited
		_ = out.Close()
	})
	for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
		select {
		case <-exited:
			said, _ := os.ReadFile(out.Name())
			if x.missing != "" && strings.Contains(string(said), x.missing) {
				t.Skipf("%s lacks a part: %s", x.program, x.missing)
			}
			t.Fatalf("%s does not start: %s", x.program, said)
		default:
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return
		}
	}
	t.Fatal("it does not listen")
}

// talk is a connection on which requests are made.
type talk struct {
	net.Conn
	*bufio.Reader
}

func dial(t *testing.T, addr string) talk {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return talk{conn, bufio.NewReader(conn)}
}

// get makes a request; ok is false if the connection ends instead of an answer, and
// closes tells whether the answer says that it will.
func (c talk) get(t *testing.T) (closes, ok bool) {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprint(c.Conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return false, false
	}
	resp, err := http.ReadResponse(c.Reader, nil)
	if err != nil {
		return false, false
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if _, err := bufio.NewReader(resp.Body).WriteTo(discard{}); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the server says %s", resp.Status)
	}
	return resp.Close, true
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// compareIdle measures when an idle connection is closed. Servers look for idle
// connections once a second or so; none may close earlier than was read.
func compareIdle(t *testing.T, s *service.Service, addr string) {
	t.Helper()
	const early, late = 200 * time.Millisecond, 1700 * time.Millisecond
	c := dial(t, addr)
	closes, ok := c.get(t)
	if !ok {
		t.Fatal("there is no answer")
	}
	began := time.Now()
	_ = c.SetDeadline(began.Add(s.Idle.Value + late + time.Second))
	_, err := c.ReadByte()
	took := time.Since(began)
	t.Logf("%s: read keeping %d, idle %s; measured: says close %v, ends after %s", s.Title(), s.Keeps.Value, s.Idle.Value, closes, took)
	if err == nil {
		t.Fatal("the server sends more than an answer")
	}
	switch s.Keeps.Value {
	case facts.KeepsFor:
		if closes || took < s.Idle.Value-early || took > s.Idle.Value+late {
			t.Errorf("the connection ends after %s, read: %s", took, s.Idle.Value)
		}
	case facts.ClosesAnnounced, facts.ClosesUnannounced:
		if announced := s.Keeps.Value == facts.ClosesAnnounced; closes != announced || took > time.Second {
			t.Errorf("the answer says close: %v, the connection ends after %s; read: announced %v", closes, took, announced)
		}
	case facts.KeepsForever, facts.KeepsUnknown:
		t.Errorf("what is read says nothing that could be measured: %d", s.Keeps.Value)
	}
}

// compareRequests counts the answers on one connection, where a file sets them.
func compareRequests(t *testing.T, s *service.Service, addr string) {
	t.Helper()
	if !s.Requests.Read() {
		return
	}
	c := dial(t, addr)
	for n := 1; n <= s.Requests.Value+1; n++ {
		closes, ok := c.get(t)
		if !ok || closes {
			if n != s.Requests.Value {
				t.Errorf("answer %d is the last, read: %d", n, s.Requests.Value)
			}
			return
		}
	}
	t.Errorf("no answer ends the connection, read: %d", s.Requests.Value)
}
