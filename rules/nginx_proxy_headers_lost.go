package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxProxyHeadersLost = lint.Rule{
	ID:       "nginx-proxy-headers-lost",
	Title:    "one header set in a block drops all that it would inherit",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `proxy_set_header is inherited all or nothing: a block with a single one of its own inherits none of those outside. What is lost goes unnoticed until somebody needs it: the backend sees the upstream's name as Host, X-Real-IP and X-Forwarded-For are gone, and "Connection: close" is back before 1.29.7.

grpc_set_header, fastcgi_param, uwsgi_param and scgi_param are inherited in the same way.

Measured (experiment 3, nginx 1.22.1 to 1.31.5): one proxy_set_header in a location drops Host, X-Real-IP and Connection "" of the server; 201 connections for 201 requests instead of 1 before 1.29.7. A named location inherits from the server, not from the location that jumped to it; "if" and "limit_except" take no header of their own.

The patch repeats what is lost. It is unsafe, since a header may have been left out on purpose: then suppress the finding with that reason.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
		"https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_param",
	},
	Examples: []lint.Example{
		{
			Name: "a location with a header of its own",
			Bad: `server {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;

    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /api/ {
        proxy_set_header X-Api 1;
       #^^^^^^^^^^^^^^^^^^^^^^^^^ this proxy_set_header drops 2 inherited ones: Host, X-Real-IP
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;

    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /api/ {
        proxy_set_header X-Api 1;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "the headers stand in a file",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        include proxy-headers.conf;
        location / {
            proxy_pass http://127.0.0.1:8080;
        }
        location /ws/ {
            proxy_set_header Upgrade $http_upgrade;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this proxy_set_header drops 2 inherited ones
            proxy_set_header Connection upgrade;
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
-- proxy-headers.conf --
proxy_set_header Host $host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        include proxy-headers.conf;
        location / {
            proxy_pass http://127.0.0.1:8080;
        }
        location /ws/ {
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            include proxy-headers.conf;
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
		},
		{
			Name: "nothing but the wish to keep connections",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_set_header Host $host;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ drops 1 inherited one: Connection
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
}
server {
    proxy_http_version 1.1;
    location / {
        proxy_set_header Host $host;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: all are restated, and a block without a request of its own",
			Bad: `server {
    proxy_set_header Host $host;

    location /a/ {
        proxy_set_header Host $http_host;
        proxy_set_header X-Api 1;
        proxy_pass http://127.0.0.1:8080;
    }
    location /static/ {
        proxy_set_header X-Static 1;
        root /srv/www;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, s := range p.Host.Nginx.Scopes {
			if !s.Is(model.Server, model.Location) || s.Parent == nil || len(s.Settings) == 0 {
				continue
			}
			for _, family := range headerFamilies {
				if _, ok := s.Own(family.directive); ok {
					headersLost(p, s, family)
				}
			}
		}
	},
}

var _ = add(&nginxProxyHeadersLost)

// headerFamilies are the directives that are inherited all or nothing and feed
// the request to a backend.
var headerFamilies = []struct{ directive, protocol string }{
	{"proxy_set_header", "proxy"},
	{"grpc_set_header", "grpc"},
	{"fastcgi_param", "fastcgi"},
	{"uwsgi_param", "uwsgi"},
	{"scgi_param", "scgi"},
}

// Nobody writes as many headers by hand. Where they are made, a report that names
// each of them in each location would be as long as the square of the file.
const (
	mostLostShown    = 50
	mostLostRepeated = 200
)

func headersLost(p *lint.Pass, s *model.Scope, family struct{ directive, protocol string }) {
	own, outer := s.Get(family.directive), s.Parent.Get(family.directive)
	if len(outer.Settings) > 0 {
		p.SkipHole(own)
	}
	if !own.Sure || own.Assumed != "" && ownMayHide(s, family.directive) || len(outer.Settings) == 0 {
		return
	}
	users := usersOf(s, own, family.directive, family.protocol)
	if len(users) == 0 {
		return
	}
	lost := missing(own.Settings, outer.Settings)
	if family.protocol == "proxy" {
		all := lost
		if lost = thatMatter(all, users); len(lost) == 0 {
			connectionLost(p, s, own, all, users)
		}
	}
	if len(lost) == 0 {
		return
	}
	shown := lost[:min(len(lost), mostLostShown)]
	names := make([]string, len(shown))
	for i, l := range shown {
		names[i] = l.Arg(0)
	}
	list := strings.Join(names, ", ")
	if more := len(lost) - len(shown); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	first := own.Settings[0]
	f := lint.Finding{
		At: placeIn(s, first),
		Msg: fmt.Sprintf("this %s drops %s: %s", family.directive,
			plural(len(lost), "inherited one"), list),
	}
	for _, l := range shown {
		f.Notes = append(f.Notes, lint.Note{Msg: consequence(l, family.protocol), At: lint.At(l.Directive)})
	}
	if len(lost) <= mostLostRepeated {
		f.Fix = repeat(own, lost, users)
	}
	p.Report(f)
}

// connectionLost reports, as info, that an empty Connection is lost on the way
// to an upstream that keeps no connections: nothing comes of it, and to repeat
// it would only move TIME_WAIT from the backend to nginx, but whoever wrote it
// wants reuse.
func connectionLost(p *lint.Pass, s *model.Scope, own model.Value, lost []model.Setting, users []*model.Scope) {
	for _, l := range lost {
		if strings.EqualFold(l.Arg(0), "Connection") && l.Arg(1) == "" && slices.ContainsFunc(users, toUpstream) {
			p.ReportMild(lint.Info, lint.Finding{
				At:  placeIn(s, own.Settings[0]),
				Msg: "this proxy_set_header drops 1 inherited one: Connection",
				Notes: []lint.Note{
					{Msg: "it asks for connections to be kept", At: lint.At(l.Directive)},
					{Msg: "it matters as soon as the upstream keeps idle ones"},
				},
			})
		}
	}
}

// toUpstream reports whether a scope passes to an explicit upstream, and nginx
// would send "Connection: close" to it of itself.
func toUpstream(s *model.Scope) bool {
	old := s.Host().Target.Nginx.Intersect(facts.Until(facts.ReuseByDefault))
	return s.Pass().Target.Upstream != nil && !old.Empty()
}

// ownMayHide reports whether an include in the scope itself may restate what
// seems lost.
func ownMayHide(s *model.Scope, name string) bool {
	for _, inc := range s.Includes() {
		if inc.MayHold(name) {
			return true
		}
	}
	return false
}

// usersOf are the passes that take their headers from the scope.
func usersOf(s *model.Scope, own model.Value, directive, protocol string) []*model.Scope {
	var out []*model.Scope
	for k := range s.Walk() {
		if pass := k.Pass(); pass != nil && pass.Protocol == protocol && k.Get(directive).Owner == own.Owner {
			out = append(out, k)
		}
	}
	return out
}

// missing are the outer settings whose name the scope does not set itself.
func missing(own, outer []model.Setting) []model.Setting {
	have := map[string]bool{}
	for _, o := range own {
		have[strings.ToLower(o.Arg(0))] = true
	}
	var out []model.Setting
	for _, o := range outer {
		if name := strings.ToLower(o.Arg(0)); name != "" && !have[name] {
			out = append(out, o)
		}
	}
	return out
}

// thatMatter leaves out headers whose loss changes nothing that was meant: an
// empty Connection where nothing is pooled, and the pair that asks for an
// upgrade, which a location that sets neither does not serve.
func thatMatter(lost []model.Setting, users []*model.Scope) []model.Setting {
	var out []model.Setting
	for _, l := range lost {
		switch strings.ToLower(l.Arg(0)) {
		case "upgrade":
			continue
		case "connection":
			if l.Arg(1) != "" || !anyLosesReuse(users) {
				continue
			}
		case "host":
			if l.Arg(1) == "$proxy_host" {
				continue // nginx's own default
			}
		}
		out = append(out, l)
	}
	return out
}

// anyLosesReuse reports whether a pass to a pool gets "Connection: close" back.
func anyLosesReuse(users []*model.Scope) bool {
	for _, s := range users {
		pass := s.Pass()
		if pass.Target.Upstream == nil {
			continue
		}
		if pool, ok := pass.Target.Upstream.Pool(); ok && !pool.Intersect(facts.Until(facts.ReuseByDefault)).Empty() {
			return true
		}
	}
	return false
}

func consequence(lost model.Setting, protocol string) string {
	name := lost.Arg(0)
	if protocol == "proxy" {
		switch strings.ToLower(name) {
		case "host":
			return "Host falls back to the name in proxy_pass"
		case "connection":
			return `"Connection: close" is sent again before nginx 1.29.7`
		}
	}
	if lost.Arg(1) == "" {
		return "the client's own " + name + " reaches the backend again"
	}
	return name + " is lost"
}

// placeIn is the place of a setting as seen in a scope: its own line, or the
// include that brings it.
func placeIn(s *model.Scope, set model.Setting) lint.Place {
	inc := s.Via(set)
	if inc == s.By || inc == nil {
		return lint.At(set.Directive)
	}
	for inc.From != s.By && inc.From != nil {
		inc = inc.From
	}
	return lint.At(inc.Dir)
}

// repeat writes the lost settings, or the include that holds just them, behind
// the scope's own.
func repeat(own model.Value, lost []model.Setting, users []*model.Scope) *lint.Fix {
	fix := &lint.Fix{Safety: lint.Unsafe, Scopes: users, Title: "repeat " + plural(len(lost), "lost line")}
	for _, l := range lost {
		fix.Changes = append(fix.Changes, strings.ToLower(l.Arg(0)), l.Name())
	}
	if inc := commonInclude(own.Owner, lost); inc != nil {
		text := inc.Dir.File().Slice(inc.Dir.Head()) + ";"
		fix.Title = "repeat '" + text + "'"
		fix.Edits = afterLast(own, text)
		return fix
	}
	for _, l := range lost {
		text := l.File().Slice(l.Head()) + ";"
		if l.Name() == "proxy_set_header" && strings.EqualFold(l.Arg(0), "Connection") && l.Arg(1) == "" {
			text = noCloseLine // as other fixes write it, so that the two become one
		}
		fix.Edits = append(fix.Edits, afterLast(own, text)...)
	}
	return fix
}

// commonInclude is the include that brought all settings that are lost in a scope and
// holds nothing else, nil if there is none.
func commonInclude(s *model.Scope, lost []model.Setting) *model.Include {
	inc := s.Via(lost[0])
	if inc == nil || len(inc.Files) != 1 {
		return nil
	}
	for _, l := range lost {
		if s.Via(l) != inc {
			return nil
		}
	}
	if lost[0].In.Len() != len(lost) {
		return nil
	}
	return inc
}
