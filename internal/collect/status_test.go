package collect

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatusIsAskedOfTheOwnHost(t *testing.T) {
	for _, c := range []struct{ config, want string }{
		{"server { location = /nginx_status { stub_status; } }", "http://127.0.0.1:80/nginx_status"},
		{"server { listen 8080; server_name a.example b; location /s { stub_status on; allow 127.0.0.1; deny all; } }", "-H Host: a.example http://127.0.0.1:8080/s"},
		{"server { listen *:81; location /s { stub_status; } }", "http://127.0.0.1:81/s"},
		{"server { listen [::]:81; location /s { stub_status; } }", "http://[::1]:81/s"},
		{"server { listen 192.0.2.1; location /s { stub_status; } }", "http://192.0.2.1/s"},
		{"server { listen 81; } server { listen 82; server_name _; location /s { stub_status; } }", "http://127.0.0.1:82/s"},
		{"upstream u { server 10.0.0.7:80; } server { listen unix:/run/n.sock; location /s { stub_status; } }", ""},
		{"server { listen status.example:80; location /s { stub_status; } }", ""},
		{"server { location ~ ^/s(.*)$ { stub_status; } }", ""},
		{"server { location /s { proxy_pass http://127.0.0.1; } }", ""},
	} {
		args := statusAt(NginxText("http { " + c.config + " }\n"))
		_, got, _ := strings.Cut(strings.Join(args, " "), "--noproxy * ")
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.config, d)
		}
	}
}

// TestStatusIsTheSameForTheScript asks a server that says more than it should.
func TestStatusIsTheSameForTheScript(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const status = "Active connections: 291 \nserver accepts handled requests\n 16630948 16630948 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n"
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "status.example" {
			_, _ = fmt.Fprint(w, status+"secret 5\n")
		}
	})}
	go server.Serve(l)   //nolint:errcheck // it is closed
	defer server.Close() //nolint:errcheck // the test is over
	root, _ := plantedHost(t)
	text := fmt.Sprintf("events {}\nhttp {\n  server {\n    listen %s;\n    server_name status.example;\n    location = /nginx_status {\n      stub_status;\n    }\n  }\n}\n", l.Addr())
	if err := os.WriteFile(filepath.Join(root, "etc/nginx/nginx.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, collected(t, root, nil))[statusPath]; got != status {
		t.Errorf("the program takes %q", got)
	}
	for _, shell := range [][]string{{"dash"}, {"busybox", "sh"}, {"bash", "--posix"}} {
		if _, err := exec.LookPath(shell[0]); err != nil {
			continue
		}
		cmd := exec.CommandContext(context.Background(), shell[0], append(shell[1:], "-s", "--", "-i", "0", "-o", "-")...)
		cmd.Env = []string{"TCPLINT_ROOT=" + root, "TMPDIR=" + t.TempDir(), "http_proxy=http://127.0.0.1:1"}
		cmd.Stdin = strings.NewReader(Script("test"))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, opened(t, out))[statusPath]; got != status {
			t.Errorf("%s takes %q", shell[0], got)
		}
	}
}
