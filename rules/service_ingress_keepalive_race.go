package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
)

var serviceIngressKeepaliveRace = lint.Rule{
	ID:       "service-ingress-keepalive-race",
	Title:    "ingress-nginx keeps idle connections for longer than the backend",
	Severity: lint.Warning,
	Since:    "0.1",
	Why: `ingress-nginx keeps idle connections to all backends in one pool, 320 in each worker, for upstream-keepalive-timeout: 60 seconds unless its ConfigMap says otherwise. A backend that closes them earlier, such as Node.js after 5 or gunicorn's threads after 2 seconds, sometimes does so at the moment at which the next request leaves: nginx gets a reset, does not repeat a POST, and the client sees 502 ("upstream prematurely closed connection while reading response header").

The key holds for all backends of the controller. So the better cure is in the backend, which should keep idle connections for longer than the controller: keepAliveTimeout above 60 seconds in Node.js, --keep-alive in gunicorn, --timeout-keep-alive in uvicorn.

Reported as info where the controller's ConfigMap is not among the files: it may set another time.`,
	Refs: []string{
		"https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#upstream-keepalive-timeout",
		"https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout",
		"https://github.com/kubernetes/ingress-nginx/issues/3099",
	},
	Examples: []lint.Example{
		{
			Name: "what an Ingress leads to",
			Bad:  ingressExample("              #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ ingress-nginx keeps idle connections for 60s, container \"shop\" (gunicorn, gthread workers) closes them after 5s\n", "5", "keep-alive: \"75\""),
			Good: ingressExample("", "75", "keep-alive: \"75\""),
		},
		{
			Name: "the time of the controller's ConfigMap",
			Bad:  ingressExample("              #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ for 90s\n", "75", "upstream-keepalive-timeout: \"90\""),
			Good: ingressExample("", "75", "upstream-keepalive-timeout: \"60\""),
		},
		{
			Name: "silent: the controller closes them first, or keeps none",
			Bad:  ingressExample("", "5", "upstream-keepalive-timeout: \"4\""),
		},
	},
	Check: func(p *lint.Pass) {
		pool, seen, ok := p.Host.Services().IngressPool()
		if p.Host.Nginx == nil || !ok {
			return
		}
		if _, meshed := p.Host.Services().Mesh(); meshed {
			return // the sidecar keeps the connections to the backend
		}
		for _, u := range p.Host.Nginx.Upstreams() {
			script, balanced := u.Scope.Own("balancer_by_lua_file")
			if !balanced || script.Arg(0) != ingressScript || len(u.Servers) != 1 || slices.ContainsFunc(u.Passes, func(pass *model.Pass) bool { return pass.Protocol != "proxy" }) {
				continue
			}
			if b := p.Host.Backend(u); b.All && b.Idle.Value > 0 && b.Idle.Value <= pool.Value {
				ingressRace(p, u, b, pool, seen)
			}
		}
	},
}

var _ = add(&serviceIngressKeepaliveRace)

// ingressScript is the balancer of the upstreams that the reader of an Ingress makes.
const ingressScript = "ingress-nginx"

// ingressExample is what an Ingress becomes, with a marker, its backend, and a key of
// the controller's ConfigMap.
func ingressExample(marker, keepAlive, key string) string {
	return `-- nginx.conf --
events {}
http {
    upstream shop-80 {
        server shop.web.svc.cluster.local:80;
` + marker + `        balancer_by_lua_file ingress-nginx;
    }
    server {
        location / {
            proxy_pass http://shop-80;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }
    }
}
-- shop.yaml --
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec:
  selector: {app: shop}
  ports: [{port: 80, targetPort: 8000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: shop
          image: example/shop
          command: ["gunicorn", "-k", "gthread", "--keep-alive", "` + keepAlive + `", "-b", "0.0.0.0:8000", "app:app"]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller}
data: {` + key + `}
`
}

func ingressRace(p *lint.Pass, u *model.UpstreamBlock, b *model.Backend, pool service.Field[time.Duration], seen bool) {
	to, software := "its backend", ""
	for _, l := range b.Links {
		to = l.Service.Title()
	}
	if b.Title != "" {
		software = " (" + b.Title + ")"
	}
	f := lint.Finding{
		At: lint.At(u.Servers[0].Directive),
		Msg: fmt.Sprintf("ingress-nginx keeps idle connections for %s, %s%s closes them after %s: a POST on one that is being closed ends in 502",
			seconds(pool.Value), to, software, seconds(b.Idle.Value)),
	}
	if u.Servers[0].Words().Len() > 1 {
		f.At = lint.Place{File: u.Servers[0].File(), Span: u.Servers[0].Words().At(1).Span}
	}
	if pool.Read() {
		f.Notes = append(f.Notes, lint.Note{Msg: "the controller sets it here", At: lint.Place(pool.At)})
	} else {
		n := lint.Note{Msg: "60s is the default of upstream-keepalive-timeout"}
		if seen {
			n.Msg += ", which the controller's ConfigMap does not set"
			n.At = lint.Place(pool.At)
		} else {
			n.Msg += "; the controller's ConfigMap is not among these files"
		}
		f.Notes = append(f.Notes, n)
	}
	f.Notes = append(f.Notes, behind(b)...)
	f.Notes = append(f.Notes, whence(b, b.Idle)...)
	f.Notes = append(f.Notes, lint.Note{Msg: fmt.Sprintf("let the backend keep them for longer than %s, or set upstream-keepalive-timeout to %d for all backends",
		seconds(pool.Value), int(max(belowIdle(b.Idle.Value), time.Second).Seconds()))})
	if !seen {
		p.ReportMild(lint.Info, f)
		return
	}
	p.Report(f)
}
