package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxBalancerParameter = lint.Rule{
	ID:       "nginx-balancer-parameter",
	Title:    "a balancing method that takes no backup servers",
	Severity: lint.Error,
	AnyText:  true,
	Since:    "0.1",
	Why: `ip_hash, hash and random know no backup servers: behind one of them nginx refuses a server line with "backup" and does not start ("balancing method does not support parameter "backup""), in http and in stream.

nginx looks at the method when it reads the server line, so a line above the method passes the test. Measured (nginx 1.22.1): it is then used when all others fail, but one change of the order stops the next reload.

Take "backup" away, or use least_conn or plain round robin.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server",
	},
	Examples: []lint.Example{
		{
			Name: "behind hash",
			Bad: `upstream app {
    hash $request_uri consistent;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081 backup;
                         #^^^^^^ hash takes no backup servers: nginx does not start
}
`,
			Good: `upstream app {
    hash $request_uri consistent;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
`,
		},
		{
			Name: "in stream",
			Bad: `events {}
stream {
    upstream db {
        random two;
        server 192.0.2.1:5432;
        server 192.0.2.2:5432 max_fails=2 backup;
                                         #^^^^^^ random takes no backup servers
    }
}
`,
			Good: `events {}
stream {
    upstream db {
        least_conn;
        server 192.0.2.1:5432;
        server 192.0.2.2:5432 max_fails=2 backup;
    }
}
`,
		},
		{
			Name: "silent: least_conn takes them, and the line above the method",
			Bad: `upstream app {
    least_conn;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081 backup;
}
upstream other {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081 backup;
    ip_hash;
}
`,
		},
		{
			Name: "silent: a later method replaces the first",
			Bad: `upstream app {
    hash $request_uri;
    least_conn;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081 backup;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, s := range p.Host.Nginx.Scopes {
			if s.Is(model.Upstream, model.StreamUpstream) && !ownMayHide(s, "least_conn") {
				backupsOf(p, s)
			}
		}
	},
}

var _ = add(&nginxBalancerParameter)

// backupsOf looks at the server lines of an upstream in their order.
func backupsOf(p *lint.Pass, s *model.Scope) {
	var method model.Setting
	for _, set := range s.Settings {
		switch set.Name() {
		case "ip_hash", "hash", "random":
			method = set
		case "least_conn", "least_time":
			method = model.Setting{}
		case "server":
			at, _, ok := parameter(set, "backup")
			if !ok || method.Directive == nil {
				continue
			}
			p.Report(lint.Finding{
				At:    at,
				Msg:   method.Name() + " takes no backup servers: nginx does not start",
				Notes: []lint.Note{{Msg: "the method is chosen here", At: lint.At(method.Directive)}},
			})
		}
	}
}
