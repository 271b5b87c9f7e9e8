package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
)

// sse reads [sse]: the locations that serve event streams.
func (r *reader) sse(p at, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		r.fail(p, "want a table: [sse]")
		return
	}
	r.table(p, t, []string{"locations"}, map[string]func(at, any){
		"locations": func(p at, v any) {
			for _, s := range r.strs(p, v) {
				if !strings.HasPrefix(s, "/") {
					r.fail(p, `%q is not the path of a location: it must begin with "/"`, s)
				}
				r.file.streams = append(r.file.streams, cmp.Or(strings.TrimRight(s, "/"), "/"))
			}
		},
	})
}

// upstreams reads [upstream."NAME"]: what the servers behind an upstream hold.
func (r *reader) upstreams(p at, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		r.fail(p, `want tables: [upstream."NAME"]`)
		return
	}
	r.file.backends = map[string]facts.Backend{}
	r.file.upstreams = r.order(p, t)
	for _, name := range r.file.upstreams {
		own, ok := t[name].(map[string]any)
		if !ok {
			r.fail(p.child(name), `want a table: [upstream.%q]`, name)
			continue
		}
		r.file.backends[name] = r.backend(p.child(name), own)
	}
}

func (r *reader) backend(p at, t map[string]any) facts.Backend {
	var b facts.Backend
	number := func(to *int) func(at, any) {
		return func(p at, v any) {
			n, ok := v.(int64)
			if !ok || n < 1 || n > 1<<31 {
				r.fail(p, "want a whole number above 0")
				return
			}
			*to = int(n)
		}
	}
	r.table(p, t, []string{"backend", "max_connections", "max_children", "max_requests", "idle_timeout", "families"}, map[string]func(at, any){
		"backend": func(p at, v any) {
			if s, ok := r.str(p, v); ok {
				name, _, _ := strings.Cut(s, "@")
				if _, known := facts.PresetOf(name); !known {
					r.fail(p, "%w", Unknown("backend", name, presetNames()))
					return
				}
				var err error
				if b.Preset, b.Version, err = facts.ParsePreset(s); err != nil {
					r.fail(p, "%w", err)
				}
			}
		},
		"max_connections": number(&b.MaxConnections),
		"max_children":    number(&b.MaxChildren),
		"max_requests":    number(&b.MaxRequests),
		"idle_timeout": func(p at, v any) {
			if s, ok := r.str(p, v); ok {
				if word, ok := facts.ParseKeeping(s); ok {
					b.Keeps = word
					return
				}
				d, err := time.ParseDuration(s)
				if err != nil || d <= 0 {
					r.fail(p, `%q is not a duration: want one such as "5s" or "1m30s"; or "never", "none" for a server that keeps no connection and says so, "none-unannounced" for one that closes without saying so`, s)
				}
				b.IdleTimeout = d
			}
		},
		"families": func(p at, v any) {
			b.Families = r.strs(p, v)
			for _, f := range b.Families {
				if !slices.Contains(families, f) {
					r.fail(p, "%w", Unknown("family", f, families))
				}
			}
		},
	})
	return b
}

var families = []string{"ipv4", "ipv6"}

func presetNames() []string {
	var names []string
	for _, p := range facts.Presets() {
		names = append(names, p.Name)
	}
	return names
}
