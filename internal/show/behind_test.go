package show_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/source"
)

// Of several files that may be meant and say the same, the first one is shown, and that
// there are others.
func TestBehindAlike(t *testing.T) {
	pool := "[www]\nlisten = /run/php.sock\npm.max_children = 4\n"
	files := []*source.File{source.NewFile("8.3/php-fpm.d/a.conf", pool), source.NewFile("8.4/php-fpm.d/a.conf", pool)}
	h := show.Describe(model.Build(model.Input{
		Main:     source.NewFile("nginx.conf", "events {}\nhttp { server { location / { fastcgi_pass unix:/var/run/php.sock; } } }\n"),
		Services: service.Read(files, nil),
	}))
	var b strings.Builder
	if err := show.Text(&b, []*show.Host{h}); err != nil {
		t.Fatal(err)
	}
	want := "behind unix:/var/run/php.sock: php-fpm, and 1 more that say the same  (8.3/php-fpm.d/a.conf:2:1)\n"
	if !strings.Contains(b.String(), want) {
		t.Errorf("missing:\n%s\ngot:\n%s", want, b.String())
	}
}

// What stands in variables is shown as far as it is written out.
func TestBehindVariables(t *testing.T) {
	files := []*source.File{source.NewFile("Procfile", "api: uvicorn --port 8000 a:app\nweb: gunicorn -b 127.0.0.1:8001 w:app\n")}
	for _, tt := range []struct{ name, location, want string }{
		{"an address", `set $to http://127.0.0.1:8000; proxy_pass $to;`, "behind 127.0.0.1:8000: uvicorn"},
		{"its parts", `set $host_of 127.0.0.1; set $port_of 8001; proxy_pass http://$host_of:${port_of}$request_uri;`, "behind 127.0.0.1:8001: gunicorn"},
		{"of the server", `proxy_pass http://$outer;`, "behind 127.0.0.1:8000: uvicorn"},
		{"the name of an upstream", `set $to pool; proxy_pass http://$to/x;`, "behind 127.0.0.1:8001: gunicorn"},
		{"set twice", `set $to 127.0.0.1:8000; set $to 127.0.0.1:8001; proxy_pass http://$to;`, ""},
		{"set in a condition", `set $to 127.0.0.1:8000; if ($arg_x) { set $to 127.0.0.1:8001; } proxy_pass http://$to;`, ""},
		{"of a request", `set $to 127.0.0.1:$arg_port; proxy_pass http://$to;`, ""},
		{"set nowhere", `proxy_pass http://$to:8000;`, ""},
	} {
		h := show.Describe(model.Build(model.Input{
			Main:     source.NewFile("nginx.conf", "events {}\nhttp { upstream pool { server 127.0.0.1:8001; }\nserver { set $outer 127.0.0.1:8000;\nlocation / { "+tt.location+" } } }\n"),
			Services: service.Read(files, nil),
		}))
		got := ""
		for _, l := range h.Locations {
			for _, x := range l.Behind {
				got = "behind " + x.Address + ": " + x.Service
			}
		}
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
