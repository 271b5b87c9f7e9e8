package facts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
)

func TestPresets(t *testing.T) {
	t.Parallel()
	all := facts.Presets()
	if !slices.IsSortedFunc(all, func(a, b facts.Preset) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the presets are not sorted by name")
	}
	for _, p := range all {
		if got, ok := facts.PresetOf(p.Name); !ok || got != p {
			t.Errorf("PresetOf(%q) is %v, %v", p.Name, got, ok)
		}
		if p.Title == "" || p.Note == "" || !strings.HasPrefix(p.Ref, "https://") {
			t.Errorf("%s: a preset needs a title, a note and a source: %+v", p.Name, p)
		}
	}
	for _, name := range []string{"node", "gunicorn", "uvicorn", "php-fpm", "apache", "go", "tomcat", "puma"} {
		if _, ok := facts.PresetOf(name); !ok {
			t.Errorf("there is no preset %s", name)
		}
	}
	if p, ok := facts.PresetOf("Node"); ok {
		t.Errorf("there is a preset Node: %v", p)
	}
}

func TestBackend(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		b     facts.Backend
		slots int
		limit string
		idle  time.Duration
	}{
		{facts.Backend{}, 0, "max_connections", 0},
		{facts.Backend{Preset: "go"}, 0, "max_connections", 0},
		{facts.Backend{Preset: "node"}, 0, "max_connections", 5 * time.Second},
		{facts.Backend{Preset: "node", IdleTimeout: time.Minute}, 0, "max_connections", time.Minute},
		{facts.Backend{MaxConnections: 64}, 64, "max_connections", 0},
		{facts.Backend{MaxConnections: 64, MaxChildren: 5}, 5, "max_children", 0},
		{facts.Backend{MaxConnections: 4, MaxChildren: 5}, 4, "max_connections", 0},
	} {
		if slots, limit := test.b.Slots(); slots != test.slots || limit != test.limit {
			t.Errorf("%+v: Slots() is %d, %s, want %d, %s", test.b, slots, limit, test.slots, test.limit)
		}
		if idle := test.b.Idle(); idle != test.idle {
			t.Errorf("%+v: Idle() is %s, want %s", test.b, idle, test.idle)
		}
	}
}

func TestListensOnlyOn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		families []string
		v4, v6   bool
	}{
		{nil, false, false},
		{[]string{"ipv4"}, true, false},
		{[]string{"ipv6"}, false, true},
		{[]string{"ipv4", "ipv6"}, false, false},
	} {
		b := facts.Backend{Families: test.families}
		if v4, v6 := b.ListensOnlyOn("ipv4"), b.ListensOnlyOn("ipv6"); v4 != test.v4 || v6 != test.v6 {
			t.Errorf("%v: only ipv4 is %v, only ipv6 is %v", test.families, v4, v6)
		}
	}
}
