package service

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/parser/source"
)

// traefik: the entry points of its static configuration, which stands in the file that
// it names or that lies where it looks, or else on its command line.
//
//	--entryPoints.web.address=:8000
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens
//	--entryPoints.web.transport.respondingTimeouts.idleTimeout=30s
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 30 s, 180 s otherwise
//	--entryPoints.web.transport.respondingTimeouts.writeTimeout=60s
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a request that is not answered by then ends with its connection
//
// Source: doc.traefik.io/traefik/reference/install-configuration/entrypoints.
func traefik() *software {
	return &software{
		name: "traefik", programs: []string{"traefik"}, packages: nil, images: []string{"traefik"},
		flags: map[string]string{"--configFile": "config", "--configfile": "config"},
		prepare: func(p *process, _ []string) {
			var files []string
			if name := p.settings.text("config").Value; name != "" {
				files = []string{name}
			} else {
				files = []string{"/etc/traefik/traefik.yml", "/etc/traefik/traefik.yaml", "/etc/traefik/traefik.toml", "traefik.yml", "traefik.yaml", "traefik.toml"}
			}
			for _, name := range files {
				if f := p.open(name); f != nil {
					p.settings = readTraefik(p.use(f)) // then no flag counts
					return
				}
			}
			if p.settings.text("config").Known() { // a file that is not seen, and then no flag counts
				p.settings = settings{}
				return
			}
			for _, w := range p.argv {
				name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(w.text, "-"), "-"), "=")
				if lower := strings.ToLower(name); ok && strings.HasPrefix(lower, "entrypoints.") {
					f := w.field(name)
					f.Value = value
					p.settings.put(lower, f, w.open)
				}
			}
		},
		derive: (*process).entryPoints,
	}
}

func (s settings) put(name string, f Field[string], open bool) {
	if open {
		f.Value = string(source.Unknown)
	}
	s[name] = f
}

// oldIdle is the idle timeout of all entry points in the first version.
const oldIdle = "respondingtimeouts.idletimeout"

const (
	entryAddress = ".address"
	entryIdle    = ".transport.respondingtimeouts.idletimeout"
	entryWrite   = ".transport.respondingtimeouts.writetimeout"
)

// entryPoints makes a service of every entry point.
func (p *process) entryPoints() []*Service {
	var out []*Service
	for _, name := range slices.Sorted(maps.Keys(p.settings)) {
		point, ok := strings.CutSuffix(name, entryAddress)
		if !ok || !strings.HasPrefix(point, "entrypoints.") {
			continue
		}
		address := p.settings[name]
		if strings.HasSuffix(address.Value, "/udp") {
			continue
		}
		address.Value = strings.TrimSuffix(address.Value, "/tcp")
		s := *p.Service
		s.Variant = "traefik"
		q := &process{Service: &s}
		q.listen(address, "http")
		s.AllListens = len(s.Listens) > 0 && !q.doubtful
		f, ok := p.settings[point+entryIdle]
		if !ok {
			f, ok = p.settings[oldIdle]
		}
		if ok {
			// With 0 it is the time for a request that counts, which differs from
			// release to release.
			if d, ok := duration(f.Value, time.Second); ok && d > 0 {
				s.Idle = as(f, d)
			} else {
				s.Variant = ""
			}
		}
		s.InFlight = positiveTime(p.settings.seconds(point + entryWrite))
		out = append(out, &s)
	}
	if len(out) == 0 {
		return p.itself()
	}
	return out
}

func isTraefik(f *source.File) bool {
	base := path.Base(f.Path)
	return (base == "traefik.yml" || base == "traefik.yaml" || base == "traefik.toml") && strings.Contains(strings.ToLower(f.Text), "entrypoints")
}

// readTraefik reads the entry points of a static configuration, by their names with
// dots, in lower case.
func readTraefik(f *source.File) settings {
	set := settings{}
	if path.Ext(f.Path) == ".toml" {
		return traefikTOML(f)
	}
	for _, d := range readYAML(f).docs {
		for _, points := range entries(d.root) {
			if !strings.EqualFold(points.key.Value, "entryPoints") {
				continue
			}
			for _, e := range entries(points.value) {
				point := "entrypoints." + strings.ToLower(e.key.Value)
				if n := at(e.value, "address"); n != nil {
					set[point+entryAddress] = d.scalar(n, "address", false)
				}
				if n := at(e.value, "transport", "respondingTimeouts", "idleTimeout"); n != nil {
					set[point+entryIdle] = d.scalar(n, "idleTimeout", false)
				}
				if n := at(e.value, "transport", "respondingTimeouts", "writeTimeout"); n != nil {
					set[point+entryWrite] = d.scalar(n, "writeTimeout", false)
				}
			}
		}
	}
	return set
}

// traefikTOML reads the tables of a file that can be read, with the lines that hold
// the values.
func traefikTOML(f *source.File) settings {
	set := settings{}
	if !isTOML(f) {
		return set
	}
	table, at := "", 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "[") {
			table = strings.ToLower(strings.Trim(strings.ReplaceAll(text, `"`, ""), "[] "))
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		name := table + "." + strings.ToLower(strings.TrimSpace(key))
		if !ok || !strings.HasPrefix(name, "entrypoints.") && name != oldIdle {
			continue
		}
		value, _, _ = strings.Cut(value, " #")
		set[name] = Field[string]{Value: strings.Trim(strings.TrimSpace(value), `"'`), Sure: Set, Name: strings.TrimSpace(key), At: lineSpan(f, start, line)}
	}
	return set
}
