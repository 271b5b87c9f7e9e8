package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxProxyProtocolMismatch = lint.Rule{
	ID:       "nginx-proxy-protocol-mismatch",
	Title:    "one side speaks the PROXY protocol, the other does not",
	Severity: lint.Error,
	Fix:      lint.Shown,
	Since:    "0.1",
	Why: `With "proxy_protocol on" a stream server begins each connection with a line that names the client ("PROXY TCP4 ..."). A listen directive without "proxy_protocol" takes that line for the request, or for a broken TLS handshake; one with it takes the request for a broken line.

Measured (nginx 1.22.1, both ends in one configuration): sent but not expected, every client gets 400 ("client sent invalid request"). Expected but not sent, every connection is closed ("broken header"), and a proxy_pass of http gets 502: it cannot send the line at all.

"proxy_protocol" belongs to the address: one listen directive that has it speaks for all of the same address and port, and the most specific address wins (both measured). The rule looks at addresses that this configuration itself listens on, and only where all of it can be seen. A stream server that neither takes the line nor reads TLS may pass it on as it came, and is left alone on either side.`,
	Refs: []string{
		"https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html#proxy_protocol",
		"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
	},
	Examples: []lint.Example{
		{
			Name: "sent, not expected",
			Bad: `events {}
stream {
    server {
        listen 443;
        proxy_pass 127.0.0.1:8443;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^ the PROXY protocol is sent to 127.0.0.1:8443, which listens without it
        proxy_protocol on;
    }
}
http {
    server {
        listen 127.0.0.1:8443;
    }
}
`,
			Good: `events {}
stream {
    server {
        listen 443;
        proxy_pass 127.0.0.1:8443;
        proxy_protocol on;
    }
}
http {
    server {
        listen 127.0.0.1:8443 proxy_protocol;
    }
}
`,
		},
		{
			Name: "expected, not sent, by way of a map and an upstream",
			Bad: `events {}
stream {
    map $ssl_preread_server_name $to {
        default web;
        mail.example.com 192.0.2.25:465;
    }
    upstream web {
        server 127.0.0.1:8443;
    }
    server {
        listen 443;
        ssl_preread on;
        proxy_pass $to;
       #^^^^^^^^^^^^^^^ 127.0.0.1:8443 expects the PROXY protocol, which is not sent here
    }
}
http {
    server {
        listen 8443 proxy_protocol;
    }
    server {
        listen 8080;
        location / {
            proxy_pass http://127.0.0.1:8443;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 127.0.0.1:8443 expects the PROXY protocol, which http cannot send
        }
    }
}
`,
			Good: `events {}
stream {
    map $ssl_preread_server_name $to {
        default web;
        mail.example.com 192.0.2.25:465;
    }
    upstream web {
        server 127.0.0.1:8443;
    }
    server {
        listen 443;
        ssl_preread on;
        proxy_pass $to;
        proxy_protocol on;
    }
}
http {
    server {
        listen 8443 proxy_protocol;
    }
    server {
        listen 8080;
        location / {
            proxy_pass http://192.0.2.8:8443;
        }
    }
}
`,
		},
		{
			Name: "silent: both agree, another host, the specific address, a stream that passes it on",
			Bad: `events {}
stream {
    proxy_protocol on;
    server {
        listen 443;
        proxy_pass unix:/run/nginx.sock;
    }
    server {
        listen 444;
        proxy_pass 192.0.2.1:8443;
    }
    server {
        listen 445;
        proxy_pass 127.0.0.1:8443;
    }
    server {
        listen 446;
        proxy_pass 127.0.0.1:447;
    }
    server {
        listen 447;
        proxy_protocol off;
        proxy_pass unix:/run/nginx.sock;
    }
}
http {
    server {
        listen unix:/run/nginx.sock proxy_protocol;
    }
    server {
        listen 8443;
    }
    server {
        listen 127.0.0.1:8443 proxy_protocol;
    }
    server {
        listen 127.0.0.1:8443;
        server_name other;
    }
}
`,
		},
		{
			Name: "silent: another listen directive may stand in what cannot be seen",
			Bad: `events {}
stream {
    server {
        listen 443;
        proxy_pass 127.0.0.1:8443;
        proxy_protocol on;
    }
}
http {
    server {
        listen 127.0.0.1:8443;
    }
    include /srv/sites/*.conf;
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		n := p.Host.Nginx
		if n == nil || n.HasUnseen() {
			return
		}
		all := n.Listeners()
		for s, set := range n.Owning("proxy_pass") {
			if s.Kind == model.StreamServer {
				streamProtocol(p, all, s, set)
			}
		}
		expects := func(l *model.Listener) bool { return l.Has("proxy_protocol") }
		if !slices.ContainsFunc(slices.Collect(maps.Values(all)), expects) {
			return
		}
		for _, pass := range n.Passes() {
			for _, address := range addressesOf(pass) {
				if l := listenerOf(all, address); l != nil && expects(l) {
					p.Report(lint.Finding{
						At:    lint.At(pass.Directive),
						Msg:   address + " expects the PROXY protocol, which http cannot send: the connection is closed",
						Notes: []lint.Note{{Msg: "it listens here", At: listenPlace(l)}},
					})
					break
				}
			}
		}
	},
}

var _ = add(&nginxProxyProtocolMismatch)

// streamProtocol looks at what one server of stream sends.
func streamProtocol(p *lint.Pass, all map[string]*model.Listener, s *model.Scope, set model.Setting) {
	sends := s.Get("proxy_protocol")
	if !sends.Sure {
		return
	}
	for _, address := range streamAddresses(p.Host.Nginx, set.Arg(0)) {
		l := listenerOf(all, address)
		if l == nil {
			continue
		}
		f := lint.Finding{At: lint.At(set.Directive), Notes: []lint.Note{{Msg: "it listens here", At: listenPlace(l)}}}
		switch on, expects := sends.Text() == "on", l.Has("proxy_protocol"); {
		case on && !expects && !l.Stream:
			f.Msg = fmt.Sprintf("the PROXY protocol is sent to %s, which listens without it: every request is refused", address)
			f.Notes = append(f.Notes, lint.Note{Msg: "it is sent because of this", At: lint.At(sends.Settings[0].Directive)})
			if len(l.Listens) > 0 {
				listen := l.Listens[0].Directive
				f.Fix = &lint.Fix{
					Title: "let the address expect it, if nobody else connects there", Safety: lint.Shown,
					Edits: lint.In(listen, nginx.SetArg(listen, listen.Args().Len(), "proxy_protocol")),
				}
			}
		case !on && expects && readsFirst(s):
			f.Msg = address + " expects the PROXY protocol, which is not sent here: every connection is closed"
			f.Fix = &lint.Fix{Title: `add "proxy_protocol on;", if all that this server passes to expects it`, Safety: lint.Shown}
			if own, ok := s.Own("proxy_protocol"); ok {
				f.Fix.Edits = setArg(own.Directive, 0, "on")
			} else {
				f.Fix.Edits = lint.In(set.Directive, nginx.AddAfter(set.Directive, "proxy_protocol on;"))
			}
		default:
			continue
		}
		p.Report(f)
		return
	}
}

// readsFirst reports whether a server of stream looks at the first bytes of a
// connection, so that a line of the PROXY protocol from its client cannot pass
// through to the other side: it takes the line itself, ends TLS, or looks for
// the name in the handshake.
func readsFirst(s *model.Scope) bool {
	if v := s.Get("ssl_preread"); v.Sure && v.Text() == "on" {
		return true
	}
	for set := range s.All("listen") {
		if set.Has("proxy_protocol") || set.Has("ssl") {
			return true
		}
	}
	return false
}

// streamAddresses are the addresses that the argument of a stream server's
// proxy_pass stands for, through a map and upstreams; what is not known is left
// out.
func streamAddresses(n *model.Nginx, target string) []string {
	if name, ok := strings.CutPrefix(target, "$"); ok {
		m := n.Map(name)
		if m == nil {
			return nil
		}
		var out []string
		for _, e := range m.Entries {
			if !strings.Contains(e.Arg(0), "$") {
				out = append(out, streamAddresses(n, e.Arg(0))...)
			}
		}
		return out
	}
	for _, s := range n.Scopes {
		if s.Kind == model.StreamUpstream && s.Block != nil && strings.EqualFold(s.Block.Arg(0), target) {
			return serverAddresses(s)
		}
	}
	return []string{target}
}

func serverAddresses(upstream *model.Scope) []string {
	var out []string
	for set := range upstream.All("server") {
		out = append(out, set.Arg(0))
	}
	return out
}

// addressesOf are the addresses that an HTTP pass goes to.
func addressesOf(pass *model.Pass) []string {
	t := pass.Target
	switch t.Kind {
	case model.TargetUpstream:
		return serverAddresses(t.Upstream.Scope)
	case model.TargetAddress:
		port := t.Port
		if port == "" && t.Scheme == "http" {
			port = "80"
		} else if port == "" {
			port = "443"
		}
		host := t.Host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return []string{host + ":" + port}
	case model.TargetUnix:
		path := t.Host
		if i := strings.LastIndexByte(path, ':'); i > len("unix") {
			path = path[:i] // "unix:/run/x:/uri/"
		}
		return []string{path}
	case model.TargetUnknown:
	}
	return nil
}
