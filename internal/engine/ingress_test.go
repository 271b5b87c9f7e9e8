package engine_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
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
		{"a time that a template decides", "", "", "upstream-keepalive-timeout: {{ .Values.idle }}\n", "", "info"},
		{"a backend that keeps them for longer", `"10"`, `"90"`, "", "", "info"},
		{"another port", "number: 80", "number: 81", "", "", "info"},
		{"a backend that speaks gRPC", "/proxy-buffering: \"on\"", "/backend-protocol: GRPC", "", "", ""},
		{"ingress-nginx buffers nothing by itself", "/proxy-buffering: \"on\"", "/proxy-read-timeout: \"600\"", "", "info", ""},
		{"another controller", "nginx.ingress.kubernetes.io", "example.org", "", "", ""},
		{"one of F5, too", "  annotations:\n", "  annotations:\n    nginx.org/proxy-buffering: \"true\"\n", "", "", ""},
	} {
		files := maps.Clone(base)
		for p, text := range files {
			files[p] = strings.ReplaceAll(text, tt.old, tt.new)
			if tt.old == "" {
				files[p] = text
			}
		}
		if tt.controller != "" {
			files["k8s/controller.yaml"] = controller + tt.controller
		}
		ws, err := workspace.Open(workspace.Memory(files), workspace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := engine.Check(t.Context(), ws, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		race, buffered := "", ""
		for _, f := range res.Findings {
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
