package service

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// Apache httpd: apache2.conf and httpd.conf with what they include, as far as it is
// there; what stands in a condition or below a virtual host is not taken.
//
//	KeepAliveTimeout 5
//	^^^^^^^^^^^^^^^^^^ idle connections end after 5 s
//	KeepAlive Off
//	^^^^^^^^^^^^^ every answer says "Connection: close"
//	Listen 127.0.0.1:8080
//	^^^^^^^^^^^^^^^^^^^^^ where it listens
//
// Source: httpd.apache.org/docs/2.4/mod/core.html, mpm_common.html.

// isApache reports whether a file is the main file of Apache; or Debian's ports.conf,
// where the main file is the one of the package, which is not there.
func isApache(r *repo, f *source.File) bool {
	switch path.Base(f.Path) {
	case "apache2.conf", "httpd.conf":
		return strings.Contains(f.Text, "Listen") || strings.Contains(f.Text, "KeepAlive") || strings.Contains(f.Text, "Include")
	case "ports.conf":
		dir := path.Dir(path.Clean(f.Path))
		return strings.Contains(dir, "apache") && strings.Contains(f.Text, "Listen") && r.file(path.Join(dir, "apache2.conf")) == nil
	}
	return false
}

// debianIncludes are what the apache2.conf of Debian's package includes, in its order.
var debianIncludes = []string{"mods-enabled/*.conf", "ports.conf", "conf-enabled/*.conf", "sites-enabled/*.conf"}

// apacheHere are sections that hold in any case, or where their module is there.
var apacheHere = map[string]bool{"ifmodule": true, "ifversion": true}

// apacheDirectives reads a file of Apache and what it includes.
func apacheDirectives(r *repo, f *source.File, depth int) []directive {
	var out []directive
	var within []string
	module := 0 // sections of modules that one is in
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' {
			continue
		}
		if name, ok := strings.CutPrefix(text, "</"); ok {
			if len(within) > 0 && strings.EqualFold(within[len(within)-1], strings.TrimSuffix(name, ">")) {
				if within[len(within)-1] == "ifmodule" {
					module--
				}
				within = within[:len(within)-1]
			}
			continue
		}
		if name, ok := strings.CutPrefix(text, "<"); ok {
			name, _, _ = strings.Cut(strings.TrimSuffix(name, ">"), " ")
			within = append(within, strings.ToLower(name))
			if strings.EqualFold(name, "ifmodule") {
				module++
			}
			continue
		}
		w := words(text)
		if len(w) == 0 {
			continue
		}
		d := directive{name: w[0], args: w[1:], at: lineSpan(f, start, line), maybe: module > 0}
		for _, s := range within {
			if !apacheHere[s] {
				d.within = append(d.within, s)
			}
		}
		switch strings.ToLower(w[0]) {
		case "include", "includeoptional":
			if len(w) < 2 || depth >= 8 {
				continue
			}
			found := r.below(f, w[1])
			if len(found) == 0 && !strings.ContainsAny(w[1], "*?[") || len(d.within) > 0 {
				d.args = []string{path.Base(w[1])}
				out = append(out, d) // what it sets is not seen
				continue
			}
			for _, g := range found {
				r.used[g] = true
				out = append(out, apacheDirectives(r, g, depth+1)...)
			}
		default:
			out = append(out, d)
		}
	}
	return out
}

// apacheService makes a service of a main file.
func apacheService(r *repo, f *source.File, base *Service) []*Service {
	s := *base
	s.Variant = "apache"
	set := settings{}
	q := &process{Service: &s}
	all := apacheDirectives(r, f, 0)
	if path.Base(f.Path) == "ports.conf" {
		all = nil
		for _, pattern := range debianIncludes {
			for _, g := range r.matching(nil, path.Join(path.Dir(path.Clean(f.Path)), pattern)) {
				r.used[g] = true
				all = append(all, apacheDirectives(r, g, 1)...)
			}
		}
	}
	for _, d := range all {
		name := strings.ToLower(d.name)
		if name == "include" || name == "includeoptional" {
			q.doubtful = true
			continue
		}
		if len(d.within) > 0 {
			switch name {
			case "keepalive", "keepalivetimeout", "maxkeepaliverequests":
				set[name] = Field[string]{Value: string(source.Unknown), Sure: Set, At: d.at, Name: d.name}
				q.doubtful = true
			case "listen":
				q.doubtful = true
			}
			continue
		}
		if name == "listen" {
			if d.maybe { // only where a module is there, such as that of TLS
				q.doubtful = true
				continue
			}
			q.listen(d.field(0), "http")
			continue
		}
		// What stands where a module is there is what holds, unless another module, or
		// none, has another value.
		maybe := d.maybe
		d.maybe = false
		field := d.field(0)
		if old, twice := set[name]; twice && maybe && old.Value != field.Value {
			field.Value = string(source.Unknown)
		}
		set[name] = field
	}
	s.AllListens = !q.doubtful && len(s.Listens) > 0
	s.Keeps, s.Idle = set.apacheIdle()
	if !s.Idle.Known() && !s.Keeps.Known() && (s.Idle.At.File != nil || s.Keeps.At.File != nil) {
		s.Variant = ""
	}
	s.Requests = positive(set.number("maxkeepaliverequests"))
	if s.Requests.Known() {
		s.Requests.Value++ // the answer after so many says close
	}
	s.Busy = positive(set.number("maxrequestworkers", "maxclients"))
	s.Backlog = positive(set.number("listenbacklog"))
	if len(s.Listens) == 0 {
		return nil
	}
	s.At = s.Listens[0].At
	s.complete()
	return []*Service{&s}
}

// apacheIdle finds out whether connections are kept, and for how long. A time of 0 keeps
// none (measured with 2.4).
func (s settings) apacheIdle() (Field[facts.Keeping], Field[time.Duration]) {
	keeps, idle := Field[facts.Keeping]{}, Field[time.Duration]{}
	if t, ok := s["keepalivetimeout"]; ok {
		d, valid := apacheTime(t.Value)
		switch {
		case !valid:
			idle = unread[time.Duration](t)
		case d == 0:
			keeps = as(t, facts.ClosesAnnounced)
		default:
			idle = as(t, d)
		}
	}
	if k, ok := s["keepalive"]; ok {
		switch strings.ToLower(k.Value) {
		case "off":
			return as(k, facts.ClosesAnnounced), Field[time.Duration]{}
		case "on":
		default:
			return unread[facts.Keeping](k), unread[time.Duration](k)
		}
	}
	return keeps, idle
}

// apacheUnits are the units of a time, in the order in which they are looked for
// (ap_timeout_parameter_parse in server/util.c).
var apacheUnits = []struct {
	name string
	is   time.Duration
}{{"ms", time.Millisecond}, {"min", time.Minute}, {"mi", time.Minute}, {"h", time.Hour}, {"s", time.Second}, {"", time.Second}}

// apacheTime reads "5", "5s", "500ms", "1min" and "1h".
func apacheTime(text string) (d time.Duration, ok bool) {
	for _, unit := range apacheUnits {
		if n, found := strings.CutSuffix(text, unit.name); found {
			v, err := strconv.Atoi(n)
			return time.Duration(v) * unit.is, err == nil && v >= 0
		}
	}
	return 0, false
}
