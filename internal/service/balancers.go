package service

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// HAProxy: every frontend and listen section of haproxy.cfg, under its defaults.
//
//	timeout http-keep-alive 10s
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 10 s; else those of http-request, or of timeout client
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
	conditions := 0  // of .if that one is in
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
		switch w[0] {
		case ".if":
			conditions++
		case ".endif":
			conditions = max(conditions-1, 0)
		}
		d := directive{name: w[0], args: w[1:], at: lineSpan(f, start, line), maybe: conditions > 0}
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
		case section == "backend" && w[0] == "option" && len(w) > 1 && haproxyModes[w[1]] == closesAfterAnswer:
			closing = true
		case into == nil:
		case w[0] == "bind" && current != nil && len(w) > 1:
			f := d.field(0)
			for _, family := range []string{"ipv4@", "ipv6@", "unix@"} {
				f.Value = strings.ReplaceAll(f.Value, family, "")
			}
			if strings.Contains(f.Value, "@") { // "quic4@:443", "udp@:53"
				f.Value = string(source.Unknown)
			}
			current.listen(f, "http")
			if slices.Contains(w, "backlog") || slices.Contains(w, "maxconn") { // of this address alone
				current.settings["backlog"] = Field[string]{Value: string(source.Unknown), At: f.At, Name: "backlog"}
			}
		case w[0] == "timeout" && len(w) > 2:
			f := d.field(1)
			f.Name = "timeout " + w[1]
			into[f.Name] = f
		case w[0] == "mode" || w[0] == "maxconn" || w[0] == "backlog":
			if !unknown(into["backlog"].Value) || w[0] != "backlog" {
				into[w[0]] = d.field(0)
			}
		case w[0] == "clitimeout" && len(w) > 1: // until 2.0
			into["timeout client"] = d.field(0)
		case w[0] == "option" && len(w) > 1 && haproxyModes[w[1]] != "":
			name := "option " + w[1]
			d.args = []string{haproxyModes[w[1]]}
			f := d.field(0)
			f.Name = name
			into["http mode"] = f
		case w[0] == "no" && len(w) > 2 && w[1] == "option" && haproxyModes[w[2]] != "":
			d.args = []string{keepsAfterAnswer}
			if into["http mode"].Value == haproxyModes[w[2]] {
				into["http mode"] = d.field(0)
			}
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

// What HAProxy does with a client's connection after an answer.
const (
	closesAfterAnswer = "closes"
	keepsAfterAnswer  = "keeps"
)

// haproxyModes are the options that say so, the last of which holds. "forceclose" is gone
// since 2.0.
var haproxyModes = map[string]string{
	"httpclose": closesAfterAnswer, "forceclose": closesAfterAnswer, "http-server-close": keepsAfterAnswer, "http-keep-alive": keepsAfterAnswer,
}

// haproxyIdle finds out when an idle connection ends. A time of 0 is none: that of
// http-keep-alive falls back to http-request, and this to client. Where client has less
// time than these, 2.6 ends the connection by client, and 3.0 and 3.2 by these (measured);
// where it has no end, 2.6 never ends it. Then neither is known.
func (s settings) haproxyIdle() (Field[facts.Keeping], Field[time.Duration]) {
	nothing := Field[facts.Keeping]{}
	var own Field[time.Duration]
	for _, name := range []string{"timeout http-keep-alive", "timeout http-request"} {
		f, ok := s[name]
		d, valid := haproxyDuration(f.Value)
		switch {
		case !ok || valid && d == 0:
			continue
		case !valid:
			return nothing, Field[time.Duration]{}
		}
		own = as(f, d)
		break
	}
	f, ok := s["timeout client"]
	client, valid := haproxyDuration(f.Value)
	switch {
	case !ok || !valid:
		return nothing, Field[time.Duration]{}
	case !own.Known() && client == 0:
		return as(f, facts.KeepsForever), Field[time.Duration]{}
	case !own.Known():
		return nothing, as(f, client)
	case client == 0 || client < own.Value:
		return nothing, Field[time.Duration]{}
	}
	return nothing, own
}

// haproxyDuration reads a time, in milliseconds where it has no unit. Of "1m30s" 2.6
// takes the minute with a warning, and later releases refuse it.
func haproxyDuration(text string) (d time.Duration, ok bool) {
	if !haproxyTime.MatchString(text) {
		return 0, false
	}
	if days, found := strings.CutSuffix(text, "d"); found {
		d, ok = duration(days, 24*time.Hour)
		return d, ok
	}
	return duration(text, time.Millisecond)
}

// haproxyTime is a number with one unit or none (parse_time_err in src/tools.c).
var haproxyTime = lazyre.New(`^[0-9]+(us|ms|s|m|h|d)?$`)

// haproxy says what a section does.
func (p *process) haproxy() {
	s := p.Service
	s.At, s.AllListens = s.Listens[0].At, !p.doubtful
	if mode := p.settings.text("mode"); mode.Value != "http" {
		s.Program = Field[string]{Value: "haproxy", Sure: Set, At: s.At}
		for i := range s.Listens {
			s.Listens[i].Value.Protocol = "" // it hands the stream on
		}
		return
	}
	s.Variant = "haproxy"
	s.Keeps, s.Idle = p.settings.haproxyIdle()
	if f, ok := p.settings["http mode"]; ok {
		switch f.Value {
		case closesAfterAnswer:
			s.Keeps, s.Idle = as(f, facts.ClosesAnnounced), Field[time.Duration]{}
		case keepsAfterAnswer:
		default:
			s.Keeps, s.Idle = Field[facts.Keeping]{}, Field[time.Duration]{}
		}
	}
	if !s.Idle.Known() && !s.Keeps.Known() {
		s.Variant = "" // without any timeout it never closes, or the defaults are not seen
	}
	s.Slots = positive(p.settings.number("maxconn"))
	// The accept queue is as long as maxconn where nothing sets it (listener_backlog in
	// include/haproxy/listener.h; measured with 2.6 and 3.2). A maxconn for many
	// connections is no wish for a queue as long.
	s.Backlog = positive(p.settings.number("backlog"))
	if _, set := p.settings["backlog"]; !set && s.Slots.Known() && s.Slots.Value < 4096 {
		s.Backlog = s.Slots
	}
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

func lighttpdServices(r *repo, f *source.File, base *Service) []*Service {
	c := lighttpdConfig{repo: r, set: settings{}, variables: map[string]string{}}
	c.read(f, 0, 0)
	set, others := c.set, c.others
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
		switch {
		case unknown(f.Value) || !s.Idle.Known():
			s.Variant = ""
		case s.Idle.Value == 0: // measured with 1.4.69
			s.Keeps, s.Idle = as(f, facts.ClosesAnnounced), Field[time.Duration]{}
		}
	}
	if n := set.number("server.max-keep-alive-requests"); n.Known() {
		if n.Value == 0 {
			s.Keeps, s.Idle = as(n, facts.ClosesAnnounced), Field[time.Duration]{}
		} else {
			n.Value++
			s.Requests = n
		}
	} else {
		s.Requests = n
	}
	s.Slots = positive(set.number("server.max-connections"))
	s.Backlog = positive(set.number("server.listen-backlog"))
	s.complete()
	return []*Service{&s}
}

// lighttpdConfig is what a lighttpd.conf and what it includes assign at the top.
type lighttpdConfig struct {
	repo      *repo
	set       settings
	variables map[string]string // what var.NAME is, as it is written
	others    bool              // it listens on more sockets
}

// read reads a file that is included so many times over, within so many conditions.
func (c *lighttpdConfig) read(f *source.File, included, depth int) {
	const deepest = 8
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		c.others = c.others || strings.HasPrefix(strings.TrimLeft(text, "} els"), "$SERVER[\"socket\"]")
		key, value, ok := strings.Cut(text, "=")
		key = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(key), ":")) // "server.port := 81"
		switch name, isVariable := strings.CutPrefix(key, "var."); {
		case ok && isVariable:
			c.variables[name] = string(source.Unknown)
			if literal, known := c.literal(value); known && depth == 0 {
				c.variables[name] = literal
			}
		case ok && strings.HasPrefix(key, "server.") && !strings.HasSuffix(key, "+"):
			field := Field[string]{Sure: Set, Name: key, At: lineSpan(f, start, line), Value: string(source.Unknown)}
			if literal, known := c.literal(value); known && depth == 0 {
				field.Value = literal
			}
			c.set[key] = field
		case strings.HasPrefix(text, "include ") && included < deepest:
			if w := words(text); len(w) == 2 {
				files := c.repo.below(f, w[1])
				c.others = c.others || len(files) == 0 // it may set up more
				for _, g := range files {
					c.repo.used[g] = true
					c.read(g, included+1, depth)
				}
			}
		}
		if text != "" && text[0] != '#' {
			depth += strings.Count(text, "{") - strings.Count(text, "}")
		}
	}
}

// literal reads a number, a text in quotes, or a variable that is one; known is false for
// anything else.
func (c *lighttpdConfig) literal(text string) (value string, known bool) {
	w := words(text)
	if len(w) != 1 || unknown(w[0]) {
		return "", false
	}
	if quoted := strings.HasPrefix(strings.TrimSpace(text), `"`); quoted || isNumber(w[0]) {
		return w[0], true
	}
	value, known = c.variables[strings.TrimPrefix(w[0], "var.")]
	return value, known && !unknown(value)
}
