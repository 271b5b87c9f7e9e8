package model_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
)

// TestServing asks which locations serve a declared stream that has none of its own.
func TestServing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, path string
		want             []string
	}{
		{"the longest prefix", "location / { } location /api/ { } location /api/v1/ { }", "/api/logs", []string{"location /api/"}},
		{"none", "location /api/ { }", "/logs", nil},
		{"the only server's root", "location / { }", "/logs", []string{"location /"}},
		{"a pattern wins", `location /api/ { } location ~ ^/api/(logs|events)$ { }`, "/api/logs", []string{"location ~ ^/api/(logs|events)$"}},
		{"a pattern that does not match", `location /api/ { } location ~ \.php$ { }`, "/api/logs", []string{"location /api/"}},
		{"no patterns behind ^~", `location ^~ /api/ { } location ~ logs$ { }`, "/api/logs", []string{"location ^~ /api/"}},
		{"the first pattern", `location ~* LOGS$ { } location ~ logs$ { }`, "/api/logs", []string{"location ~* LOGS$"}},
		{"only PCRE knows", `location /api/ { } location ~ (?<!x)logs$ { }`, "/api/logs", nil},
		{"within another", "location /api/ { location /api/v1/ { } }", "/api/v1/logs", []string{"location /api/v1/"}},
		{"it has its own", "location /api/ { } location = /api/logs { }", "/api/logs", []string{"location = /api/logs"}},
		{"its own, with a slash", "location /api/ { } location /api/logs/ { }", "/api/logs", []string{"location /api/logs/"}},
		{"an include that cannot be seen", "include /srv/more/*.conf; location /api/ { }", "/api/logs", nil},
		{
			"the server that says most", "location / { } } server { location /api/ { } } server { location /api/ { }", "/api/logs",
			[]string{"location /api/", "location /api/"},
		},
		{"two servers that say nothing", "location / { } } server { location / { }", "/api/logs", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := modeltest.New(map[string]string{"nginx.conf": "events {}\nhttp {\nserver { " + tt.text + " }\n}\n"})
			h := model.Build(model.Input{
				Target: model.Target{Nginx: facts.NginxWindow()}, Main: files.File("nginx.conf"), Reader: files, EventStreams: []string{tt.path},
			})
			var got []string
			for _, s := range h.Nginx.Scopes {
				if why, ok := s.EventStream(); ok {
					got = append(got, s.Label())
					if own := s.Label() == "location = /api/logs" || s.Label() == "location /api/logs/"; own == (why.Below != "") {
						t.Errorf("%s serves %q below it", s.Label(), why.Below)
					}
				}
			}
			if len(got) != len(tt.want) {
				t.Fatalf("%q serve it, want %q", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("%q serve it, want %q", got, tt.want)
				}
			}
			if h.HasLocation(tt.path) != (len(tt.want) > 0) {
				t.Errorf("HasLocation(%q) is %v", tt.path, len(tt.want) == 0)
			}
		})
	}
}
