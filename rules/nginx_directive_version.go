package rules

import "github.com/tcplint/tcplint/internal/lint"

var nginxDirectiveVersion = lint.Rule{
	ID:       "nginx-directive-version",
	Title:    "the target version of nginx has no such directive",
	Severity: lint.Error,
	Since:    "0.1",
	Why: `A directive that is younger than the nginx that reads it, or was removed before it, is an unknown directive: nginx refuses to start. Which release brought or dropped it comes from the command tables of every release.

It speaks only of what no version of the target has: give the version with --nginx or in .tcplint.toml. A distribution's package may have a directive that its version number does not promise: Debian's nginx 1.22.1 has max_headers, of 1.29.8, which is never reported for that reason. Suppress the finding for others.`,
	Refs: []string{
		"https://nginx.org/en/CHANGES",
	},
	Examples: []lint.Example{
		{
			Name:  "too new",
			Nginx: "1.22.1",
			Bad: `server {
    listen 80;
    http2 on;
   #^^^^^ "http2" came with nginx 1.25.1
}
`,
			Good: `server {
    listen 80 http2;
}
`,
		},
		{
			Name:  "silent: what distributions carry back",
			Nginx: "1.22.1",
			Bad: `server {
    listen 80;
    max_headers 200;
}
`,
		},
		{
			Name: "gone",
			Bad: `server {
    listen 80;
    limit_zone one $binary_remote_addr 10m;
   #^^^^^^^^^^ "limit_zone" is gone since nginx 1.7.6
}
`,
			Good: `server {
    listen 80;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		for _, c := range complaints(p, wrongVersion) {
			f := lint.Finding{At: lint.AtWord(c.d, 0), Msg: c.msg}
			if from := p.Host.Target.ServerFrom; from.File != nil {
				f.Notes = []lint.Note{{
					Msg: "the image that reads this holds " + p.Host.Target.Nginx.Describe(p.Host.Target.Server.Title),
					At:  lint.Place{File: from.File, Span: from.Span},
				}}
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxDirectiveVersion)
