package rules

import "github.com/tcplint/tcplint/internal/lint"

var nginxDirectiveContext = lint.Rule{
	ID:       "nginx-directive-context",
	Title:    "a directive stands where nginx does not take it",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `Every directive belongs into certain contexts; anywhere else nginx refuses to start: "directive is not allowed here". proxy_set_header in an "if" is the classic: it looks like a way to send a header under a condition, and there is none.

The contexts come from nginx's command tables, for every release in the target. Of a file that some other includes, the context around the top level is inferred from what stands there, or given with --context or a comment "# tcplint:context http,server" above the first directive. Where one of the contexts makes all of it right, that is the one; else a directive that stands in no block by which the place is known (a location, or a server with locations) is info.`,
	Refs: []string{
		"https://nginx.org/en/docs/dirindex.html",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    location / {
        if ($http_x_debug) {
            proxy_set_header X-Debug 1;
           #^^^^^^^^^^^^^^^^ "proxy_set_header" directive is not allowed here, in if
        }
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location / {
        proxy_set_header X-Debug $http_x_debug;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "keepalive of an upstream in a server",
			Bad: `server {
    keepalive 32;
   #^^^^^^^^^ "keepalive" directive is not allowed here, in server
    location / {
        return 204;
    }
}
`,
			Good: `server {
    location / {
        return 204;
    }
}
`,
		},
		{
			Name: "a fragment that says where it stands",
			Bad: `# tcplint:context http,server
root /srv/www;
keepalive 32;
#^^^^^^^^ "keepalive" directive is not allowed here, in server
`,
			Good: `# tcplint:context http,server
root /srv/www;
`,
		},
		{
			Name: "silent: a fragment that is right where one may include it",
			Bad: `if ($request_method = OPTIONS) {
    add_header Allow "GET, POST";
    return 204;
}
`,
		},
		{
			Name: "silent: a server of mail",
			Bad: `server {
    listen 25;
    protocol smtp;
    smtp_auth login plain;
    proxy on;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, c := range complaints(p, wrongContext) {
			f := lint.Finding{At: lint.AtWord(c.d, 0), Msg: c.msg, Notes: []lint.Note{{Msg: c.note}}}
			if !c.sure {
				f.Notes = append(f.Notes, guessed)
				p.ReportMild(lint.Info, f)
				continue
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxDirectiveContext)

// guessed is what a milder finding of a fragment rests on.
var guessed = lint.Note{Msg: "where the file is included is a guess: --context or a comment \"# tcplint:context ...\" tells"}
