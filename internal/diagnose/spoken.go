package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
)

var backendRefusesHowItIsSpokenToSymptom = Symptom{
	ID:    "backend-refuses-how-it-is-spoken-to",
	Title: "TLS handshakes with the upstream fail, or it answers 426",
	Why:   `nginx sends no name in the handshake with a backend (SNI) unless proxy_ssl_server_name is on. A server with several certificates answers alert 40 (handshake failure) or 112 (unrecognized name), or closes. And before 1.29.7 nginx speaks HTTP/1.0 to backends unless proxy_http_version says otherwise, which some refuse with 426 or 505.`,
	OneOf: []evidence.Kind{evidence.ErrorLog, evidence.AccessLog},
	Helps: []evidence.Kind{evidence.Configuration},
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_server_name",
		"https://www.rfc-editor.org/rfc/rfc6066#section-3",
		"https://www.rfc-editor.org/rfc/rfc9110#section-15.5.22",
	},
	Causes: []Cause{
		{
			ID: "tls-name-missing", At: Nginx, Title: "the backend wants a name in the TLS handshake, and nginx sends none", Harm: 3,
			Rivals:   []string{"tls-not-accepted"},
			Explains: []string{"servers-set-aside", "tls-not-accepted"},
			Rules:    []string{"nginx-upstream-sni"},
			Cure:     "proxy_ssl_server_name on, and proxy_ssl_name where the name of the target is not the one that the backend knows",
			Cured:    "no handshake with the upstream fails in error.log",
			Decide:   []string{"openssl s_client -connect ADDRESS:PORT </dev/null, then with -servername NAME"},
		},
		{
			ID: "tls-not-accepted", At: Nginx, Title: "the backend or nginx refuses the TLS handshake", Harm: 3,
			Explains: []string{"servers-set-aside"},
			Rivals:   []string{"tls-name-missing"},
			Cure:     "compare protocols, ciphers and certificates of both sides; the detail says what was refused",
			Cured:    "no handshake with the upstream fails in error.log",
			Decide:   []string{"openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null"},
		},
		{
			ID: "http10-refused", At: Nginx, Title: "the backend refuses HTTP/1.0", Harm: 3,
			Rules: []string{"nginx-proxy-http10"},
			Cure:  "proxy_http_version 1.1, with an empty Connection header",
			Cured: "no 426 or 505 in $upstream_status",
		},
	},
	Examples: []Example{
		{
			Name: "no name in the handshake",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80; location / { proxy_pass https://192.0.2.20; } } }
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 unrecognized name:SSL alert number 112) while SSL handshaking to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "https://192.0.2.20:443/", host: "a"
`,
			Want: []string{"tls-name-missing proved"},
		},
		{
			Name: "426 Upgrade Required",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $request_time $upstream_response_time [$upstream_addr] $upstream_status';
	server { listen 80; location / { proxy_pass http://127.0.0.1:8000; proxy_http_version 1.0; } }
}
-- access.log --
192.0.2.7 "GET / HTTP/1.1" 426 0.001 0.001 [127.0.0.1:8000] 426
`,
			Want: []string{"http10-refused proved"},
		},
	},
	Look: func(p *Pass) {
		for _, g := range p.Errors(evidence.TLSFailed) {
			p.handshake(g)
		}
		p.upgrade()
	},
}

var _ = add(&backendRefusesHowItIsSpokenToSymptom)

func (p *Pass) handshake(g *evidence.ErrorGroup) {
	says := fmt.Sprintf("%s the handshake with %s failed (%s)", times(g.Count), g.Host(), g.Detail)
	nameless := g.Detail == "alert 40" || g.Detail == "alert 112" || g.Detail == "alert 80" || g.Detail == "closed in the handshake" || g.Detail == "certificate of another name"
	var without *model.Pass
	named := false
	for _, pass := range p.passesTo(g.Host()) {
		if v := pass.Scope.Get(pass.Protocol + "_ssl_server_name"); v.Sure && v.Text() != "on" {
			without = pass
		} else {
			named = true
		}
	}
	if !nameless || named && without == nil {
		s := p.Suspect("tls-not-accepted").Weight(g.Count).Message(fmt.Sprintf("the TLS handshake with %s fails: %s", g.Host(), g.Detail))
		s.Sign(evidence.ErrorLog, says, g.Lines...)
		if named {
			s.Exclude("tls-name-missing", "nginx does send a name")
		}
		return
	}
	s := p.Suspect("tls-name-missing").Weight(g.Count).Message(fmt.Sprintf("%s refuses the TLS handshake (%s): nginx sends no name in it", g.Host(), g.Detail))
	if g.Detail == "alert 112" || without != nil {
		s.Sign(evidence.ErrorLog, says, g.Lines...)
	} else {
		s.Hint(evidence.ErrorLog, says, g.Lines...)
	}
	if without != nil {
		s.Configured(without.Protocol+"_ssl_server_name is off, so the handshake has no name", without.Directive)
		if g.Detail == "alert 40" || g.Detail == "alert 112" {
			s.Exclude("tls-not-accepted", "the alert is the one for a missing or unknown name")
		}
	}
}

func (p *Pass) upgrade() {
	found := p.Access().Where(func(a *evidence.AccessGroup) bool {
		return slices.ContainsFunc(a.UpstreamStatuses(), func(c string) bool { return c == "426" || c == "505" }) || a.Upstream == "" && a.Status == 426
	})
	if len(found) == 0 {
		return
	}
	g := found[0]
	s := p.Suspect("http10-refused").Weight(g.Count)
	s.Message(fmt.Sprintf("the backend %s answers %d to %s: it refuses HTTP/1.0", strings.Join(g.Upstreams(), ", "), g.Status, requests(g.Count)))
	s.Sign(evidence.AccessLog, fmt.Sprintf("%s were answered with %d by the backend", requests(g.Count), g.Status), g.Lines...)
	for _, pass := range p.Passes() {
		if pass.Protocol != "proxy" || len(g.Upstreams()) > 0 && !slices.ContainsFunc(g.Upstreams(), func(u string) bool { return slices.Contains(p.passesTo(u), pass) }) {
			continue
		}
		v := pass.Scope.Get("proxy_http_version")
		if !v.Where("1.0").Empty() {
			says := "proxy_http_version is 1.0"
			if !v.Set() {
				says += " by default before nginx 1.29.7"
			}
			s.Configured(says, pass.Directive)
			return
		}
	}
	if len(p.Passes()) > 0 && g.Status == 426 {
		s.signs = nil // the backend wants another protocol altogether
	}
}
