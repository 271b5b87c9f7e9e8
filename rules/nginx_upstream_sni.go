package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxUpstreamSNI = lint.Rule{
	ID:       "nginx-upstream-sni",
	Title:    "the TLS handshake with the backend carries no server name",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	Since:    "0.2",
	Why: `nginx sends no server name (SNI) to a backend unless "proxy_ssl_server_name on" says so; grpc and uwsgi have the same directive. Many names share one address behind a CDN or a load balancer, which cannot tell which certificate is meant: it breaks the handshake off ("SSL_do_handshake() failed ... alert number 40" or 112), or answers with a certificate and a site of its own. Clients get 502, and with several addresses soon "no live upstreams".

The name that is then sent is the one in proxy_pass. With an upstream block that is the block's name, which no host knows: there "proxy_ssl_name" has to say the right one, too.

Measured (nginx 1.22.1, 1.26.3 and 1.30.6, a server that refuses a handshake without a name it knows): 502 for every request; with "proxy_ssl_server_name on" 200, with an upstream block once proxy_ssl_name names the host.

Addresses are left alone, and so is a written "off". Names of one label, as containers and clusters have them, names that no public DNS knows, and those of single machines ("web2.example.net") are info: what answers there seldom asks for a name.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_server_name",
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_name",
		"https://www.rfc-editor.org/rfc/rfc6066.html#section-3",
	},
	Examples: []lint.Example{
		{
			Name: "a domain name",
			Bad: `server {
    location /api/ {
        proxy_pass https://api.example.net/;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no server name goes out in the TLS handshake with api.example.net: hosts that share an address refuse it
    }
}
`,
			Good: `server {
    location /api/ {
        proxy_pass https://api.example.net/;
        proxy_ssl_server_name on;
    }
}
`,
		},
		{
			Name: "an upstream block",
			Bad: `upstream cdn {
    server api.example.net:443;
    keepalive 16;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Host api.example.net;
    proxy_set_header Connection "";
    location / {
        proxy_pass https://cdn;
       #^^^^^^^^^^^^^^^^^^^^^^^ no server name goes out in the TLS handshake with api.example.net
    }
}
`,
			Good: `upstream cdn {
    server api.example.net:443;
    keepalive 16;
}
server {
    proxy_http_version 1.1;
    proxy_set_header Host api.example.net;
    proxy_set_header Connection "";
    location / {
        proxy_pass https://cdn;
        proxy_ssl_server_name on;
        proxy_ssl_name api.example.net;
    }
}
`,
		},
		{
			Name: "gRPC, and a variable",
			Bad: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    resolver 127.0.0.53;
    set $api api.example.net;
    location /grpc {
        grpc_pass grpcs://grpc.example.net:443;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no server name goes out in the TLS handshake with grpc.example.net
    }
    location / {
        proxy_pass https://$api;
       #^^^^^^^^^^^^^^^^^^^^^^^^ no server name goes out in the TLS handshake with api.example.net
    }
}
`,
			Good: `server {
    listen 443 ssl http2;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    resolver 127.0.0.53;
    set $api api.example.net;
    location /grpc {
        grpc_pass grpcs://grpc.example.net:443;
        grpc_ssl_server_name on;
    }
    location / {
        proxy_pass https://$api;
        proxy_ssl_server_name on;
    }
}
`,
		},
		{
			Name: "a name of one label",
			Bad: `server {
    location / {
        proxy_pass https://app:8443;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no server name goes out in the TLS handshake with app
    }
}
`,
			Good: `server {
    location / {
        proxy_pass https://app:8443;
        proxy_ssl_server_name on;
    }
}
`,
		},
		{
			Name: "a machine of one's own",
			Bad: `server {
    location / {
        proxy_pass https://web2.example.net;
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no server name goes out in the TLS handshake with web2.example.net
    }
}
`,
			Good: `server {
    location / {
        proxy_pass https://web2.example.net;
        proxy_ssl_server_name on;
    }
}
`,
		},
		{
			Name: "silent: it is sent, it is switched off in writing, addresses, no TLS",
			Bad: `upstream app {
    server 10.0.0.5:8443;
}
server {
    proxy_ssl_server_name on;
    location / { proxy_pass https://api.example.net; }
    location /off/ {
        proxy_ssl_server_name off;
        proxy_pass https://api.example.net;
    }
}
server {
    location / { proxy_pass https://10.0.0.5; }
    location /upstream/ { proxy_pass https://app; }
    location /plain/ { proxy_pass http://api.example.net; }
    location /local/ { proxy_pass https://localhost:8443; }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, pass := range p.Host.Nginx.Passes() {
			secure := map[string]string{"proxy": "https", "grpc": "grpcs", "uwsgi": "suwsgi"}[pass.Protocol]
			v := pass.Scope.Get(pass.Protocol + "_ssl_server_name")
			if secure == "" || pass.Target.Scheme != secure || !v.Sure || v.Set() {
				continue
			}
			if names := tlsNames(p, pass); len(names) > 0 {
				noServerName(p, pass, names, v)
			}
		}
	},
}

var _ = add(&nginxUpstreamSNI)

// tlsNames are the host names, in small letters, with which a pass shakes hands;
// none if one of the hosts is an address or is not known.
func tlsNames(p *lint.Pass, pass *model.Pass) []string {
	var hosts []string
	switch t := pass.Target; t.Kind {
	case model.TargetUnix:
		return nil // a path is no name
	case model.TargetAddress:
		hosts = []string{t.Host}
	case model.TargetUpstream:
		if !ordinary(t.Upstream.Scope) {
			return nil
		}
		for _, s := range t.Upstream.Servers {
			host, _ := hostPort(s.Arg(0))
			hosts = append(hosts, host)
		}
	case model.TargetUnknown:
		if t.Host != "" {
			// An upstream of that name may stand in a file that is not seen: then
			// its servers are most likely those of the name.
			if !strings.Contains(t.Host, ".") {
				return nil
			}
			hosts = []string{t.Host}
			break
		}
		_, rest, _ := strings.Cut(pass.Arg(0), "://")
		variable, after, ok := leadingVariable(rest)
		if !ok || after != "" && after[0] != '/' && after[0] != ':' && after[0] != '$' {
			return nil
		}
		values, known := valuesOf(p, pass.Scope, variable)
		if !known {
			return nil
		}
		for _, v := range values {
			if p.Host.Nginx.Upstream(v) != nil {
				return nil
			}
			host, _, _ := strings.Cut(v, "/")
			host, _ = hostPort(host)
			hosts = append(hosts, host)
		}
	}
	for i, host := range hosts {
		hosts[i] = strings.ToLower(strings.TrimSuffix(host, "."))
		if !isHostName(hosts[i]) {
			return nil
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// isHostName reports whether a host is written as a name, other than that of
// this machine.
func isHostName(host string) bool {
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "unix" || strings.ContainsAny(host, "${}<>%@:/\x1a") {
		return false
	}
	return !isLiteral(host) && strings.ContainsAny(host, "abcdefghijklmnopqrstuvwxyz") && !strings.HasPrefix(host, "__")
}

// private are the last labels of names that no public DNS knows.
var private = []string{"local", "internal", "lan", "home", "corp", "intranet", "private", "svc", "consul", "docker", "localdomain", "arpa", "invalid"}

// isPublic reports whether a name is one that public DNS may know, and no
// machine's: these have numbers.
func isPublic(host string) bool {
	labels := strings.Split(host, ".")
	return len(labels) > 1 && !strings.ContainsAny(labels[0], "0123456789") && !slices.Contains(private, labels[len(labels)-1]) && !slices.Contains(labels, "svc")
}

func noServerName(p *lint.Pass, pass *model.Pass, names []string, v model.Value) {
	prefix := pass.Protocol + "_ssl_"
	f := lint.Finding{
		At: lint.At(pass.Directive),
		Msg: fmt.Sprintf("no server name goes out in the TLS handshake with %s: hosts that share an address refuse it",
			strings.Join(names, ", ")),
		Notes:    assumed(v),
		Versions: p.NginxVersions(facts.Since(facts.V(1, 7, 0)), ""),
	}
	public := !slices.ContainsFunc(names, func(n string) bool { return !isPublic(n) })
	name := pass.Scope.Get(prefix + "name")
	u := pass.Target.Upstream
	otherName := u != nil && !name.Set() && (len(names) > 1 || !strings.EqualFold(u.Name, names[0]))
	if otherName {
		f.Notes = append(f.Notes, lint.Note{Msg: fmt.Sprintf("with an upstream block the name that is sent would be %q, unless %sname says another", u.Name, prefix)})
	}
	if !otherName || len(names) == 1 {
		c := newCure(pass, facts.Never)
		c.set(prefix+"server_name", "on")
		if otherName {
			c.set(prefix+"name", names[0])
		}
		if !public || pass.Target.Host == "" || !name.Sure || sharesPool(pass) {
			c.lessSafe(lint.Unsafe)
		}
		f.Fix = c.result()
	}
	if !public {
		p.ReportMild(lint.Info, f)
		return
	}
	p.Report(f)
}

// sharesPool reports whether other passes may use the connections of a pass, so
// that their demands on TLS ought to stay alike.
func sharesPool(pass *model.Pass) bool {
	u := pass.Target.Upstream
	return u != nil && len(u.Passes) > 1 && u.HasKeepalive && u.Keepalive.Arg(1) != "local"
}
