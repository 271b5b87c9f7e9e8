package rules

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxAccelRequestHeader = lint.Rule{
	ID:       "nginx-accel-request-header",
	Title:    "an X-Accel header on the request has no effect",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `X-Accel-Buffering, X-Accel-Redirect, X-Accel-Expires, X-Accel-Limit-Rate and X-Accel-Charset are response headers: with them a backend tells nginx what to do with its answer. proxy_set_header sends them the other way, to the backend, which has no use for them, and nginx does not look at what it sends. A stream that was meant to flow stays buffered.

Measured (in the manner of experiment 4, nginx 1.22.1, a close-delimited event stream of 1.8 s): with "proxy_set_header X-Accel-Buffering no" the first event arrives after 1.8 s, as without it; with "proxy_buffering off" at once.

X-Accel-Mapping is a request header of Rack's and is left alone. Where buffering is off already, the line is merely useless: info.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_headers",
	},
	Examples: []lint.Example{
		{
			Name: "buffering stays on",
			Bad: `server {
    location /live/ {
        proxy_set_header Host $host;
        proxy_set_header X-Accel-Buffering no;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ X-Accel-Buffering is a response header: sent to the backend it changes nothing, and buffering stays on
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    location /live/ {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8080;
        proxy_buffering off;
    }
}
`,
		},
		{
			Name: "buffering is off already",
			Bad: `server {
    proxy_buffering off;
    location /live/ {
        proxy_set_header Host $host;
        proxy_set_header X-Accel-Buffering "no";
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ X-Accel-Buffering is a response header: sent to the backend it changes nothing
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    proxy_buffering off;
    location /live/ {
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "without it the headers of the server would come back",
			Bad: `server {
    proxy_set_header Host $host;
    location /live/ {
        proxy_set_header X-Accel-Buffering no;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ buffering stays on
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    proxy_set_header Host $host;
    location /live/ {
        proxy_buffering off;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: a header of the response, of Rack, and one that is taken away",
			Bad: `server {
    location / {
        add_header X-Accel-Buffering no;
        proxy_set_header X-Accel-Mapping /srv/files/=/files/;
        proxy_set_header X-Accel-Redirect "";
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		if !slices.ContainsFunc(accelHeaders, p.Host.Nginx.Sends) {
			return
		}
		for s, set := range p.Host.Nginx.Uses("proxy_set_header") {
			if slices.Contains(accelHeaders, strings.ToLower(set.Arg(0))) && set.Arg(1) != "" {
				accelRequestHeader(p, s, set)
			}
		}
	},
}

var _ = add(&nginxAccelRequestHeader)

// accelHeaders are the response headers of the backend by which nginx lets
// itself be told what to do (ngx_http_upstream.c, ngx_http_upstream_headers_in).
var accelHeaders = []string{"x-accel-buffering", "x-accel-redirect", "x-accel-expires", "x-accel-limit-rate", "x-accel-charset"}

func accelRequestHeader(p *lint.Pass, s *model.Scope, set model.Setting) {
	f := lint.Finding{
		At:  lint.At(set.Directive),
		Msg: set.Arg(0) + " is a response header: sent to the backend it changes nothing",
	}
	if !strings.EqualFold(set.Arg(0), "X-Accel-Buffering") || !strings.EqualFold(set.Arg(1), "no") {
		p.Report(f)
		return
	}
	users := usersOf(s, s.Get("proxy_set_header"), "proxy_set_header", "proxy")
	off := len(users) > 0
	for _, u := range users {
		buffering := u.Get("proxy_buffering")
		off = off && buffering.Sure && buffering.Text() == "off"
	}
	if off {
		f.Fix = dropAccel(s, set, users, lint.Fix{Title: "remove " + set.Arg(0), Safety: lint.Safe})
		p.ReportMild(lint.Info, f)
		return
	}
	if !s.Get("proxy_buffering").Where("on").Empty() && len(users) > 0 {
		f.Msg += ", and buffering stays on"
	}
	if pass := s.Pass(); pass != nil && s.Kind == model.Location {
		c := newCure(pass, facts.Never)
		c.set("proxy_buffering", "off")
		c.fix.Title, c.fix.Safety = "switch buffering off instead", lint.Unsafe
		f.Fix = dropAccel(s, set, users, c.fix)
	}
	p.Report(f)
}

// dropAccel makes the removal of the header part of a fix. It is nil where the
// removal would do more: the only header of a level keeps those of outer levels
// away.
func dropAccel(s *model.Scope, set model.Setting, users []*model.Scope, fix lint.Fix) *lint.Fix {
	own := 0
	for range s.All(set.Name()) {
		own++
	}
	if outer := s.Parent; own == 1 && outer != nil {
		if v := outer.Get(set.Name()); v.Set() || !v.Sure || v.Assumed != "" {
			return nil
		}
	}
	fix.Edits = append(fix.Edits, lint.In(set.Directive, nginx.Drop(set.Directive))...)
	fix.Changes = append(fix.Changes, strings.ToLower(set.Arg(0)))
	fix.Scopes = append(fix.Scopes, users...)
	return &fix
}
