package service

import (
	"strings"
	"time"
)

// IngressNginx is the configuration of a controller ingress-nginx: the keys of its
// ConfigMap that size the one pool which all its upstreams share.
//
//	upstream-keepalive-timeout: "30"
//	                            ^^^^ seconds; 60 where the key is missing
//
// Source: kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap.
type IngressNginx struct {
	// At is the name of the ConfigMap.
	At Place
	// Timeout is when an idle connection to a backend is closed, Connections how many
	// each worker keeps.
	Timeout     Field[time.Duration]
	Connections Field[int]
}

// ingressTimeout and ingressConnections are what ingress-nginx takes where no key says
// otherwise (internal/ingress/controller/config/config.go).
const (
	ingressTimeout     = 60 * time.Second
	ingressConnections = 320
)

// controllers are the configurations of ingress-nginx. One whose keys a template
// decides has a field that is not known.
func controllers(all []manifest) []IngressNginx {
	var out []IngressNginx
	for _, m := range all {
		if m.kind != "ConfigMap" || !m.isIngressNginx() {
			continue
		}
		keys := settings{}
		for _, e := range entries(at(m.body, "data")) {
			keys[e.key.Value] = m.doc.scalar(e.value, e.key.Value, false)
		}
		c := IngressNginx{At: m.doc.place(at(m.body, "metadata", "name")), Timeout: keys.seconds("upstream-keepalive-timeout"), Connections: keys.number("upstream-keepalive-connections")}
		if _, said := keys["upstream-keepalive-timeout"]; !said {
			c.Timeout = Field[time.Duration]{Value: ingressTimeout, Sure: Default, At: c.At}
		}
		if _, said := keys["upstream-keepalive-connections"]; !said {
			c.Connections = Field[int]{Value: ingressConnections, Sure: Default, At: c.At}
		}
		out = append(out, c)
	}
	return out
}

// isIngressNginx reports whether a ConfigMap is that of a controller.
func (m manifest) isIngressNginx() bool {
	if l := at(m.body, "metadata", "labels", "app.kubernetes.io/name"); l != nil && l.Value == "ingress-nginx" {
		return true
	}
	return strings.Contains(m.name, "ingress-nginx") && !strings.Contains(m.name, "services") || m.name == "nginx-configuration"
}

// IngressPool returns when ingress-nginx closes idle connections to backends, and
// whether a ConfigMap is there that decides it. ok is false if it keeps none, or that
// cannot be known: a template decides, or one controller differs from another.
func (inv *Inventory) IngressPool() (timeout Field[time.Duration], seen, ok bool) {
	if inv == nil {
		return timeout, false, false
	}
	timeout = Field[time.Duration]{Value: ingressTimeout, Sure: Preset}
	for i, c := range inv.ingress {
		if !c.Timeout.Known() || !c.Connections.Known() || c.Connections.Value <= 0 || c.Timeout.Value <= 0 || i > 0 && c.Timeout.Value != timeout.Value {
			return timeout, true, false
		}
		timeout = c.Timeout
	}
	return timeout, len(inv.ingress) > 0, true
}
