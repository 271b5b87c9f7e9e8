package engine

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tcplint/tcplint/internal/workspace"
)

func TestEach(t *testing.T) {
	var sum atomic.Int64
	if err := each(t.Context(), 100, nil, func(i int) { sum.Add(int64(i)) }); err != nil || sum.Load() != 4950 {
		t.Errorf("sum is %d, error %v", sum.Load(), err)
	}
	if err := each(t.Context(), 0, nil, func(int) { t.Error("called for nothing") }); err != nil {
		t.Error(err)
	}
	var numbers []int
	err := each(t.Context(), 3, nil, func(i int) { _ = numbers[i] })
	if err == nil || !strings.Contains(err.Error(), "internal error while ") {
		t.Errorf("a panic became %v", err)
	}
}

// TestConnected checks that what shares files is linted together, and nothing else.
func TestConnected(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for _, name := range []string{"a/1.sysctl", "b/nginx.conf", "b/conf.d/x.conf", "c/nginx.conf"} {
		texts[name] = "vm.swappiness = 1\n"
	}
	texts["b/nginx.conf"] = "events {}\nhttp { include conf.d/*.conf; }\n"
	texts["b/conf.d/x.conf"] = "server { listen 80; }\n"
	texts["c/nginx.conf"] = "events {}\nhttp { include ../b/conf.d/*.conf; }\n"
	texts[".git/HEAD"] = ""
	ws, err := workspace.Open(workspace.Memory(texts), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, c := range components(ws) {
		for _, g := range c.groups {
			for _, h := range g.hosts {
				got.WriteString(h.Files()[0].Path + " ")
			}
		}
		got.WriteString("| ")
	}
	if want := "b/nginx.conf c/nginx.conf | a/1.sysctl | "; got.String() != want {
		t.Errorf("components are %q, want %q", got.String(), want)
	}
	hosts := ws.Hosts()
	hosts[1].Only = map[string]bool{"c/nginx.conf": true}
	if n := len(components(ws)[0].groups); n != 2 {
		t.Errorf("a restricted host is in a group with another one: %d groups, want 2", n)
	}
}
