package rules

import (
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

var nginxSyntax = lint.Rule{
	ID:       "nginx-syntax",
	Title:    "nginx refuses the file",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `nginx cannot read the file: "nginx -t" fails, a restart does not come up, and a reload keeps the old configuration without a word to the client. The message is nginx's own. nginx stops at the first fault, so one is reported for each file; nothing else in the file is looked at, and what depends on it counts as unknown.

Files that include each other in a circle are reported here, too: nginx opens them again and again until it ends with "Too many open files".

tcplint reads words, quotes, escapes, comments and braces exactly as ngx_conf_read_token does. What a directive makes of its arguments is not this rule's matter. A file that no main file includes, and whose name does not say that it is configuration of nginx, may be something else: then it is info.`,
	Refs: []string{
		"https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c",
		"https://nginx.org/en/docs/ngx_core_module.html#include",
	},
	Examples: []lint.Example{
		{
			Name: "a brace too many",
			Bad: `server {
    listen 80;
}
}
^ unexpected "}"
`,
			Good: `server {
    listen 80;
}
`,
		},
		{
			Name: "a quote that ends in the middle of a word",
			Bad: `server {
    add_header X-Note "say "hello"";
                           #^ unexpected "h"
}
`,
			Good: `server {
    add_header X-Note "say \"hello\"";
}
`,
		},
		{
			Name: "two files include all of their folder, each on several ways",
			Bad: `-- nginx.conf --
events {}
http {
    include conf.d/*.conf;
}
-- conf.d/a.conf --
include conf.d/*.conf;
#^^^^^^^^^^^^^^^^^^^^^ in a circle: nginx.conf -> conf.d/a.conf -> conf.d/a.conf
-- conf.d/b.conf --
include conf.d/*.conf;
#^^^^^^^^^^^^^^^^^^^^^ in a circle: nginx.conf -> conf.d/a.conf -> conf.d/b.conf -> conf.d/a.conf
`,
			Good: `-- nginx.conf --
events {}
http {
    include conf.d/*.conf;
}
-- conf.d/a.conf --
-- conf.d/b.conf --
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, t := range p.Host.Nginx.Trees {
			if len(t.Errors) == 0 || t.File.Templated() {
				continue // of a template, only rendering it tells
			}
			e := t.Errors[0]
			f := lint.Finding{At: lint.Place{File: t.File, Span: e.Span}, Msg: e.Msg}
			if e.Opened != (source.Span{}) {
				f.Notes = append(f.Notes, lint.Note{Msg: "this is not finished", At: lint.Place{File: t.File, Span: e.Opened}})
			}
			if !mustBeNginx(p.Host.Nginx, t) {
				p.ReportMild(lint.Info, f)
				continue
			}
			p.Report(f)
		}
		circles := map[*nginx.Directive]bool{}
		for _, inc := range p.Host.Nginx.Includes {
			// A file that is included on many ways closes many circles; the
			// first that its directive closes stands for them.
			if inc.Problem == model.Cycle && !circles[inc.Dir] {
				circles[inc.Dir] = true
				p.Report(lint.Finding{At: lint.At(inc.Dir), Msg: "the files include each other in a circle: " + inc.Reason})
			}
		}
	},
}

var _ = add(&nginxSyntax)

// mustBeNginx reports whether a file that nginx refuses is surely one that it is
// meant to read: a main file or what one includes, one whose name says so, or one
// that a manifest or a script hands to it.
func mustBeNginx(n *model.Nginx, t *nginx.Tree) bool {
	if !n.Fragment || n.Given || t.File.View != nil || t != n.Trees[0] {
		return true
	}
	_, likely := detect.Candidate(t.File.Path)
	return likely
}
