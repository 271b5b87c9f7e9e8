package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

// addRequestHeader adds a proxy_set_header to those in force at the place: to
// the set that stands there, or beside a repetition of the one that is
// inherited, since a single line would drop all of it (measured: E3).
func (c *cure) addRequestHeader(headers model.Value, name, line string) {
	c.change(strings.ToLower(name))
	c.done = append(c.done, "add '"+line+"'")
	switch {
	case c.ownedHere(headers):
		c.addHeader(headers, line)
		return
	case headers.Owner == nil && headers.Assumed != "":
		c.lessSafe(lint.Unsafe)
		c.fix.Leads = append(c.fix.Leads, "nginx-host-header-upstream-name")
	case headers.Owner != nil:
		for _, h := range headers.Settings {
			c.add(settingText(h) + ";")
		}
		c.done[len(c.done)-1] += ", repeating the headers that " + c.place.Label() + " inherits"
	}
	c.add(line)
}

// dropRequestHeaders sends some of the headers in force no more. Where an outer
// level owns them and others take them from there as well, which also decides,
// the place gets the rest of the set for itself.
func (c *cure) dropRequestHeaders(headers model.Value, drop []model.Setting, also func(*model.Scope) bool) {
	var names []string
	for _, h := range drop {
		c.change(strings.ToLower(h.Arg(0)))
		names = append(names, h.Arg(0))
	}
	c.done = append(c.done, "send no "+strings.Join(names, ", no "))
	shared := false
	if !c.ownedHere(headers) {
		users := headers.Owner.Host().Nginx.HeaderUsers(headers.Owner).Scopes
		shared = slices.ContainsFunc(users, func(s *model.Scope) bool { return !also(s) })
		c.mean(users...)
	}
	if !shared {
		for _, h := range drop {
			if h.In != headers.Owner.Body() {
				c.lessSafe(lint.Shown)
			}
			c.edit(setArg(h.Directive, 1, "")...)
		}
		return
	}
	for _, h := range headers.Settings {
		if !slices.ContainsFunc(drop, func(x model.Setting) bool { return x.Directive == h.Directive }) {
			c.add(settingText(h) + ";")
		}
	}
	for _, h := range drop {
		c.add("proxy_set_header " + nginx.Quote(h.Arg(0)) + ` "";`)
	}
}
