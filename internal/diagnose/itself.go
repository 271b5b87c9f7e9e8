package diagnose

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/evidence"
)

var nginxFailsItselfSymptom = Symptom{
	ID:    "nginx-fails-itself",
	Title: "worker process exited on signal, (28: No space left on device), or limiting requests",
	Why:   `Some failures are of nginx's own making, and neither the network's nor the backend's. A worker that a signal ends takes all its connections with it: clients see them reset, with nothing in the access log. A full disk ends every answer or request body that goes through a temporary file. And limit_req and limit_conn refuse, with 503 unless limit_req_status says otherwise: that is what they are for, until they refuse everybody, as with a zone whose key is the address of a balancer in front.`,
	OneOf: []evidence.Kind{evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.AccessLog, evidence.Configuration, evidence.KernelLog},
	Refs: []string{
		"https://nginx.org/en/docs/debugging_log.html",
		"https://nginx.org/en/docs/http/ngx_http_limit_req_module.html",
	},
	Causes: []Cause{
		{
			ID: "worker-crashes", At: Nginx, Title: "workers of nginx end on a signal and take their connections with them", Harm: 3,
			Cure:   "for signal 11, 6 and 7 update nginx and its modules, third-party ones above all, and take a core dump; for signal 9 look for the kernel's out-of-memory killer",
			Cured:  "no \"exited on signal\" in error.log",
			Decide: []string{"dmesg -T | grep -e segfault -e 'Out of memory'; nginx -V"},
		},
		{
			ID: "disk-full", At: Nginx, Title: "the disk for temporary files is full, so answers and bodies that go through them end early", Harm: 3,
			Explains: []string{"response-cut-temp-file", "backend-broke-off"},
			Cure:     "make room, or move proxy_temp_path, client_body_temp_path and proxy_cache_path to a larger file system; proxy_max_temp_file_size and max_size of the cache bound what they take",
			Cured:    "no (28: No space left on device) in error.log",
			Decide:   []string{"df -h; df -i"},
		},
		{
			ID: "limited-by-nginx", At: Nginx, Title: "limit_req or limit_conn refuses a good part of all requests", Harm: 2,
			Cure:  "raise rate and burst of the zone, or choose a key that tells clients apart (behind a balancer, the address that real_ip takes from it)",
			Cured: "\"limiting\" in error.log is about single clients, and few requests end with the status of the limit",
		},
	},
	Examples: []Example{
		{
			Name: "a worker that crashes",
			Files: `-- error.log --
2026/11/30 01:26:11 [alert] 40#40: worker process 41 exited on signal 11
2026/11/30 01:27:11 [alert] 40#40: worker process 49 exited on signal 11 (core dumped)
-- dmesg.txt --
[  101.200000] nginx[41]: segfault at 8 ip 0000559d4a7b sp 00007ffc9 error 4 in nginx[559d4a600000+c9000]
`,
			Want: []string{"worker-crashes proved"},
		},
		{
			Name: "no room for temporary files",
			Files: `-- error.log --
2026/11/30 01:26:11 [crit] 40#40: *9 pwritev() "/var/cache/nginx/temp/0000000346" failed (28: No space left on device) while reading upstream, client: 192.0.2.7, server: , request: "GET /big HTTP/1.1", upstream: "http://127.0.0.1:8000/big", host: "a"
`,
			Want: []string{"disk-full likely"},
		},
		{
			Name: "a limit for each client, and one balancer in front",
			Files: `-- nginx.conf --
events {}
http {
	limit_req_zone $binary_remote_addr zone=one:1m rate=20r/s;
	server { listen 80; limit_req zone=one burst=5 nodelay; location / { proxy_pass http://127.0.0.1:8000; } }
}
-- error.log --
2026/11/30 01:26:11 [error] 40#40: *12 limiting requests, excess: 5.960 by zone "one", client: 192.0.2.7, server: , request: "GET / HTTP/1.1", host: "a"
-- access.log --
`,
			More: func() string {
				return lines(12, func(int) string {
					return `192.0.2.7 - - [30/Nov/2026:01:26:11 +0000] "GET / HTTP/1.1" 503 190 "-" "curl"
192.0.2.7 - - [30/Nov/2026:01:26:11 +0000] "GET / HTTP/1.1" 200 3 "-" "curl"`
				})
			},
			Want: []string{"limited-by-nginx proved"},
		},
		{
			Name: "a crawler is held back",
			Files: `-- error.log --
2026/11/30 01:26:11 [error] 40#40: *12 limiting requests, excess: 5.960 by zone "one", client: 192.0.2.7, server: , request: "GET / HTTP/1.1", host: "a"
-- access.log --
192.0.2.7 - - [30/Nov/2026:01:26:11 +0000] "GET / HTTP/1.1" 503 190 "-" "curl"
`,
			More: func() string {
				return lines(20, func(int) string {
					return `192.0.2.8 - - [30/Nov/2026:01:26:11 +0000] "GET / HTTP/1.1" 200 3 "-" "curl"`
				})
			},
		},
	},
	Look: func(p *Pass) {
		p.crashes()
		p.fullDisk()
		p.limited()
	},
}

var _ = add(&nginxFailsItselfSymptom)

func (p *Pass) crashes() {
	for _, g := range p.Errors(evidence.ProcessExited) {
		s := p.Suspect("worker-crashes").Weight(g.Count)
		s.Message(fmt.Sprintf("workers of nginx ended on %s %s", g.Detail, times(g.Count)))
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s a worker exited on %s", times(g.Count), g.Detail), g.Lines...)
		for _, m := range p.Kernel(evidence.Segfault, evidence.OutOfMemoryKill) {
			s.Hint(evidence.KernelLog, "the kernel says so: "+string(m.Topic), m.Lines...)
		}
	}
}

func (p *Pass) fullDisk() {
	for _, g := range p.Errors(evidence.WriteFailed, evidence.OpenFailed) {
		const noSpace = 28
		if g.Errno != noSpace {
			continue
		}
		s := p.Suspect("disk-full").Weight(g.Count)
		s.Message(fmt.Sprintf("nginx could not write a file %s: no space is left on the device", times(g.Count)))
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s with (28: No space left on device)", times(g.Count), what(g)), g.Lines...)
	}
}

// limited is about limits that refuse more than a few. Holding back a crawler is what
// they are for.
func (p *Pass) limited() {
	const few = 10
	n := p.Access().Count(func(a *evidence.AccessGroup) bool {
		return (a.Status == 503 || a.Status == 429) && len(a.Upstreams()) == 0
	})
	for _, g := range p.Errors(evidence.Limited) {
		if n < few || n*10 < p.Access().Lines {
			p.Normal(fmt.Sprintf("the limit of zone %s held back %s", g.Detail, requests(g.Count)), g.Lines...)
			continue
		}
		s := p.Suspect("limited-by-nginx").Weight(n)
		s.Message(fmt.Sprintf("the limit of zone %s refuses many: %s of %d", g.Detail, requests(n), p.Access().Lines))
		s.Sign(evidence.ErrorLog, fmt.Sprintf("%s the limit of zone %s was reached", times(g.Count), g.Detail), g.Lines...)
		s.Sign(evidence.AccessLog, fmt.Sprintf("%s of %d were refused before a backend was asked", requests(n), p.Access().Lines))
		for _, c := range p.Nginx() {
			for _, sc := range c.Scopes {
				for _, name := range []string{"limit_req_zone", "limit_conn_zone"} {
					for set := range sc.All(name) {
						if zone, ok := parameter(set.Directive, "zone"); ok && cutName(zone) == g.Detail {
							s.Configured("the zone counts by "+set.Arg(0), set.Directive)
						}
					}
				}
			}
		}
	}
}

// cutName is the name of a zone without its size.
func cutName(zone string) string {
	for i := range len(zone) {
		if zone[i] == ':' {
			return zone[:i]
		}
	}
	return zone
}
