package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxUpstreamUnused = lint.Rule{
	ID:       "nginx-upstream-unused",
	Title:    "nothing passes to an upstream",
	Severity: lint.Info,
	Since:    "0.1",
	Why: `An upstream that no pass names does nothing, but nginx still looks up the names of its servers at every start and refuses to start when one cannot be found. Often it is what is left of a service that moved, or the pass that should go to it names another one.

The rule speaks only of what can be seen whole: not of a file that is read alone, nor beside an include that cannot be seen, nor where a pass has a variable in its target. A name that stands anywhere else, in a map or in a script, counts as a use.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#upstream",
		"https://nginx.org/en/docs/stream/ngx_stream_upstream_module.html#upstream",
	},
	Examples: []lint.Example{
		{
			Bad: `events {}
http {
    upstream old {
   #^^^^^^^^^^^^ nothing passes to upstream "old"
        server 127.0.0.1:8080;
    }
    upstream app {
        server 127.0.0.1:8081;
    }
    server {
        location / {
            proxy_pass http://app;
        }
    }
}
`,
			Good: `events {}
http {
    upstream app {
        server 127.0.0.1:8081;
    }
    server {
        location / {
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name: "in stream",
			Bad: `events {}
stream {
    upstream db {
   #^^^^^^^^^^^ nothing passes to upstream "db"
        server db:5432;
    }
    upstream mail {
        server 127.0.0.1:25;
    }
    server {
        listen 2525;
        proxy_pass mail;
    }
}
`,
			Good: `events {}
stream {
    upstream mail {
        server 127.0.0.1:25;
    }
    server {
        listen 2525;
        proxy_pass mail;
    }
}
`,
		},
		{
			Name: "silent: a variable may name it",
			Bad: `events {}
http {
    upstream blue {
        server 127.0.0.1:8080;
    }
    upstream green {
        server 127.0.0.1:8081;
    }
    map $cookie_version $pool {
        default blue;
    }
    server {
        location / {
            proxy_pass http://$pool;
        }
    }
}
`,
		},
		{
			Name: "silent: named in another case, with a path, and by a directive of another module",
			Bad: `events {}
http {
    upstream app {
        server 127.0.0.1:8080;
    }
    upstream api {
        server 127.0.0.1:8081;
    }
    upstream cache {
        server 127.0.0.1:6379;
    }
    server {
        location / {
            proxy_pass http://APP;
        }
        location /api/ {
            proxy_pass https://api/v1/;
        }
        location /cache/ {
            redis_pass cache;
        }
    }
}
`,
		},
		{
			Name: "silent: passes may stand in another file",
			Bad: `upstream app {
    server 127.0.0.1:8080;
}
server {
    listen 80;
}
`,
		},
		{
			Name: "silent: an include that cannot be seen",
			Bad: `events {}
http {
    upstream app {
        server 127.0.0.1:8080;
    }
    include /srv/sites/*.conf;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, s := range p.Host.Nginx.Scopes {
			if s.Block != nil && s.Is(model.Upstream, model.StreamUpstream) && unusedUpstream(p, s) {
				p.Report(lint.Finding{At: lint.At(s.Block), Msg: fmt.Sprintf("nothing passes to upstream %q", s.Block.Arg(0))})
			}
		}
	},
}

var _ = add(&nginxUpstreamUnused)

// unusedUpstream reports whether nothing passes to an upstream for certain.
func unusedUpstream(p *lint.Pass, s *model.Scope) bool {
	n := p.Host.Nginx
	if u := s.Upstream(); n.HasUnseen() || u != nil && len(u.Passes) > 0 {
		return false
	}
	uses, _ := p.Shared("uses of upstreams", func() any { return usesIn(n) }).(*upstreamUses)
	return !uses.open[s.Kind] && !uses.name(s.Block.Arg(0))
}

// upstreamUses is what a configuration says about upstreams outside of them.
type upstreamUses struct {
	// names are the upstreams there are, in lower case, and whether something that
	// may be the name of each is written somewhere.
	names   map[string]bool
	scripts []string // code, which may hold any name
	// open are the kinds of upstream of which a pass with a variable may name
	// any.
	open map[model.Kind]bool
}

func (u *upstreamUses) name(name string) bool {
	if u.names[strings.ToLower(name)] {
		return true
	}
	for _, code := range u.scripts {
		if strings.Contains(code, name) {
			return true
		}
	}
	return false
}

func usesIn(n *model.Nginx) *upstreamUses {
	u := &upstreamUses{names: map[string]bool{}, open: map[model.Kind]bool{}}
	for _, s := range n.Scopes {
		if s.Block != nil && s.Is(model.Upstream, model.StreamUpstream) {
			u.names[strings.ToLower(s.Block.Arg(0))] = false
		}
		for _, set := range s.Settings {
			if strings.HasSuffix(set.Name(), "pass") && strings.Contains(set.Arg(0), "$") {
				kind := model.Upstream
				if s.Is(model.Stream, model.StreamServer) {
					kind = model.StreamUpstream
				}
				u.open[kind] = true
			}
		}
	}
	for _, t := range n.Trees {
		for d := range t.Root.Walk() {
			u.note(d)
		}
	}
	return u
}

// note collects what may be the name of an upstream in a directive.
func (u *upstreamUses) note(d *nginx.Directive) {
	if d.Body() != nil && d.Body().Lua() {
		u.scripts = append(u.scripts, d.File().Slice(d.Body().Span()))
		return
	}
	if d.Name() == "upstream" || d.Name() == "server" && d.Body() == nil {
		return // its own name, and the hosts of its servers
	}
	for _, w := range d.Words().All() {
		value := strings.ToLower(w.Value)
		if _, after, ok := strings.Cut(value, "//"); ok {
			value = after
		}
		if i := strings.IndexAny(value, "/$?:"); i > 0 {
			value = value[:i]
		}
		if used, is := u.names[value]; is && !used {
			u.names[value] = true
		}
		if strings.ContainsAny(w.Value, " \n\t") {
			u.scripts = append(u.scripts, w.Value)
		}
	}
}
