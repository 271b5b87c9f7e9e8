package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxProxyConnectionClose = lint.Rule{
	ID:       "nginx-proxy-connection-close",
	Title:    `"Connection: close" goes to a pooled upstream`,
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `A backend that is told "Connection: close" answers the request and closes. nginx then has nothing to put into the upstream's pool, and the next request opens a new connection.

Three things send it. Before 1.29.7 nginx does so itself wherever no proxy_set_header Connection is in force. A literal "close" does on every version. And the map of the WebSocket tutorials does, for every request that asks for no upgrade:

    map $http_upgrade $connection_upgrade { default upgrade; '' close; }

Measured (experiment 1, 2000 requests): with that map 2000 connections on every version, 1.31.5 included; with '' "" in its place 8, and WebSockets still work. 22 of 29 such maps in real configurations have the fault.

` + backendFirst + `

Ignore it where the backend must not keep connections; then remove keepalive.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
		"https://nginx.org/en/docs/http/websocket.html",
	},
	Examples: []lint.Example{
		{
			Name: "nginx's own default",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_pass http://app;
       #^^^^^^^^^^^^^^^^^^^^^^ nginx adds "Connection: close" to every request to upstream "app"
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "the map trap",
			Bad: `events {}
http {
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
       #^^^^^^^^^^^^^^ a request without Upgrade carries "Connection: close" to upstream "app"
    }
    upstream app {
        server 127.0.0.1:8080;
        keepalive 32;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
			Good: `events {}
http {
    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      "";
    }
    upstream app {
        server 127.0.0.1:8080;
        keepalive 32;
        keepalive_timeout 1s;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
		},
		{
			Name: "a literal close for the whole server",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection close;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "Connection: close" goes with every request to upstream "app"
    location / {
        proxy_pass http://app;
    }
    location /api/ {
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_pass http://app;
    }
    location /api/ {
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "an empty line takes nothing back",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    proxy_http_version 1.1;
    location / {
        proxy_set_header Connection close;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "Connection: close" goes with every request to upstream "app"
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
    keepalive_timeout 1s;
}
server {
    proxy_http_version 1.1;
    location / {
        proxy_set_header Connection "";
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: a location for WebSockets alone",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      close;
}
upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    location /ws {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: the client decides",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection $http_connection;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: a path for WebSockets alone takes the map",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      close;
}
upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    proxy_http_version 1.1;
    location / {
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
    location /cable {
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: the map leaves it empty",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      '';
}
upstream app {
    server 127.0.0.1:8080;
    keepalive 32;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://app;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, pass := range proxied(p.Host) {
			version := pass.Scope.Get("proxy_http_version")
			if version.Text() != "2" && pass.Reuse().Contains(p.Host.Target.Nginx) {
				continue // nothing closes them
			}
			if _, in := poolWhere(pass, version.Where("1.0")); !in.Empty() {
				continue // nginx-proxy-http10 names this, too
			}
			conn := pass.Scope.Connection()
			if conn.Entry.Directive != nil && forWebSockets(settingsScope(pass.Scope)) {
				continue // what has become a WebSocket goes back to no pool
			}
			if !conn.Sure {
				if _, in := poolWhere(pass, p.Host.Target.Nginx); !in.Empty() {
					p.SkipHole(conn.Headers)
				}
				continue
			}
			_, in := poolWhere(pass, version.Where("1.1").Intersect(conn.Close))
			if !in.Empty() && !keepsNone(pass.Backend()) {
				reportClose(p, pass, conn, in)
			}
		}
	},
}

var _ = add(&nginxProxyConnectionClose)

func reportClose(p *lint.Pass, pass *model.Pass, conn model.Connection, in facts.Range) {
	u := pass.Target.Upstream
	c := newCure(pass, in)
	var f lint.Finding
	why := "where the upstream keeps idle connections"
	switch {
	case conn.Entry.Directive != nil:
		f.At = lint.At(conn.Entry.Directive)
		f.Msg = fmt.Sprintf(`a request without Upgrade carries "Connection: close" to upstream %q, which closes its connection`, u.Name)
	case conn.Setting.Directive != nil:
		f.At = lint.At(conn.Setting.Directive)
		f.Msg = fmt.Sprintf(`"Connection: close" goes with every request to upstream %q, which closes its connection`, u.Name)
		if c.mustRepeat(conn) { // every location has a cure of its own
			f.At = lint.At(pass.Directive)
			f.Notes = append(f.Notes, lint.Note{Msg: "it is set here", At: lint.At(conn.Setting.Directive)})
		}
	default:
		f.At = lint.At(pass.Directive)
		f.Msg = fmt.Sprintf(`nginx adds "Connection: close" to every request to upstream %q, which closes its connection`, u.Name)
		f.Notes = append(f.Notes, assumed(conn.Headers)...)
		why = "which sends it unless told otherwise"
	}
	if u.HasKeepalive {
		f.Notes = append(f.Notes, lint.Note{
			Msg: fmt.Sprintf("so keepalive %s keeps nothing", u.Keepalive.Arg(0)),
			At:  lint.At(u.Keepalive.Directive),
		})
	}
	f.Versions = p.NginxVersions(in, why)
	c.noClose(conn)
	f.Fix = c.result()
	closingFirst(u, &f)
	p.Report(f)
}

// socketPaths are parts of a path that is there for WebSockets.
var socketPaths = []string{"ws", "wss", "websocket", "websockets", "cable", "sockjs", "signalr", "hub", "hubs", "mqtt"}

// forWebSockets reports whether a location is one for WebSockets alone, by its
// headers and its path, or may be: a template decides on the path.
func forWebSockets(s *model.Scope) bool {
	if !onlyUpgrades(s) || s.Block == nil {
		return false
	}
	args := s.Block.Args()
	if args.Len() == 0 {
		return false
	}
	path := args.At(args.Len() - 1).Value
	if source.HasUnknown(path) {
		return true
	}
	parts := strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r < 'a' || r > 'z' })
	return slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(socketPaths, part) })
}
