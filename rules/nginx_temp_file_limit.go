package rules

import (
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxTempFileLimit = lint.Rule{
	ID:       "nginx-temp-file-limit",
	Title:    "responses of more than 1 GB stop while slow clients read",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	Since:    "0.2",
	Why: `nginx reads a response as fast as the backend sends it, into a temporary file where the client is slower, up to proxy_max_temp_file_size, 1 GB. Then it stops reading until the client has fetched all of that, which may take minutes. A backend with a time-out for writing gives up meanwhile, and since the status has long been sent, the client gets a 200 that ends too early.

Measured in small (nginx 1.22.1, 1.26.3 and 1.30.6; 16 MB, a client that takes 1.5 MB/s, a backend that waits 2 seconds for a write): with "proxy_max_temp_file_size 4m" the client gets 4.6 to 4.8 MB and the status 200; with 0, when nginx reads as fast as the client does, all 16.

Named are locations that take bodies of 1 GB or more, or of any size, themselves or by their server: where such files go in they come out again. Ignore it where they do not. The patch lets no file be used, so that a slow client occupies the backend for as long as it reads.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_max_temp_file_size",
		"https://github.com/nginx/nginx/blob/release-1.30.0/src/event/ngx_event_pipe.c",
	},
	Examples: []lint.Example{
		{
			Bad: `server {
    client_max_body_size 0;
   #^^^^^^^^^^^^^^^^^^^^^^^ files of any size go through here: from 1 GB on, proxy_max_temp_file_size stops a response until a slow client has read it
    location /v2/ {
        proxy_pass http://127.0.0.1:5000;
    }
    location /ui/ {
        proxy_pass http://127.0.0.1:5001;
    }
}
`,
			Good: `server {
    client_max_body_size 0;
    proxy_max_temp_file_size 0;
    location /v2/ {
        proxy_pass http://127.0.0.1:5000;
    }
    location /ui/ {
        proxy_pass http://127.0.0.1:5001;
    }
}
`,
		},
		{
			Name: "in a location",
			Bad: `server {
    location /files/ {
        client_max_body_size 4G;
       #^^^^^^^^^^^^^^^^^^^^^^^^ files of up to 4G go through here
        proxy_pass http://127.0.0.1:5000;
    }
}
`,
			Good: `server {
    location /files/ {
        client_max_body_size 4G;
        proxy_max_temp_file_size 0;
        proxy_pass http://127.0.0.1:5000;
    }
}
`,
		},
		{
			Name: "silent: set, not buffered, smaller, and a limit for all sites",
			Bad: `server {
    client_max_body_size 0;
    location /set/ {
        proxy_max_temp_file_size 8k;
        proxy_pass http://127.0.0.1:5000;
    }
    location /unbuffered/ {
        proxy_buffering off;
        proxy_pass http://127.0.0.1:5000;
    }
    location /small/ {
        client_max_body_size 512m;
        proxy_pass http://127.0.0.1:5000;
    }
}
`,
		},
		{
			Name: "silent: for all sites",
			Bad: `events {}
http {
    client_max_body_size 0;
    server {
        location / {
            proxy_pass http://127.0.0.1:5000;
        }
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for s, set := range p.Host.Nginx.Owning("client_max_body_size") {
			limit, known := offset(set.Arg(0))
			if !known || limit > 0 && limit < 1<<30 || !s.Is(model.Server, model.Location) {
				continue
			}
			if passes := bufferedInto(s); len(passes) > 0 {
				stopsReading(p, s, set, passes)
			}
		}
	},
}

var _ = add(&nginxTempFileLimit)

// bufferedInto are the passes with the body limit that stands at a scope whose
// responses may go into a temporary file of nginx's own limit.
func bufferedInto(s *model.Scope) []*model.Pass {
	return slices.DeleteFunc(inForce(s, inProtocol{"proxy", "client_max_body_size"}), func(pass *model.Pass) bool {
		limit, buffering := pass.Scope.Get("proxy_max_temp_file_size"), pass.Scope.Get("proxy_buffering")
		return !limit.Sure || limit.Set() || !buffering.Sure || buffering.Text() == "off" || settingsScope(pass.Scope).MayUpgrade()
	})
}

func stopsReading(p *lint.Pass, s *model.Scope, set model.Setting, passes []*model.Pass) {
	size := "any size"
	if set.Arg(0) != "0" {
		size = "up to " + set.Arg(0)
	}
	f := lint.Finding{
		At:    lint.At(set.Directive),
		Msg:   "files of " + size + " go through here: from 1 GB on, proxy_max_temp_file_size stops a response until a slow client has read it",
		Notes: usesOf(passes, "such responses come from here"),
	}
	if _, own := s.Own("proxy_max_temp_file_size"); !own && set.In == s.Body() {
		f.Fix = &lint.Fix{
			Title: `add "proxy_max_temp_file_size 0;"`, Safety: lint.Unsafe,
			Edits:   lint.In(set.Directive, nginx.AddAfter(set.Directive, "proxy_max_temp_file_size 0;")),
			Changes: []string{"proxy_max_temp_file_size"}, Scopes: slices.Collect(s.Walk()),
		}
	}
	p.Report(f)
}
