package model_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

func TestInferKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       model.Kind
	}{
		{"empty", "", model.Unknown},
		{"a comment", "# server {}\n", model.Unknown},
		{"main file", "user www-data;\nevents {}\nhttp {}\n", model.Main},
		{"main file of includes", "worker_processes auto;\ninclude http.conf;\n", model.Main},
		{"http alone", "http { server {} }\n", model.Main},
		{"stream alone", "stream { server {} }\n", model.Main},
		{"a module", "load_module modules/x.so;\n", model.Main},
		{"main although a server stands beside it", "server {}\nevents {}\n", model.Main},
		{"events", "worker_connections 1024;\nmulti_accept on;\n", model.Events},
		{"site", "server { listen 80; location / { proxy_pass http://a; } }\n", model.HTTP},
		{"site with an upstream", "upstream a { server b; }\nserver { }\n", model.HTTP},
		{"upstream alone", "upstream a { server b; }\n", model.HTTP},
		{"map", "map $a $b { default c; }\n", model.HTTP},
		{"http settings and a server", "gzip on;\nserver {}\n", model.HTTP},
		{"types", "types { text/html html; }\n", model.HTTP},
		{"log format", "log_format main '$remote_addr';\n", model.HTTP},
		{"inside a server", "listen 80;\nserver_name a;\nlocation / {}\n", model.Server},
		{"locations", "location / { proxy_pass http://a; }\n", model.Server},
		{"a location and a pass beside it, within another", "proxy_pass http://a;\nlocation /b {}\n", model.Location},
		{"an if of a location", "if ($request_method = OPTIONS) { add_header Allow GET; return 204; }\n", model.Location},
		{"an if of a server or a location", "if ($host = a) { return 301 /; }\n", model.Unknown},
		{"an if of a server", "server_name a;\nif ($host = a) { return 301 /; }\n", model.Server},
		{"mail servers", "server { listen 25; protocol smtp; proxy on; }\n", model.Mail},
		{"settings of mail", "auth_http 127.0.0.1:9000/auth;\nserver { listen 110; protocol pop3; }\n", model.Mail},
		{"stream servers by their settings", "server { listen 443; ssl_preread on; proxy_pass $name; }\n", model.Stream},
		{"inside a location", "proxy_pass http://a;\nproxy_set_header Host $host;\n", model.Location},
		{"php", "fastcgi_pass unix:/run/php.sock;\ninclude fastcgi_params;\n", model.Location},
		{"headers only", "proxy_set_header Host $host;\nproxy_http_version 1.1;\n", model.Unknown},
		{"inside an upstream", "server 127.0.0.1:1;\nserver 127.0.0.1:2 backup;\n", model.Upstream},
		{"inside an upstream, with a pool", "least_conn;\nkeepalive 32;\n", model.Upstream},
		{"stream servers", "server { listen 53 udp; proxy_pass dns; }\n", model.Stream},
		{"stream servers and their upstream", "upstream dns { server a:53; }\nserver { listen 53; proxy_pass dns; }\n", model.Stream},
		{"stream servers and an upstream below", "server { listen 53; proxy_pass dns; }\nupstream dns { server a:53; }\n", model.Stream},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := model.InferKind(nginx.Parse(source.NewFile("f", tt.text))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestContext: a context that is given is not inferred, and only a main file is
// no fragment.
func TestContext(t *testing.T) {
	t.Parallel()
	in := input(t, "server { location / { proxy_pass http://app; } }\n")
	in.Context = []model.Kind{model.HTTP, model.Stream}
	h := model.Build(in)
	if h.Nginx.Root.Kind != model.Stream || !h.Nginx.Fragment || h.Nginx.Scopes[1].Kind != model.StreamServer {
		t.Errorf("root %s, fragment %v, server %s", h.Nginx.Root.Kind, h.Nginx.Fragment, h.Nginx.Scopes[1].Kind)
	}
	in.Context = []model.Kind{model.Stream, model.Server}
	if h := model.Build(in); h.Nginx.Root.Kind != model.StreamServer || !h.Nginx.Given {
		t.Errorf("root %s, given %v", h.Nginx.Root.Kind, h.Nginx.Given)
	}
	in.Context = []model.Kind{model.Main}
	if h := model.Build(in); h.Nginx.Fragment || h.Nginx.Root.Kind != model.Main {
		t.Errorf("root %s, fragment %v", h.Nginx.Root.Kind, h.Nginx.Fragment)
	}
}

// TestContextComment: a comment above the first directive says where a file
// stands.
func TestContextComment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       model.Kind
		given      bool
	}{
		{"one context", "# tcplint:context location\ngzip on;\n", model.Location, true},
		{"a path", "# tcplint:context http,server\ngzip on;\n", model.Server, true},
		{"blanks", "#\ttcplint:context  http , server \r\ngzip on;\r\n", model.Server, true},
		{"a colon", "#tcplint:context: http\ngzip on;\n", model.HTTP, true},
		{"a server of stream", "# tcplint:context stream,server\nproxy_pass a:1;\n", model.StreamServer, true},
		{"an upstream of stream", "# tcplint:context stream,upstream\nserver a:1;\n", model.StreamUpstream, true},
		{"a server of mail", "# tcplint:context mail,server\nlisten 25;\n", model.MailServer, true},
		{"a whole path to an if", "# tcplint:context http,server,if\nreturn 204;\n", model.ServerIf, true},
		{"the name of one context", "# tcplint:context stream-server\nlisten 1;\n", model.StreamServer, true},
		{"against what stands there", "# tcplint:context stream\nserver { listen 80; }\n", model.Stream, true},
		{"behind other comments", "# app\n\n# tcplint:context http\n\ngzip on;\n", model.HTTP, true},
		{"a file of comments", "# tcplint:context server\n", model.Server, true},
		{"a main file", "# tcplint:context main\ninclude http.conf;\n", model.Main, true},
		{"behind a directive", "gzip on;\n# tcplint:context http\n", model.Unknown, false},
		{"on the line of a directive", "listen 80; # tcplint:context http\n", model.Server, false},
		{"no such context", "# tcplint:context htttp\nlisten 80;\n", model.Server, false},
		{"one that is wrong", "# tcplint:context http,sever\nlisten 80;\n", model.Server, false},
		{"no context", "# tcplint:context\nlisten 80;\n", model.Server, false},
		{"a longer word", "# tcplint:contexts http\nlisten 80;\n", model.Server, false},
		{"in a sentence", "# see tcplint:context http\nlisten 80;\n", model.Server, false},
		{"in a value", "add_header X '# tcplint:context http';\nlisten 80;\n", model.Server, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, tt.text)
			if h.Nginx.Root.Kind != tt.want || h.Nginx.Given != tt.given {
				t.Errorf("got %s, given %v; want %s, %v", h.Nginx.Root.Kind, h.Nginx.Given, tt.want, tt.given)
			}
		})
	}
	in := input(t, "# tcplint:context http\ngzip on;\n")
	in.Context = []model.Kind{model.Location}
	if h := model.Build(in); h.Nginx.Root.Kind != model.Location {
		t.Errorf("the comment counts more than what is given: %s", h.Nginx.Root.Kind)
	}
}

// TestHasUnseen: whether a part that may hold anything is out of sight.
func TestHasUnseen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"events {}": false, "events {} include mime.types;": false, "events {} include *.none;": false,
		"events {} include none.conf;": true, "events {} include /srv/*;": true, "server {}": true, "": true,
	} {
		if got := build(t, text).Nginx.HasUnseen(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestBroken: nothing of a main file that nginx refuses takes effect.
func TestBroken(t *testing.T) {
	t.Parallel()
	h := build(t, "events {}\nhttp { server { location / { proxy_pass http://a; } }\n")
	if len(h.Nginx.Scopes) != 1 || len(h.Nginx.Passes()) != 0 || len(h.Nginx.Trees) != 1 {
		t.Errorf("%d scopes, %d passes, %d trees", len(h.Nginx.Scopes), len(h.Nginx.Passes()), len(h.Nginx.Trees))
	}
	if h.Sysctl != nil {
		t.Error("there is a Sysctl without a file")
	}
}
