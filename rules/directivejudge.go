package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

// judge goes through the scopes of a configuration.
type judge struct {
	*tables

	// guess says that the context was not given, but tried.
	guess bool
	found []complaint
}

// manyGood is how many arguments are remembered, for hosts in which each is another.
const manyGood = 1 << 12

func (j *judge) host(h *model.Host) {
	n := h.Nginx
	for _, s := range n.Scopes {
		first := len(j.found)
		j.scope(s)
		sure := !n.Fragment || n.Given && !j.guess || pinned(s)
		for i := range j.found[first:] {
			j.found[first+i].sure = sure
		}
	}
}

func (j *judge) scope(s *model.Scope) {
	context := contextOf[s.Kind]
	if s.Parent == nil && s.Host().Nginx.Fragment {
		context = fragmentContext(s, context)
	}
	j.scopes++
	var some []*nginx.Directive // of the names in sometimes
	look := func(d *nginx.Directive) {
		name := d.Name()
		known := j.of(name)
		c, once := j.directive(d, known, context)
		if c != nil {
			j.found = append(j.found, *c)
			if c.kind != wrongValue { // nginx looks for another one before it reads the value
				return
			}
		}
		j.entries(d)
		if !once {
			return
		}
		if known.sometimes {
			if slices.ContainsFunc(some, func(x *nginx.Directive) bool { return x.Name() == name && j.excludes(x, d) }) {
				j.found = append(j.found, complaint{kind: duplicate, d: d, msg: `"` + name + `" directive is duplicate`})
				return
			}
			some = append(some, d)
			return
		}
		slot := known
		if name == "alias" {
			slot = j.of("root") // they set the same
		}
		if x := slot.once; slot.in == j.scopes {
			c := complaint{kind: duplicate, d: d, msg: `"` + name + `" directive is duplicate`}
			if x.Name() != name {
				c.msg += `, "` + x.Name() + `" directive was specified earlier`
			}
			j.found = append(j.found, c)
			return
		}
		slot.once, slot.in = d, j.scopes
	}
	for _, set := range s.Settings {
		look(set.Directive)
	}
	for k := range s.Kids() {
		look(k.Block)
	}
}

// onOrOff are lists that "off" empties, and next to which it may not stand. nginx
// 1.22.1 and later say so; earlier ones took it.
var onOrOff = map[string]bool{
	"proxy_redirect": true, "proxy_cookie_domain": true, "proxy_cookie_flags": true, "proxy_cookie_path": true, "mirror": true,
}

// excludes reports whether nginx refuses d, of a name in sometimes, in a block
// in which x stands above.
func (j *judge) excludes(x, d *nginx.Directive) bool {
	off := func(d *nginx.Directive) bool { return d.Words().Len() == 2 && d.Arg(0) == "off" }
	switch name := d.Name(); {
	case name == "limit_conn":
		return x.Arg(0) == d.Arg(0)
	case name == "limit_req":
		return zoneOf(x) != "" && zoneOf(x) == zoneOf(d)
	case onOrOff[name]:
		return (off(x) || off(d)) && facts.Since(facts.V(1, 22, 1)).Contains(j.target)
	case name == "http2_push":
		return off(x) && off(d)
	case name == "worker_priority":
		return strings.Trim(x.Arg(0), "-0") != "" // 0 is as good as none
	}
	return false
}

// zoneOf is the value of a directive's parameter zone.
func zoneOf(d *nginx.Directive) string {
	for _, w := range d.Args().All() {
		if name, ok := strings.CutPrefix(w.Value, "zone="); ok {
			return name
		}
	}
	return ""
}

// directive judges one directive; once says that nginx takes only one of it in
// a block.
func (j *judge) directive(d *nginx.Directive, known *named, context facts.Context) (c *complaint, once bool) {
	name := d.Name()
	as := shape{context, d.Words().Len(), d.Body() != nil}
	for i := range known.judged {
		if known.judged[i].shape == as {
			return j.arguments(d, &known.judged[i])
		}
	}
	if d.Words().At(0).Quote == 0 && isPlaceholder(d) {
		return nil, false
	}
	rows := known.rows
	if len(rows) == 0 {
		if facts.OtherDirective(name) {
			return nil, false
		}
		return j.unknown(d), false
	}
	if !j.server.Knows(name) {
		return &complaint{kind: wrongVersion, d: d, msg: j.server.Title + ` has no directive "` + name + `", which came with nginx ` + rows[0].In.From.String()}, false
	}
	target := j.target
	if name == "keepalive" && j.server.AsksForPools {
		target = facts.Only(facts.V(1, 29, 6)) // a number, and no "local"
	}
	rows = where(rows, func(r facts.Directive) bool { return backported[name] || !r.In.Intersect(target).Empty() })
	if len(rows) == 0 {
		if facts.OtherDirective(name) {
			return nil, false // a module, or NGINX Plus, may have it in another release
		}
		return outOfVersion(d, known.rows), false
	}
	if context != 0 {
		rows = where(rows, func(r facts.Directive) bool { return r.Contexts.Has(context) })
		if len(rows) == 0 {
			if elsewhere[name].Has(context) || j.server.AlsoIn(name).Has(context) {
				return nil, false
			}
			return &complaint{
				kind: wrongContext, d: d, msg: `"` + name + `" directive is not allowed here, in ` + context.String(),
				note: "it belongs into " + contextsOf(known.rows, j.target),
			}, false
		}
	}
	if c := arguments(d, rows); c != nil {
		return c, false
	}
	once = context != 0 && !slices.ContainsFunc(rows, func(r facts.Directive) bool { return !r.Once })
	taken := judged{shape: as, once: once, flag: name == "limit_req_zone" || fewerBehind[name] != nil || slices.ContainsFunc(rows, func(r facts.Directive) bool { return r.Args.Flag })}
	if taken.flag || secondBehind[name] != nil || slices.ContainsFunc(rows, func(r facts.Directive) bool {
		return facts.SlotsOf(r.Name, r.Module) != nil || facts.ParametersOf(r.Name, r.Module) != nil
	}) {
		taken.rows = rows
	}
	known.judged = append(known.judged, taken)
	return j.arguments(d, &known.judged[len(known.judged)-1])
}

// arguments judges the arguments of a directive of a shape that is known.
func (j *judge) arguments(d *nginx.Directive, as *judged) (c *complaint, once bool) {
	if as.rows == nil {
		return nil, as.once
	}
	if as.flag {
		if c := arguments(d, as.rows); c != nil {
			return c, false
		}
	}
	args := written(d)
	if as.good[args] {
		return nil, as.once
	}
	if c = j.value(d, as.rows); c == nil && j.good < manyGood {
		if as.good == nil {
			as.good = map[string]bool{}
		}
		as.good[args] = true
		j.good++
	}
	return c, as.once
}

func (j *judge) unknown(d *nginx.Directive) *complaint {
	c := &complaint{kind: unknownName, d: d, msg: `unknown directive "` + d.Name() + `"`}
	name := strings.ToLower(d.Name())
	near, ok := j.near[name]
	if !ok {
		near, _ = lint.Nearest(name, directiveNames())
		j.near[name] = near
	}
	c.near = near
	return c
}
