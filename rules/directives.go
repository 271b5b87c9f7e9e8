package rules

import (
	"slices"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

// complaint is what nginx would refuse about one directive. nginx looks at the
// name first, then at where it stands, how it ends, how many arguments it has,
// and at last at what its own code makes of it (ngx_conf_handler); the first
// that fails is the one it speaks of.
type complaint struct {
	kind complaintKind
	d    *nginx.Directive
	msg  string
	note string
	near string // of unknown names: the likely one
	// sure says that it is known where the directive stands: in a main file, in a
	// context that is given, or in a block that there is only in one place.
	sure bool
}

type complaintKind uint8

const (
	unknownName complaintKind = iota
	wrongVersion
	wrongContext
	wrongArgs
	wrongValue
	duplicate
)

// complaints returns what nginx would refuse, of one kind. The configuration is
// gone through once for all kinds.
func complaints(p *lint.Pass, kind complaintKind) []complaint {
	if p.Host.Nginx == nil {
		return nil
	}
	all, _ := p.Shared("directives", func() any {
		t := borrowTables(p)
		defer t.giveBack(p)
		j := judge{tables: t}
		j.host(p.Host)
		if n := p.Host.Nginx; n.Fragment && !n.Given {
			return likeliest(p.Host, t, j.found)
		}
		return j.found
	}).([]complaint)
	var out []complaint
	for _, c := range all {
		if c.kind == kind {
			out = append(out, c)
		}
	}
	return out
}

// likeliest are the complaints about a fragment in the context in which there are
// the fewest. Nobody knows where it is included; where one reading makes it
// right, that is the one. One that brings complaints of its own is not looked at:
// what stands in a block out of its place is not judged.
func likeliest(h *model.Host, t *tables, found []complaint) []complaint {
	for _, kind := range model.Readings() {
		if !slices.ContainsFunc(found, func(c complaint) bool { return c.kind != unknownName && c.kind != wrongVersion }) {
			break // that is so everywhere
		}
		as := h.Reading(kind)
		j := judge{tables: t, guess: true}
		if j.host(as); len(j.found) < len(found) && !slices.ContainsFunc(j.found, func(c complaint) bool { return !among(found, c) }) {
			found = j.found
		}
	}
	return found
}

// among reports whether a complaint is one of several.
func among(all []complaint, c complaint) bool {
	return slices.ContainsFunc(all, func(x complaint) bool { return x.kind == c.kind && x.d == c.d })
}

// pinned reports whether a scope lies in a block that tells where it is: a
// location, a server with locations, or a block of the main file.
func pinned(s *model.Scope) bool {
	for ; s != nil && s.Block != nil; s = s.Parent {
		if s.Is(model.Location, model.LimitExcept, model.HTTP, model.Stream, model.Mail, model.Events) {
			return true
		}
		if s.Kind == model.Server && slices.ContainsFunc(s.Kids, func(k *model.Scope) bool { return k.Kind == model.Location }) {
			return true
		}
	}
	return false
}

// contextOf says which of nginx's contexts a scope is; zero if that is not
// known.
var contextOf = map[model.Kind]facts.Context{
	model.Main: facts.Main, model.Events: facts.Events, model.HTTP: facts.HTTP, model.Server: facts.Server,
	model.Location: facts.Location, model.If: facts.If, model.ServerIf: facts.ServerIf, model.LimitExcept: facts.LimitExcept,
	model.Upstream: facts.Upstream, model.Stream: facts.Stream, model.StreamServer: facts.StreamServer,
	model.StreamUpstream: facts.StreamUpstream, model.Mail: facts.Mail, model.MailServer: facts.MailServer,
}

// elsewhere are the contexts in which a relative of nginx takes a directive that
// nginx has in others.
var elsewhere = map[string]facts.Context{
	"sticky":         facts.StreamUpstream,              // Angie
	"ssl_early_data": facts.Stream | facts.StreamServer, // Angie
}

// sometimes are directives that report "is duplicate" for some second uses only:
// of the same zone, name, path or address, or next to "off"; see excludes.
var sometimes = map[string]bool{
	"charset_map": true, "fastcgi_cache_path": true, "proxy_cache_path": true, "scgi_cache_path": true,
	"uwsgi_cache_path": true, "limit_conn": true, "limit_req": true, "log_format": true, "mirror": true,
	"proxy_cookie_domain": true, "proxy_cookie_flags": true, "proxy_cookie_path": true, "proxy_redirect": true,
	"thread_pool": true, "listen": true, "xml_entities": true, "http2_push": true, "worker_priority": true,
}

// backported are directives that distributions carry back into their releases of
// older versions, as they do with what closes a hole in security.
var backported = map[string]bool{"max_headers": true}

// judge goes through the scopes of a configuration.
type judge struct {
	*tables

	// guess says that the context was not given, but tried.
	guess bool
	found []complaint
}

// tables are what is known of the directives of a server in its releases, as far as
// somebody asked: hosts with the same target share them, one after the other.
type tables struct {
	server facts.Flavour
	target facts.Range
	byName map[string]*named
	near   map[string]string // what an unknown name may mean
	// scopes counts those that a judge has been in, for named.in.
	scopes int
	// good counts the entries of all judged.good.
	good int
}

// named is what is known of the directives of one name.
type named struct {
	rows   []facts.Directive
	judged []judged
	// sometimes says that a second use may be right; see sometimes.
	sometimes bool
	// once is the directive that may stand only once in a block, and in the scope in
	// which it was seen last.
	once *nginx.Directive
	in   int
}

func (t *tables) of(name string) *named {
	n := t.byName[name]
	if n == nil {
		n = &named{rows: facts.Directives(name), sometimes: sometimes[name]}
		t.byName[name] = n
	}
	return n
}

// tablesOf is the name under which tables are lent.
type tablesOf struct {
	server string
	target facts.Range
}

func borrowTables(p *lint.Pass) *tables {
	server, target := p.Host.Target.Server, p.Host.Target.Nginx
	t, _ := p.Borrow(tablesOf{server.Name, target}, func() any {
		return &tables{server: server, target: target, byName: map[string]*named{}, near: map[string]string{}}
	}).(*tables)
	return t
}

func (t *tables) giveBack(p *lint.Pass) { p.GiveBack(tablesOf{t.server.Name, t.target}, t) }

// shape is what nginx's tables judge the directives of a name by, their flags apart.
// Most directives of a large configuration have the same few shapes.
type shape struct {
	context facts.Context
	words   int
	block   bool
}

// judged is what directive knows of a shape that nginx takes: what it returns as once,
// and the rows that the arguments are still to be held against, if any.
type judged struct {
	shape

	once bool
	// flag says that the arguments decide whether the shape is right.
	flag bool
	rows []facts.Directive
	// good are arguments, as they are written, that were taken: many directives have
	// the same.
	good map[string]bool
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
	for _, k := range s.Kids {
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
	off := func(d *nginx.Directive) bool { return len(d.Words) == 2 && d.Arg(0) == "off" }
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
	for _, w := range d.Args() {
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
	as := shape{context, len(d.Words), d.Body != nil}
	for i := range known.judged {
		if known.judged[i].shape == as {
			return j.arguments(d, &known.judged[i])
		}
	}
	if d.Words[0].Quote == 0 && isPlaceholder(d) {
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
	taken := judged{shape: as, once: once, flag: name == "limit_req_zone" || slices.ContainsFunc(rows, func(r facts.Directive) bool { return r.Args.Flag })}
	if taken.flag || slices.ContainsFunc(rows, func(r facts.Directive) bool {
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

// written is the text of a directive's arguments.
func written(d *nginx.Directive) string {
	if len(d.Words) < 2 {
		return ""
	}
	return d.File().Text[d.Words[1].Span.Start:d.Words[len(d.Words)-1].Span.End]
}

func where(rows []facts.Directive, keep func(facts.Directive) bool) []facts.Directive {
	for i, r := range rows {
		if !keep(r) {
			out := append([]facts.Directive(nil), rows[:i]...)
			for _, r := range rows[i+1:] {
				if keep(r) {
					out = append(out, r)
				}
			}
			return out
		}
	}
	return rows
}

// contextsOf are the contexts of a directive in the versions in use.
func contextsOf(rows []facts.Directive, target facts.Range) string {
	var all facts.Context
	for _, r := range rows {
		if !r.In.Intersect(target).Empty() {
			all |= r.Contexts
		}
	}
	return all.String()
}

// isPlaceholder reports whether a name is one that some tool will replace
// before nginx sees it.
func isPlaceholder(d *nginx.Directive) bool {
	name := d.Name()
	return name == "" || strings.ContainsAny(name, "%@{}<>$*")
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

var directiveNames = sync.OnceValue(func() []string { return slices.Collect(facts.DirectiveNames()) })

func outOfVersion(d *nginx.Directive, rows []facts.Directive) *complaint {
	first, last := rows[0].In, rows[len(rows)-1].In
	for _, r := range rows {
		if r.In.From.Compare(first.From) < 0 {
			first = r.In
		}
		if r.In.Before.IsZero() || !last.Before.IsZero() && r.In.Before.Compare(last.Before) > 0 {
			last = r.In
		}
	}
	c := &complaint{kind: wrongVersion, d: d}
	if last.Before.IsZero() {
		c.msg = `"` + d.Name() + `" came with nginx ` + first.From.String()
	} else {
		c.msg = `"` + d.Name() + `" is gone since nginx ` + last.Before.String()
	}
	return c
}

// arguments judges how the directive ends and how many arguments it has.
func arguments(d *nginx.Directive, rows []facts.Directive) *complaint {
	name, n := d.Name(), len(d.Words)-1
	bad := func(msg string) *complaint { return &complaint{kind: wrongArgs, d: d, msg: msg} }
	fits := where(rows, func(r facts.Directive) bool { return r.Block == (d.Body != nil) })
	if len(fits) == 0 {
		if d.Body == nil {
			return bad(`directive "` + name + `" has no opening "{"`)
		}
		return bad(`directive "` + name + `" is not terminated by ";"`)
	}
	fits = where(fits, func(r facts.Directive) bool { return r.Args.Allows(n) })
	if len(fits) == 0 && name == "limit_req_zone" && d.Arg(n-1) == "sync" {
		return nil // NGINX Plus
	}
	if len(fits) == 0 {
		return bad(`invalid number of arguments in "` + name + `" directive`)
	}
	for _, r := range fits {
		if !r.Args.Flag {
			return nil
		}
	}
	if v := strings.ToLower(d.Arg(0)); v != "on" && v != "off" {
		return bad(`invalid value "` + d.Arg(0) + `" in "` + name + `" directive, it must be "on" or "off"`)
	}
	return nil
}

// fragmentContext is the context of a fragment's top level: the one that was
// given; or the inferred one, if everything there can stand in it; else none,
// since what surrounds the file is a guess.
func fragmentContext(s *model.Scope, inferred facts.Context) facts.Context {
	if s.Host().Nginx.Given {
		return inferred
	}
	all := facts.Anywhere
	visit := func(d *nginx.Directive) {
		var own facts.Context
		for _, r := range facts.Directives(d.Name()) {
			own |= r.Contexts
		}
		if own != 0 {
			all &= own | elsewhere[d.Name()]
		}
	}
	for _, set := range s.Settings {
		visit(set.Directive)
	}
	for _, k := range s.Kids {
		visit(k.Block)
	}
	if inferred != 0 && all.Has(inferred) {
		return inferred
	}
	return 0
}
