//go:build linux

package proof

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

// A software is a server that people run behind nginx, set to close idle
// connections soon, so that a test can wait for it.
type software struct {
	name string
	// files are what it needs, with verbs for its folder and its port.
	files map[string]string
	// command starts it in the folder.
	command func(dir, port string) []string
}

const wsgi = `def app(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
`

const asgi = `async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
`

const js = `const s = require("http").createServer((q, r) => { q.resume(); q.on("end", () => r.end("ok")) });
s.keepAliveTimeout = 2000;
s.listen(Number(process.argv[2]), "127.0.0.1");
`

const httpd = `ServerRoot "%[1]s"
ServerName localhost
PidFile "%[1]s/httpd.pid"
DefaultRuntimeDir "%[1]s"
Mutex file:%[1]s
Listen 127.0.0.1:%[2]s
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
DirectoryIndex index.html
FallbackResource /index.html
ErrorLog "%[1]s/httpd.log"
User nobody
DocumentRoot "%[1]s"
KeepAlive On
KeepAliveTimeout 2
MaxKeepAliveRequests 0
`

var softwares = []software{
	{
		name: "node", files: map[string]string{"app.js": js},
		command: func(_, port string) []string { return []string{"node", "app.js", port} },
	},
	{
		name: "uvicorn", files: map[string]string{"app.py": asgi},
		command: func(_, port string) []string {
			return []string{"uvicorn", "app:app", "--port", port, "--timeout-keep-alive", "2", "--no-access-log", "--log-level", "warning"}
		},
	},
	{
		name: "gunicorn", files: map[string]string{"app.py": wsgi},
		command: func(_, port string) []string {
			return []string{"gunicorn", "app:app", "--worker-class", "gthread", "--threads", "16", "--keep-alive", "2", "--bind", "127.0.0.1:" + port, "--worker-tmp-dir", "/dev/shm"}
		},
	},
	{
		name: "apache2", files: map[string]string{"httpd.conf": httpd, "index.html": "ok"},
		command: func(dir, _ string) []string {
			return []string{"apache2", "-f", filepath.Join(dir, "httpd.conf"), "-DFOREGROUND"}
		},
	},
}

// start runs the server until the test ends and returns its address.
func (w software) start(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	addr := freeAddress(t)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	words := w.command(dir, port)
	program, err := exec.LookPath(words[0])
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/" + words[0])
	}
	if err != nil {
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatalf("%s is not installed", w.name)
		}
		t.Skipf("%s is not installed", w.name)
	}
	for name, text := range w.files {
		if strings.Contains(text, "%[1]s") {
			text = fmt.Sprintf(text, dir, port)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil { //nolint:gosec // Apache's processes belong to somebody else
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, program, words[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "HOME="+dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 3 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is ended by a signal
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	for began := time.Now(); time.Since(began) < 2*patience; time.Sleep(20 * time.Millisecond) {
		select {
		case <-done:
			t.Fatalf("%s does not start: %s", w.name, out.String())
		default:
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return addr
		}
	}
	t.Fatalf("%s does not listen", w.name)
	return ""
}

// idleTime measures after what time a server closes a connection that is idle.
func idleTime(t *testing.T, addr string) time.Duration {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it was only read
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	if err := post(t).Write(conn); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the server says %v, %v", resp, err)
	}
	if _, err := r.Discard(int(resp.ContentLength)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := r.ReadByte(); err == nil {
		t.Fatal("the server says more than was asked")
	}
	return time.Since(began)
}
