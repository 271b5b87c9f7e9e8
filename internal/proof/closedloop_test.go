//go:build linux

package proof

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/workspace"
)

// An incident is something that goes wrong, made to happen with real nginx and a
// backend in a network namespace. It is recorded with the tools that people use; the
// diagnosis must name the planted cause and prove no other; its patch is applied, the
// same happens again, and the symptom must be gone.
type incident struct {
	name, cause string
	// http is what stands in the http context, main what stands before events.
	http, main, events string
	// sysctl is a file of settings; they are in force in the namespace.
	sysctl string
	// hosts are addresses that the namespace has besides 127.0.0.1.
	hosts []string
	// traffic starts backends and clients, and waits until the symptom is there.
	traffic func(*scene)
	// declared is a .tcplint.toml that says what the evidence cannot show.
	declared string
	// byHand changes the configuration as the answer says, where no rule has a patch.
	byHand func(conf string) string

	cert tls.Certificate // for backends that speak TLS
}

// record writes what the tools print, beside nginx's own files.
func (s *scene) record() {
	for name, command := range map[string]string{
		"ss-tanp.txt": "ss -tanp", "ss-ltn.txt": "ss -ltn", "ss-xl.txt": "ss -xl", "ss-tin.txt": "ss -tino", "nstat.txt": "nstat -az",
		"sockstat.txt": "cat /proc/net/sockstat", "ps.txt": "ps -o pid,ppid,args --pid $(cat nginx.pid) --ppid $(cat nginx.pid)",
		"sysctl-a.txt": "for k in net.core.somaxconn net.ipv4.ip_local_port_range net.ipv4.tcp_max_tw_buckets net.ipv4.tcp_fin_timeout; do sysctl $k; done",
		"limits.txt":   "cat /proc/$(pgrep -P $(cat nginx.pid) | tail -n 1)/limits",
	} {
		check(os.WriteFile(filepath.Join(s.dir, name), []byte(s.sh(command)), 0o600))
	}
}

// play plays an incident with the configuration in a folder, and leaves what was
// recorded there.
func (i *incident) play(dir, program string, cured bool) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := newScene(ctx, dir, cured)
	if err != nil {
		return err
	}
	s.cert = i.cert
	defer s.end()
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(error)
			if !ok {
				panic(r) //nolint:forbidigo // it is no error of a check
			}
			err = e
		}
	}()
	s.sh("ip link set lo up")
	check(os.WriteFile(filepath.Join(dir, "hosts"), []byte("127.0.0.1 localhost\n::1 localhost\n"), 0o644)) //nolint:gosec // as /etc/hosts is
	s.sh("mount --make-rprivate / && mount --bind hosts /etc/hosts")
	for _, h := range i.hosts {
		s.sh("ip addr add " + h + " dev lo")
	}
	if text, err := os.ReadFile(filepath.Join(dir, "sysctl.conf")); err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, "="); ok {
				s.sh("echo '" + strings.TrimSpace(value) + "' > " + sysctlFile(strings.TrimSpace(key)))
			}
		}
	}
	s.nginx(program)
	check(os.WriteFile(filepath.Join(dir, "nstat-before.txt"), []byte(s.sh("nstat -az")), 0o600))
	i.traffic(s)
	s.record()
	return nil
}

// text is the whole configuration.
func (i *incident) text(dir string) string {
	events := i.events
	if events == "" {
		events = "worker_connections 1024;"
	}
	return strings.ReplaceAll(fmt.Sprintf(`user root;
worker_processes 1;
pid DIR/nginx.pid;
error_log DIR/error.log warn;
%s
events { %s }

http {
    log_format main '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time $upstream_connect_time '
                    '$upstream_header_time $upstream_response_time [$upstream_addr] $upstream_status';
    access_log DIR/access.log main;
%s
}
`, i.main, events, i.http), "DIR", dir)
}

// tidy leaves the configuration and takes the rest away.
func tidy(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".conf") && e.Name() != ".tcplint.toml" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

func diagnoseFolder(dir string) (*engine.Diagnosis, error) {
	fsys, ok := os.DirFS(dir).(interface {
		workspace.FS
		fs.StatFS
	})
	if !ok {
		return nil, errors.New("no file system")
	}
	return engine.Diagnose(context.Background(), fsys, workspace.Options{Paths: []string{"."}}, engine.DiagnoseOptions{Fix: true})
}

// sick plays an incident until it is there: a machine with much else to do may need
// more than one go.
func (i *incident) sick(dir, program string) (d *engine.Diagnosis, err error) {
	for range 3 {
		if err := errors.Join(tidy(dir), i.play(dir, program, false)); err != nil {
			return nil, err
		}
		if d, err = diagnoseFolder(dir); err != nil {
			return nil, err
		}
		for _, a := range d.Answers {
			if a.Certainty == diagnose.Proved && a.Cause.ID != i.cause {
				return nil, fmt.Errorf("%s is said to be proved:\n%s", a.Cause.ID, told(d, dir))
			}
		}
		if len(d.Answers) > 0 && d.Answers[0].Cause.ID == i.cause && d.Answers[0].Certainty >= diagnose.Likely {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%s is not the first answer:\n%s", i.cause, told(d, dir))
}

// loop is the whole way: sick, diagnosed, patched, played again.
func (i *incident) loop(dir, program string) error {
	conf := filepath.Join(dir, "nginx.conf")
	err := os.WriteFile(conf, []byte(i.text(dir)), 0o600)
	if i.sysctl != "" {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "sysctl.conf"), []byte(i.sysctl), 0o600))
	}
	if i.declared != "" {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, ".tcplint.toml"), []byte(i.declared), 0o600))
	}
	if err != nil {
		return err
	}
	sick, err := i.sick(dir, program)
	if err != nil {
		return err
	}
	switch patch := sick.Diffs[i.cause]; {
	case i.byHand != nil:
		err = os.WriteFile(conf, []byte(i.byHand(i.text(dir))), 0o600)
	case patch == "":
		return fmt.Errorf("there is no patch:\n%s", told(sick, dir))
	default:
		cmd := exec.Command("git", "apply", "--verbose", "-")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(patch)
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git apply: %w: %s\n%s", err, out, patch)
		}
	}
	if err := errors.Join(err, tidy(dir)); err != nil {
		return err
	}
	if err := i.play(dir, program, true); err != nil {
		return err
	}
	cured, err := diagnoseFolder(dir)
	if err != nil {
		return err
	}
	for _, a := range cured.Answers {
		if a.Cause.ID == i.cause || a.Certainty == diagnose.Proved {
			text, _ := os.ReadFile(conf)
			return fmt.Errorf("after the cure there is still:\n%s\n%s", told(cured, dir), text)
		}
	}
	return nil
}

// told is what a diagnosis says, and what it was read from.
func told(d *engine.Diagnosis, dir string) string {
	var b strings.Builder
	for _, a := range d.Answers {
		fmt.Fprintf(&b, "%s (%s): %s\n", a.Cause.ID, a.Certainty, a.Message)
		for _, s := range a.Signs {
			fmt.Fprintf(&b, "    %s\n", s.Says)
		}
	}
	for _, name := range []string{"error.log", "access.log", "nginx.err"} {
		text, _ := os.ReadFile(filepath.Join(dir, name))
		fmt.Fprintf(&b, "%s: %d bytes, begins %q\n", name, len(text), text[:min(len(text), 600)])
	}
	return b.String()
}

// proxied is a server that passes everything on.
func proxied(upstream, location string) string {
	return upstream + "    server {\n        listen 80;\n        location / {\n            proxy_pass " + location + "\n        }\n    }"
}

const kept = "http://app;\n            proxy_http_version 1.1;\n            proxy_set_header Connection \"\";"

var incidents = []incident{
	{
		name: "CLOSE-WAIT behind a proxied event stream that is cached", cause: "client-gone-nginx-reads-on",
		http: "    proxy_cache_path DIR/cache keys_zone=c:1m;\n" + `    server {
        listen 80;
        location /events {
            proxy_pass http://127.0.0.1:8000;
            proxy_read_timeout 1h;
            proxy_cache c;
            proxy_cache_valid 200 1m;
        }
    }`,
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{})
			for n := range 8 {
				s.run(load{clients: 1, paths: []string{fmt.Sprintf("/events/%d", n)}, gone: second})
			}
			s.until(listed("state close-wait sport = :80", 6))
		},
	},
	{
		name: "CLOSE-WAIT since the end of clients is ignored", cause: "client-gone-nginx-reads-on",
		http: proxied("", "http://127.0.0.1:8000;\n            proxy_ignore_client_abort on;"),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{slow: time.Minute})
			s.run(load{clients: 8, paths: []string{"/slow"}, gone: second})
			s.until(listed("state close-wait sport = :80", 6))
		},
	},
	{
		name: "TIME-WAIT eats the ephemeral ports", cause: "ephemeral-ports-used-up",
		http:   proxied("    upstream app {\n        server 192.0.2.20:8080;\n    }\n", kept),
		sysctl: "net.ipv4.ip_local_port_range = 40000 40149\n", hosts: []string{"192.0.2.10/32", "192.0.2.20/32"},
		traffic: func(s *scene) {
			s.serve("192.0.2.20:8080", origin{clientCloses: true})
			s.run(load{clients: 4, every: 5 * time.Millisecond})
			s.until(logged("(99:", 5))
		},
	},
	{
		name: "health checks starve behind idle connections of the pool", cause: "pool-fills-backend",
		http: proxied("    upstream app {\n        server 127.0.0.1:8000;\n        keepalive 32;\n    }\n", kept),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{slots: 8, work: 100 * time.Millisecond})
			clients := 40
			if s.cured {
				clients = 3 // no more at a time than the backend takes
			}
			s.run(load{clients: clients, every: second / 2, patience: 2 * second})
			time.Sleep(second)
			s.run(load{at: "127.0.0.1:8000", clients: 4, every: second / 10, patience: second / 2})
			s.until(listed("state close-wait sport = :8000", 6))
		},
	},
	{
		name: "502 at random from a stale pool", cause: "stale-pooled-connection",
		declared: "[upstream.app]\nidle_timeout = \"1200ms\"\n",
		http:     proxied("    upstream app {\n        server 127.0.0.1:8000;\n        keepalive 32;\n    }\n", kept),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{idle: 1200 * time.Millisecond, deaf: 30 * time.Millisecond})
			s.run(load{clients: 40, method: "POST", beat: 1210 * time.Millisecond, uneven: 2 * time.Millisecond})
			s.until(logged("while reading response header", 3))
		},
	},
	{
		name: "a worker has too few descriptors", cause: "file-limit",
		main: "worker_rlimit_nofile 64;",
		http: proxied("", "http://127.0.0.1:8000;"),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{work: second / 2})
			s.run(load{clients: 60})
			s.until(logged("(24:", 5))
		},
	},
	{
		name: "a worker has too few connections", cause: "worker-connections",
		events: "worker_connections 64;",
		http:   proxied("", "http://127.0.0.1:8000;"),
		byHand: func(conf string) string {
			return strings.Replace(conf, "worker_connections 64", "worker_connections 1024", 1)
		},
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{work: second / 2})
			s.run(load{clients: 60})
			s.until(logged("worker_connections are not enough", 5))
		},
	},
	{
		name: "answers of 503 set every server aside", cause: "servers-set-aside",
		http: proxied("    upstream app {\n        server 127.0.0.1:8001;\n        server 127.0.0.1:8002;\n    }\n", "http://app;\n            proxy_next_upstream error timeout http_503;"),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8001", origin{answer: 503})
			s.serve("127.0.0.1:8002", origin{answer: 503})
			s.run(load{clients: 3, every: second / 10})
			s.until(logged("no live upstreams", 3))
		},
	},
	{
		name: "localhost is two addresses, and one refuses", cause: "address-family-refused",
		http: proxied("", "http://localhost:3000;"),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:3000", origin{})
			s.run(load{clients: 3, every: second / 10})
			s.until(logged("(111:", 1) + " && test -s access.log")
		},
	},
	{
		name: "a backend that refuses HTTP/1.0", cause: "http10-refused",
		http: proxied("", "http://127.0.0.1:8000;"),
		byHand: func(conf string) string {
			return strings.Replace(conf, "proxy_pass", "proxy_http_version 1.1;\n            proxy_set_header Connection \"\";\n            proxy_pass", 1)
		},
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{old: 426})
			s.run(load{clients: 3, every: second / 10})
			s.until("grep ' 426 ' access.log")
		},
	},
	{
		name: "a backend that wants a name in the handshake", cause: "tls-name-missing",
		http: proxied("", "https://127.0.0.1:8443;\n            proxy_ssl_name shop.example;"),
		byHand: func(conf string) string {
			return strings.Replace(conf, "proxy_ssl_name", "proxy_ssl_server_name on;\n            proxy_ssl_name", 1)
		},
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8443", origin{tls: &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
				if h.ServerName == "" {
					return nil, errNoName
				}
				return &s.cert, nil
			}}})
			s.run(load{clients: 3, every: second / 10})
			s.until(logged("SSL handshaking to upstream", 3))
		},
	},
	{
		name: "the table of TIME-WAIT overflows", cause: "time-wait-table-full",
		sysctl: "net.ipv4.tcp_max_tw_buckets = 50\n",
		http:   proxied("", "http://127.0.0.1:8080;"),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8080", origin{clientCloses: true})
			s.run(load{clients: 4, every: 5 * time.Millisecond})
			s.until("nstat -as TcpExtTCPTimeWaitOverflow | grep Overflow")
		},
	},
	{
		name: "somaxconn cuts the accept queue", cause: "accept-queue-full",
		sysctl: "net.core.somaxconn = 8\n",
		http:   proxied("", "http://127.0.0.1:8000;\n            proxy_connect_timeout 4s;"),
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{backlog: 511, pace: 10 * time.Millisecond})
			s.run(load{clients: 60, every: second})
			s.until("nstat -as TcpExtListenOverflows | grep Overflows")
		},
	},
	{
		name: "a time-out of nginx ends requests that take longer", cause: "timeout-in-force",
		http: proxied("", "http://127.0.0.1:8000;\n            proxy_read_timeout 1s;"),
		byHand: func(conf string) string {
			return strings.Replace(conf, "proxy_read_timeout 1s", "proxy_read_timeout 10s", 1)
		},
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{slow: 2 * second})
			s.run(load{clients: 6, paths: []string{"/", "/a", "/slow/report"}, every: 3 * second / 10})
			s.until(logged("upstream timed out", 3) + " && grep ' 200 ' access.log && grep ' 504 ' access.log")
		},
	},
	{
		name: "workers of earlier configurations stay", cause: "old-workers",
		http:   proxied("", "http://127.0.0.1:8000;\n            proxy_buffering off;"),
		byHand: func(conf string) string { return "worker_shutdown_timeout 1s;\n" + conf },
		traffic: func(s *scene) {
			s.serve("127.0.0.1:8000", origin{})
			for range 3 {
				s.run(load{clients: 3, paths: []string{"/events"}})
				s.sh("for i in 1 2 3 4 5 6 7 8 9 10; do test $(ss -Htn sport = :80 | wc -l) -ge 3 && break; sleep 0.2; done")
				s.sh("kill -HUP $(cat nginx.pid)")
				time.Sleep(second / 2)
			}
			s.until("test $(ps --ppid $(cat nginx.pid) -o args | grep -c 'shutting down') -ge 3")
		},
	},
}

const second = time.Second

var errNoName = errors.New("which of the certificates?")

// TestClosedLoop plays all incidents at once: most of the time they wait.
func TestClosedLoop(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it makes real traffic")
	}
	lacking := func(what string) {
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	for _, tool := range []string{"nginx", "ss", "nstat", "ip", "mount", "ps", "pgrep", "sysctl", "git"} {
		if _, err := exec.LookPath(tool); err != nil {
			lacking(tool + " is not installed")
		}
	}
	only := os.Getenv("TCPLINT_INCIDENT")
	done := map[string]chan error{}
	dirs := map[string]string{}
	for i := range incidents {
		in := &incidents[i]
		if only != "" && !strings.Contains(in.name, only) {
			continue
		}
		dir := t.TempDir()
		c := make(chan error, 1)
		done[in.name], dirs[in.name] = c, dir
		in.cert = certificate(t)
		go func() { c <- in.loop(dir, "nginx") }()
	}
	for _, in := range incidents {
		c := done[in.name]
		if c == nil {
			continue
		}
		t.Run(in.name, func(t *testing.T) {
			switch err := <-c; {
			case errors.As(err, new(missing)):
				t.Skip(err)
			case err != nil:
				t.Error(string(bytes.ReplaceAll([]byte(err.Error()), []byte(dirs[in.name]), nil)))
			}
		})
	}
}
