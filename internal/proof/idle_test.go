//go:build linux

package proof

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

// idleCases are examples of the rules whose fixes let connections to a backend of
// which nothing is known live longer.
func idleCases() []connectionCase {
	var cases []connectionCase
	for _, c := range connectionCases {
		if !c.clients && c.rule != "nginx-fastcgi-not-kept" {
			cases = append(cases, c)
		}
	}
	return append(cases,
		connectionCase{claim: claim{rule: "nginx-local-pool-thrash", example: "33 locations"}, path: "/1"},
		connectionCase{claim: claim{rule: "nginx-pool-switched-off"}},
		connectionCase{claim: claim{rule: "nginx-pool-switched-off", example: "the age of a connection"}},
	)
}

// TestIdle sends POSTs through every reuse rule's example, before and after its fix,
// to servers that close idle connections, at the moments when they do. What did not
// fail before must not fail after. Without the line that lets nginx close first, the
// same requests do fail.
func TestIdle(t *testing.T) {
	t.Parallel()
	for _, w := range softwares {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			addr := w.start(t)
			idle := idleTime(t, addr)
			t.Logf("%s closes idle connections after %s", w.name, idle.Round(10*time.Millisecond))
			var traffic []*traffic
			add := func(name string, side linttest.Side, path string) {
				s := start(t, side, options{at: func(string) string { return link(t, addr) }})
				traffic = append(traffic, newTraffic(name, s, path))
			}
			for _, c := range idleCases() {
				bad, good, reason := c.find(t).sides(t)
				if reason != "" {
					t.Logf("%s: %s", c, reason)
					continue
				}
				good = cured(t, good, c.then)
				add(c.String()+" before", bad, c.path)
				add(c.String()+" after", good, c.path)
				if without, ok := withoutIdle(good); ok {
					add(c.String()+" without the line", without, c.path)
				}
			}
			// On a busy machine the requests may miss the moment; what they meet counts
			// over all rounds.
			for round := 0; round < 5 && lost(traffic) == 0; round++ {
				if round > 0 {
					idle = idleTime(t, addr)
				}
				var group sync.WaitGroup
				for _, x := range traffic {
					group.Go(func() { x.run(idle) })
				}
				group.Wait()
			}
			judge(t, traffic)
		})
	}
}

// judge compares what failed before, after, and without the line. Three of them
// belong together.
func judge(t *testing.T, all []*traffic) {
	t.Helper()
	failed := map[string]int{}
	for _, x := range all {
		failed[x.name] = x.failed
	}
	for _, x := range all {
		name, after := strings.CutSuffix(x.name, " after")
		if !after {
			continue
		}
		before := failed[name+" before"]
		t.Logf("%s: %d of %d POSTs fail before, %d after, %d without keepalive_timeout", name, before, x.sent, x.failed, failed[name+" without the line"])
		if x.failed > 0 && before == 0 {
			t.Errorf("%s: %d of %d POSTs fail after the fix, and none before\n%s", name, x.failed, x.sent, x.site.errorLog(t))
		}
	}
	if lost(all) == 0 {
		t.Error("without keepalive_timeout nothing fails either: the requests show nothing")
	}
}

// lost is how many requests fail where nothing lets nginx close first.
func lost(all []*traffic) int {
	n := 0
	for _, x := range all {
		if strings.HasSuffix(x.name, " without the line") {
			n += x.failed
		}
	}
	return n
}

var idleLine = regexp.MustCompile(`(?m)^ *keepalive_timeout [^;]*;\n`)

// withoutIdle is a side without the line that lets nginx close first.
func withoutIdle(side linttest.Side) (linttest.Side, bool) {
	files := make([]txtar.File, 0, len(side.Files))
	found := false
	for _, f := range side.Files {
		text := idleLine.ReplaceAll(f.Data, nil)
		found = found || len(text) < len(f.Data)
		files = append(files, txtar.File{Name: f.Name, Data: text})
	}
	side.Files = files
	return side, found
}

// traffic is a few clients that post at the same time, with pauses.
type traffic struct {
	name         string
	site         *site
	url          string
	sent, failed int
}

const posters = 6

func newTraffic(name string, s *site, path string) *traffic {
	if path == "" {
		path = "/"
	}
	return &traffic{name: name, site: s, url: "http://" + s.addr + path}
}

// run posts again and again, after pauses about as long as the server waits. A
// connection is lost on which a request is sent less than one way before the server
// closes it, or less than one way after.
func (x *traffic) run(idle time.Duration) {
	clients := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: posters}}
	defer clients.CloseIdleConnections()
	for _, pause := range []time.Duration{0, idle - 3*far, idle - 2*far, idle - far, idle, idle + far, idle + 3*far} {
		time.Sleep(pause)
		var group sync.WaitGroup
		var mu sync.Mutex
		for range posters {
			group.Go(func() {
				status := x.post(clients)
				mu.Lock()
				defer mu.Unlock()
				x.sent++
				if status != http.StatusOK {
					x.failed++
				}
			})
		}
		group.Wait()
	}
}

// post returns the status of the answer, 0 if there is none.
func (x *traffic) post(c *http.Client) int {
	resp, err := c.Post(x.url, "text/plain", strings.NewReader("ok")) //nolint:noctx // the client has a time limit
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
