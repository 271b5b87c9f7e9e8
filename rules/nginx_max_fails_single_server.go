package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxMaxFailsSingleServer = lint.Rule{
	ID:       "nginx-max-fails-single-server",
	Title:    "max_fails and fail_timeout of the only server are ignored",
	Severity: lint.Info,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `nginx never sets its only peer aside: max_fails and fail_timeout of an upstream with one server have no effect, in http and in stream.

Measured (nginx 1.22.1, max_fails=1 fail_timeout=60s): a backend that comes back is used again at once where it is the only one; with two servers that both failed, every request gets 502 until the 60 seconds are over.

A server that is written as a name is left alone: it may have several addresses, and then it is several peers. Ignore the finding where more servers are to follow.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_fails",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    server 127.0.0.1:8080 max_fails=3 weight=1 fail_timeout=30s;
                         #^^^^^^^^^^^ max_fails=3 and fail_timeout=30s are ignored: upstream "app" has one server
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080 weight=1;
}
`,
		},
		{
			Name: "a socket, in stream",
			Bad: `events {}
stream {
    upstream db {
        server unix:/run/db.sock fail_timeout=0;
                                #^^^^^^^^^^^^^^ fail_timeout=0 is ignored
    }
}
`,
			Good: `events {}
stream {
    upstream db {
        server unix:/run/db.sock;
    }
}
`,
		},
		{
			Name: "silent: two peers, a name, servers that cannot be seen, and a module that adds some",
			Bad: `upstream two {
    server 127.0.0.1:8080 max_fails=3;
    server 127.0.0.1:8081 backup;
}
upstream name {
    server localhost:8080 max_fails=3;
}
upstream more {
    server 127.0.0.1:8080 max_fails=3;
    include /srv/app/servers.conf;
}
upstream scripted {
    server 127.0.0.1:8080 max_fails=3;
    balancer_by_lua_block { balance() }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, list := range peerLists(p) {
			if len(list.servers) != 1 || !isLiteral(list.servers[0].Arg(0)) || mayHaveMore(list.servers[0]) {
				continue
			}
			server := list.servers[0]
			fix := &lint.Fix{Safety: lint.Safe}
			var words []string
			var first lint.Place
			for _, name := range []string{"max_fails=", "fail_timeout="} {
				at, i, ok := parameter(server, name)
				if !ok {
					continue
				}
				if len(words) == 0 || at.Span.Start < first.Span.Start {
					first = at
				}
				words = append(words, server.Arg(i))
				fix.Edits = append(fix.Edits, lint.In(server.Directive, nginx.RemoveArg(server.Directive, i))...)
			}
			if len(words) == 0 {
				continue
			}
			verb := "is"
			if len(words) > 1 {
				verb = "are"
			}
			all := strings.Join(words, " and ")
			fix.Title = "remove " + all
			p.Report(lint.Finding{At: first, Msg: fmt.Sprintf("%s %s ignored: upstream %q has one server", all, verb, list.name), Fix: fix})
		}
	},
}

var _ = add(&nginxMaxFailsSingleServer)
