package model

import (
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
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
	for d := range set.Body().Kids() {
		switch {
		case d.Name() == "hostnames" || d.Name() == "volatile":
		case d.Name() == "include" || d.Words().Len() != 2 || d.Body() != nil:
			m.Sure = false
		default:
			m.Entries = append(m.Entries, Setting{Directive: d, via: set.via})
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
	var lines []Setting
	for _, h := range headers.Settings {
		if strings.EqualFold(h.Arg(0), "Connection") {
			lines = append(lines, h)
		}
	}
	switch {
	case len(lines) > 1:
		c.ofSeveral(lines, target)
		return c
	case len(lines) == 1:
		c.Setting = lines[0]
	default:
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

// ofSeveral is for more than one line: nginx sends each that has a value, and an
// empty one takes nothing back (measured on 1.22.1, 1.26.3 and 1.30.6). What a backend
// makes of two values is its own, unless one is "close".
func (c *Connection) ofSeveral(lines []Setting, target facts.Range) {
	c.Setting = lines[0]
	closing, sent := 0, 0
	for _, h := range lines {
		switch value := h.Arg(1); {
		case strings.Contains(value, "$"), h.Unknown():
			c.Sure = false
			return
		case containsClose(value):
			c.Setting, c.Close = h, target
			closing++
			sent++
		case value != "":
			if closing == 0 {
				c.Setting = h
			}
			sent++
		}
	}
	c.Sure = closing <= 1 && (closing == 1 || sent <= 1)
	if !c.Sure {
		c.Close = facts.Never
	}
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

// HeaderUsers are scopes with a proxy_pass that take their request headers from
// the same place.
type HeaderUsers struct {
	Scopes []*Scope
	// Pool are the versions of the target for which all of them go to an
	// upstream that keeps idle connections.
	Pool facts.Range
}

// use adds scopes to the users.
func (u *HeaderUsers) use(pool facts.Range, scopes ...*Scope) {
	if len(u.Scopes) == 0 {
		u.Pool = pool
	}
	u.Scopes, u.Pool = append(u.Scopes, scopes...), u.Pool.Intersect(pool)
}

// headerIndex is made when it is first needed, and shared: there may be as many
// questions as locations, and as many locations in the answers.
type headerIndex struct {
	once      sync.Once
	owners    map[*Scope]*HeaderUsers
	mu        sync.Mutex
	variables map[string]*variableUsers
}

// variableUsers are the users of the headers that send a variable as Connection.
type variableUsers struct {
	HeaderUsers

	elsewhere bool
}

// HeaderUsers returns who takes the request headers that owner sets.
func (n *Nginx) HeaderUsers(owner *Scope) HeaderUsers {
	n.headers.once.Do(func() {
		n.headers.owners = map[*Scope]*HeaderUsers{}
		for _, p := range n.passes {
			if p.Protocol != "proxy" {
				continue
			}
			owner := p.Scope.Get("proxy_set_header").Owner
			if n.headers.owners[owner] == nil {
				n.headers.owners[owner] = &HeaderUsers{}
			}
			pool := facts.Never
			if p.Target.Upstream != nil {
				pool, _ = p.Target.Upstream.Pool()
			}
			n.headers.owners[owner].use(pool, p.Scope)
		}
	})
	if users := n.headers.owners[owner]; users != nil {
		return *users
	}
	return HeaderUsers{}
}

// ConnectionBy returns who sends a variable, named without "$", as the Connection
// header. elsewhere says that the variable may be used for something else, too.
func (n *Nginx) ConnectionBy(variable string) (users HeaderUsers, elsewhere bool) {
	n.headers.mu.Lock()
	defer n.headers.mu.Unlock()
	by := n.headers.variables[variable]
	if by == nil {
		by = n.connectionBy(variable)
		if n.headers.variables == nil {
			n.headers.variables = map[string]*variableUsers{}
		}
		n.headers.variables[variable] = by
	}
	return by.HeaderUsers, by.elsewhere
}

func (n *Nginx) connectionBy(variable string) *variableUsers {
	by := &variableUsers{elsewhere: n.HasUnseen()}
	for _, s := range n.Scopes {
		by.elsewhere = by.elsewhere || s.Block != nil && names(s.Block, variable)
		for _, set := range s.Settings {
			switch {
			case set.Name() == "map" && set.Arg(1) == "$"+variable, !mentions(set.Directive, variable):
			case set.Name() != "proxy_set_header" || !strings.EqualFold(set.Arg(0), "Connection"):
				by.elsewhere = true
			default:
				if users := n.HeaderUsers(s); len(users.Scopes) > 0 {
					by.use(users.Pool, users.Scopes...)
				}
			}
		}
	}
	return by
}

// mentions reports whether a directive, or what stands in its block of data or
// Lua, uses a variable.
func mentions(d *nginx.Directive, variable string) bool {
	switch {
	case names(d, variable):
		return true
	case d.Body() == nil:
		return false
	case d.Body().Lua():
		return strings.Contains(d.File().Slice(d.Body().Span()), variable)
	}
	for k := range d.Body().Kids() {
		if mentions(k, variable) {
			return true
		}
	}
	return false
}

// names reports whether one of a directive's own words holds a variable.
func names(d *nginx.Directive, variable string) bool {
	for _, w := range d.Words().All() {
		_, text, found := strings.Cut(w.Value, "$")
		for ; found; _, text, found = strings.Cut(text, "$") {
			rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "{"), variable)
			if ok && (rest == "" || !isNameByte(rest[0])) {
				return true
			}
		}
	}
	return false
}

// isNameByte reports whether a byte belongs to the name of a variable.
func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func containsClose(value string) bool {
	return strings.Contains(strings.ToLower(value), "close")
}
