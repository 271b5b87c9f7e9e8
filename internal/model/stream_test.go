package model_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
)

// TestDeclared: what somebody declares of a host reaches its scopes.
func TestDeclared(t *testing.T) {
	t.Parallel()
	files := modeltest.New(map[string]string{"nginx.conf": `events {}
http {
    upstream app { server 127.0.0.1:3000; }
    server {
        location /api/ { proxy_pass http://app; }
        location /live { proxy_pass http://app; }
        location /socket { proxy_set_header Upgrade $http_upgrade; proxy_pass http://app; }
    }
}
`})
	h := model.Build(model.Input{
		Target: model.Target{Nginx: facts.NginxWindow()}, Main: files.File("nginx.conf"), Reader: files,
		EventStreams: []string{"/api", "/socket"},
		Backends:     map[string]facts.Backend{"app": {Preset: "node"}},
	})
	streams := map[string]bool{}
	for _, s := range h.Nginx.Scopes {
		if s.Host() != h {
			t.Fatalf("%s knows another host", s.Label())
		}
		if s.Kind == model.Location {
			_, streams[s.Block.Arg(0)] = s.EventStream()
		}
	}
	if !streams["/api/"] || streams["/live"] || streams["/socket"] {
		t.Errorf("event streams are %v, want /api/ alone", streams)
	}
	if u := h.Nginx.Upstream("app"); u.Scope.Host().Backends["app"].Preset != "node" {
		t.Error("what is declared of the backend is not known at the upstream")
	}
}
