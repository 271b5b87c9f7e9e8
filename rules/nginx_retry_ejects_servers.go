package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxRetryEjectsServers = lint.Rule{
	ID:       "nginx-retry-ejects-servers",
	Title:    "an error that the application answers takes its server out of service",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `A status that proxy_next_upstream names is not only tried again on the next server: the one that answered is charged with a failure, as if it had died. With max_fails at its default of 1 that takes it out for fail_timeout, 10 seconds. One URL that always answers 503, or one client that runs into a rate limit (429), so empties the whole upstream, and then every request gets 502, "no live upstreams while connecting to upstream".

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, two servers, "error timeout http_502 http_503"): two requests that the application answers with 503, and 6 of the 6 next, good ones get 502; after 10 seconds all is well again. Without the statuses in the list none does. POSTs are not counted unless "non_idempotent" is there; http_403 and http_404 never are.

The patch leaves connection errors and time-outs in the list, so that a server which is really gone is still set aside. The other way is "max_fails=0" or a number well above 1 on the servers: then a 503 is still tried elsewhere, and a server that is gone is asked again and again.

Ignore it where such a status means that the whole server is unwell, and no single request can cause it.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_fails",
		"https://github.com/nginx/nginx/blob/release-1.30.0/src/http/ngx_http_upstream.c",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
server {
    proxy_next_upstream error timeout http_502 http_503;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a 502 or 503 of the application counts as a failure of its server: one for each of the 2 servers of upstream "app", and every request gets 502 for 10s
    location / {
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
server {
    proxy_next_upstream error timeout;
    location / {
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "a rate limit, nothing else in the list, and php-fpm",
			Bad: `upstream php {
    server 10.0.0.5:9000 max_fails=1 fail_timeout=30s;
    server 10.0.0.6:9000 fail_timeout=30s;
}
server {
    location ~ \.php$ {
        fastcgi_next_upstream http_429;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a 429 of the application counts as a failure of its server: one for each of the 2 servers of upstream "php", and every request gets 502 for 30s
        fastcgi_pass php;
    }
}
`,
			Good: `upstream php {
    server 10.0.0.5:9000 max_fails=1 fail_timeout=30s;
    server 10.0.0.6:9000 fail_timeout=30s;
}
server {
    location ~ \.php$ {
        fastcgi_next_upstream error timeout;
        fastcgi_pass php;
    }
}
`,
		},
		{
			Name: "silent: failures do not count or many are needed, one server, one try, connection errors, a 404, health checks",
			Bad: `upstream zero {
    server 127.0.0.1:8080 max_fails=0;
    server 127.0.0.1:8081;
}
upstream ten {
    server 127.0.0.1:8080 max_fails=10;
    server 127.0.0.1:8081 max_fails=10;
}
upstream one {
    server 127.0.0.1:8080;
}
upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
server {
    proxy_next_upstream error timeout http_503;
    location /zero { proxy_pass http://zero; }
    location /ten { proxy_pass http://ten; }
    location /one { proxy_pass http://one; }
    location /tries {
        proxy_next_upstream_tries 1;
        proxy_pass http://app;
    }
    location /404 {
        proxy_next_upstream error timeout http_404;
        proxy_pass http://app;
    }
    location /errors {
        proxy_next_upstream error timeout invalid_header;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: health checks bring servers back",
			Bad: `upstream app {
    zone app 64k;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
server {
    location / {
        proxy_next_upstream error timeout http_503;
        proxy_pass http://app;
        health_check;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || checksHealth(p.Host.Nginx) {
			return
		}
		seen := map[string]bool{}
		for _, list := range peerLists(p) {
			seen[strings.ToLower(list.name)] = list.scope.Kind == model.Upstream || seen[strings.ToLower(list.name)]
		}
		for _, in := range inEach("_next_upstream") {
			ejected := map[*model.UpstreamBlock]ejection{}
			for s, set := range p.Host.Nginx.Owning(in.directive) {
				if s.Is(model.HTTP, model.Server, model.Location) {
					retryEjects(p, s, set, in, func(u *model.UpstreamBlock) ejection {
						e, known := ejected[u]
						if !known {
							e = ejects(u, seen)
							ejected[u] = e
						}
						return e
					})
				}
			}
		}
	},
}

var _ = add(&nginxRetryEjectsServers)

// ejection says for how long one failure sets each of an upstream's servers aside; they
// are none where that is not so for all that can be seen.
type ejection struct {
	servers int
	forTime string
}

// ejects works out the ejection of an upstream, given the upstreams of which all
// servers are seen, by name in lower case.
func ejects(u *model.UpstreamBlock, whole map[string]bool) (e ejection) {
	if !whole[strings.ToLower(u.Name)] {
		return ejection{}
	}
	for _, server := range u.Servers {
		if isOut(server) {
			continue
		}
		fails, t, counts := setAside(server)
		if !counts || fails > 1 {
			return ejection{}
		}
		e.servers, e.forTime = e.servers+1, t
	}
	return e
}

// retriedStatuses are the words of a *_next_upstream in force that name a status
// which counts as a failure of the server.
func retriedStatuses(v model.Value) (words []string, ok bool) {
	for _, set := range v.Settings {
		for _, w := range set.Args().All() {
			if strings.HasPrefix(w.Value, "http_5") || w.Value == "http_429" {
				words = append(words, w.Value)
			}
		}
	}
	return words, v.Sure && len(words) > 0
}

func retryEjects(p *lint.Pass, s *model.Scope, set model.Setting, in inProtocol, ejects func(*model.UpstreamBlock) ejection) {
	statuses, ok := retriedStatuses(s.Get(in.directive))
	if !ok {
		return
	}
	for _, pass := range inForce(s, in) {
		u := pass.Target.Upstream
		if u == nil {
			continue
		}
		e := ejects(u)
		if tries, known := pass.Scope.Get(in.directive + "_tries").Int(); e.servers < 2 || !known || tries == 1 {
			continue
		}
		codes := strings.ReplaceAll(strings.Join(statuses, ", "), "http_", "")
		if i := strings.LastIndex(codes, ", "); i >= 0 {
			codes = codes[:i] + " or " + codes[i+2:]
		}
		p.Report(lint.Finding{
			At: lint.At(set.Directive),
			Msg: fmt.Sprintf("a %s of the application counts as a failure of its server: one for each of the %d servers of upstream %q, and every request gets 502 for %s",
				codes, e.servers, u.Name, e.forTime),
			Notes: []lint.Note{{Msg: `max_fails is 1, the default; "max_fails=0" or a number well above 1 helps, too`, At: lint.At(u.Scope.Block)}},
			Fix:   withoutStatuses(s, in.directive),
		})
		return
	}
}

// withoutStatuses takes the statuses out of a list; a list of nothing else
// becomes nginx's own.
func withoutStatuses(s *model.Scope, directive string) *lint.Fix {
	fix := &lint.Fix{
		Title: "try again after errors of the connection only", Safety: lint.Unsafe,
		Changes: []string{directive},
	}
	for k := range s.Walk() {
		fix.Scopes = append(fix.Scopes, k)
	}
	for set := range s.All(directive) {
		var rest []string
		for _, w := range set.Args().All() {
			if !strings.HasPrefix(w.Value, "http_5") && w.Value != "http_429" {
				rest = append(rest, w.Value)
			}
		}
		if len(rest) == 0 {
			rest = []string{"error", "timeout"}
		}
		for i := range max(set.Args().Len(), len(rest)) {
			switch {
			case i >= len(rest):
				fix.Edits = append(fix.Edits, lint.In(set.Directive, nginx.RemoveArg(set.Directive, i))...)
			case set.Arg(i) != rest[i]:
				fix.Edits = append(fix.Edits, setArg(set.Directive, i, rest[i])...)
			}
		}
	}
	return fix
}
