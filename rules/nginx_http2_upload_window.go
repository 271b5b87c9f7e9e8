package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// enoughBuffer is the body buffer from which on uploads over HTTP/2 come near to
// those over HTTP/1.1.
const enoughBuffer = 512 << 10

var nginxHTTP2UploadWindow = lint.Rule{
	ID:       "nginx-http2-upload-window",
	Title:    "uploads over HTTP/2 that nginx does not buffer are slow",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `In HTTP/2 the receiver says how much may be on its way. Where nginx passes a body on as it comes in, that is the larger one of http2_body_preread_size (64k) and client_body_buffer_size (8k or 16k): so much a round trip, and no more. The further away the client is, the slower the upload, whatever the bandwidth; tcp_rmem and other settings of the kernel have no say in it.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6; 16 MB, a link with a round trip of 40 ms and no limit of its own, proxy_request_buffering off): 1.3 to 1.4 MB/s over HTTP/2, and the same with "client_body_buffer_size 64k"; with 256k 4.8 to 5.6, with 1m 18 to 23, with "http2_body_preread_size 1m" alone 17 to 21. With buffering on, the default, more than 80. A client that sends 1 MB has to wait for leave to go on 15 times, and once with a buffer of 1m. On a link that loses packets, and with TCP's own slow start, it is less: 0.54 MB/s has been seen where HTTP/1.1 had 11.5.

The patch gives the location a body buffer of 1 MB, which each upload takes for as long as it lasts. Named are locations that take more than 16 MB and are reached over HTTP/2.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2_body_preread_size",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#client_body_buffer_size",
		"https://github.com/nginx/nginx/issues/857",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_max_body_size 0;
    location /files/ {
        proxy_http_version 1.1;
        proxy_request_buffering off;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ an upload over HTTP/2 moves 64k a round trip here (http2_body_preread_size), over HTTP/1.1 what TCP allows
        proxy_pass http://127.0.0.1:1080;
    }
}
`,
			Good: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_max_body_size 0;
    location /files/ {
        proxy_http_version 1.1;
        proxy_request_buffering off;
        proxy_pass http://127.0.0.1:1080;
        client_body_buffer_size 1m;
    }
}
`,
		},
		{
			Name: "a buffer that is too small, and PHP",
			Bad: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_max_body_size 10g;
    location ~ \.php$ {
        fastcgi_request_buffering off;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ an upload over HTTP/2 moves 128k a round trip here (client_body_buffer_size)
        client_body_buffer_size 128k;
        fastcgi_pass unix:/run/php-fpm.sock;
    }
}
`,
			Good: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_max_body_size 10g;
    location ~ \.php$ {
        fastcgi_request_buffering off;
        client_body_buffer_size 1m;
        fastcgi_pass unix:/run/php-fpm.sock;
    }
}
`,
		},
		{
			Name: "silent: HTTP/1.1, buffered, a large buffer or window, small bodies, WebSockets",
			Bad: `server {
    listen 80;
    client_max_body_size 0;
    location / {
        proxy_request_buffering off;
        proxy_pass http://127.0.0.1:1080;
    }
}
server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_max_body_size 0;
    location / {
        proxy_pass http://127.0.0.1:1080;
    }
    location /buffer {
        client_body_buffer_size 1m;
        proxy_request_buffering off;
        proxy_pass http://127.0.0.1:1080;
    }
    location /small {
        client_max_body_size 1m;
        proxy_request_buffering off;
        proxy_pass http://127.0.0.1:1080;
    }
    location /ws {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_request_buffering off;
        proxy_pass http://127.0.0.1:1080;
    }
}
server {
    listen 8443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    http2_body_preread_size 2m;
    client_max_body_size 0;
    location / {
        proxy_request_buffering off;
        proxy_pass http://127.0.0.1:1080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		var all map[string]*model.Listener
		for _, pass := range p.Host.Nginx.Passes() {
			off, ok := unbuffered(pass)
			s := settingsScope(pass.Scope)
			server := s.Outer(model.Server)
			if !ok || server == nil || pass.Scope != s || s.MayUpgrade() {
				continue
			}
			if !takesUploads(s) {
				continue
			}
			if all == nil {
				all = p.Host.Nginx.Listeners()
			}
			buffer, preread := s.Get("client_body_buffer_size"), s.Get("http2_body_preread_size")
			if !buffer.Sure || !preread.Sure || sizeOf(buffer) >= enoughBuffer || sizeOf(preread) >= enoughBuffer || !speaksHTTP2(all, server) {
				continue
			}
			slowUpload(p, pass, off, buffer, preread)
		}
	},
}

var _ = add(&nginxHTTP2UploadWindow)

// sizeOf is a size that is written, in bytes; 0 if none is.
func sizeOf(v model.Value) int {
	n, _ := model.Size(v.Text())
	return n
}

func slowUpload(p *lint.Pass, pass *model.Pass, off model.Setting, buffer, preread model.Value) {
	window, name := "64k", "http2_body_preread_size"
	if preread.Set() {
		window = preread.Text()
	}
	if size, _ := model.Size(window); sizeOf(buffer) > size {
		window, name = buffer.Text(), "client_body_buffer_size"
	}
	c := newCure(pass, facts.Never)
	c.lessSafe(lint.Unsafe)
	c.set("client_body_buffer_size", "1m")
	p.Report(lint.Finding{
		At:    lint.At(off.Directive),
		Msg:   fmt.Sprintf("an upload over HTTP/2 moves %s a round trip here (%s), over HTTP/1.1 what TCP allows", window, name),
		Notes: append([]lint.Note{{Msg: "tcp_rmem does not help: the window is that of HTTP/2"}}, assumed(buffer)...),
		Fix:   c.result(),
	})
}
