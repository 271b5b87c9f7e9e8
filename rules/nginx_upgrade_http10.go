package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxUpgradeHTTP10 = lint.Rule{
	ID:       "nginx-upgrade-http10",
	Title:    "Upgrade is passed on over HTTP/1.0",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	AnyText:  true,
	Since:    "0.1",
	Why: `A WebSocket begins with a request of at least HTTP/1.1 (RFC 6455, section 4.1). nginx speaks HTTP/1.0 to proxied servers unless told otherwise before 1.29.7, passes Upgrade and Connection on all the same, and leaves it to the backend to refuse.

Measured (experiment 14, nginx 1.22.1 to 1.31.5): over HTTP/1.0 a lenient backend answers 101, one that follows the RFC answers 400; over 1.1 both answer 101.

Where the target has a pool, nginx-proxy-http10 names the same line and speaks instead.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/websocket.html",
		"https://www.rfc-editor.org/rfc/rfc6455#section-4.1",
	},
	Examples: []lint.Example{
		{
			Name: "the version is missing",
			Bad: `server {
    location /ws/ {
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_pass http://127.0.0.1:8080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ Upgrade goes to the backend over HTTP/1.0
    }
}
`,
			Good: `server {
    location /ws/ {
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_pass http://127.0.0.1:8080;
        proxy_http_version 1.1;
    }
}
`,
		},
		{
			Name:  "1.0 is written",
			Nginx: "1.30.0",
			Bad: `server {
    location /ws/ {
        proxy_http_version 1.0;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        proxy_pass http://127.0.0.1:8080;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    }
}
`,
			Good: `server {
    location /ws/ {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: 1.1, no Connection to go with it, and a pool",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 16;
}
server {
    location /a/ {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://127.0.0.1:8080;
    }
    location /b/ {
        proxy_set_header Upgrade $http_upgrade;
        proxy_pass http://127.0.0.1:8080;
    }
    location /c/ {
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_pass http://app;
    }
}
`,
		},
		{
			Name: "silent: headers from a file of their own, and nothing seen of the http block",
			Bad: `-- nginx.conf --
server {
    include headers.conf;
    location /ws/ {
        proxy_pass http://127.0.0.1:8080;
    }
}
-- headers.conf --
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $http_connection;
`,
		},
		{
			Name:  "silent: 1.1 is the default",
			Nginx: "1.30.0",
			Bad: `server {
    location /ws/ {
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || !p.Host.Nginx.Sends("Upgrade") {
			return
		}
		for _, pass := range proxiedAnywhere(p.Host) {
			version := pass.Scope.Get("proxy_http_version")
			old := version.Where("1.0")
			upgrade, ok := upgradeHeader(pass.Scope)
			if old.Empty() || !ok || !wantsUpgrade(pass.Scope) {
				continue
			}
			if version.Assumed != "" && upgrade.File() != pass.File() {
				continue // who shares the headers between files may set the version in one that is not seen
			}
			if _, in := poolWhere(pass, old); !in.Empty() {
				continue // nginx-proxy-http10 names this, too
			}
			f := lint.Finding{
				At:       lint.At(pass.Directive),
				Msg:      "Upgrade goes to the backend over HTTP/1.0, where a WebSocket needs 1.1",
				Notes:    append([]lint.Note{{Msg: "Upgrade is passed on here", At: lint.At(upgrade.Directive)}}, assumed(version)...),
				Versions: p.NginxVersions(old, "where proxy_http_version defaults to 1.0"),
			}
			c := newCure(pass, old)
			c.set("proxy_http_version", "1.1")
			f.Fix = c.result()
			p.Report(f)
		}
	},
}

var _ = add(&nginxUpgradeHTTP10)

// upgradeHeader returns the line that passes Upgrade on.
func upgradeHeader(s *model.Scope) (set model.Setting, ok bool) {
	for _, h := range s.Get("proxy_set_header").Settings {
		if strings.EqualFold(h.Arg(0), "Upgrade") && h.Arg(1) != "" {
			return h, true
		}
	}
	return model.Setting{}, false
}

// wantsUpgrade reports whether the Connection header can carry the word that
// belongs to Upgrade: without it no backend changes the protocol.
func wantsUpgrade(s *model.Scope) bool {
	for _, h := range s.Get("proxy_set_header").Settings {
		if strings.EqualFold(h.Arg(0), "Connection") {
			value := strings.ToLower(h.Arg(1))
			if strings.Contains(value, "upgrade") || strings.Contains(value, "$") {
				return true
			}
		}
	}
	return false
}
