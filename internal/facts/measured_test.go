package facts_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
)

// otherwise are measurements of a server that was not left as it is shipped, and
// what was set.
var otherwise = map[string]string{
	"go-nethttp-readtimeout":  "ReadTimeout 5 s",
	"go-nethttp-writetimeout": "WriteTimeout 5 s",
	"gunicorn-asgi-kt":        "keepalive 5 s",
	"memcached":               "asked in HTTP, which it does not speak",
}

// TestPresetsAsMeasured holds the presets against what was measured.
func TestPresetsAsMeasured(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("data/backends.tsv")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	rows := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		rows++
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 9 {
			t.Fatalf("%d columns: %s", len(f), line)
		}
		name, preset, release := f[0], f[1], f[2]
		seen[preset] = true
		_, base, _ := strings.Cut(name, "-")
		if otherwise[name] != "" || otherwise[base] != "" {
			continue
		}
		var v facts.Version
		if preset != "go" && !strings.Contains(release, "0.40") { // of frameworks, or no version of three numbers
			v, _ = facts.ParseVersion(release)
		}
		p, ok := facts.PresetFor(preset, v)
		if !ok {
			t.Errorf("%s: nothing is known of %s %s", name, preset, v)
			continue
		}
		for _, problem := range compareMeasured(p, f) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	if rows != 142 {
		t.Errorf("%d rows, want 142", rows)
	}
	for _, p := range facts.Presets() {
		if !seen[p.Name] && !strings.Contains(p.Note, "measured") {
			t.Errorf("%s has no row, and its note does not say whether it was measured", p.Name)
		}
	}
}

// compareMeasured lists where a preset says other than a row.
func compareMeasured(p facts.Preset, f []string) []string {
	var problems []string
	add := func(column, want string) {
		problems = append(problems, column+" is "+want+", measured: "+strings.Join(f[3:], " "))
	}
	queue, idle, requests, slow := f[4], f[5], f[6], f[8]

	const lighttpdGrows = "4096"
	if n, err := strconv.Atoi(queue); err == nil && n != p.Backlog && (p.Name != "lighttpd" || queue != lighttpdGrows) {
		add("the accept queue", strconv.Itoa(p.Backlog))
	}
	if seconds, open := strings.CutPrefix(idle, "open>"); open {
		if p.Keeps == facts.ClosesAnnounced || p.Keeps == facts.ClosesUnannounced || p.Keeps == facts.KeepsFor && p.IdleTimeout < measured(seconds) {
			add("the idle time", p.IdleTimeout.String())
		}
	} else if idle != "-" {
		// Servers look for idle connections now and then: none closes much
		// earlier than it says, and some later.
		took, early, late := measured(idle), p.IdleTimeout-800*time.Millisecond, p.IdleTimeout*13/10+2*time.Second
		if took < 100*time.Millisecond != (p.Keeps == facts.ClosesAnnounced || p.Keeps == facts.ClosesUnannounced) || p.Keeps == facts.KeepsFor && (took < early || took > late) {
			add("the idle time", p.IdleTimeout.String())
		}
	}
	switch word, n, _ := strings.Cut(requests, " "); {
	case word == "eof" && p.Keeps != facts.ClosesUnannounced, n == "1" && p.Keeps != facts.ClosesAnnounced:
		add("what it does after an answer", strconv.Itoa(int(p.Keeps)))
	case word == "close" && n != "1" && n != strconv.Itoa(p.Requests):
		add("the number of requests", strconv.Itoa(p.Requests))
	case word == "none" && p.Requests > 0:
		if most, _ := strconv.Atoi(n); most >= p.Requests {
			add("the number of requests", strconv.Itoa(p.Requests))
		}
	}
	if after, lost := strings.CutPrefix(slow, "lost "); lost != (p.InFlight > 0) && slow != "-" || lost && measured(after) < p.InFlight {
		add("the time of a request in flight", p.InFlight.String())
	}
	return problems
}

func measured(seconds string) time.Duration {
	n, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		return -1
	}
	return time.Duration(n * float64(time.Second))
}
