package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
)

var answersNotUsableSymptom = Symptom{
	ID:    "answers-not-usable",
	Title: "upstream sent too big header, no valid header, or the backend itself answers with an error",
	Why: `The connection was made and something came back, so it is neither the network nor the pool: nginx could not use the answer, or it was an error that the backend wrote.

A header must fit into proxy_buffer_size (4 or 8 KB): cookies and long Location or Content-Security-Policy headers go beyond it, and nginx answers 502 for these pages alone. "No valid HTTP header" and "unsupported FastCGI protocol version" come from two sides that speak different protocols: proxy_pass to a FastCGI or TLS port, fastcgi_pass to a web server.

A status of 500, 502, 503 or 504 in $upstream_status, with nothing in nginx's error log, is the backend's own answer: nginx only handed it on. A balancer or gateway behind nginx answers 503 when its own queue is full.`,
	OneOf: []evidence.Kind{evidence.ErrorLog, evidence.AccessLog},
	Helps: []evidence.Kind{evidence.Configuration},
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffer_size",
		"https://www.rfc-editor.org/rfc/rfc9110#section-15.6",
	},
	Causes: []Cause{
		{
			ID: "header-too-big", At: Nginx, Title: "the header of answers does not fit into the buffer that nginx reads it into", Harm: 3,
			Explains: []string{"servers-set-aside"},
			Cure:     "make the header smaller (cookies above all), or raise proxy_buffer_size (fastcgi_buffer_size, uwsgi_buffer_size) in the location, and proxy_buffers and proxy_busy_buffers_size with it",
			Cured:    "no \"upstream sent too big header\" in error.log",
			Decide:   []string{"curl -sD - -o /dev/null the path directly at the backend | wc -c"},
		},
		{
			ID: "protocol-not-spoken", At: Backend, Title: "what listens at the address speaks another protocol than nginx", Harm: 3,
			Explains: []string{"servers-set-aside"},
			Cure:     "pass with the protocol of the backend: https:// to a TLS port, fastcgi_pass to php-fpm, proxy_pass to a web server; or correct the port",
			Cured:    "no \"upstream sent no valid\" and \"unsupported FastCGI protocol version\" in error.log",
			Decide:   []string{"curl -v http://ADDRESS:PORT/; openssl s_client -connect ADDRESS:PORT </dev/null"},
		},
		{
			ID: "backend-answers-errors", At: Backend, Title: "the backend itself answers with errors, which nginx hands on", Harm: 2,
			Cure:   "look into the backend's own log and limits for these requests; for 502, 503 and 504 of a balancer, at what stands behind it",
			Cured:  "no 5xx in $upstream_status",
			Decide: []string{"curl -i the path directly at the backend"},
		},
	},
	Examples: []Example{
		{
			Name: "a cookie of 7 KB",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *2 upstream sent too big header while reading response header from upstream, client: 192.0.2.7, server: , request: "GET /login HTTP/1.1", upstream: "http://127.0.0.1:8000/login", host: "a"
`,
			Want: []string{"header-too-big proved"},
		},
		{
			Name: "fastcgi_pass to a web server",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80; location / { fastcgi_pass 127.0.0.1:8080; } } }
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *2 upstream sent unsupported FastCGI protocol version: 72 while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "fastcgi://127.0.0.1:8080", host: "a"
`,
			Want: []string{"protocol-not-spoken proved"},
		},
		{
			Name: "one header that is not valid among good answers",
			Files: `-- error.log --
2026/11/30 01:26:11 [error] 40#40: *2 upstream sent invalid header: "\x20..." while reading response header from upstream, client: 192.0.2.7, server: , request: "GET /old HTTP/1.1", upstream: "http://127.0.0.1:8080/old", host: "a"
`,
		},
		{
			Name: "a balancer behind nginx has no room",
			Files: `-- access.log --
`,
			More: func() string {
				return strings.Repeat(`192.0.2.7 - - [30/Nov/2026:01:25:23 +0000] "GET /a HTTP/1.1" 503 190 "-" "curl/8.1" rt=1.004 urt=1.003 us=503 ua=127.0.0.1:8000
192.0.2.7 - - [30/Nov/2026:01:25:24 +0000] "GET /a HTTP/1.1" 200 3 "-" "curl/8.1" rt=0.504 urt=0.503 us=200 ua=127.0.0.1:8000
`, 20)
			},
			Want: []string{"backend-answers-errors likely"},
		},
		{
			Name: "a few errors on a busy host",
			Files: `-- access.log --
`,
			More: func() string {
				return strings.Repeat(`192.0.2.7 - - [30/Nov/2026:01:25:23 +0000] "GET /a HTTP/1.1" 500 190 "-" "curl/8.1" rt=0.004 urt=0.003 us=500 ua=127.0.0.1:8000
`, 20) + strings.Repeat(`192.0.2.7 - - [30/Nov/2026:01:25:24 +0000] "GET /a HTTP/1.1" 200 3 "-" "curl/8.1" rt=0.504 urt=0.503 us=200 ua=127.0.0.1:8000
`, 400)
			},
		},
	},
	Look: func(p *Pass) {
		p.bigHeaders()
		p.otherProtocol()
		p.errorsOfBackends()
	},
}

var _ = add(&answersNotUsableSymptom)

// bigHeaders is about headers beyond proxy_buffer_size.
func (p *Pass) bigHeaders() {
	for _, g := range p.Errors(evidence.HeaderTooBig) {
		s := p.Suspect("header-too-big").Weight(g.Count)
		s.Message(fmt.Sprintf("%s of %s did not fit into the buffer for the header: %s", answers(g.Count), g.Host(), topPaths(g.Paths)))
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s sent too big a header", times(g.Count), g.Host()), g.Lines...)
		for _, pass := range p.passesTo(g.Host()) {
			name := pass.Protocol + "_buffer_size"
			if v := pass.Scope.Get(name); v.Set() {
				s.Configured(name+" is "+v.Text(), v.Settings[len(v.Settings)-1].Directive)
			} else {
				s.Configured(name+" is a page by default, 4 or 8 KB", pass.Directive)
			}
			break
		}
	}
}

// otherProtocol is about answers that are none of the protocol spoken.
func (p *Pass) otherProtocol() {
	for _, g := range p.Errors(evidence.InvalidResponse) {
		if !strings.Contains(g.Detail, "no valid") && !strings.Contains(g.Detail, "unsupported FastCGI protocol version") {
			continue
		}
		if p.answered(g.Host()) > 0 {
			continue // it does speak it, and this was one bad answer
		}
		s := p.Suspect("protocol-not-spoken").Weight(g.Count)
		scheme, _, _ := strings.Cut(g.Upstream, "://")
		s.Message(fmt.Sprintf("what listens on %s does not speak %s", g.Host(), scheme))
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s", times(g.Count), g.Detail), g.Lines...)
		for _, pass := range p.passesTo(g.Host()) {
			s.Configured("nginx passes to it with "+pass.Name(), pass.Directive)
			break
		}
	}
}

// errorsOfBackends is about statuses that backends wrote themselves. Some errors
// are daily life; a tenth of all requests is not.
func (p *Pass) errorsOfBackends() {
	const few = 10
	type count struct {
		bad, all int
		codes    map[string]int
		paths    map[string]int
		groups   []*evidence.AccessGroup
	}
	hosts := map[string]*count{}
	var order []string
	for _, g := range p.Access().Groups() {
		all, codes := g.Upstreams(), g.UpstreamStatuses()
		if len(all) == 0 || len(all) != len(codes) {
			continue
		}
		host, code := all[len(all)-1], codes[len(codes)-1]
		if hosts[host] == nil {
			hosts[host] = &count{codes: map[string]int{}, paths: map[string]int{}}
			order = append(order, host)
		}
		c := hosts[host]
		c.all += g.Count
		// nginx itself notes 502 and 504 where no answer came: without a header there
		// is no time of one.
		own := code == "500" || code == "503" || (code == "502" || code == "504") && g.Header.Count == g.Count
		if own && slices.Contains([]int{500, 502, 503, 504}, g.Status) {
			c.bad += g.Count
			c.codes[code] += g.Count
			c.groups = append(c.groups, g)
			for k, n := range g.Paths {
				c.paths[k] += n
			}
		}
	}
	for _, host := range order {
		c := hosts[host]
		if c.bad < few || c.bad*10 < c.all {
			continue
		}
		s := p.Suspect("backend-answers-errors").Weight(c.bad)
		s.Message(fmt.Sprintf("%s itself answers %s of %d with %s: %s", host, requests(c.bad), c.all, topPaths(c.codes), topPaths(c.paths)))
		s.Sign(evidence.AccessLog, fmt.Sprintf("%s of %d to %s were answered with %s by it", requests(c.bad), c.all, host, topPaths(c.codes)), linesOf(c.groups)...)
	}
}
