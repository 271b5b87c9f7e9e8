package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxAllServersBackupOrDown = lint.Rule{
	ID:       "nginx-all-servers-backup-or-down",
	Title:    "an upstream without a server that takes requests",
	Severity: lint.Error,
	AnyText:  true,
	Since:    "0.1",
	Why: `Of an upstream with backup servers alone nginx says "no servers in upstream" and does not start. With all servers marked as down it starts, and answers every request with 502 ("no live upstreams while connecting to upstream").

Measured on nginx 1.22.1. A server that is down beside a backup is no fault: the backup takes the requests.

Ignore it for a site that is switched off on purpose; a location that returns 503 says so more clearly.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server",
	},
	Examples: []lint.Example{
		{
			Name: "all down",
			Bad: `upstream app {
#^^^^^^^^^^^ all 2 servers of upstream "app" are down: every request fails
    server 127.0.0.1:8080 down;
    server 127.0.0.1:8081 weight=2 down;
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081 weight=2 down;
}
`,
		},
		{
			Name: "backups alone",
			Bad: `upstream app {
#^^^^^^^^^^^ upstream "app" has backup servers only: nginx does not start
    server 127.0.0.1:8080 backup;
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
}
`,
		},
		{
			Name:  "one drains, the other is down",
			Nginx: "1.30.0",
			Bad: `upstream app {
#^^^^^^^^^^^ all servers of upstream "app" are down or drain
    server 10.0.0.1:8080 drain;
    server 10.0.0.2:8080 down;
}
server {
    location / {
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080 down;
}
server {
    location / {
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: a backup takes over",
			Bad: `upstream app {
    server 127.0.0.1:8080 down;
    server 127.0.0.1:8081 backup;
}
`,
		},
		{
			Name: "silent: nothing passes to it",
			Bad: `events {}
http {
    upstream old {
        server 127.0.0.1:8080 down;
    }
}
`,
		},
		{
			Name: "silent: servers that cannot be seen",
			Bad: `upstream app {
    server 127.0.0.1:8080 down;
    include /srv/app/servers.conf;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, list := range peerLists(p) {
			primaries, live, draining := 0, 0, false
			for _, s := range list.servers {
				_, _, backup := parameter(s, "backup")
				_, _, down := parameter(s, "down")
				if _, _, drains := parameter(s, "drain"); drains {
					draining, down = true, true
				}
				if !backup {
					primaries++
				}
				if !down {
					live++
				}
			}
			switch {
			case len(list.servers) == 0:
			case primaries == 0:
				p.Report(lint.Finding{
					At:  lint.At(list.scope.Block),
					Msg: fmt.Sprintf("upstream %q has backup servers only: nginx does not start", list.name),
				})
			case live == 0 && !unusedUpstream(p, list.scope):
				f := lint.Finding{
					At:    lint.At(list.scope.Block),
					Msg:   areDown(list) + ": every request fails",
					Notes: failing(list.scope),
				}
				if draining {
					f.Msg = fmt.Sprintf("all servers of upstream %q are down or drain: every request without a session of its own fails", list.name)
				}
				p.Report(f)
			}
		}
	},
}

var _ = add(&nginxAllServersBackupOrDown)

func areDown(list peerList) string {
	if len(list.servers) == 1 {
		return fmt.Sprintf("the only server of upstream %q is down", list.name)
	}
	return fmt.Sprintf("all %d servers of upstream %q are down", len(list.servers), list.name)
}

// failing says how a request fails where there is no peer.
func failing(s *model.Scope) []lint.Note {
	if s.Kind == model.StreamUpstream {
		return []lint.Note{{Msg: `clients are disconnected, "no live upstreams" is logged`}}
	}
	return []lint.Note{{Msg: `clients get 502, "no live upstreams" is logged`}}
}
