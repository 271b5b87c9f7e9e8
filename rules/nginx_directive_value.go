package rules

import "github.com/tcplint/tcplint/internal/lint"

var nginxDirectiveValue = lint.Rule{
	ID:       "nginx-directive-value",
	Title:    "nginx refuses the value of a directive",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `nginx reads times, sizes, numbers and words itself when it loads a configuration, and refuses to start or to reload with one that it cannot read: what is in force then is the configuration of before, until the next restart.

How a value is read depends on the directive. Time-outs are held in milliseconds: they take ms, but neither years nor months; keepalive_timeout takes a second value without ms; an expiry is held in seconds. Most sizes take k and m, and a g only where they are offsets in a file, such as client_max_body_size. A number may have limits, and a list of words is the one that the release knows: proxy_http_version takes 2 from 1.29.4 on, an upstream's keepalive takes 0 from 1.29.7 on. Only variables that the directive takes may stand there.

listen, server in an upstream, resolver, the caches' paths, limit_req, access_log and their like take parameters behind their first arguments: each release has its list ("resolve" of server from 1.27.3 on, "multipath" of listen in 1.30), and each parameter its way of reading a value (backlog=0 is refused, max_fails=0 is not). "tcplint explain listen" has the list, "tcplint explain listen.backlog" what one does. What listen refuses beside quic, nginx-listen-conflict says.

The table comes from the source of nginx 1.18.0, 1.22.1 and 1.26.3 and was held against the real 1.22.1, 1.26.3 and 1.30.6. What a module reads with code of its own is not claimed, nor are the parameters that NGINX Plus and modules add, nor is anything of relatives of nginx other than OpenResty.`,
	Refs: []string{
		"https://nginx.org/en/docs/syntax.html",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_parse.c",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
	},
	Examples: []lint.Example{
		{
			Name: "a year is no time-out",
			Bad: `server {
    location / {
        proxy_read_timeout 1y;
       #^^^^^^^^^^^^^^^^^^^^^^ invalid value "1y" in "proxy_read_timeout" directive
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location / {
        proxy_read_timeout 1d;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "gigabytes are for offsets",
			Bad: `server {
    client_max_body_size 1g;
    client_body_buffer_size 1g;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid value "1g" in "client_body_buffer_size" directive
}
`,
			Good: `server {
    client_max_body_size 1g;
    client_body_buffer_size 1m;
}
`,
		},
		{
			Name:  "a version that the release does not speak",
			Nginx: "1.28.0",
			Bad: `server {
    location / {
        proxy_http_version 2;
       #^^^^^^^^^^^^^^^^^^^^^ invalid value "2" in "proxy_http_version" directive
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name:  "parameters that the release does not know, and values of those that it knows",
			Nginx: "1.26.3",
			Bad: `http {
    proxy_cache_path /var/cache/nginx keys_zone=pages:10m inactiv=1h;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid parameter "inactiv=1h" in "proxy_cache_path" directive
    upstream app {
        zone app 64k;
        server app.example.com:8080 resolve;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid parameter "resolve" in "server" directive
        server 10.0.0.2:8080 weight=0;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid parameter "weight=0" in "server" directive
    }
    server {
        listen [::]:80 ipv6only=no;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid parameter "ipv6only=no" in "listen" directive
        listen 8080 so_keepalive=::;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid parameter "so_keepalive=::" in "listen" directive
    }
}
`,
			Good: `proxy_cache_path /var/cache/nginx keys_zone=pages:10m inactive=1h;
upstream app {
    zone app 64k;
    server app.example.com:8080;
    server 10.0.0.2:8080 weight=1;
}
server {
    listen [::]:80 ipv6only=off;
    listen 8080 so_keepalive=30m::10;
}
`,
		},
		{
			Name: "silent: what some release takes, NGINX Plus, and a value that some tool writes",
			Bad: `proxy_cache_path /var/cache/nginx keys_zone=pages:10m inactive=CACHE_MAX_AGE;
upstream app {
    zone app 64k;
    server app.example.com:8080 resolve slow_start=30s max_conns=MAX_CONNS;
}
server {
    listen 443 ssl multipath backlog=${BACKLOG};
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    client_body_timeout CLIENT_TIMEOUT;
    send_timeout __SEND_TIMEOUT__;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, c := range complaints(p, wrongValue) {
			p.Report(lint.Finding{At: lint.At(c.d), Msg: c.msg, Notes: []lint.Note{{Msg: c.note}}})
		}
	},
}

var _ = add(&nginxDirectiveValue)
