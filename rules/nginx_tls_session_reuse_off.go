package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxTLSSessionReuseOff = lint.Rule{
	ID:       "nginx-tls-session-reuse-off",
	Title:    "every request to an https backend makes a full handshake",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `Where connections to an https backend are not kept, nginx resumes the TLS session of an earlier one, which saves the exchange of certificates. "proxy_ssl_session_reuse off" makes every request pay for a full handshake. With TLS 1.3 it costs more than that: nginx sets TCP_NODELAY on such a connection only together with session reuse, so that the request waits for a delayed ACK of the backend.

Measured (experiment 12, nginx 1.28.3 to 1.31.5, 2000 requests to a literal address): 44 ms a request with reuse off, 2.6 ms with it on; with TLS 1.2 alone 4.4 ms. Through a pool 0.4 ms either way, so that such passes are left out.

The patch removes the line. It is unsafe: the line is nginx's own advice against "digest check failed" in the error log, and backends with several machines behind one address may refuse each other's sessions.

Ignore it where that was the reason.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_session_reuse",
		"https://github.com/nginx/nginx/blob/master/src/http/ngx_http_upstream.c",
	},
	Examples: []lint.Example{
		{
			Name: "an address, set for the server",
			Bad: `server {
    proxy_ssl_session_reuse off;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every request to https://10.0.0.7:8443 makes a full TLS handshake
    location / {
        proxy_set_header Host $host;
        proxy_pass https://10.0.0.7:8443;
    }
}
`,
			Good: `server {
    location / {
        proxy_set_header Host $host;
        proxy_pass https://10.0.0.7:8443;
    }
}
`,
		},
		{
			Name: "silent: through a pool, without TLS, and a variable",
			Bad: `upstream app {
    server 10.0.0.7:8443;
    keepalive 16;
}
server {
    proxy_ssl_session_reuse off;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / {
        proxy_pass https://app;
    }
    location /plain/ {
        proxy_pass http://unix:/run/app.sock;
    }
    location /any/ {
        proxy_pass https://$backend;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		var order []*nginx.Directive
		users := map[*nginx.Directive][]*model.Pass{}
		for _, pass := range proxied(p.Host) {
			v := pass.Scope.Get("proxy_ssl_session_reuse")
			if pass.Target.Scheme != "https" || !v.Sure || v.Text() != "off" || !pass.Reuse().Empty() {
				continue
			}
			if u := pass.Target.Upstream; u != nil {
				_, known := u.Pool()
				if !known || !pass.Scope.Get("proxy_http_version").Sure || !pass.Scope.Connection().Sure {
					continue
				}
			}
			d := v.Settings[0].Directive
			if users[d] == nil {
				order = append(order, d)
			}
			users[d] = append(users[d], pass)
		}
		for _, d := range order {
			fullHandshakes(p, d, users[d])
		}
	},
}

var _ = add(&nginxTLSSessionReuseOff)

func fullHandshakes(p *lint.Pass, d *nginx.Directive, users []*model.Pass) {
	p.Report(lint.Finding{
		At:    lint.At(d),
		Msg:   "every request to " + schemeAndAddress(users[0]) + " makes a full TLS handshake, and with TLS 1.3 waits for a delayed ACK",
		Notes: usesOf(users, "its connections are not kept"),
		Fix: &lint.Fix{
			Title: "remove it", Safety: lint.Unsafe, Edits: lint.In(d, nginx.Drop(d)),
			Changes: []string{d.Name()}, Scopes: usingSetting(p.Host, d),
		},
	})
}

// schemeAndAddress writes the target of a pass without its path.
func schemeAndAddress(pass *model.Pass) string {
	t := pass.Target
	s := t.Scheme + "://" + t.Host
	if t.Port != "" {
		s += ":" + t.Port
	}
	return s
}
