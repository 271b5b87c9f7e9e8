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
		for _, p := range facts.PresetsOf(p.Name) {
			if p.Title == "" || p.Note == "" || !strings.HasPrefix(p.Ref, "https://") {
				t.Errorf("%s: a preset needs a title, a note and a source: %+v", p.Name, p)
			}
			if (p.Keeps == facts.KeepsFor) != (p.IdleTimeout > 0) {
				t.Errorf("%s: an idle timeout is that of a server which keeps connections for some time: %+v", p.Name, p)
			}
			if (p.Slots > 0) != (p.Limit != "") {
				t.Errorf("%s: a limit needs a name: %+v", p.Name, p)
			}
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

func TestParsePreset(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		idle time.Duration
		err  string
	}{
		{"puma", 20 * time.Second, ""},
		{"puma@6", 20 * time.Second, ""},
		{"puma@6.4.2", 20 * time.Second, ""},
		{"puma@7", 65 * time.Second, ""},
		{"puma@8.0.2", 65 * time.Second, ""},
		{"hypercorn", 5 * time.Second, ""},
		{"hypercorn@0.13.2", 0, ""},
		{"hypercorn@0.15", 0, "nothing is known of hypercorn 0.15"},
		{"pumas", 0, `there is no backend "pumas"`},
		{"puma@six", 0, `"six" is not a version`},
		{"puma@", 0, `"" is not a version`},
	} {
		name, v, err := facts.ParsePreset(test.text)
		if err != nil || test.err != "" {
			if err == nil || test.err == "" || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: the error is %v, want %q", test.text, err, test.err)
			}
			continue
		}
		if p, _ := facts.PresetFor(name, v); p.IdleTimeout != test.idle {
			t.Errorf("%s: closes after %s, want %s", test.text, p.IdleTimeout, test.idle)
		}
	}
}

func TestParseKeeping(t *testing.T) {
	t.Parallel()
	for _, word := range facts.KeepingWords() {
		if k, ok := facts.ParseKeeping(word); !ok || k == facts.KeepsUnknown || k == facts.KeepsFor {
			t.Errorf("%q is read as %d, %v", word, k, ok)
		}
	}
	if k, ok := facts.ParseKeeping("5s"); ok {
		t.Errorf("a time is read as a word: %d", k)
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
		{facts.Backend{Preset: "gunicorn"}, 0, "max_connections", 0},
		{facts.Backend{Preset: "puma", Version: facts.V(8, 0, 2)}, 0, "max_connections", 65 * time.Second},
		{facts.Backend{Preset: "node", Keeps: facts.ClosesUnannounced}, 0, "max_connections", 0},
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

// TestCommonIdle names the servers that close even earlier.
func TestCommonIdle(t *testing.T) {
	t.Parallel()
	var earlier []string
	for _, p := range facts.Presets() {
		if p.Keeps == facts.KeepsFor && p.IdleTimeout < facts.CommonIdle {
			earlier = append(earlier, p.Name)
		}
	}
	if want := []string{"starman"}; !slices.Equal(earlier, want) {
		t.Errorf("%v close before %s, want %v", earlier, facts.CommonIdle, want)
	}
}
