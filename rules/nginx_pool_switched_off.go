package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxPoolSwitchedOff = lint.Rule{
	ID:       "nginx-pool-switched-off",
	Title:    "a time of 0 switches the pool of an upstream off",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `In an upstream "keepalive_timeout 0" does not mean "for ever", it means that an idle connection is closed at once: the pool is off, whatever keepalive says. "keepalive_time 0" closes every connection that is older than the current tick of nginx's clock, a millisecond. nginx takes both without a word.

Measured (20 requests to a pool of 8): 20 connections with "keepalive_timeout 0" on nginx 1.22.1, 1.26.3 and 1.30.6, 1 without it. With "keepalive_time 0" 10 to 20.

"keepalive 0", which nginx takes since 1.29.7, says so in plain words and is left alone. Where no keepalive line is written, a time of 0 may be meant to switch off the pool that upstreams have by default since 1.29.7: that is info, and nothing is proposed.

` + backendFirst,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_time",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 0;
   #^^^^^^^^^^^^^^^^^^^^ keepalive_timeout 0 closes each connection of upstream "app" at once: keepalive 32 keeps none
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
`,
		},
		{
			Name: "the age of a connection",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_time 0s;
   #^^^^^^^^^^^^^^^^^^ keepalive_time 0s closes each connection of upstream "app" at once
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
`,
		},
		{
			Name:  "the default pool",
			Nginx: "1.30.0",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive_timeout 0;
   #^^^^^^^^^^^^^^^^^^^^ keepalive_timeout 0 closes each connection of upstream "app" at once: its default pool keeps none
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 0;
    keepalive_timeout 1s;
}
`,
		},
		{
			Name:  "silent: no pool, one that is off in so many words, and times that are not 0",
			Nginx: "1.30.0",
			Bad: `upstream off {
    server 127.0.0.1:8080;
    keepalive 0;
    keepalive_timeout 0;
}
upstream app {
    server 127.0.0.1:8080;
    keepalive_timeout 500ms;
    keepalive_time 1h;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || slices.ContainsFunc(p.Host.Nginx.Scopes, isUnknownUpstream) {
			return // of two upstreams of a name nginx would see one
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			in, ok := u.Pool()
			if !ok || in.Empty() {
				continue
			}
			for _, name := range []string{"keepalive_timeout", "keepalive_time"} {
				set, ok := u.Scope.Own(name)
				if d, valid := model.Duration(set0(set)); !ok || !valid || d != 0 {
					continue
				}
				f := lint.Finding{
					At:       lint.At(set.Directive),
					Msg:      fmt.Sprintf("%s %s closes each connection of upstream %q at once", name, set.Arg(0), u.Name),
					Versions: p.NginxVersions(in, "where the upstream has a pool"),
				}
				if !u.HasKeepalive {
					f.Msg += ": its default pool keeps none"
					f.Notes = []lint.Note{{Msg: `"keepalive 0" says so in plain words`}}
					p.ReportMild(lint.Info, f)
					continue
				}
				f.Msg += ": " + settingText(u.Keepalive) + " keeps none"
				f.Fix = keepIdle(u, set)
				if name != "keepalive_timeout" {
					closingFirst(u, &f)
				} else if keeps, _, _ := behindAll(u); keeps == facts.ClosesUnannounced {
					f.Fix = nil // it may well be why somebody wrote it
				}
				p.Report(f)
			}
		}
	},
}

var _ = add(&nginxPoolSwitchedOff)

func isUnknownUpstream(s *model.Scope) bool {
	return s.Kind == model.Upstream && s.Block != nil && s.Block.In.Tree.Unknown && s.Block.Unknown()
}

// set0 is the first argument of a setting that may not be there.
func set0(set model.Setting) string {
	if set.Directive == nil {
		return ""
	}
	return set.Arg(0)
}

// settingText is a directive as it is written, without its semicolon.
func settingText(set model.Setting) string { return set.File().Slice(set.Head()) }

// keepIdle takes a time of 0 out of an upstream, or replaces it by one that ends
// before the backend's own, where that is known.
func keepIdle(u *model.UpstreamBlock, set model.Setting) *lint.Fix {
	fix := &lint.Fix{Title: "remove " + set.Name(), Safety: lint.Unsafe, Leads: poolLeads}
	if keeps, idle, _ := behindAll(u); set.Name() == "keepalive_timeout" && (keeps == facts.KeepsFor || keeps == facts.KeepsUnknown) {
		value := seconds(belowIdle(idle))
		fix.Title = "set keepalive_timeout to " + value
		fix.Edits = setArg(set.Directive, 0, value)
		return fix
	}
	fix.Edits = lint.In(set.Directive, nginx.Drop(set.Directive))
	return fix
}
