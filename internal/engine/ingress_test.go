package engine_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestIngress comes from an Ingress of ingress-nginx to the backend's own settings, and
// takes the time of the pool from the controller's ConfigMap.
func TestIngress(t *testing.T) {
	t.Parallel()
	base := map[string]string{
		".git/HEAD": "ref: refs/heads/main\n",
		"k8s/ingress.yaml": `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: books
  namespace: web
  annotations:
    nginx.ingress.kubernetes.io/proxy-buffering: "on"
spec:
  ingressClassName: nginx
  rules:
    - host: books.example.org
      http:
        paths:
          - path: /api/events
            pathType: Prefix
            backend: {service: {name: books, port: {number: 80}}}
          - path: /v1(/|$)(.*)
            pathType: ImplementationSpecific
            backend: {service: {name: books, port: {number: 80}}}
`,
		"k8s/books.yaml": `apiVersion: v1
kind: Service
metadata: {name: books, namespace: web}
spec:
  selector: {app: books}
  ports: [{port: 80, targetPort: 8000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: books, namespace: web}
spec:
  template:
    metadata: {labels: {app: books}}
    spec:
      containers:
        - name: books
          image: example/books
          command: [gunicorn, -k, gthread, --keep-alive, "10", -b, "0.0.0.0:8000", "books:app"]
`,
	}
	const controller = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ingress-nginx-controller}\ndata:\n  "
	for _, tt := range []struct {
		name, old, new, controller string
		race, buffered             string // severities
	}{
		{"as it is", "", "", "", "info", "info"},
		{"a controller with defaults", "", "", "keep-alive: \"75\"\n", "warning", "info"},
		{"a controller that closes first", "", "", "upstream-keepalive-timeout: \"8\"\n", "", "info"},
		{"a controller without a pool", "", "", "upstream-keepalive-connections: \"0\"\n", "", "info"},
		{"values of the chart", "", "", "ingress-nginx:\n  controller:\n    config:\n      upstream-keepalive-timeout: \"8\"\n", "", "info"},
		{"values of the chart, with the default", "", "", "ingress-nginx:\n  controller:\n    config:\n      proxy-body-size: 8m\n", "warning", "info"},
		{"a time that a template decides", "", "", "upstream-keepalive-timeout: {{ .Values.idle }}\n", "", "info"},
		{"a backend that keeps them for longer", `"10"`, `"90"`, "", "", "info"},
		{"another port", "number: 80", "number: 81", "", "", "info"},
		{"a backend that speaks gRPC", "/proxy-buffering: \"on\"", "/backend-protocol: GRPC", "", "", ""},
		{"a backend that speaks FastCGI", "/proxy-buffering: \"on\"", "/backend-protocol: FCGI", "", "", ""},
		{"a backend that speaks TLS", "/proxy-buffering: \"on\"", "/backend-protocol: https", "", "info", ""},
		{"a pool by a key", "/proxy-buffering: \"on\"", "/upstream-hash-by: $request_uri", "", "info", ""},
		{"a port with a name", "ports: [{port: 80,", "ports: [{name: web, port: 80,", "", "info", "info"},
		{"a path in a path", "path: /api/events", "path: /api/events/stream", "", "info", "info"},
		{"a video", "path: /api/events", "path: /video/stream", "", "info", ""},
		{"paths that are expressions", "proxy-buffering: \"on\"\n", "proxy-buffering: \"on\"\n    nginx.ingress.kubernetes.io/use-regex: \"true\"\n", "", "info", "info"},
		{"ingress-nginx buffers nothing by itself", "/proxy-buffering: \"on\"", "/proxy-read-timeout: \"600\"", "", "info", ""},
		{"another controller", "nginx.ingress.kubernetes.io", "example.org", "", "", ""},
		{"one of F5, too", "  annotations:\n", "  annotations:\n    nginx.org/proxy-buffering: \"true\"\n", "", "", ""},
		{"an action of another controller", "number: 80", "name: use-annotation", "", "", ""},
		{"the name of a port", "number: 80", "name: web", "", "", "info"},
	} {
		files := maps.Clone(base)
		for p, text := range files {
			files[p] = strings.ReplaceAll(text, tt.old, tt.new)
			if tt.old == "" {
				files[p] = text
			}
		}
		if strings.HasPrefix(tt.controller, "ingress-nginx:") {
			files["deploy/values.yaml"] = tt.controller
		} else if tt.controller != "" {
			files["k8s/controller.yaml"] = controller + tt.controller
		}
		findings := checked(t, files)
		race, buffered := "", ""
		for _, f := range findings {
			switch f.Rule.ID {
			case "service-ingress-keepalive-race":
				race += f.Severity.String()
				if at := f.At.File.Path; !strings.Contains(at, "ingress.yaml") {
					t.Errorf("%s: the race stands in %s", tt.name, at)
				}
			case "nginx-sse-buffered":
				buffered += f.Severity.String()
			case "nginx-sse-read-timeout", "nginx-half-way-reuse": // true as well, and held elsewhere
			default:
				t.Errorf("%s: %s: %s", tt.name, f.Rule.ID, f.Msg)
			}
		}
		if race != tt.race || buffered != tt.buffered {
			t.Errorf("%s: the race is %q, want %q; buffering is %q, want %q", tt.name, race, tt.race, buffered, tt.buffered)
		}
	}
}

// TestNamedPort comes to a backend by the name of a Service's port.
func TestNamedPort(t *testing.T) {
	t.Parallel()
	for port, want := range map[string]bool{"web": true, "admin": false} {
		files := map[string]string{"k8s/all.yaml": `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: maps, annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "30"}}
spec:
  rules:
    - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: maps, port: {name: ` + port + `}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: maps}
spec: {selector: {app: maps}, ports: [{name: web, port: 80, targetPort: 8000}, {name: admin, port: 81, targetPort: 8001}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: maps}
spec:
  template:
    metadata: {labels: {app: maps}}
    spec: {containers: [{name: maps, image: example/maps, command: [gunicorn, -k, gthread, -b, "0.0.0.0:8000", "maps:app"]}]}
`}
		if got := slices.Contains(idsOf(t, files), "service-ingress-keepalive-race"); got != want {
			t.Errorf("a port named %s: the race is reported: %t, want %t", port, got, want)
		}
	}
}

// TestVirtualServer finds in the fields of F5's VirtualServer what the same directives
// say.
func TestVirtualServer(t *testing.T) {
	t.Parallel()
	const virtual = `apiVersion: k8s.nginx.org/v1
kind: VirtualServer
metadata: {name: shop}
spec:
  host: shop.example.org
  upstreams:
    - name: cart
      service: cart-svc
      port: 8080
      keepalive: 16
      buffering: false
  routes:
    - path: /live/events
      action: {pass: cart}
`
	for _, tt := range []struct {
		name, old, new string
		want           []string
	}{
		{"as it is", "", "", []string{"nginx-sse-read-timeout"}},
		{"no pool", "keepalive: 16", "keepalive: 0", []string{"nginx-proxy-connection-close", "nginx-sse-read-timeout", "nginx-upstream-no-keepalive"}},
		{"a pool that the controller decides", "      keepalive: 16\n", "", []string{"nginx-sse-read-timeout"}},
		{"buffered", "buffering: false", "buffering: true", []string{"nginx-sse-buffered", "nginx-sse-read-timeout"}},
		{"a long time", "buffering: false", "buffering: false\n      read-timeout: 1h", nil},
		{"an expression", "/live/events", "~* ^/live/.+/list$", nil},
		{"another object", "k8s.nginx.org", "networking.istio.io", nil},
		{"gRPC", "buffering: false", "type: grpc", nil},
	} {
		got := idsOf(t, map[string]string{"vs.yaml": strings.Replace(virtual, tt.old, tt.new, min(len(tt.old), 1))})
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestGatewayPolicy finds the race of the pool that a policy of NGINX Gateway Fabric
// sizes.
func TestGatewayPolicy(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string][]string{
		"UpstreamSettingsPolicy\nspec: {targetRefs: [{kind: Service, name: maps}], keepAlive: {connections: 8, timeout: 75s}}": {"nginx-keepalive-timeout-race"},
		"UpstreamSettingsPolicy\nspec: {targetRefs: [{kind: Service, name: maps}], keepAlive: {connections: 8, timeout: 1s}}":  nil,
		"UpstreamSettingsPolicy\nspec: {targetRefs: [{kind: Service, name: maps}], keepAlive: {timeout: 75s}}":                 nil,
		"ClientSettingsPolicy\nspec: {targetRef: {kind: Gateway, name: g}, keepAlive: {timeout: {server: 0s}}}":                {"nginx-client-keepalive-off"},
	} {
		got := idsOf(t, map[string]string{
			"policy.yaml": "apiVersion: gateway.nginx.org/v1alpha1\nmetadata: {name: p}\nkind: " + policy + "\n",
			"maps.yaml": `apiVersion: v1
kind: Service
metadata: {name: maps}
spec: {selector: {app: maps}, ports: [{port: 80, targetPort: 8000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: maps}
spec:
  template:
    metadata: {labels: {app: maps}}
    spec: {containers: [{name: maps, image: example/maps, command: [gunicorn, -k, gthread, -b, "0.0.0.0:8000", "maps:app"]}]}
`,
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", policy, got, want)
		}
	}
}

// idsOf are the rules that speak of a repository, sorted.
func idsOf(t *testing.T, files map[string]string) []string {
	t.Helper()
	files[".git/HEAD"] = "ref: refs/heads/main\n"
	findings := checked(t, files)
	var ids []string
	for _, f := range findings {
		ids = append(ids, f.Rule.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// TestIngressZero finds a time of 0 where ingress-nginx makes a directive of it.
func TestIngressZero(t *testing.T) {
	t.Parallel()
	const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "SECONDS"
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: shop
            port:
              number: 80
`
	for seconds, want := range map[string]bool{"0": true, "75": false} {
		ids := idsOf(t, map[string]string{"shop.yaml": strings.Replace(ingress, "SECONDS", seconds, 1)})
		if got := slices.Contains(ids, "nginx-timeout-zero"); got != want {
			t.Errorf("proxy-read-timeout %q: found is %t (%v)", seconds, got, ids)
		}
	}
}
