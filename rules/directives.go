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
		if s.Kind == model.Server && s.HasKid(model.Location) {
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

// written is the text of a directive's arguments.
func written(d *nginx.Directive) string {
	if d.Words().Len() < 2 {
		return ""
	}
	return d.File().Text[d.Words().At(1).Span.Start:d.Words().At(d.Words().Len()-1).Span.End]
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

// fewerBehind is how many arguments there may be at most where the first is a certain
// word: nginx's tables allow more, and the directive's own code counts them
// (ngx_set_worker_cpu_affinity).
var fewerBehind = map[string]map[string]int{"worker_cpu_affinity": {"auto": 2}}

// arguments judges how the directive ends and how many arguments it has.
func arguments(d *nginx.Directive, rows []facts.Directive) *complaint {
	name, n := d.Name(), d.Words().Len()-1
	bad := func(msg string) *complaint { return &complaint{kind: wrongArgs, d: d, msg: msg} }
	fits := where(rows, func(r facts.Directive) bool { return r.Block == (d.Body() != nil) })
	if len(fits) == 0 {
		if d.Body() == nil {
			return bad(`directive "` + name + `" has no opening "{"`)
		}
		return bad(`directive "` + name + `" is not terminated by ";"`)
	}
	fits = where(fits, func(r facts.Directive) bool { return r.Args.Allows(n) })
	if len(fits) == 0 && name == "limit_req_zone" && d.Arg(n-1) == "sync" {
		return nil // NGINX Plus
	}
	if most, ok := fewerBehind[name][d.Arg(0)]; ok && n > most || len(fits) == 0 {
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
	for k := range s.Kids() {
		visit(k.Block)
	}
	if inferred != 0 && all.Has(inferred) {
		return inferred
	}
	return 0
}
