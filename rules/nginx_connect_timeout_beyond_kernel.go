package rules

import (
	"fmt"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var nginxConnectTimeoutBeyondKernel = lint.Rule{
	ID:       "nginx-connect-timeout-beyond-kernel",
	Title:    "a connect timeout that the kernel does not wait for",
	Severity: lint.Info,
	Since:    "0.1",
	Why: `Where no answer comes to a SYN, the kernel repeats it net.ipv4.tcp_syn_retries times and then gives up, whatever nginx would wait for. With the default of 6 that is after 127 seconds, 131 since Linux 6.5; each retry less halves it. A longer proxy_connect_timeout never runs out: the attempt ends with "connect() failed (110: Connection timed out)", which nginx counts as an error and not as a timeout, and answers with 502 instead of 504.

Measured (nginx 1.22.1, Linux 6.18, tcp_syn_retries 1, proxy_connect_timeout 60s, a listener that drops the SYN): 502 after 3.1 seconds.

And that is a long time for a server that is not there: a connect timeout of a few seconds lets nginx try the next one.

The time is compared with tcp_syn_retries of the same host where its sysctl files are given, else with the default. It also covers the TLS handshake with the backend, so the rule keeps silent where one of the passes uses https.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_connect_timeout",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name: "the default of the kernel",
			Bad: `server {
    proxy_connect_timeout 600s;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^ the kernel gives up connecting after 127 to 131 seconds: proxy_connect_timeout 600s never runs out
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    proxy_connect_timeout 5s;
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "the host's own number of retries",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location ~ \.php$ {
            fastcgi_connect_timeout 60;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^ the kernel gives up connecting after 15 to 19 seconds
            fastcgi_pass 127.0.0.1:9000;
        }
    }
}
-- sysctl.conf --
net.ipv4.tcp_syn_retries = 3
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        location ~ \.php$ {
            fastcgi_connect_timeout 5;
            fastcgi_pass 127.0.0.1:9000;
        }
    }
}
`,
		},
		{
			Name:   "before Linux 6.5",
			Kernel: "5.15",
			Bad: `server {
    proxy_connect_timeout 130s;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^ the kernel gives up connecting after 127 seconds
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `server {
    proxy_connect_timeout 5s;
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: the default of nginx, a TLS handshake, and a socket",
			Bad: `server {
    location / {
        proxy_pass http://127.0.0.1:8080;
    }
    location /tls/ {
        proxy_connect_timeout 300s;
        proxy_pass https://127.0.0.1:8443;
    }
    location /socket/ {
        proxy_connect_timeout 300s;
        proxy_pass http://unix:/run/app.sock;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		least, most, set, ok := synTime(p.Host)
		if !ok {
			return
		}
		for _, in := range inEach("_connect_timeout") {
			for s, own := range p.Host.Nginx.Owning(in.directive) {
				if !s.Is(model.HTTP, model.Server, model.Location) {
					continue
				}
				if wait, ok := s.Get(in.directive).Duration(); !ok || wait <= most || !allPlainTCP(inForce(s, in)) {
					continue
				}
				f := lint.Finding{
					At:  lint.At(own.Directive),
					Msg: fmt.Sprintf("the kernel gives up connecting after %s: %s %s never runs out", between(least, most), in.directive, own.Arg(0)),
				}
				if set.Set {
					f.Notes = []lint.Note{{Msg: "retries are set here", At: lint.AtLine(set.Assignment)}}
				}
				p.Report(f)
			}
		}
	},
}

var _ = add(&nginxConnectTimeoutBeyondKernel)

// synTime is how long the kernel tries to connect. SYNs are repeated after 1, 2,
// 4 ... seconds; since 6.5 some come a second apart before that
// (tcp_syn_linear_timeouts, 4 by default), which moves the end to the next
// retransmission.
func synTime(h *model.Host) (least, most time.Duration, set model.SysctlValue, ok bool) {
	retries := int64(6)
	if set = h.Sysctl.Get("net.ipv4.tcp_syn_retries"); set.Set {
		if retries, ok = set.Int(); !ok || retries < 1 || retries > 30 {
			return 0, 0, set, false
		}
	}
	linear := int64(4)
	if v := h.Sysctl.Get("net.ipv4.tcp_syn_linear_timeouts"); v.Set {
		if linear, ok = v.Int(); !ok || linear < 0 || linear > 127 {
			return 0, 0, set, false
		}
	}
	if h.Target.Kernel.Intersect(facts.Since(facts.V(6, 5, 0))).Empty() {
		linear = 0
	}
	least = time.Duration(1<<(retries+1)-1) * time.Second
	return least, least + time.Duration(linear)*time.Second, set, true
}

func between(least, most time.Duration) string {
	if least == most {
		return plural(int(least/time.Second), "second")
	}
	return fmt.Sprintf("%d to %d seconds", least/time.Second, most/time.Second)
}

// allPlainTCP reports whether there are passes and all of them connect by TCP,
// without a handshake of TLS.
func allPlainTCP(passes []*model.Pass) bool {
	for _, pass := range passes {
		t := pass.Target
		if t.Kind != model.TargetUpstream && t.Kind != model.TargetAddress || t.Scheme == "https" || t.Scheme == "grpcs" {
			return false
		}
		if t.Upstream != nil && local(t.Upstream) {
			return false
		}
	}
	return len(passes) > 0
}
