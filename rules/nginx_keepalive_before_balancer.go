package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxKeepaliveBeforeBalancer = lint.Rule{
	ID:       "nginx-keepalive-before-balancer",
	Title:    "keepalive above the balancing method has no effect",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `Before 1.29.7 keepalive wraps whatever balancing method is set when its line is read. A method further down replaces the wrapper: the pool is off, nginx starts all the same, and "nginx -t" says no more than "[warn] load balancing method redefined".

Measured (experiment 2, nginx 1.22.1 and 1.28.3, 2000 requests): keepalive 32 above least_conn, ip_hash, hash or random opens 2000 connections, below it 8 to 16. From 1.29.7 on the order does not matter. zone and server may stand anywhere.

` + backendFirst,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive",
	},
	Examples: []lint.Example{
		{
			Bad: `upstream app {
    keepalive 32;
   #^^^^^^^^^^^^^ keepalive 32 is undone by least_conn below it
    least_conn;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
`,
			Good: `upstream app {
    least_conn;
    keepalive 32;
    keepalive_timeout 1s;
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
}
`,
		},
		{
			Name: "the remark moves along",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    keepalive 64;  # per worker
   #^^^^^^^^^^^^^
    # by client address
    hash $remote_addr consistent;
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    server 127.0.0.1:8081;
    # by client address
    hash $remote_addr consistent;
    keepalive 64;  # per worker
    keepalive_timeout 1s;
}
`,
		},
		{
			Name:  "silent: the order does not matter",
			Nginx: "1.29.7",
			Bad: `upstream app {
    keepalive 32;
    least_conn;
    server 127.0.0.1:8080;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			in := p.Host.Target.PoolsWhenAsked()
			if !u.HasBalancer || u.Keepalive.Arg(0) == "0" || in.Empty() {
				continue
			}
			f := lint.Finding{
				At:       lint.At(u.Keepalive.Directive),
				Msg:      fmt.Sprintf("keepalive %s is undone by %s below it: no connection is kept", u.Keepalive.Arg(0), u.Balancer.Name()),
				Notes:    []lint.Note{{Msg: "this replaces the pool", At: lint.At(u.Balancer.Directive)}},
				Versions: p.NginxVersions(in, "where the last of the two wins"),
				Fix:      moveBelow(u),
			}
			closingFirst(u, &f)
			p.Report(f)
		}
	},
}

var _ = add(&nginxKeepaliveBeforeBalancer)

// moveBelow moves the keepalive line below the last balancing method.
func moveBelow(u *model.UpstreamBlock) *lint.Fix {
	last := u.LastBalancer().Directive
	edits := moveLine(u.Keepalive.Directive, last)
	if edits == nil || mayMixSources(u) {
		return nil
	}
	return &lint.Fix{
		Title:  "move keepalive below " + last.Name(),
		Safety: lint.Safe,
		Leads:  []string{"nginx-proxy-http10", "nginx-proxy-connection-close"},
		Edits:  edits,
	}
}

// moveLine moves a directive, with a remark behind it, below another one of the
// same block; nil if they stand in different files.
func moveLine(d, last *nginx.Directive) []lint.FileEdit {
	if d.In != last.In {
		return nil
	}
	file := d.File()
	text := file.Slice(d.Span())
	line := file.LineSpan(file.Position(d.Span().End).Line)
	if rest := strings.TrimRight(file.Text[d.Span().End:line.End], " \t"); strings.HasPrefix(strings.TrimLeft(rest, " \t"), "#") {
		text += rest
	}
	return lint.In(d, nginx.Remove(d), nginx.AddAfter(last, text))
}
