package service

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
)

// IngressNginx is the configuration of a controller ingress-nginx: the keys of its
// ConfigMap, or of controller.config in the values of its chart, that size the one pool which all its upstreams share.
//
//	upstream-keepalive-timeout: "30"
//	                            ^^^^ seconds; 60 where the key is missing
//
// Source: kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap.
type IngressNginx struct {
	// At is the name of the ConfigMap, or where the values begin.
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

// controllers are the configurations of ingress-nginx: ConfigMaps, and the values of
// its chart, which become one. One whose keys a template decides has a field that is
// not known.
func controllers(r *repo, all []manifest) []IngressNginx {
	var out []IngressNginx
	for _, m := range all {
		if m.kind == "ConfigMap" && m.isIngressNginx() {
			out = append(out, m.doc.controller(at(m.body, "data"), at(m.body, "metadata", "name")))
		}
	}
	for _, f := range r.order {
		if !isYAML(f.Path) || !strings.Contains(f.Text, "controller:") || !strings.Contains(f.Text, "config:") {
			continue
		}
		for _, d := range readYAML(f).docs {
			for _, config := range chartConfigs(d.root, 0) {
				out = append(out, d.controller(config, config))
			}
		}
	}
	return out
}

// controller reads the keys of a configuration, which stands at a node.
func (d *yamlDoc) controller(data, node *yaml.Node) IngressNginx {
	keys := settings{}
	for _, e := range entries(data) {
		keys[e.key.Value] = d.scalar(e.value, e.key.Value, false)
	}
	c := IngressNginx{At: d.place(node), Timeout: keys.seconds("upstream-keepalive-timeout"), Connections: keys.number("upstream-keepalive-connections")}
	if _, said := keys["upstream-keepalive-timeout"]; !said {
		c.Timeout = Field[time.Duration]{Value: ingressTimeout, Sure: Default, At: c.At}
	}
	if _, said := keys["upstream-keepalive-connections"]; !said {
		c.Connections = Field[int]{Value: ingressConnections, Sure: Default, At: c.At}
	}
	return c
}

// chartKeys are keys of ingress-nginx by which the values of its chart are told from
// those of others that have a controller with a configuration, too.
var chartKeys = []string{
	"upstream-keepalive-timeout", "upstream-keepalive-connections", "upstream-keepalive-requests", "keep-alive", "keep-alive-requests",
	"use-forwarded-headers", "compute-full-forwarded-for", "proxy-body-size", "proxy-read-timeout", "proxy-send-timeout", "proxy-connect-timeout",
	"proxy-buffering", "ssl-protocols", "worker-shutdown-timeout", "enable-real-ip", "use-proxy-protocol", "log-format-upstream",
}

// chartConfigs are the mappings controller.config of values of ingress-nginx's chart,
// wherever they stand: below the name of the chart, or in a release of Flux or Argo CD.
func chartConfigs(n *yaml.Node, depth int) []*yaml.Node {
	const deepest = 8
	if depth > deepest {
		return nil
	}
	var out []*yaml.Node
	for _, e := range entries(n) {
		if e.key.Value == "controller" {
			if c := at(e.value, "config"); slices.ContainsFunc(entries(c), func(k pair) bool { return slices.Contains(chartKeys, k.key.Value) }) {
				out = append(out, c)
				continue
			}
		}
		out = append(out, chartConfigs(e.value, depth+1)...)
	}
	for _, item := range list(n) {
		out = append(out, chartConfigs(item, depth+1)...)
	}
	return out
}

// isIngressNginx reports whether a ConfigMap is that of a controller.
func (m manifest) isIngressNginx() bool {
	app := ""
	if l := at(m.body, "metadata", "labels", "app.kubernetes.io/name"); l != nil {
		app = l.Value
	}
	return detect.IsIngressNginx(m.name, app)
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
