package rules

import (
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
)

var serviceHTTP10Refused = lint.Rule{
	ID:       "service-http10-refused",
	Title:    "the proxy before the backend refuses HTTP/1.0",
	Severity: lint.Warning,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `Before 1.29.7 nginx speaks HTTP/1.0 to a backend unless proxy_http_version says otherwise. Envoy answers such a request with 426 Upgrade Required, and so does the proxy that Istio puts beside every container of a namespace with "istio-injection: enabled", or of a pod with "sidecar.istio.io/inject": every request through nginx fails, while the backend answers others.

It is said for nginx in a manifest of Kubernetes beside which Istio is switched on, and where the backend is known to be Envoy.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version",
		"https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/",
		"https://github.com/envoyproxy/envoy/issues/2506",
	},
	Examples: []lint.Example{
		{
			Name: "Envoy of a Compose file",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location /api {
            proxy_set_header Host $host;
            proxy_pass http://edge:8080;
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ edge:8080 is Envoy, which answers HTTP/1.0 with 426
        }
    }
}
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
  edge:
    image: envoyproxy/envoy:v1.31.0
`,
			Good: `-- nginx.conf --
events {}
http {
    server {
        location /api {
            proxy_set_header Host $host;
            proxy_pass http://edge:8080;
            proxy_http_version 1.1;
        }
    }
}
`,
		},
		{
			Name: "silent: HTTP/1.1, and another backend",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        location /api {
            proxy_set_header Host $host;
            proxy_http_version 1.1;
            proxy_pass http://edge:8080;
        }
        location / {
            proxy_set_header Host $host;
            proxy_pass http://other:8080;
        }
    }
}
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
  edge:
    image: envoyproxy/envoy:v1.31.0
  other:
    image: example.org/other
`,
		},
	},
	Check: func(p *lint.Pass) {
		mesh, meshed := p.Host.Services().Mesh()
		for _, pass := range proxied(p.Host) {
			in := pass.Scope.Get("proxy_http_version").Where("1.0")
			if in.Empty() {
				continue
			}
			if l, ok := envoy(pass); ok {
				refused(p, pass, in, l.Address+" is Envoy", lint.Note{Msg: l.Address + " is " + l.Service.Title(), At: lint.Place(l.Service.At)})
				continue
			}
			if meshed && inCluster(p.Host, pass) {
				refused(p, pass, in, "Istio puts Envoy before the backend", lint.Note{Msg: "Istio is switched on here", At: lint.Place(mesh)})
			}
		}
	},
}

var _ = add(&serviceHTTP10Refused)

// envoy returns the link of a pass that leads to Envoy.
func envoy(pass *model.Pass) (model.Linked, bool) {
	for _, l := range pass.Backend().Links {
		if l.Service != nil && l.Service.IsEnvoy() {
			return l, true
		}
	}
	return model.Linked{}, false
}

// inCluster reports whether nginx runs in Kubernetes, and a pass leads to another pod.
func inCluster(h *model.Host, pass *model.Pass) bool {
	runs := h.Runs()
	here := runs != nil && runs.Kind == service.Kubernetes || runs == nil && h.Services().InManifest(h.Nginx.Trees[0].File)
	t := pass.Target
	return here && t.Kind == model.TargetAddress && !service.IsLoopback(t.Host)
}

func refused(p *lint.Pass, pass *model.Pass, in facts.Range, who string, note lint.Note) {
	c := newCure(pass, in)
	c.set("proxy_http_version", "1.1")
	p.Report(lint.Finding{
		At:       lint.At(pass.Directive),
		Msg:      who + ", which answers HTTP/1.0 with 426",
		Notes:    []lint.Note{note},
		Versions: p.NginxVersions(in, "where proxy_http_version defaults to 1.0"),
		Fix:      c.result(),
	})
}
