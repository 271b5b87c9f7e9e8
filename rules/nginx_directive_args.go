package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var _ = add(lint.Rule{
	ID:       "nginx-directive-args",
	Title:    "a directive has arguments that nginx refuses",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `nginx checks the number of arguments of every directive, whether it has a block, and whether a switch is on or off, before it looks at anything else in it; a configuration that fails any of these does not load. A number of arguments that is too large is often a missing semicolon: where the next line reads like a directive of its own, nginx-missing-semicolon speaks instead.

The numbers come from nginx's command tables, for every release in the target. What a directive's own code makes of its arguments is not this rule's matter.`,
	Refs: []string{
		"https://nginx.org/en/docs/dirindex.html",
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
	},
	Examples: []lint.Example{
		{
			Name: "neither on nor off",
			Bad: `server {
    location / {
        proxy_buffering no;
       #^^^^^^^^^^^^^^^^^^^ invalid value "no" in "proxy_buffering" directive, it must be "on" or "off"
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location / {
        proxy_buffering off;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "an argument too many",
			Bad: `server {
    location / {
        proxy_set_header Host $host $server_port;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid number of arguments in "proxy_set_header" directive
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location / {
        proxy_set_header Host $host:$server_port;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "a block where there is none",
			Bad: `server {
    location / {
        try_files $uri { return 404; }
       #^^^^^^^^^^^^^^ directive "try_files" is not terminated by ";"
    }
}
`,
			Good: `server {
    location / {
        try_files $uri =404;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, c := range complaints(p, wrongArgs) {
			if lacksSemicolon(p, c.d) {
				continue // nginx-missing-semicolon knows why
			}
			if leftEmpty(p.Host.Nginx, c.d) {
				p.ReportMild(lint.Info, lint.Finding{
					At: lint.At(c.d), Msg: c.msg,
					Notes: []lint.Note{{Msg: "the blank in front of the semicolon may be the place that a script fills at installation"}},
				})
				continue
			}
			p.Report(lint.Finding{At: lint.At(c.d), Msg: c.msg})
		}
	},
})

// leftEmpty reports whether a directive of a fragment has a blank in the place of its
// value: nobody writes that by hand, and an image that is started fills it in.
func leftEmpty(n *model.Nginx, d *nginx.Directive) bool {
	end := d.Words[0].Span.End
	return n.Fragment && !n.Given && len(d.Words) == 1 && d.Body == nil && strings.HasPrefix(d.File().Text[end:], " ;")
}
