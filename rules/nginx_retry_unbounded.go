package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var _ = add(lint.Rule{
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
		directives := inEach("_next_upstream")
		for _, s := range p.Host.Nginx.Scopes {
			if !s.Is(model.HTTP, model.Server, model.Location) {
				continue
			}
			for _, in := range directives {
				if set, ok := s.Own(in.directive); ok && retriesSlow(s, in.directive) {
					retryUnbounded(p, s, set, in)
				}
			}
		}
	},
})

// retriesSlow reports whether requests go on to the next server that are slow or
// fail by themselves.
func retriesSlow(s *model.Scope, directive string) bool {
	return slices.ContainsFunc(s.Get(directive).Settings, func(set model.Setting) bool {
		return slices.ContainsFunc(set.Args(), func(w nginx.Arg) bool {
			return w.Value == "timeout" || strings.HasPrefix(w.Value, "http_5")
		})
	})
}

func retryUnbounded(p *lint.Pass, s *model.Scope, set model.Setting, in inProtocol) {
	directive := in.directive
	triesName, timeoutName := directive+"_tries", directive+"_timeout"
	var worst *model.UpstreamBlock
	var unseen []lint.Note
	most := 2
	for _, pass := range inForce(s, directive, in.protocol) {
		limits := pass.Scope.Get(triesName)
		tries, ok := limits.Int()
		limit, known := pass.Scope.Get(timeoutName).Duration()
		if u := pass.Target.Upstream; u != nil && ok && known && tries == 0 && limit == 0 {
			if up := upServers(u); up > most {
				worst, most, unseen = u, up, assumed(limits)
			}
		}
	}
	if worst == nil {
		return
	}
	fix := &lint.Fix{
		Title:  `add "` + triesName + ` 2;" and "` + timeoutName + ` 30s;"`,
		Safety: lint.Unsafe, Scopes: slices.Collect(s.Walk()), Changes: []string{triesName, timeoutName},
	}
	for _, limit := range [...]struct{ name, value string }{{triesName, "2"}, {timeoutName, "30s"}} {
		if own, ok := s.Own(limit.name); ok {
			fix.Edits = append(fix.Edits, setArg(own.Directive, 0, limit.value)...)
		} else {
			fix.Edits = append(fix.Edits, lint.In(set.Directive, nginx.AddAfter(set.Directive, limit.name+" "+limit.value+";"))...)
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
