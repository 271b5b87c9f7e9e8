package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxRetryUnbounded = lint.Rule{
	ID:       "nginx-retry-unbounded",
	Title:    "one slow request is tried on every server of an upstream",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `With "timeout" or a 5xx status in proxy_next_upstream, a request that is slow or fails by itself goes to one server after the other, each for the full proxy_read_timeout, and each of them is charged with a failure. By default nothing limits how many that are.

Measured (nginx 1.22.1, three servers, proxy_read_timeout 2s, max_fails as by default): one request that never gets an answer occupies all three for 2 seconds each, and takes all three out of service: the next request gets 502 at once. With "proxy_next_upstream_tries 2" the third server is left for the others.

"timeout" is also among the defaults; the rule speaks where somebody asked for it in writing, in front of three or more servers. Ignore it where the servers are many and their failures independent.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream_tries",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream_timeout",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    server 127.0.0.1:8082;
}
server {
    proxy_next_upstream error timeout http_503;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ one slow request is tried on all 3 servers of upstream "app"
    location / {
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    server 127.0.0.1:8082;
}
server {
    proxy_next_upstream error timeout http_503;
    proxy_next_upstream_tries 2;
    proxy_next_upstream_timeout 30s;
    location / {
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: limited, two servers, connection errors only, and the default",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    server 127.0.0.1:8082;
}
upstream two {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    server 127.0.0.1:8082 down;
}
server {
    location /tries/ {
        proxy_next_upstream error timeout;
        proxy_next_upstream_tries 2;
        proxy_pass http://app;
    }
    location /timeout/ {
        proxy_next_upstream error timeout;
        proxy_next_upstream_timeout 10s;
        proxy_pass http://app;
    }
    location /two/ {
        proxy_next_upstream error timeout;
        proxy_pass http://two;
    }
    location /error/ {
        proxy_next_upstream error;
        proxy_pass http://app;
    }
    location / {
        proxy_pass http://app;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, in := range inEach("_next_upstream") {
			r := newRetries(in)
			for s, set := range p.Host.Nginx.Owning(in.directive) {
				if s.Is(model.HTTP, model.Server, model.Location) && retriesSlow(s, in.directive) {
					r.unbounded(p, s, set)
				}
			}
		}
	},
}

var _ = add(&nginxRetryUnbounded)

// retries are the directives that bound the retries of a protocol, and what is said of
// all places alike.
type retries struct {
	inProtocol

	limits  [2]struct{ name, value, line string } // of their number, and of the time
	title   string
	changes []string
	up      map[*model.UpstreamBlock]int // see upServers
}

func newRetries(in inProtocol) *retries {
	r := &retries{inProtocol: in, up: map[*model.UpstreamBlock]int{}}
	for i, limit := range [...]struct{ suffix, value string }{{"_tries", "2"}, {"_timeout", "30s"}} {
		name := in.directive + limit.suffix
		r.limits[i] = struct{ name, value, line string }{name, limit.value, name + " " + limit.value + ";"}
		r.changes = append(r.changes, name)
	}
	r.title = `add "` + r.limits[0].line + `" and "` + r.limits[1].line + `"`
	return r
}

// serversOf counts the servers of an upstream that are not down, once for all passes.
func (r *retries) serversOf(u *model.UpstreamBlock) int {
	n, known := r.up[u]
	if !known {
		n = upServers(u)
		r.up[u] = n
	}
	return n
}

// retriesSlow reports whether requests go on to the next server that are slow or
// fail by themselves.
func retriesSlow(s *model.Scope, directive string) bool {
	return slices.ContainsFunc(s.Get(directive).Settings, func(set model.Setting) bool {
		return set.Args().Any(func(w nginx.Arg) bool {
			return w.Value == "timeout" || strings.HasPrefix(w.Value, "http_5")
		})
	})
}

// unbounded reports a place at which nothing bounds the retries.
func (r *retries) unbounded(p *lint.Pass, s *model.Scope, set model.Setting) {
	var worst *model.UpstreamBlock
	var unseen []lint.Note
	most := 2
	for _, pass := range inForce(s, r.inProtocol) {
		u := pass.Target.Upstream
		if u == nil || r.serversOf(u) <= most {
			continue
		}
		limits := pass.Scope.Get(r.limits[0].name)
		tries, ok := limits.Int()
		limit, known := pass.Scope.Get(r.limits[1].name).Duration()
		if ok && known && tries == 0 && limit == 0 {
			worst, most, unseen = u, r.serversOf(u), assumed(limits)
		}
	}
	if worst == nil {
		return
	}
	fix := &lint.Fix{
		Title: r.title, Safety: lint.Unsafe, Changes: slices.Clip(r.changes), Scopes: slices.Collect(s.Walk()),
		Edits: make([]lint.FileEdit, 0, len(r.limits)),
	}
	for _, limit := range r.limits {
		if own, ok := s.Own(limit.name); ok {
			fix.Edits = append(fix.Edits, setArg(own.Directive, 0, limit.value)...)
		} else {
			fix.Edits = append(fix.Edits, lint.In(set.Directive, nginx.AddAfter(set.Directive, limit.line))...)
		}
	}
	p.Report(lint.Finding{
		At:    lint.At(set.Directive),
		Msg:   fmt.Sprintf("one slow request is tried on all %d servers of upstream %q", most, worst.Name),
		Notes: append([]lint.Note{{Msg: "the upstream", At: lint.At(worst.Scope.Block)}}, unseen...),
		Fix:   fix,
	})
}

// upServers counts the servers of an upstream that are not down.
func upServers(u *model.UpstreamBlock) int {
	n := 0
	for _, s := range u.Servers {
		if _, _, down := parameter(s, "down"); !down && !mayHaveMore(s) {
			n++
		}
	}
	return n
}
