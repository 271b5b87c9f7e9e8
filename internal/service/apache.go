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

// isApache reports whether a file is the main file of Apache.
func isApache(f *source.File) bool {
	switch path.Base(f.Path) {
	case "apache2.conf", "httpd.conf":
		return strings.Contains(f.Text, "Listen") || strings.Contains(f.Text, "KeepAlive") || strings.Contains(f.Text, "Include")
	}
	return false
}

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
			if len(w) > 1 && depth < 8 && len(d.within) == 0 {
				for _, g := range r.below(f, w[1]) {
					r.used[g] = true
					out = append(out, apacheDirectives(r, g, depth+1)...)
				}
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
	for _, d := range apacheDirectives(r, f, 0) {
		name := strings.ToLower(d.name)
		if len(d.within) > 0 {
			if name == "keepalive" || name == "keepalivetimeout" {
				q.doubtful = true
				set[name] = Field[string]{Value: string(source.Unknown), Sure: Set, At: d.at, Name: d.name}
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
	if t, ok := set["keepalivetimeout"]; ok {
		d, valid := apacheTime(t.Value)
		if !valid {
			s.Variant = ""
		}
		s.Idle = as(t, d)
		if !valid {
			s.Idle = Field[time.Duration]{}
		}
	}
	if k, ok := set["keepalive"]; ok && strings.EqualFold(k.Value, "off") {
		s.Keeps, s.Idle = as(k, facts.ClosesAnnounced), Field[time.Duration]{}
	}
	if n := set.number("maxkeepaliverequests"); n.Known() && n.Value > 0 {
		n.Value++ // the answer after so many says close
		s.Requests = n
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

// apacheTime reads "5", "5s" and "500ms".
func apacheTime(text string) (d time.Duration, ok bool) {
	if n, found := strings.CutSuffix(text, "ms"); found {
		v, err := strconv.Atoi(n)
		return time.Duration(v) * time.Millisecond, err == nil
	}
	v, err := strconv.Atoi(strings.TrimSuffix(text, "s"))
	return time.Duration(v) * time.Second, err == nil
}
