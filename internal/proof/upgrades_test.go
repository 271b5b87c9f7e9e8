//go:build linux

package proof

import (
	"net/http"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/internal/show"
)

// releaseCases are configurations as people have them, and what an upgrade from nginx
// 1.28.0 to 1.30.6 makes of their connections to the backend: for each whether they are
// used again before and after.
var releaseCases = []struct {
	name          string
	upstream      string // what stands in the upstream beside its server; "-" for no upstream
	server        string // what stands in the server
	location      string // what stands in the location
	before, after bool
}{
	{"an upstream and nothing else", "", "", "", false, true},
	{"a pool alone", "keepalive 32;", "", "", false, true},
	{"a pool and HTTP/1.1", "keepalive 32;", "", "proxy_http_version 1.1;", false, true},
	{"a pool, HTTP/1.1 and no Connection", "keepalive 32;", "", `proxy_http_version 1.1; proxy_set_header Connection "";`, true, true},
	{"HTTP/1.1 and no Connection, but no pool", "", "", `proxy_http_version 1.1; proxy_set_header Connection "";`, false, true},
	{"an address", "-", "", `proxy_http_version 1.1; proxy_set_header Connection "";`, false, false},
	{"an address of headers that everybody copies", "-", "", "proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;", false, false},
	{"a map for WebSockets", "keepalive 32;", "", "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade;", false, false},
	{"HTTP/1.0 as it is written", "keepalive 32;", "", "proxy_http_version 1.0;", false, false},
	{"a pool above the balancing method", "keepalive 32; least_conn;", "", `proxy_http_version 1.1; proxy_set_header Connection "";`, false, true},
	{"headers that the location drops", "keepalive 32;", `proxy_http_version 1.1; proxy_set_header Connection "";`, "proxy_set_header Host $host;", false, true},
	{"close as it is written", "keepalive 32;", "", "proxy_http_version 1.1; proxy_set_header Connection close;", false, false},
}

// TestRelease counts the connections of the same requests under both releases, and asks
// what "tcplint diff" says of them. No 1.28.0 is at hand: 1.26.3 stands in for it, which
// has the same defaults.
func TestRelease(t *testing.T) {
	t.Parallel()
	old, now := facts.V(1, 28, 0), facts.V(1, 30, 6)
	for _, c := range releaseCases {
		target, upstream := "app", "upstream app { server 10.0.0.1:8080; "+c.upstream+" }\n"
		if c.upstream == "-" {
			target, upstream = "10.0.0.1:8080", ""
		}
		text := "events {}\nhttp {\nmap $http_upgrade $upgrade { default upgrade; '' close; }\n" + upstream +
			"server { " + c.server + "\nlocation / { " + c.location + " proxy_pass http://" + target + "; } }\n}\n"
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var said *show.ValueChange
			for _, place := range show.Changes(model.Build(inputFor(text, old)), model.Build(inputFor(text, now))) {
				for _, v := range place.Changes {
					if v.Name == "connections to the backend" {
						said = &v
					}
				}
			}
			if (said != nil) != (c.before != c.after) {
				t.Errorf("diff says %+v; used again before: %t, after: %t", said, c.before, c.after)
			}
			if said != nil && (said.Before == "kept and used again") != c.before {
				t.Errorf("diff says %+v", said)
			}
			for _, run := range []struct {
				release facts.Version
				again   bool
			}{{facts.V(1, 26, 3), c.before}, {now, c.after}} {
				t.Run(run.release.String(), func(t *testing.T) {
					t.Parallel()
					if _, ok := linttest.NginxOf(run.release); !ok {
						t.Skip("this release is not here")
					}
					s := start(t, linttest.Side{Files: filesOf(text), Input: inputFor(text, run.release)}, options{})
					got := s.statuses(t, "/", times)
					t.Logf("%d requests: %d connections", times, s.opened())
					if want := map[bool]int{true: 1, false: times}[run.again]; s.opened() != want || got[http.StatusOK] != times {
						t.Errorf("%d connections, want %d; answers %v", s.opened(), want, got)
					}
				})
			}
		})
	}
}

func filesOf(text string) []txtar.File {
	return []txtar.File{{Name: "nginx.conf", Data: []byte(text)}}
}

// inputFor is a main file read for one release.
func inputFor(text string, release facts.Version) model.Input {
	files := modeltest.New(map[string]string{"nginx.conf": text})
	return model.Input{
		Target: model.Target{Nginx: facts.Only(release)}, Reader: files, Trees: model.NewTrees(), Main: files.File("nginx.conf"),
	}
}
