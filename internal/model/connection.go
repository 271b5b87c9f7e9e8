package model

import (
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
)

// Map is a map block.
type Map struct {
	Setting

	// Source is the first argument ("$http_upgrade"), Variable the name that
	// the map defines, without "$".
	Source, Variable string
	// Sure is false if the map holds an include or anything but plain pairs.
	Sure    bool
	Entries []Setting
}

func (n *Nginx) addMap(set Setting) {
	m := &Map{Setting: set, Source: set.Arg(0), Variable: strings.TrimPrefix(set.Arg(1), "$"), Sure: true}
	for _, d := range set.Body.Kids {
		switch {
		case d.Name() == "hostnames" || d.Name() == "volatile":
		case d.Name() == "include" || len(d.Words) != 2 || d.Body != nil:
			m.Sure = false
		default:
			m.Entries = append(m.Entries, Setting{d, set.Via})
		}
	}
	n.maps[m.Variable] = append(n.maps[m.Variable], m)
}

// Map returns the map that defines a variable (named without "$"); nil if none
// is seen, or more than one, or if "set" and the like may change the variable.
func (n *Nginx) Map(variable string) *Map {
	if ms := n.maps[variable]; len(ms) == 1 && !n.sets[variable] {
		return ms[0]
	}
	return nil
}

// EmptyEntry returns what the map gives for an empty source: the entry, or ok
// false if that cannot be told. A nil-directive entry stands for the implicit
// default, an empty string.
func (m *Map) EmptyEntry() (entry Setting, ok bool) {
	if !m.Sure {
		return Setting{}, false
	}
	var def Setting
	for _, e := range m.Entries {
		switch name := e.Name(); {
		case name == "":
			return e, true
		case name == "default": // quoted or not
			def = e
		case strings.HasPrefix(name, "~"):
			// Exact strings win over patterns, so an empty key further down
			// still decides; but a pattern may match the empty string before the
			// default does.
			if !patternNeedsText(name) {
				return m.exactEmpty()
			}
		}
	}
	return def, true
}

func (m *Map) exactEmpty() (Setting, bool) {
	for _, e := range m.Entries {
		if e.Name() == "" {
			return e, true
		}
	}
	return Setting{}, false
}

// patternNeedsText reports whether a map's pattern surely does not match the
// empty string: one of plain letters only.
func patternNeedsText(pattern string) bool {
	p := strings.TrimPrefix(strings.TrimPrefix(pattern, "~"), "*")
	p = strings.TrimSuffix(strings.TrimPrefix(p, "^"), "$")
	return p != "" && !strings.ContainsAny(p, `.*+?()[]{}|\^$`)
}

// Connection is what a proxied request carries as its Connection header.
type Connection struct {
	// Close are the versions of the target for which it surely contains
	// "close", as nginx looks for it: anywhere, in any case (up.c:5464).
	Close facts.Range
	// Sure is false if the value depends on what cannot be seen.
	Sure bool
	// Setting is the proxy_set_header that sets it; its directive is nil for
	// nginx's own default.
	Setting Setting
	// Entry is the map entry that gives "close", if a map does.
	Entry Setting
	Map   *Map
	// Headers is the set of headers in force.
	Headers Value
}

// Connection returns the effective Connection header of requests proxied at the
// scope.
func (s *Scope) Connection() Connection {
	headers := s.Get("proxy_set_header")
	c := Connection{Headers: headers, Sure: headers.Sure, Close: facts.Never}
	if !headers.Sure {
		return c
	}
	target := s.host.Target.Nginx
	found := false
	for _, h := range headers.Settings {
		if strings.EqualFold(h.Arg(0), "Connection") {
			c.Setting, found = h, true
		}
	}
	if !found {
		// nginx adds "Connection: close" itself before ReuseByDefault, and no
		// Connection header since.
		c.Close = target.Intersect(facts.Until(facts.ReuseByDefault))
		return c
	}
	value := c.Setting.Arg(1)
	name, isVar := strings.CutPrefix(value, "$")
	name = strings.Trim(name, "{}")
	switch {
	case !strings.Contains(value, "$"):
		if containsClose(value) {
			c.Close = target
		}
	case !isVar || strings.ContainsAny(name, "${} ,"):
		c.Sure = containsClose(value)
		if c.Sure {
			c.Close = target
		}
	default:
		s.viaMap(&c, name, target)
	}
	return c
}

func (s *Scope) viaMap(c *Connection, variable string, target facts.Range) {
	m := s.host.Nginx.Map(variable)
	if m == nil || m.Source != "$http_upgrade" {
		c.Sure = false
		return
	}
	entry, ok := m.EmptyEntry()
	if !ok {
		c.Sure = false
		return
	}
	c.Map = m
	if entry.Directive == nil {
		return
	}
	c.Entry = entry
	switch value := entry.Arg(0); {
	case strings.Contains(value, "$"):
		c.Sure = false
	case containsClose(value):
		c.Close = target
	}
}

// HeaderUsers are the scopes with a proxy_pass that take their request headers
// from one scope.
type HeaderUsers struct {
	Scopes []*Scope
	// Pool are the versions of the target for which all of them go to an
	// upstream that keeps idle connections.
	Pool facts.Range
}

// HeaderUsers returns who takes the request headers that owner sets, or that
// nobody sets if owner is nil.
func (n *Nginx) HeaderUsers(owner *Scope) HeaderUsers {
	n.headers.once.Do(func() {
		users := map[*Scope]HeaderUsers{}
		for _, p := range n.passes {
			if p.Protocol != "proxy" {
				continue
			}
			o := p.Scope.Get("proxy_set_header").Owner
			u, ok := users[o]
			if !ok {
				u.Pool = p.Scope.host.Target.Nginx
			}
			pool := facts.Never
			if p.Target.Upstream != nil {
				pool, _ = p.Target.Upstream.Pool()
			}
			u.Scopes, u.Pool = append(u.Scopes, p.Scope), u.Pool.Intersect(pool)
			users[o] = u
		}
		n.headers.users = users
	})
	return n.headers.users[owner]
}

func containsClose(value string) bool {
	return strings.Contains(strings.ToLower(value), "close")
}
