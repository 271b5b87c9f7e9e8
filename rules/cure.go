package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

// cure collects the edits that let one pass reuse its connections. Everything
// goes to the level that owns it, so that no other location changes: one
// proxy_set_header in a location drops all that it inherits (measured: E3).
type cure struct {
	pass *model.Pass
	// place is the scope that directives of the cure stand in: "if" and
	// "limit_except" take neither a version nor headers.
	place *model.Scope
	in    facts.Range // the versions for which the cure is needed
	fix   lint.Fix
	done  []string
}

func newCure(pass *model.Pass, in facts.Range) *cure {
	c := &cure{pass: pass, place: settingsScope(pass.Scope), in: in}
	c.fix.Safety = lint.Safe
	if u := pass.Target.Upstream; u != nil && !in.Empty() && mayMixSources(u) {
		c.fix.Safety = lint.Shown // whoever shares connections comes from another's address
	}
	if _, bodyless := announcesNothing(pass); bodyless && !in.Empty() {
		c.lessSafe(lint.Unsafe) // on a connection that is kept it does harm
		c.fix.Leads = append(c.fix.Leads, "nginx-bodyless-length")
	}
	c.fix.Scopes = []*model.Scope{pass.Scope}
	// What holds in a location holds in the "if" blocks inside it, too.
	for s := range c.place.Walk() {
		if s != pass.Scope && settingsScope(s) == c.place {
			c.fix.Scopes = append(c.fix.Scopes, s)
		}
	}
	return c
}

// settingsScope is the location whose settings hold at a scope.
func settingsScope(s *model.Scope) *model.Scope {
	for s.Is(model.If, model.LimitExcept) && s.Parent != nil {
		s = s.Parent
	}
	return s
}

// mean adds scopes that the fix means to change.
func (c *cure) mean(scopes ...*model.Scope) { c.fix.Scopes = append(c.fix.Scopes, scopes...) }

// result is the fix; nil if there is nothing that could be done.
func (c *cure) result() *lint.Fix {
	if len(c.fix.Edits) == 0 {
		return nil
	}
	c.fix.Title = strings.Join(c.done, " and ")
	return &c.fix
}

func (c *cure) edit(edits ...lint.FileEdit) { c.fix.Edits = append(c.fix.Edits, edits...) }

func (c *cure) change(name string) {
	if !slices.Contains(c.fix.Changes, name) {
		c.fix.Changes = append(c.fix.Changes, name)
	}
}

// lessSafe lowers the safety.
func (c *cure) lessSafe(s lint.Safety) { c.fix.Safety = min(c.fix.Safety, s) }

// add writes a directive into the place: behind the pass where that stands
// there, else at the end of the block.
func (c *cure) add(text string) {
	if c.pass.In == c.place.Body() {
		c.edit(lint.In(c.pass.Directive, nginx.AddAfter(c.pass.Directive, text))...)
		return
	}
	c.edit(insideOf(c.place, text)...)
}

// insideOf adds a directive at the end of a scope.
func insideOf(s *model.Scope, text string) []lint.FileEdit {
	b := s.Body()
	return []lint.FileEdit{{File: b.Tree.File, Edit: nginx.AddInside(b, text)}}
}

// set gives a plain directive a value at the place.
func (c *cure) set(name, value string) {
	c.change(name)
	if own, ok := c.place.Own(name); ok {
		if own.In != c.place.Body() {
			c.lessSafe(lint.Shown) // the line stands in a file that others may include
		}
		c.edit(lint.In(own.Directive, nginx.SetArg(own.Directive, 0, value))...)
		c.done = append(c.done, "set "+name+" to "+value)
		return
	}
	c.add(name + " " + value + ";")
	c.done = append(c.done, `add "`+name+" "+value+`;"`)
}

// noCloseLine keeps nginx from sending "Connection: close".
const noCloseLine = `proxy_set_header Connection "";`

// noClose takes "close" out of the Connection header of the pass.
func (c *cure) noClose(conn model.Connection) {
	const line = noCloseLine
	c.change("connection")
	for _, s := range c.fix.Scopes {
		if p := s.Pass(); p != nil && p != c.pass && !c.pools(p) {
			c.lessSafe(lint.Unsafe) // it takes the same headers, and has no pool
		}
	}
	switch {
	case conn.Map != nil:
		c.emptyEntry(conn)
	case conn.Setting.Directive != nil && c.ownedHere(conn.Headers):
		if conn.Setting.In != c.place.Body() {
			c.lessSafe(lint.Shown)
		}
		c.edit(lint.In(conn.Setting.Directive, nginx.SetArg(conn.Setting.Directive, 1, ""))...)
		c.done = append(c.done, `send no "Connection: close"`)
	case conn.Headers.Owner == nil:
		if conn.Headers.Assumed != "" {
			// Headers may be set where we cannot see it, and would be lost.
			c.lessSafe(lint.Unsafe)
			c.fix.Leads = append(c.fix.Leads, "nginx-host-header-upstream-name") // from now on that is seen
		}
		c.add(line)
		c.done = append(c.done, "add '"+line+"'")
	case c.ownedHere(conn.Headers):
		c.addHeader(conn.Headers, line)
		c.done = append(c.done, "add '"+line+"'")
	default:
		c.ownerNoClose(conn, line)
	}
}

// ownedHere reports whether the headers in force are set at the place.
func (c *cure) ownedHere(v model.Value) bool { return v.Owner == c.place }

// addHeader adds a header behind the last one of the level that owns the set.
func (c *cure) addHeader(v model.Value, line string) {
	c.edit(afterLast(v, line)...)
}

// afterLast adds a directive behind the last one of a set, or at the end of the
// scope that owns it, if the set comes from an included file.
func afterLast(v model.Value, line string) []lint.FileEdit {
	last := v.Settings[len(v.Settings)-1]
	if last.In != v.Owner.Body() {
		return insideOf(v.Owner, line)
	}
	var all []*nginx.Directive
	for _, s := range v.Settings {
		if s.In == last.In {
			all = append(all, s.Directive)
		}
	}
	return lint.In(last.Directive, nginx.AddAfterAll(all, line))
}

// ownerNoClose deals with headers that an outer level owns: the line goes there
// if everything that inherits them wants it, else the location repeats the
// whole set.
func (c *cure) ownerNoClose(conn model.Connection, line string) {
	if !c.mustRepeat(conn) {
		users := c.pass.Scope.Host().Nginx.HeaderUsers(conn.Headers.Owner)
		c.fix.Scopes = slices.Clip(users.Scopes) // the pass's own is among them
		if conn.Setting.Directive != nil {
			if conn.Setting.In != conn.Headers.Owner.Body() {
				c.lessSafe(lint.Shown)
			}
			c.edit(lint.In(conn.Setting.Directive, nginx.SetArg(conn.Setting.Directive, 1, ""))...)
			c.done = append(c.done, `send no "Connection: close"`)
			return
		}
		c.addHeader(conn.Headers, line)
		c.done = append(c.done, "add '"+line+"' beside the headers in "+conn.Headers.Owner.Label())
		return
	}
	for _, h := range conn.Headers.Settings {
		if !strings.EqualFold(h.Arg(0), "Connection") {
			c.add(h.File().Slice(h.Head()) + ";")
		}
	}
	c.add(line)
	c.done = append(c.done, "add '"+line+"', repeating the headers that "+c.place.Label()+" inherits")
}

// inheriting returns the scopes with a pass of HTTP whose headers are the ones
// of v.
func inheriting(v model.Value) []*model.Scope {
	return v.Owner.Host().Nginx.HeaderUsers(v.Owner).Scopes
}

// mustRepeat reports whether an outer level owns the headers in force, and they
// cannot be changed there, since another that inherits them has no pool.
func (c *cure) mustRepeat(conn model.Connection) bool {
	owner := conn.Headers.Owner
	if conn.Map != nil || owner == nil || owner == c.place {
		return false
	}
	return !owner.Host().Nginx.HeaderUsers(owner).Pool.Contains(c.in)
}

// pools reports whether a pass goes to an upstream that pools in the versions
// that the cure is for. Without a pool, an empty Connection only moves TIME_WAIT
// from the backend to nginx (measured: E1).
func (c *cure) pools(p *model.Pass) bool {
	if p.Target.Upstream == nil {
		return false
	}
	_, pool := poolWhere(p, c.in)
	return pool.Contains(c.in)
}

// emptyEntry empties the map's value for a request without Upgrade.
func (c *cure) emptyEntry(conn model.Connection) {
	variable := conn.Map.Variable
	users, elsewhere := c.pass.Scope.Host().Nginx.ConnectionBy(variable)
	if elsewhere || !users.Pool.Contains(c.in) {
		c.lessSafe(lint.Unsafe)
	}
	c.fix.Scopes = slices.Clip(users.Scopes) // the pass's own is among them
	c.edit(lint.In(conn.Entry.Directive, nginx.SetArg(conn.Entry.Directive, 0, ""))...)
	c.done = append(c.done, "let $"+variable+" be empty for requests without Upgrade")
}

func isLetterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// plural writes "1 location" or "3 locations".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// setArg replaces one argument of a directive.
func setArg(d *nginx.Directive, i int, value string) []lint.FileEdit {
	return lint.In(d, nginx.SetArg(d, i, value))
}
