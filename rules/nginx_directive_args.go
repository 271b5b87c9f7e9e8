package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxDirectiveArgs = lint.Rule{
	ID:       "nginx-directive-args",
	Title:    "a directive has arguments that nginx refuses",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `nginx checks the number of arguments of every directive, whether it has a block, and whether a switch is on or off, before it looks at anything else in it; a configuration that fails any of these does not load. A number of arguments that is too large is often a missing semicolon: where the next line reads like a directive of its own, nginx-missing-semicolon speaks instead.

The numbers come from nginx's command tables, for every release in the target. The entries of a map, geo, types or charset_map block are counted as the code of these blocks does: a pattern and a value, but for the few words that stand alone; so are the arguments behind "worker_cpu_affinity auto". What else a directive's own code makes of its arguments is not this rule's matter.`,
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
			Name: "a mask too many",
			Bad: `worker_processes auto;
worker_cpu_affinity auto 0101 1010;
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid number of arguments in "worker_cpu_affinity" directive
events {
}
`,
			Good: `worker_processes auto;
worker_cpu_affinity auto 01011010;
events {
}
`,
		},
		{
			Name: "an entry of a map without its semicolon",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade
   #^^^^^^^^^^^^^^^ invalid number of the map parameters
    ''      close;
}
`,
			Good: `map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      close;
}
`,
		},
		{
			Name: "silent: words that stand alone, and what a tool fills in",
			Bad: `map $host $site {
    hostnames;
    volatile;
    *.example.com a;
    MAP_ENTRIES;
    ${MORE_ENTRIES};
    ~^(www|api)\. b;
}
geo $office {
    ranges;
    10.0.0.0-10.0.0.255 1;
}
types {
    text/html html htm;
    text/plain;
}
split_clients $remote_addr $variant {
    10% a b;
    *;
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
			f := lint.Finding{At: lint.At(c.d), Msg: c.msg}
			if c.note != "" {
				f.Notes = []lint.Note{{Msg: c.note}}
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxDirectiveArgs)

// leftEmpty reports whether a directive of a fragment has a blank in the place of its
// value: nobody writes that by hand, and an image that is started fills it in.
func leftEmpty(n *model.Nginx, d *nginx.Directive) bool {
	end := d.Words().At(0).Span.End
	return n.Fragment && !n.Given && d.Words().Len() == 1 && d.Body() == nil && strings.HasPrefix(d.File().Text[end:], " ;")
}
