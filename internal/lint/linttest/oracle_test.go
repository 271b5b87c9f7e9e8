package linttest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// TestNginx makes sure that the oracle accepts fragments of every context and
// refuses what nginx refuses.
func TestNginx(t *testing.T) {
	t.Parallel()
	all, err := Nginxes()
	if err != nil {
		missing(t, "no oracle: "+err.Error())
	}
	tests := []struct {
		name, text       string
		refused, excused string // parts of the reason
	}{
		{name: "main", text: "events {}\nhttp { server { listen 8080; } }\n"},
		{name: "main without events, with pid", text: "pid nginx.pid;\nhttp {}\n"},
		{name: "site", text: "upstream app { server 127.0.0.1:1; }\nserver { location / { proxy_pass http://app; } }\n"},
		{name: "server", text: "listen 8080;\nlocation / { proxy_pass http://[::1]:1/x; }\n"},
		{name: "location", text: "proxy_pass http://unix:/run/app.sock:/;\n"},
		{name: "upstream", text: "server localhost:1;\nkeepalive 2;\n"},
		{name: "nothing", text: "# nothing\n"},
		{name: "unknown directive", text: "server { proxy_httpversion 1.1; }\n", refused: `unknown directive "proxy_httpversion"`},
		{name: "twice", text: "server { sendfile on; sendfile on; }\n", refused: `"sendfile" directive is duplicate`},
		{name: "syntax", text: "server { listen 80\n", refused: "unexpected end of file"},
		{name: "fault in an included file", text: "-- nginx.conf --\nhttp { include a.conf; }\n-- a.conf --\nserver { listen x:y; }\n", refused: "invalid port"},
		{name: "name", text: "server { location / { proxy_pass http://app.example:80; } }\n", excused: "app.example may not resolve"},
		{name: "absolute include", text: "http { include /etc/nginx/mime.types; }\n", excused: "of the machine itself"},
		{name: "include that is not there", text: "http { include mime.types; }\n", excused: "mime.types"},
		{name: "certificate", text: "server { listen 8443 ssl; ssl_certificate a.pem; ssl_certificate_key a.pem; }\n", excused: "cannot load certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ts, err := split(&lint.Rule{ID: "nginx-x"}, tt.text)
			if err != nil {
				t.Fatal(err)
			}
			x := &example{}
			for _, oracle := range all {
				refused, excused := oracle.test(t, x.host(ts).Nginx, ts)
				if tt.refused == "" && refused != "" || !strings.Contains(refused, tt.refused) {
					t.Errorf("nginx %s: want a refusal with %q, got %q", oracle.Version, tt.refused, refused)
				}
				if tt.excused == "" && excused != "" || !strings.Contains(excused, tt.excused) {
					t.Errorf("nginx %s: want an excuse with %q, got %q", oracle.Version, tt.excused, excused)
				}
			}
		})
	}
}

func TestProcps(t *testing.T) {
	t.Parallel()
	program, ok := procps()
	if !ok {
		missing(t, "no oracle: sysctl of procps-ng 4 is not installed")
		return
	}
	ts, err := split(&lint.Rule{ID: "host-x"}, "-- sysctl.conf --\n# fine\nno.such.key = 1\n-- nginx.conf --\nnonsense\n-- sysctl.d/a.conf --\nnonsense\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"sysctl: sysctl.d/a.conf(1): invalid syntax, continuing..."}
	if diff := cmp.Diff(want, procpsSays(t, program, ts)); diff != "" {
		t.Error(diff)
	}
}

func TestExcuse(t *testing.T) {
	t.Parallel()
	v := facts.V(1, 22, 1)
	if got := excuse(`unknown directive "proxi_pass"`, v); got != "" {
		t.Errorf("an unknown directive is excused: %s", got)
	}
	// The tables may be empty in a checkout without generated files.
	if facts.KnownDirective("geoip_country") && excuse(`unknown directive "geoip_country"`, v) == "" {
		t.Error("a directive of a module that is not built in is not excused")
	}
}

// TestWrap: every context that a fragment can have has a wrapper, but for those
// in which nothing that rules look at can stand.
func TestWrap(t *testing.T) {
	t.Parallel()
	without := []model.Kind{model.Events, model.Mail, model.MailServer, model.Other}
	for kind := model.Unknown; kind <= model.Other; kind++ {
		n := &model.Nginx{Root: &model.Scope{Kind: kind}}
		_, err := Nginx{}.wrap(n, "a.conf")
		if (err != nil) != slices.Contains(without, kind) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
