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

// IsF5Ingress reports whether a ConfigMap is the configuration of F5's NGINX Ingress
// Controller: by the label that its chart gives it, or by the name and the namespace of
// its manifests.
func IsF5Ingress(name, namespace, app string) bool {
	if strings.Contains(name, "leader") {
		return false
	}
	return app == "nginx-ingress" || namespace == "nginx-ingress" && name == "nginx-config"
}
