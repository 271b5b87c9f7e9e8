package reporttest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/topology"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// FrontTier is a host with every kind of hop.
const FrontTier = `events {}
http {
    upstream app {
        server 10.0.0.1:8080;
        server 10.0.0.2:8080;
        keepalive 16;
    }
    upstream reports {
        server 10.0.1.1:9000;
    }
    server {
        listen 80;
        listen 443 ssl;
        server_name www.example.com;
        location / {
            proxy_pass http://app;
        }
        location /events {
            proxy_pass http://app;
        }
        location /kept/ {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
        location /reports/ {
            proxy_http_version 1.1;
            proxy_pass http://reports;
        }
        location /old/ {
            proxy_http_version 1.1;
            proxy_pass http://$backend;
        }
    }
    server {
        listen 80;
        server_name status.example.com;
        location / {
            proxy_pass http://127.0.0.1:3000;
        }
    }
}
`

// Tagged is FrontTier with a name that would end the data.
var Tagged = strings.Replace(FrontTier, "status.example.com", `"</script><b>x"`, 1)

// Page lints a host and writes its page.
func Page(tb testing.TB, nginx, sysctl string) ([]byte, *topology.Graph, []lint.Finding) {
	tb.Helper()
	in := model.Input{Target: model.Target{Nginx: facts.Only(facts.V(1, 28, 0)), Kernel: facts.KernelWindow()}, Main: source.NewFile("nginx.conf", nginx)}
	if sysctl != "" {
		in.Sysctl = []*source.File{source.NewFile("sysctl.conf", sysctl)}
	}
	h := model.Build(in)
	r := lint.Run([]*model.Host{h}, lint.Options{Rules: rules.All()})
	var b bytes.Buffer
	if err := report.HTML(&b, r, report.Options{Version: "1.2.3", Hosts: func() []*model.Host { return []*model.Host{h} }}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes(), topology.Build(h, r.Findings), r.Findings
}
