package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

var nginxUnknownDirective = lint.Rule{
	ID:       "nginx-unknown-directive",
	Title:    "nginx knows no directive of that name",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `nginx refuses to start with a directive that it does not know: "[emerg] unknown directive". A misspelt name and a missing semicolon above are the usual reasons; a module that is not loaded is the third.

The names come from the command tables of every nginx release since 0.1.0, and from those of modules and relatives that many use: NGINX Plus, OpenResty, Angie, Tengine, njs, headers-more, brotli, geoip2, vts, rtmp, ModSecurity and others. A name of theirs is not reported, whether the module is loaded or not. A name that is not another one mistyped is info, since it may belong to a module that tcplint has never met, and so is any in a file of which nobody knows where it is included.

Ignore it for a directive of a module of your own.`,
	Refs: []string{
		"https://nginx.org/en/docs/dirindex.html",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    location / {
        proxy_passs http://127.0.0.1:8080;
       #^^^^^^^^^^^ unknown directive "proxy_passs"
    }
}
`,
			Good: `server {
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: a module's directive, a placeholder, and the inside of a map",
			Bad: `map $host $backend {
    example.com app;
    default     other;
}
server {
    location / {
        more_set_headers "X-Served-By: a";
        set_escape_uri $target $request_uri;
        redis2_query get $arg_key;
        redis2_pass 127.0.0.1:6379;
        %%EXTRA%%;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, c := range complaints(p, unknownName) {
			f := lint.Finding{At: lint.AtWord(c.d, 0), Msg: c.msg}
			if c.near != "" {
				f.Notes = []lint.Note{{Msg: "did you mean " + c.near + "?"}}
				if !c.sure || !lint.Slip(strings.ToLower(c.d.Name()), c.near) {
					p.ReportMild(lint.Info, f) // it may be a module's that tcplint has never met
					continue
				}
				p.Report(f)
				continue
			}
			if c.sure && strings.ContainsAny(c.d.Name(), `":;,./\`) {
				p.Report(f) // no module's name looks like this
				continue
			}
			f.Notes = []lint.Note{{Msg: "no nginx release has it, nor any module that tcplint knows"}}
			p.ReportMild(lint.Info, f)
		}
	},
}

var _ = add(&nginxUnknownDirective)
