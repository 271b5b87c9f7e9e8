package rules

import (
	"fmt"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// forUploads is the proxy time-out from which on it is taken for one that
// somebody raised for long uploads.
const forUploads = 3 * time.Minute

var nginxClientBodyTimeout = lint.Rule{
	ID:       "nginx-client-body-timeout",
	Title:    "uploads have minutes on the backend's side, and one on the client's",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `proxy_read_timeout and proxy_send_timeout hold for the backend. How long nginx waits for the next piece of a body says client_body_timeout, 60 seconds by default. A client that pauses for longer is disconnected, with 408 in the access log. Over HTTP/2 with "proxy_request_buffering off" that goes for pauses of the backend, too: as long as it does not read, nginx lets the client send nothing, and counts the time all the same.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, "client_body_timeout 1s", proxy_read_timeout and proxy_send_timeout 30s): a client that pauses is disconnected after 1.0 seconds. A backend that begins to read after 4 seconds loses an upload of 5 MB over HTTP/2 after 1.0 seconds; over HTTP/1.1 it does not.

The patch gives the client the time that the backend has. Named are locations that take more than 16 MB and have both time-outs of the backend at three minutes or more.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#client_body_timeout",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_request_buffering",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    client_max_body_size 10g;
    location /upload {
        proxy_read_timeout 10m;
        proxy_send_timeout 10m;
       #^^^^^^^^^^^^^^^^^^^^^^^ the backend has 10 minutes for an upload, and client_body_timeout is 60s: a client that pauses for longer is disconnected
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    client_max_body_size 10g;
    location /upload {
        proxy_read_timeout 10m;
        proxy_send_timeout 10m;
        proxy_pass http://127.0.0.1:8080;
        client_body_timeout 10m;
    }
}
`,
		},
		{
			Name: "HTTP/2, unbuffered",
			Bad: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_max_body_size 0;
    client_body_buffer_size 1m;
    location /upload {
        proxy_request_buffering off;
        proxy_read_timeout 10m;
        proxy_send_timeout 5m;
       #^^^^^^^^^^^^^^^^^^^^^^ the backend has 5 minutes for an upload, and client_body_timeout is 60s: a client that pauses for longer is disconnected, and so is one over HTTP/2 whose backend does
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_max_body_size 0;
    client_body_buffer_size 1m;
    location /upload {
        proxy_request_buffering off;
        proxy_read_timeout 10m;
        proxy_send_timeout 5m;
        proxy_pass http://127.0.0.1:8080;
        client_body_timeout 5m;
    }
}
`,
		},
		{
			Name: "silent: it is set, small bodies, a time-out for answers alone, WebSockets",
			Bad: `server {
    client_max_body_size 10g;
    location /set {
        client_body_timeout 120s;
        proxy_read_timeout 10m;
        proxy_send_timeout 10m;
        proxy_pass http://127.0.0.1:8080;
    }
    location /small {
        client_max_body_size 2m;
        proxy_read_timeout 10m;
        proxy_send_timeout 10m;
        proxy_pass http://127.0.0.1:8080;
    }
    location /slow {
        proxy_read_timeout 10m;
        proxy_pass http://127.0.0.1:8080;
    }
    location /ws {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_read_timeout 1h;
        proxy_send_timeout 1h;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, pass := range proxiedAnywhere(p.Host) {
			s := settingsScope(pass.Scope)
			if !takesUploads(s) || pass.Scope != s || s.MayUpgrade() {
				continue
			}
			read, _ := s.Get("proxy_read_timeout").Duration()
			send := s.Get("proxy_send_timeout")
			d, _ := send.Duration()
			body := s.Get("client_body_timeout")
			if read < forUploads || d < forUploads || !body.Sure || body.Set() {
				continue
			}
			shortForClient(p, pass, send.Settings[0], d, body)
		}
	},
}

var _ = add(&nginxClientBodyTimeout)

func shortForClient(p *lint.Pass, pass *model.Pass, send model.Setting, d time.Duration, body model.Value) {
	f := lint.Finding{
		At: lint.At(send.Directive),
		Msg: fmt.Sprintf("the backend has %s for an upload, and client_body_timeout is 60s: a client that pauses for longer is disconnected",
			inWords(d)),
		Notes: append([]lint.Note{{Msg: "it goes to this backend", At: lint.At(pass.Directive)}}, assumed(body)...),
	}
	server := pass.Scope.Outer(model.Server)
	if _, off := unbuffered(pass); off && server != nil && speaksHTTP2(p.Host.Nginx.Listeners(), server) {
		f.Msg += ", and so is one over HTTP/2 whose backend does"
	}
	c := newCure(pass, facts.Never)
	c.lessSafe(lint.Unsafe)
	c.set("client_body_timeout", send.Arg(0))
	f.Fix = c.result()
	p.Report(f)
}
