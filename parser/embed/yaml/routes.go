package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// ingressPrefix begins the annotations that only ingress-nginx reads; the controller
// of F5, which may have the same class, reads those of "nginx.org/".
const ingressPrefix = "nginx.ingress.kubernetes.io/"

// routeKeys are the annotations that are directives of a location under other names,
// with what ingress-nginx writes where there is none, and the unit
// (internal/ingress/controller/config/config.go).
var routeKeys = []struct{ annotation, directive, standard, unit string }{
	{"proxy-http-version", "proxy_http_version", "1.1", ""},
	{"proxy-buffering", "proxy_buffering", "off", ""},
	{"proxy-request-buffering", "proxy_request_buffering", "on", ""},
	{"proxy-read-timeout", "proxy_read_timeout", "60", "s"},
	{"proxy-send-timeout", "proxy_send_timeout", "60", "s"},
	{"proxy-connect-timeout", "proxy_connect_timeout", "5", "s"},
}

// routes reads an Ingress of ingress-nginx: each path is a location, each port of a
// Service behind them an upstream. All of them share one pool, which a script fills and
// the controller's ConfigMap sizes; so the upstreams name a script, too.
func (y *yamlReader) routes(n *yaml.Node, p yamlPlace) {
	meta := valueOf(n, "metadata")
	notes := valueOf(meta, "annotations")
	if !speaksHTTP(notes) {
		return
	}
	namespace := "default"
	if v := valueOf(meta, "namespace"); v != nil {
		if namespace = y.word(v); !isWord(namespace) {
			return
		}
	}
	var upstreams, locations carrier.Phrase
	seen := map[string]bool{}
	for _, rule := range items(valueOf(valueOf(n, "spec"), "rules")) {
		for _, route := range items(valueOf(valueOf(rule, "http"), "paths")) {
			backend := valueOf(route, "backend")
			service := valueOf(backend, "service")
			name, okName := y.plainWord(valueOf(service, "name"), valueOf(backend, "serviceName"))
			port, okPort := y.plainWord(valueOf(valueOf(service, "port"), "number"), valueOf(backend, "servicePort"))
			if !okName || !okPort || !carrier.IsNumber(port.String()) {
				continue
			}
			pool := name.String() + "-" + port.String()
			if !seen[pool] {
				seen[pool] = true
				upstreams = append(upstreams, carrier.Glue("upstream "+pool+" {\n    server ")...)
				upstreams = append(upstreams, name...)
				upstreams = append(upstreams, carrier.Glue("."+namespace+".svc.cluster.local:")...)
				upstreams = append(upstreams, port...)
				upstreams = append(upstreams, carrier.Glue(";\n    balancer_by_lua_file ingress-nginx;\n}\n")...)
			}
			path, ok := y.plainWord(valueOf(route, "path"))
			if at := " " + path.String(); !ok || seen[at] {
				continue // one path of one host stands for those of all
			} else {
				seen[at] = true
			}
			locations = append(locations, carrier.Glue("    location ")...)
			locations = append(locations, path...)
			locations = append(locations, carrier.Glue(" {\n        proxy_pass http://")...)
			locations = append(locations, name...)
			locations = append(locations, carrier.Glue("-"+port.String()+";\n        proxy_set_header Connection \"\";\n        proxy_set_header Host $host;\n")...)
			locations = append(locations, y.routeSettings(notes)...)
			locations = append(locations, carrier.Glue("    }\n")...)
		}
	}
	if len(upstreams) == 0 {
		return
	}
	d := y.Start(detect.Nginx, y.at(p, n), "routes of ingress-nginx")
	d.Context = "http"
	y.locks[d] = ingressLock
	if len(locations) > 0 {
		upstreams = append(upstreams, carrier.Glue("server {\n")...)
		upstreams = append(upstreams, locations...)
		upstreams = append(upstreams, carrier.Glue("}\n")...)
	}
	d.Append(upstreams, source.Encoding{Escape: carrier.Bare})
}

// speaksHTTP reports whether the annotations of an Ingress are those of ingress-nginx,
// and its backends are spoken to by HTTP.
func speaksHTTP(notes *yaml.Node) bool {
	known := false
	all := mapping(notes)
	for i := 0; i+1 < len(all); i += 2 {
		key := all[i].Value
		known = known || strings.HasPrefix(key, ingressPrefix)
		if strings.HasPrefix(key, "nginx.org/") {
			return false
		}
		if value := all[i+1].Value; key == ingressPrefix+"backend-protocol" && value != "HTTP" && value != "HTTPS" {
			return false
		}
	}
	return known
}

// routeSettings writes the directives of a location.
func (y *yamlReader) routeSettings(notes *yaml.Node) carrier.Phrase {
	var out carrier.Phrase
	for _, k := range routeKeys {
		out = append(out, carrier.Glue("        "+k.directive+" ")...)
		value, unit := carrier.Glue(k.standard), k.unit
		if v := valueOf(notes, ingressPrefix+k.annotation); v != nil {
			said, ok := y.plainWord(v)
			switch {
			case !ok:
				value, unit = carrier.Glue(string(source.Unknown)), ""
			case unit != "" && !carrier.IsNumber(said.String()):
				value, unit = said, ""
			default:
				value = said
			}
		}
		out = append(out, value...)
		out = append(out, carrier.Glue(unit+";\n")...)
	}
	return out
}

// plainWord reads the first of some nodes that is there, if it is a word that may stand
// in a directive.
func (y *yamlReader) plainWord(nodes ...*yaml.Node) (carrier.Phrase, bool) {
	for _, n := range nodes {
		if n == nil {
			continue
		}
		s, ok := y.doc.scalar(n)
		if !ok || !isWord(s.text.String()) || strings.Contains(s.text.String(), " ") {
			return nil, false
		}
		return s.text, true
	}
	return nil, false
}
