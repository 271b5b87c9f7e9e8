package show_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/source"
)

const main = `events {}
http {
    proxy_set_header X-Real-IP $remote_addr;
    upstream api {
        server 127.0.0.1:8080 max_fails=2;
        server 127.0.0.1:8081;
        keepalive 16;
        least_conn;
    }
    upstream plain {
        server 127.0.0.1:9090;
    }
    # nothing else
    server {
        listen 80;
        server_name a.example.com b.example.com;
        location /api/ {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_read_timeout 5m;
            proxy_pass http://api;
        }
        location /plain/ {
            proxy_pass http://plain;
            if ($request_method = POST) {
                proxy_pass http://127.0.0.1:7070;
            }
        }
        location ~ \.php$ {
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/php.sock;
        }
        location /v/ {
            proxy_pass http://$backend;
        }
    }
}
`

const kernel = `net.core.somaxconn = 1024
net.core.somaxconn = 4096
net/ipv4/tcp_rmem = 4096 131072 6291456
`

// nothing is a Reader without files.
type nothing struct{}

func (nothing) Read(string) (*source.File, error) { return nil, fs.ErrNotExist }
func (nothing) List(string) ([]string, error)     { return nil, fs.ErrNotExist }

func host(nginx facts.Range) *show.Host { return hostOf(main, nginx) }

func hostOf(main string, nginx facts.Range) *show.Host {
	return show.Describe(model.Build(model.Input{
		Target: model.Target{Nginx: nginx, Kernel: facts.KernelWindow()},
		Main:   source.NewFile("nginx.conf", main),
		Sysctl: []*source.File{source.NewFile("sysctl.conf", kernel)},
		Reader: nothing{},
	}))
}

func TestText(t *testing.T) {
	var b strings.Builder
	if err := show.Text(&b, []*show.Host{host(facts.NginxWindow())}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"http > server a.example.com b.example.com > location /api/  (nginx.conf:17)\n",
		"  proxy_pass  http://api  nginx.conf:21\n  goes to upstream \"api\"\n",
		"  proxy_http_version         1.1            nginx.conf:18\n",
		"  proxy_read_timeout         5m             nginx.conf:20\n",
		"  proxy_http_version         1.0 (nginx before 1.29.7), 1.1 (nginx 1.29.7 and later)  default\n",
		// The location's own header drops the one of http.
		"  the backend gets\n    Connection  (not sent)         nginx.conf:19\n    Host        $proxy_host (api)  default\n",
		"    X-Real-IP   $remote_addr         nginx.conf:3\n",
		"    Connection  close                default (nginx before 1.29.7)\n    Connection  (not sent)           default (nginx 1.29.7 and later)\n",
		"  goes to the address 127.0.0.1:7070, never pooled\n",
		"  goes to the unix socket unix:/run/php.sock\n",
		"  goes to unknown: a variable, or an upstream that cannot be seen\n",
		"upstream api  (nginx.conf:4)\n  server 127.0.0.1:8080 max_fails=2\n  server 127.0.0.1:8081\n  keepalive  16, in force for nginx 1.29.7 and later  nginx.conf:7\n",
		"upstream plain  (nginx.conf:10)\n  server 127.0.0.1:9090\n  keepalive  none (nginx before 1.29.7), 32 local (nginx 1.29.7 and later)  default\n",
		"  net.core.somaxconn  4096                 sysctl.conf:2, the last of 2 lines\n",
		"  net.ipv4.tcp_rmem   4096 131072 6291456  sysctl.conf:3\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing:\n%s", want)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%s", got)
	}
}

// A value that an unseen include may decide is shown as unknown, with the
// reason, and never as a default.
func TestUnknown(t *testing.T) {
	h := hostOf(strings.Replace(main, "# nothing else", "include missing.conf;", 1), facts.Only(facts.V(1, 22, 1)))
	if diff := cmp.Diff([]string{"nginx.conf:13: there is no file missing.conf"}, h.Unseen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, l := range h.Locations {
		if l.From != "nginx.conf:23" {
			continue
		}
		if diff := cmp.Diff(show.Value{Name: "proxy_buffering", Value: "unknown", From: "there is no file missing.conf"}, l.Settings[1]); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		return
	}
	t.Error("there is no location at nginx.conf:23")
}

func TestJSON(t *testing.T) {
	var b strings.Builder
	want := []*show.Host{host(facts.Only(facts.V(1, 30, 0)))}
	if err := show.JSON(&b, want); err != nil {
		t.Fatal(err)
	}
	var got []*show.Host
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if strings.Contains(b.String(), "null") {
		t.Error("a list that is empty is written as null")
	}
}

// Control characters of a file do not reach the terminal.
func TestClean(t *testing.T) {
	h := show.Describe(model.Build(model.Input{
		Main: source.NewFile("nginx.conf", "events {}\nhttp { upstream \"a\x1b[31m\" { server 127.0.0.1; } }\n"),
	}))
	var b strings.Builder
	if err := show.Text(&b, []*show.Host{h}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Errorf("an escape sequence came through: %q", b.String())
	}
}

func TestBracketed(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"":                                       "",
		"nginx.conf:4":                           " (nginx.conf:4)",
		"default (nginx 1.29.7 and later)":       " (default, nginx 1.29.7 and later)",
		"default, assumed (nginx before 1.29.7)": " (default, assumed, nginx before 1.29.7)",
	} {
		if got := show.Bracketed(from); got != want {
			t.Errorf("%q becomes %q, want %q", from, got, want)
		}
	}
}

// What becomes of connections is said by release where releases differ, and not at all
// where nobody can know.
func TestConnections(t *testing.T) {
	const kept, fresh = "kept and used again", "a new one for every request"
	for _, tt := range []struct{ title, upstream, location, want string }{
		{"the default changed", "", "", fresh + " (nginx before 1.29.7), " + kept + " (nginx 1.29.7 and later)"},
		{"all is written", "keepalive 4;", `proxy_http_version 1.1; proxy_set_header Connection "";`, kept},
		{"closed by hand", "keepalive 4;", `proxy_http_version 1.1; proxy_set_header Connection close;`, fresh},
		{"a variable decides", "keepalive 4;", `proxy_http_version 1.1; proxy_set_header Connection $arg_x;`, ""},
		{"a pool without 1.1", "keepalive 4;", `proxy_set_header Connection "";`, fresh + " (nginx before 1.29.7), " + kept + " (nginx 1.29.7 and later)"},
	} {
		h := model.Build(model.Input{
			Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()},
			Main: source.NewFile("nginx.conf", "events {}\nhttp { upstream a { server 127.0.0.1:1; "+tt.upstream+" }\n"+
				"server { location / { proxy_pass http://a; "+tt.location+" } } }\n"),
			Reader: nothing{},
		})
		if got := show.Connections(h.Nginx.Passes()[0]); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.title, got, tt.want)
		}
	}
}
