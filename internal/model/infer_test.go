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
		{"a location and a pass beside it", "proxy_pass http://a;\nlocation / {}\n", model.Server},
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
	in.Context = []model.Kind{model.Main}
	if h := model.Build(in); h.Nginx.Fragment || h.Nginx.Root.Kind != model.Main {
		t.Errorf("root %s, fragment %v", h.Nginx.Root.Kind, h.Nginx.Fragment)
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
