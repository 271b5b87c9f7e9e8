package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
)

// value is what a test expects of a Value. Everything but Settings and Owner is
// in force for a value that is sure and takes nothing for granted.
type value struct {
	Settings []string
	Owner    string
	Unsure   bool
	Assumed  bool
}

func valueOf(v model.Value) value {
	got := value{Unsure: !v.Sure, Assumed: v.Assumed != ""}
	if v.Set() {
		got.Settings = settings(v.Settings)
	}
	if v.Owner != nil {
		got.Owner = v.Owner.Label()
	}
	return got
}

const inherited = `-- nginx.conf --
events {}
http {
    include headers.conf;
    tcp_nodelay off;
    sendfile off;
    proxy_http_version 1.1;
    keepalive_timeout 5s;
    include common/*.conf;
    upstream app { server 127.0.0.1:1; keepalive 8; }
    server {
        server_name s1;
        tcp_nodelay on;
        location /plain { proxy_pass http://app; }
        location /own {
            proxy_set_header Connection "";
            proxy_http_version 1.0;
            proxy_pass http://app;
            location /own/nested {
                proxy_pass http://app;
                if ($args) { sendfile on; }
            }
            limit_except GET { deny all; }
        }
        location /included {
            include headers.conf;
            proxy_set_header X-Own 1;
            proxy_pass http://app;
        }
        location @named { proxy_pass http://app; }
        if ($args) { return 404; }
    }
    server { server_name s2; proxy_set_header X-S2 1; location /s2 { } }
}
-- headers.conf --
proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
-- common/one.conf --
send_timeout 7s;
add_header A 1;
-- common/two.conf --
add_header B 2;
`

func TestGet(t *testing.T) {
	t.Parallel()
	h := build(t, inherited)
	httpHeaders := []string{"headers.conf: proxy_set_header Host $host", "headers.conf: proxy_set_header X-Real-IP $remote_addr"}
	ownHeaders := []string{"nginx.conf: proxy_set_header Connection "}
	tests := []struct {
		name, scope, directive string
		want                   value
	}{
		{"scalar from http", "location /plain", "proxy_http_version", value{Settings: []string{"nginx.conf: proxy_http_version 1.1"}, Owner: "http"}},
		{"scalar: the nearest wins", "location /plain", "tcp_nodelay", value{Settings: []string{"nginx.conf: tcp_nodelay on"}, Owner: "server"}},
		{"scalar, own", "location /own", "proxy_http_version", value{Settings: []string{"nginx.conf: proxy_http_version 1.0"}, Owner: "location /own"}},
		{"scalar in a nested location", "location /own/nested", "proxy_http_version", value{Settings: []string{"nginx.conf: proxy_http_version 1.0"}, Owner: "location /own"}},
		{"scalar in an if of a nested location", "if ($args)", "sendfile", value{Settings: []string{"nginx.conf: sendfile on"}, Owner: "if ($args)"}},
		{"scalar that such an if inherits", "if ($args)", "proxy_http_version", value{Settings: []string{"nginx.conf: proxy_http_version 1.0"}, Owner: "location /own"}},
		{"scalar in limit_except", "limit_except GET", "proxy_http_version", value{Settings: []string{"nginx.conf: proxy_http_version 1.0"}, Owner: "location /own"}},
		{"scalar from an include", "location /s2", "send_timeout", value{Settings: []string{"common/one.conf: send_timeout 7s"}, Owner: "http"}},
		{"array from http", "location /plain", "proxy_set_header", value{Settings: httpHeaders, Owner: "http"}},
		{"array: all or nothing", "location /own", "proxy_set_header", value{Settings: ownHeaders, Owner: "location /own"}},
		{"array in a nested location", "location /own/nested", "proxy_set_header", value{Settings: ownHeaders, Owner: "location /own"}},
		{"array in an if", "if ($args)", "proxy_set_header", value{Settings: ownHeaders, Owner: "location /own"}},
		{"array in limit_except", "limit_except GET", "proxy_set_header", value{Settings: ownHeaders, Owner: "location /own"}},
		{
			"array, included and own", "location /included", "proxy_set_header",
			value{Settings: append(httpHeaders[:2:2], "nginx.conf: proxy_set_header X-Own 1"), Owner: "location /included"},
		},
		{"array in a named location: from the server", "location @named", "proxy_set_header", value{Settings: httpHeaders, Owner: "http"}},
		{"array from the server", "location /s2", "proxy_set_header", value{Settings: []string{"nginx.conf: proxy_set_header X-S2 1"}, Owner: "server"}},
		{"array from two includes", "location /own", "add_header", value{Settings: []string{"common/one.conf: add_header A 1", "common/two.conf: add_header B 2"}, Owner: "http"}},
		{"local is not inherited", "location /own/nested", "deny", value{}},
		{"local: a pass", "if ($args)", "return", value{}},
		{"an upstream inherits nothing", "upstream app", "keepalive_timeout", value{}},
		{"not set", "location /plain", "proxy_buffering", value{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := find(t, h, tt.scope)
			if diff := cmp.Diff(tt.want, valueOf(s.Get(tt.directive))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// find is like at, but takes the first scope of several.
func find(t *testing.T, h *model.Host, label string) *model.Scope {
	t.Helper()
	for _, s := range h.Nginx.Scopes {
		if s.Label() == label {
			return s
		}
	}
	t.Fatalf("there is no scope %q", label)
	return nil
}

// TestLocalPass: a pass belongs to its location; the blocks without a name in
// it use it, a nested location does not.
func TestLocalPass(t *testing.T) {
	t.Parallel()
	h := build(t, `events {}
http { server { location /a {
    proxy_pass http://127.0.0.1:1;
    if ($a) { set $b 1; }
    limit_except GET { deny all; }
    location /a/b { if ($b) { set $c 1; } }
} } }
`)
	const set = "nginx.conf: proxy_pass http://127.0.0.1:1"
	tests := []struct {
		scope string
		want  value
	}{
		{"location /a", value{Settings: []string{set}, Owner: "location /a"}},
		{"if ($a)", value{Settings: []string{set}, Owner: "location /a"}},
		{"limit_except GET", value{Settings: []string{set}, Owner: "location /a"}},
		{"location /a/b", value{}},
		{"if ($b)", value{}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, valueOf(at(t, h, tt.scope).Get("proxy_pass"))); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.scope, diff)
		}
	}
}

// TestUnseen: what an include may hold that cannot be followed.
func TestUnseen(t *testing.T) {
	t.Parallel()
	const unseen, sites, types = "include /srv/x.conf;", "include /srv/sites/*.conf;", "include mime.types;"
	main := func(http, server, location string) string {
		return "events {}\nhttp { " + http + " server { " + server + " location / { " + location + " } } }\n"
	}
	own := []string{"nginx.conf: proxy_set_header A 1"}
	scalar := []string{"nginx.conf: proxy_http_version 1.1"}
	tests := []struct {
		name, text, directive string
		want                  value
	}{
		{"literal in http", main(unseen, "", ""), "proxy_set_header", value{Unsure: true}},
		{"literal in server", main("", unseen, ""), "proxy_http_version", value{Unsure: true}},
		{"literal in the location", main("", "", unseen), "proxy_http_version", value{Unsure: true}},
		{"a wildcard in http is taken to hold sites", main(sites, "", ""), "proxy_http_version", value{Assumed: true}},
		{"a wildcard in server", main("", sites, ""), "proxy_set_header", value{Assumed: true}},
		{"a wildcard in the location", main("", "", sites), "proxy_set_header", value{Unsure: true}},
		{"a known file hides nothing else", main(types, "", ""), "proxy_set_header", value{}},
		{"a known file may hide its own", main("", "", "include fastcgi_params;"), "fastcgi_param", value{Unsure: true}},
		{
			"a plain value that is written cannot be written again", main("", "", unseen+" proxy_http_version 1.1;"), "proxy_http_version",
			value{Settings: scalar, Owner: "location /"},
		},
		{
			"a list may have more lines", main("", "", unseen+" proxy_set_header A 1;"), "proxy_set_header",
			value{Settings: own, Owner: "location /", Unsure: true},
		},
		{
			"an outer include does not matter to a set list", main(unseen, "", "proxy_set_header A 1;"), "proxy_set_header",
			value{Settings: own, Owner: "location /"},
		},
		{
			"an inner include matters to an inherited value", main("proxy_http_version 1.1;", unseen, ""), "proxy_http_version",
			value{Settings: scalar, Owner: "http", Unsure: true},
		},
		{"an outer include does not matter to what is not inherited", main(unseen, unseen, ""), "return", value{}},
		{"missing", main("include x.conf;", "", ""), "proxy_http_version", value{Unsure: true}},
		{"broken", "-- nginx.conf --\n" + main("include x.conf;", "", "") + "-- x.conf --\nserver {\n", "proxy_http_version", value{Unsure: true}},
		{"a circle", "-- nginx.conf --\n" + main("include x.conf;", "", "") + "-- x.conf --\ninclude x.conf;\n", "proxy_http_version", value{Unsure: true}},
		{"one file of a wildcard is broken", "-- nginx.conf --\n" + main("include *.inc;", "", "") + "-- x.inc --\nserver {\n", "proxy_http_version", value{Unsure: true}},
		{"a fragment", "server { location / { } }\n", "proxy_http_version", value{Assumed: true}},
		{"a fragment that sets it", "proxy_http_version 1.1; server { location / { } }\n", "proxy_http_version", value{Settings: scalar, Owner: "http"}},
		{"a fragment, and what is not inherited", "server { location / { } }\n", "return", value{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := at(t, build(t, tt.text), "location /").Get(tt.directive)
			if diff := cmp.Diff(tt.want, valueOf(v)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if (v.Hidden != "") == v.Sure {
				t.Errorf("Sure is %v and Hidden %q", v.Sure, v.Hidden)
			}
			if !v.Sure && (!v.Where("1.0").Empty() || !v.Where("1.1").Empty()) {
				t.Error("Where says something of a value that is not sure")
			}
		})
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	only := func(text string) facts.Range {
		v, err := facts.ParseVersion(text)
		if err != nil {
			t.Fatal(err)
		}
		return facts.Only(v)
	}
	tests := []struct {
		name, location, directive, value string
		target                           facts.Range
		want                             string
	}{
		{"a default of old releases", "", "proxy_http_version", "1.0", window.Nginx, "old"},
		{"a default of new releases", "", "proxy_http_version", "1.1", window.Nginx, "new"},
		{"a default that no release has", "", "proxy_http_version", "2", window.Nginx, "never"},
		{"a default at one old release", "", "proxy_http_version", "1.0", only("1.28.0"), "nginx 1.28"},
		{"a default at one new release", "", "proxy_http_version", "1.0", only("1.30.0"), "never"},
		{"a default at the first new release", "", "proxy_http_version", "1.1", only("1.29.7"), "nginx 1.29.7"},
		{"written", "proxy_http_version 1.1;", "proxy_http_version", "1.1", window.Nginx, "all"},
		{"written otherwise", "proxy_http_version 1.1;", "proxy_http_version", "1.0", window.Nginx, "never"},
		{"a default of all releases", "", "proxy_buffering", "on", window.Nginx, "all"},
		{"no known default", "", "no_such_directive", "on", window.Nginx, "never"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := input(t, "events {}\nhttp { server { location / { "+tt.location+" } } }\n")
			in.Target.Nginx = tt.target
			v := at(t, model.Build(in), "location /").Get(tt.directive)
			if got := versions(v.Where(tt.value)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestInt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string // in the upstream
		name string
		want int
		ok   bool
	}{
		{text: "keepalive 32;", name: "keepalive", want: 32, ok: true},
		{text: "keepalive x;", name: "keepalive"},
		{text: "", name: "keepalive_requests", want: 1000}, // 100 before 1.19.10
		{text: "include /srv/x.conf;", name: "keepalive"},
	}
	for _, tt := range tests {
		h := build(t, "events {}\nhttp { upstream app { "+tt.text+" } }\n")
		n, ok := at(t, h, "upstream app").Get(tt.name).Int()
		if ok != tt.ok || ok && n != tt.want {
			t.Errorf("%q: %s is %d, %v", tt.text, tt.name, n, ok)
		}
	}
	in := input(t, "events {}\nhttp { upstream app { } }\n")
	in.Target.Nginx = facts.Only(facts.V(1, 28, 0))
	if n, ok := at(t, model.Build(in), "upstream app").Get("keepalive_requests").Int(); n != 1000 || !ok {
		t.Errorf("keepalive_requests is %d, %v at 1.28", n, ok)
	}
}
