package rules

import "github.com/tcplint/tcplint/internal/lint"

var nginxDuplicateDirective = lint.Rule{
	ID:       "nginx-duplicate-directive",
	Title:    "a directive stands twice in one block",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `Most directives with a single value may stand once in a block; nginx refuses a second one: "directive is duplicate". It often comes with an include that sets what the including block has set already.

Which directives these are comes from nginx's own code: those that report "is duplicate". Directives that add up (proxy_set_header, add_header, listen and the like) may stand as often as you want, and a value set again in an inner block is no duplicate. Outside of all blocks, in a file of which nobody knows where it is included, it is info: two such lines may well be two examples.`,
	Refs: []string{
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    location / {
        proxy_http_version 1.1;
        proxy_pass http://127.0.0.1:8080;
        proxy_http_version 1.1;
       #^^^^^^^^^^^^^^^^^^^^^^^ "proxy_http_version" directive is duplicate
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
			Name:  "a list that may hold each zone once, and one that is off",
			Nginx: "1.24.0",
			Bad: `limit_req_zone $binary_remote_addr zone=a:1m rate=1r/s;
server {
    location / {
        limit_req zone=a;
        limit_req zone=a burst=5;
       #^^^^^^^^^^^^^^^^^^^^^^^^^ "limit_req" directive is duplicate
        proxy_redirect off;
        proxy_redirect http://a/ /;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^ "proxy_redirect" directive is duplicate
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `limit_req_zone $binary_remote_addr zone=a:1m rate=1r/s;
server {
    location / {
        limit_req zone=a burst=5;
        proxy_redirect http://a/ /;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "root and alias",
			Bad: `server {
    location /a/ {
        root /srv/www;
        alias /srv/a/;
       #^^^^^^^^^^^^^^ "alias" directive is duplicate, "root" directive was specified earlier
    }
}
`,
			Good: `server {
    location /a/ {
        alias /srv/a/;
    }
}
`,
		},
		{
			Name: "silent: what adds up",
			Bad: `limit_req_zone $binary_remote_addr zone=a:1m rate=1r/s;
limit_req_zone $server_name zone=b:1m rate=10r/s;
log_format one '$remote_addr';
log_format two '$request';
server {
    listen 80;
    listen 8080;
    location / {
        limit_req zone=a;
        limit_req zone=b;
        proxy_redirect http://a/ /;
        proxy_redirect http://b/ /;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, c := range complaints(p, duplicate) {
			f := lint.Finding{At: lint.At(c.d), Msg: c.msg}
			if !c.sure && c.d.In.Owner() == nil {
				f.Notes = append(f.Notes, guessed)
				p.ReportMild(lint.Info, f)
				continue
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxDuplicateDirective)
