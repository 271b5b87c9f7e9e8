package service

import (
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// HAProxy: every frontend and listen section of haproxy.cfg, under its defaults.
//
//	timeout http-keep-alive 10s
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 10 s; else those of timeout client, or of http-request
//	bind :8080
//	^^^^^^^^^^ where it listens
//
// Source: docs.haproxy.org/3.2/configuration.html.

func isHAProxy(f *source.File) bool {
	return path.Base(f.Path) == "haproxy.cfg" || isHAProxyName(f.Path) && haproxyBind.MatchString(f.Text)
}

var haproxyBind = lazyre.New(`(?m)^\s+bind\s`)

// isHAProxyName reports whether a file may be HAProxy's by its name, or by its folder.
func isHAProxyName(p string) bool {
	return path.Ext(p) == ".cfg" && (strings.Contains(path.Base(p), "haproxy") || strings.Contains(path.Base(path.Dir(p)), "haproxy"))
}

// haproxySections begin a section.
var haproxySections = map[string]bool{
	"global": true, "defaults": true, "frontend": true, "backend": true, "listen": true, "resolvers": true, "peers": true, "userlist": true,
	"mailers": true, "cache": true, "program": true, "http-errors": true, "ring": true, "crt-store": true, "fcgi-app": true, "log-forward": true,
}

// haproxyServices makes a service of every section that listens.
func haproxyServices(f *source.File, base *Service) []*Service {
	var out []*Service
	var defaults settings
	named := map[string]settings{} // defaults by their names
	var current *process
	section := ""
	closing := false // some backend has connections closed, those of clients as well
	finish := func() {
		if current == nil || len(current.Listens) == 0 {
			return
		}
		current.haproxy()
		out = append(out, current.Service)
	}
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		w := words(line)
		if len(w) == 0 {
			continue
		}
		d := directive{name: w[0], args: w[1:], at: lineSpan(f, start, line)}
		if haproxySections[w[0]] {
			finish()
			section, current = w[0], nil
			switch section {
			case "defaults":
				defaults = settings{}.over(inherited(w, named, nil))
				if len(w) > 1 {
					named[w[1]] = defaults
				}
			case "frontend", "listen":
				s := *base
				current = &process{Service: &s, settings: settings{}.over(inherited(w, named, defaults))}
			}
			continue
		}
		var into settings
		switch {
		case section == "defaults":
			into = defaults
		case current != nil:
			into = current.settings
		}
		switch {
		case section == "backend" && w[0] == "option" && len(w) > 1 && w[1] == "httpclose":
			closing = true
		case into == nil:
		case w[0] == "bind" && current != nil && len(w) > 1:
			f := d.field(0)
			for _, family := range []string{"ipv4@", "ipv6@", "unix@"} {
				f.Value = strings.ReplaceAll(f.Value, family, "")
			}
			current.listen(f, "http")
		case w[0] == "timeout" && len(w) > 2:
			into["timeout "+w[1]] = d.field(1)
		case w[0] == "mode" || w[0] == "maxconn":
			into[w[0]] = d.field(0)
		case w[0] == "option" && len(w) > 1 && w[1] == "httpclose":
			into["httpclose"] = d.field(0)
		}
	}
	finish()
	for _, s := range out {
		if closing && s.Variant == "haproxy" && s.Keeps.Value != facts.ClosesAnnounced {
			s.Variant, s.Keeps, s.Idle = "", Field[facts.Keeping]{}, Field[time.Duration]{}
		}
	}
	return out
}

// inherited are the defaults that a section names with "from", or else the latest.
func inherited(w []string, named map[string]settings, latest settings) settings {
	for i := 1; i+1 < len(w); i++ {
		if w[i] == "from" {
			return named[w[i+1]]
		}
	}
	return latest
}

// haproxyTime is a number with one unit or none (parse_time_err in src/tools.c).
var haproxyTime = regexp.MustCompile(`^[0-9]+(us|ms|s|m|h|d)?$`)

// haproxy says what a section does.
func (p *process) haproxy() {
	s := p.Service
	s.At, s.AllListens = s.Listens[0].At, !p.doubtful
	if mode := p.settings.text("mode"); mode.Value != "http" {
		s.Program = Field[string]{Value: "haproxy", Sure: Set, At: s.At}
		return // it hands the stream on
	}
	s.Variant = "haproxy"
	for _, name := range []string{"timeout http-keep-alive", "timeout http-request", "timeout client"} {
		if f, ok := p.settings[name]; ok {
			d, valid := duration(f.Value, time.Millisecond)
			// Of "1m30s" 2.6 takes the minute with a warning, and later releases refuse it.
			if oneUnit := haproxyTime.MatchString(f.Value); !valid || !oneUnit {
				s.Variant = ""
			} else {
				s.Idle = as(f, d)
			}
			break
		}
	}
	if f, ok := p.settings["httpclose"]; ok {
		s.Keeps, s.Idle = as(f, facts.ClosesAnnounced), Field[time.Duration]{}
	}
	if !s.Idle.Known() && !s.Keeps.Known() {
		s.Variant = "" // without any timeout it never closes, or the defaults are not seen
	}
	s.Slots = positive(p.settings.number("maxconn"))
	s.complete()
}

// lighttpd: lighttpd.conf, its assignments at the top.
//
//	server.max-keep-alive-idle = 10
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 10 s
//	server.port = 8080
//	^^^^^^^^^^^^^^^^^^ where it listens
//
// Source: redmine.lighttpd.net/projects/lighttpd/wiki/Docs_ConfigurationOptions.

func isLighttpd(f *source.File) bool { return path.Base(f.Path) == "lighttpd.conf" }

func lighttpdServices(f *source.File, base *Service) []*Service {
	set := settings{}
	depth, at := 0, 0
	others := false // it listens on more sockets
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		others = others || strings.HasPrefix(strings.TrimLeft(text, "} els"), "$SERVER[\"socket\"]")
		key, value, ok := strings.Cut(text, "=")
		if key = strings.TrimSpace(key); ok && strings.HasPrefix(key, "server.") && !strings.HasSuffix(key, "+") {
			w := words(value)
			field := Field[string]{Sure: Set, Name: key, At: lineSpan(f, start, line)}
			if len(w) == 1 && depth == 0 {
				field.Value = w[0]
			} else {
				field.Value = string(source.Unknown)
			}
			set[key] = field
		}
		if text != "" && text[0] != '#' {
			depth += strings.Count(text, "{") - strings.Count(text, "}")
		}
	}
	s := *base
	s.Variant = "lighttpd"
	q := &process{Service: &s}
	port, bind := set.number("server.port"), set.text("server.bind")
	switch {
	case strings.HasPrefix(bind.Value, "/"):
		q.listen(bind, "http")
	case port.Known():
		s.Listens = append(s.Listens, as(port, Address{Host: wildcard(bind.Value), Port: port.Value, Protocol: "http"}))
	default:
		return nil
	}
	s.At, s.AllListens = s.Listens[0].At, !others
	if f, ok := set["server.max-keep-alive-idle"]; ok {
		s.Idle = set.seconds("server.max-keep-alive-idle")
		if unknown(f.Value) {
			s.Variant = ""
		}
	}
	if n := set.number("server.max-keep-alive-requests"); n.Known() {
		if n.Value == 0 {
			s.Keeps, s.Idle = as(n, facts.ClosesAnnounced), Field[time.Duration]{}
		} else {
			n.Value++
			s.Requests = n
		}
	}
	s.Slots = positive(set.number("server.max-connections"))
	s.Backlog = positive(set.number("server.listen-backlog"))
	s.complete()
	return []*Service{&s}
}
