package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxUpstreamWithPort = lint.Rule{
	ID:       "nginx-upstream-with-port",
	Title:    "a port behind the name of an upstream",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `An upstream block is named without a port: the ports are those of its servers. nginx refuses a pass that adds one, "upstream "app" may not have port 8080", whichever of the two comes first.

The patch leaves the port out, so that the upstream's servers get the requests. It is unsafe: if the port is what was meant, and a host bears the same name as the upstream, the upstream has to be renamed.`,
	Refs: []string{
		"https://github.com/nginx/nginx/blob/master/src/http/ngx_http_upstream.c",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",
	},
	Examples: []lint.Example{
		{
			Name: "proxy_pass with a path",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 16;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_pass http://app:8080/v2/;
                  #^^^^^^^^^^^^^^^^^^^ nginx refuses port 8080 behind the name of upstream "app"
    }
}
`,
			Good: `upstream app {
    server 127.0.0.1:8080;
    keepalive 16;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_pass http://app/v2/;
    }
}
`,
		},
		{
			Name: "other protocols",
			Bad: `upstream php {
    server 10.0.0.7:9000;
}
server {
    location ~ \.php$ {
        fastcgi_pass php:9000;
                    #^^^^^^^^ nginx refuses port 9000 behind the name of upstream "php"
    }
}
`,
			Good: `upstream php {
    server 10.0.0.7:9000;
}
server {
    location ~ \.php$ {
        fastcgi_pass php;
    }
}
`,
		},
		{
			Name: "silent: another host, and no port",
			Bad: `upstream app {
    server 127.0.0.1:8080;
    keepalive 16;
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://app;
    }
    location /other/ {
        proxy_pass http://app.example.com:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, pass := range p.Host.Nginx.Passes() {
			t := pass.Target
			if t.Kind != model.TargetAddress || t.Port == "" {
				continue
			}
			if u := p.Host.Nginx.Upstream(t.Host); u != nil {
				upstreamWithPort(p, pass, u)
			}
		}
	},
}

var _ = add(&nginxUpstreamWithPort)

func upstreamWithPort(p *lint.Pass, pass *model.Pass, u *model.UpstreamBlock) {
	t := pass.Target
	p.Report(lint.Finding{
		At:    lint.AtWord(pass.Directive, 1),
		Msg:   fmt.Sprintf("nginx refuses port %s behind the name of upstream %q", t.Port, u.Name),
		Notes: []lint.Note{{Msg: "the upstream, whose servers have the ports", At: lint.At(u.Scope.Block)}},
		Fix: &lint.Fix{
			Title: "leave the port out", Safety: lint.Unsafe,
			Edits:   setArg(pass.Directive, 0, strings.Replace(pass.Arg(0), t.Host+":"+t.Port, t.Host, 1)),
			Changes: []string{pass.Name(), "host"},
			Scopes:  passScopes(pass),
			Leads:   append([]string{"nginx-upstream-no-keepalive", "nginx-half-way-reuse"}, poolLeads...),
		},
	})
}

// passScopes are the scope of a pass and the blocks inside it that share it.
func passScopes(pass *model.Pass) []*model.Scope {
	scopes := []*model.Scope{pass.Scope}
	for k := range pass.Scope.Kids() {
		if k.Is(model.If, model.LimitExcept) {
			scopes = append(scopes, k)
		}
	}
	return scopes
}
