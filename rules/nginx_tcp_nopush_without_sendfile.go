package rules

import (
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxTCPNopushWithoutSendfile = lint.Rule{
	ID:       "nginx-tcp-nopush-without-sendfile",
	Title:    "tcp_nopush has no effect without sendfile",
	Severity: lint.Info,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `tcp_nopush sends the header of a response and the beginning of the file in one packet: nginx sets TCP_CORK on the socket while it sends a file with sendfile(). Without "sendfile on" files are read into memory and written from there, and nothing is corked. sendfile is off by default.

Measured with strace (nginx 1.22.1, one request for a file): with sendfile the socket gets TCP_CORK on and off around sendfile(), without it neither call is made.

The patch is unsafe: some file systems (such as the shared folders of virtual machines) deliver stale data through sendfile.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#tcp_nopush",
		"https://github.com/nginx/nginx/blob/master/src/os/unix/ngx_linux_sendfile_chain.c",
	},
	Examples: []lint.Example{
		{
			Bad: `events {}
http {
    tcp_nopush on;
   #^^^^^^^^^^^^^^ tcp_nopush does nothing here: sendfile is off
    server {
        root /srv/www;
    }
}
`,
			Good: `events {}
http {
    sendfile on;
    tcp_nopush on;
    server {
        root /srv/www;
    }
}
`,
		},
		{
			Name: "switched off beside it",
			Bad: `server {
    sendfile off;
    tcp_nopush on;
   #^^^^^^^^^^^^^^ tcp_nopush does nothing here: sendfile is off
    root /srv/www;
}
`,
			Good: `server {
    sendfile on;
    tcp_nopush on;
    root /srv/www;
}
`,
		},
		{
			Name: "silent: a location has it on",
			Bad: `events {}
http {
    tcp_nopush on;
    server {
        location /files/ {
            sendfile on;
        }
    }
}
`,
		},
		{
			Name: "silent: http around the file may have it on",
			Bad: `server {
    tcp_nopush on;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for s, set := range p.Host.Nginx.Owning("tcp_nopush") {
			if set.Arg(0) != "on" || !s.Is(model.HTTP, model.Server, model.Location) || mayUseSendfile(s) {
				continue
			}
			f := lint.Finding{
				At:  lint.At(set.Directive),
				Msg: "tcp_nopush does nothing here: sendfile is off",
				Fix: &lint.Fix{
					Title: "switch sendfile on", Safety: lint.Unsafe, Edits: lint.In(set.Directive, nginx.AddBefore(set.Directive, "sendfile on;")),
					Changes: []string{"sendfile"}, Scopes: slices.Collect(s.Walk()),
				},
			}
			if off := s.Get("sendfile"); off.Set() {
				f.Notes = []lint.Note{{Msg: "sendfile is switched off here", At: lint.At(off.Settings[0].Directive)}}
			}
			if own, ok := s.Own("sendfile"); ok {
				f.Fix.Edits = setArg(own.Directive, 0, "on")
			}
			p.Report(f)
		}
	},
}

var _ = add(&nginxTCPNopushWithoutSendfile)

// mayUseSendfile reports whether sendfile is on, or may be, in a scope or
// anywhere below it.
func mayUseSendfile(s *model.Scope) bool {
	for k := range s.Walk() {
		v := k.Get("sendfile")
		if !v.Sure || v.Assumed != "" || v.Text() == "on" {
			return true
		}
	}
	return false
}
