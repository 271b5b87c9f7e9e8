package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxSingleLiveServer = lint.Rule{
	ID:       "nginx-single-live-server",
	Title:    "the only server that takes requests is set aside after one failure",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `nginx never sets the only peer of an upstream aside. A second line takes that away even where its server is "down" or "drain": now the one that works counts failures, and with max_fails at its default of 1 the first reset, refused connection or time-out takes it out of service for fail_timeout, 10 seconds. There is nobody else, so every request gets 502, "no live upstreams while connecting to upstream".

Measured (nginx 1.22.1, 1.26.3 and 1.30.6): one connection that the backend resets, and 6 of the 6 next requests get 502; without the line that is down none does. In stream clients are disconnected (nginx 1.22.1).

The patch removes the dead lines; "max_fails=0" on the live one does as well, and keeps them at hand. A backup that is not down takes over, and then nothing is said. Where the live server is a name it may stand for several addresses, which makes this info.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#max_fails",
		"https://github.com/nginx/nginx/blob/master/src/http/ngx_http_upstream_round_robin.c",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    server 127.0.0.1:8080;
   #^^^^^^^^^^^^^^^^^^^^^^ one failure takes the only live server of upstream "app" out for 10s: every request gets 502
    server 127.0.0.1:8081 down;
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
}
`,
		},
		{
			Name: "more failures are needed, and two lines are dead",
			Bad: `upstream app {
    server 127.0.0.1:8080 max_fails=3 fail_timeout=1m;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 3 failures take the only live server of upstream "app" out for 1m
    server 127.0.0.1:8081 down;
    server 127.0.0.1:8082 backup down;
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080 max_fails=3 fail_timeout=1m;
}
`,
		},
		{
			Name:  "one that drains",
			Nginx: "1.30.0",
			Bad: `upstream app {
    sticky cookie srv;
    server 127.0.0.1:8080;
   #^^^^^^^^^^^^^^^^^^^^^^ one failure
    server 127.0.0.1:8081 drain;
}
`,
			Good: `upstream app {
    sticky cookie srv;
    server 127.0.0.1:8080;
}
`,
		},
		{
			Name: "stream",
			Bad: `events {}
stream {
    upstream db {
        server 10.0.0.5:5432;
       #^^^^^^^^^^^^^^^^^^^^^ one failure takes the only live server of upstream "db" out for 10s: every client is disconnected
        server 10.0.0.6:5432 down;
    }
    server {
        listen 5432;
        proxy_pass db;
    }
}
`,
			Good: `events {}
stream {
    upstream db {
        server 10.0.0.5:5432;
    }
    server {
        listen 5432;
        proxy_pass db;
    }
}
`,
		},
		{
			Name: "a name",
			Bad: `upstream app {
    server app.internal:8080;
   #^^^^^^^^^^^^^^^^^^^^^^^^^ one failure takes the only live server of upstream "app" out for 10s, if its name has one address
    server 127.0.0.1:8081 down;
}
`,
			Good: `upstream app {
    server app.internal:8080 max_fails=0;
    server 127.0.0.1:8081 down;
}
`,
		},
		{
			Name: "silent: failures do not count, two are alive, a backup takes over, none is alive, nothing passes to it",
			Bad: `events {}
http {
    upstream zero {
        server 127.0.0.1:8080 max_fails=0;
        server 127.0.0.1:8081 down;
    }
    upstream two {
        server 127.0.0.1:8080;
        server 127.0.0.1:8081;
        server 127.0.0.1:8082 down;
    }
    upstream backup {
        server 127.0.0.1:8080;
        server 127.0.0.1:8081 down;
        server 127.0.0.1:8082 backup;
    }
    upstream one {
        server 127.0.0.1:8080;
    }
    upstream unused {
        server 127.0.0.1:8080;
        server 127.0.0.1:8081 down;
    }
    upstream checked {
        zone checked 64k;
        server 127.0.0.1:8080;
        server 127.0.0.1:8081 down;
    }
    server {
        location /zero { proxy_pass http://zero; }
        location /two { proxy_pass http://two; }
        location /backup { proxy_pass http://backup; }
        location /one { proxy_pass http://one; }
        location /checked {
            proxy_pass http://checked;
            health_check;
        }
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, list := range peerLists(p) {
			if len(list.servers) < 2 || !isUsed(p.Host.Nginx, list) {
				continue
			}
			var live []model.Setting
			var dead []*nginx.Directive
			for _, s := range list.servers {
				if isOut(s) && !mayHaveMore(s) {
					dead = append(dead, s.Directive)
				} else {
					live = append(live, s)
				}
			}
			// Whether health is checked is asked last: it is a look at all scopes.
			if len(live) == 1 && !hasParam(live[0], "backup") && len(dead) > 0 && !checksHealth(p.Host.Nginx) {
				singleLive(p, list, live[0], dead)
			}
		}
	},
}

var _ = add(&nginxSingleLiveServer)

// isUsed reports whether something passes to an upstream, or may do so in a file
// that includes this one.
func isUsed(n *model.Nginx, list peerList) bool {
	if list.scope.Kind == model.Upstream {
		u := list.scope.Upstream()
		return n.Fragment || u != nil && len(u.Passes) > 0
	}
	for _, s := range n.Scopes {
		if set, ok := s.Own("proxy_pass"); ok && s.Kind == model.StreamServer && set.Arg(0) == list.name {
			return true
		}
	}
	return n.Fragment
}

// isOut reports whether a server of an upstream takes no new requests.
func isOut(s model.Setting) bool { return hasParam(s, "down") || hasParam(s, "drain") }

// checksHealth reports whether something looks after servers on its own, as
// health_check of NGINX Plus and Angie does.
func checksHealth(n *model.Nginx) bool {
	for _, s := range n.Scopes {
		if _, ok := s.Own("health_check"); ok {
			return true
		}
		if _, ok := s.Own("upstream_probe"); ok {
			return true
		}
	}
	return false
}

// setAside is after how many failures a server is set aside, and for how long;
// ok is false if it never is, or if that is not known.
func setAside(s model.Setting) (fails int, forTime string, ok bool) {
	if mayHaveMore(s) {
		return 0, "", false
	}
	fails, forTime = 1, "10s"
	if v, set := param(s, "max_fails"); set {
		n, err := strconv.Atoi(v)
		if err != nil || n <= 0 {
			return 0, "", false
		}
		fails = n
	}
	if v, set := param(s, "fail_timeout"); set {
		if d, valid := model.Duration(v); !valid || d == 0 {
			return 0, "", false
		}
		forTime = v
	}
	return fails, forTime, true
}

func singleLive(p *lint.Pass, list peerList, live model.Setting, dead []*nginx.Directive) {
	fails, forTime, ok := setAside(live)
	if !ok {
		return
	}
	count := "one failure takes"
	if fails > 1 {
		count = fmt.Sprintf("%d failures take", fails)
	}
	f := lint.Finding{
		At:  lint.At(live.Directive),
		Msg: fmt.Sprintf("%s the only live server of upstream %q out for %s", count, list.name, forTime),
	}
	for _, d := range dead {
		f.Notes = append(f.Notes, lint.Note{Msg: "without this line it would be the only peer, which nginx never sets aside", At: lint.At(d)})
	}
	if !isLiteral(live.Arg(0)) {
		f.Msg += ", if its name has one address"
		p.ReportMild(lint.Info, f)
		return
	}
	if list.scope.Kind == model.StreamUpstream {
		f.Msg += ": every client is disconnected"
	} else {
		f.Msg += ": every request gets 502"
	}
	fix := &lint.Fix{Title: "remove the lines of servers that take no requests", Safety: lint.Unsafe}
	for _, d := range dead {
		fix.Edits = append(fix.Edits, lint.In(d, nginx.Remove(d))...)
	}
	f.Fix = fix
	p.Report(f)
}
