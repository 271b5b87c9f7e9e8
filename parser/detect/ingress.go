package detect

import "strings"

// IsIngressNginx reports whether a ConfigMap of Kubernetes, with a name and the label
// app.kubernetes.io/name, is the configuration of an ingress-nginx controller: by the
// names that its manifests and charts give it. Those for streams, headers and the
// election of a leader are none, nor is that of F5's controller, whose keys are others.
func IsIngressNginx(name, app string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{"-tcp", "-udp", "-services", "-headers", "-leader"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	return app == "ingress-nginx" || strings.Contains(name, "ingress-nginx") || strings.Contains(name, "nginx-ingress-controller") || strings.HasSuffix(name, "nginx-configuration")
}
