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

// awsAction stands in the place of a port where the backend is an action of the AWS Load
// Balancer Controller, not a Service.
const awsAction = "use-annotation"

// routeKey is an annotation that is a directive of a location under another name, with
// what ingress-nginx writes where there is none (internal/ingress/controller/config/config.go),
// empty if that is what nginx does without the directive, and the unit.
type routeKey struct{ annotation, directive, standard, unit string }

var routeKeys = []routeKey{
	{"proxy-http-version", "proxy_http_version", "1.1", ""},
	{"proxy-buffering", "proxy_buffering", "off", ""},
	{"proxy-request-buffering", "proxy_request_buffering", "on", ""},
	{"proxy-read-timeout", "proxy_read_timeout", "60", "s"},
	{"proxy-send-timeout", "proxy_send_timeout", "60", "s"},
	{"proxy-connect-timeout", "proxy_connect_timeout", "5", "s"},
	{"proxy-next-upstream", "proxy_next_upstream", "", ""},
	{"proxy-next-upstream-tries", "proxy_next_upstream_tries", "3", ""},
	{"proxy-next-upstream-timeout", "proxy_next_upstream_timeout", "", "s"},
	{"proxy-ssl-server-name", "proxy_ssl_server_name", "", ""},
}

// grpcKeys are those of locations that speak gRPC.
var grpcKeys = []routeKey{
	{"proxy-read-timeout", "grpc_read_timeout", "60", "s"},
	{"proxy-send-timeout", "grpc_send_timeout", "60", "s"},
	{"proxy-connect-timeout", "grpc_connect_timeout", "5", "s"},
}

// routeProtocol is how a location passes on what the annotation backend-protocol names.
type routeProtocol struct {
	pass, headers string
	keys          []routeKey
}

const routeHeaders = "        proxy_set_header Connection \"\";\n        proxy_set_header Host $host;\n"

// routeProtocols are those of ingress-nginx
// (internal/ingress/annotations/backendprotocol/main.go). AUTO_HTTP is that of the client.
var routeProtocols = map[string]routeProtocol{
	"HTTP":      {"proxy_pass http://", routeHeaders, routeKeys},
	"AUTO_HTTP": {"proxy_pass http://", routeHeaders, routeKeys},
	"HTTPS":     {"proxy_pass https://", routeHeaders, routeKeys},
	"GRPC":      {"grpc_pass grpc://", "", grpcKeys},
	"GRPCS":     {"grpc_pass grpcs://", "", grpcKeys},
	"FCGI":      {"fastcgi_pass ", "", nil},
}

// routes reads an Ingress of ingress-nginx: each path is a location, each port of a
// Service behind them an upstream. All of them share one pool, which a script fills and
// the controller's ConfigMap sizes; so the upstreams name a script, too.
func (y *yamlReader) routes(n *yaml.Node, p yamlPlace) {
	meta := valueOf(n, "metadata")
	notes := valueOf(meta, "annotations")
	protocol, ok := backendProtocol(notes)
	if !ok {
		return
	}
	namespace, ok := y.namespace(meta)
	if !ok {
		return
	}
	var upstreams, locations carrier.Phrase
	seen := map[string]bool{}
	for _, rule := range items(valueOf(valueOf(n, "spec"), "rules")) {
		for _, route := range items(valueOf(valueOf(rule, "http"), "paths")) {
			backend := valueOf(route, "backend")
			service := valueOf(backend, "service")
			name, okName := y.plainWord(valueOf(service, "name"), valueOf(backend, "serviceName"))
			port, okPort := y.plainWord(valueOf(valueOf(service, "port"), "number", "name"), valueOf(backend, "servicePort"))
			if !okName || !okPort || port.String() == awsAction {
				continue
			}
			pool := name.String() + "-" + port.String()
			if !seen[pool] {
				seen[pool] = true
				upstreams = append(upstreams, carrier.Glue("upstream "+pool+" {\n    server ")...)
				upstreams = append(upstreams, name...)
				upstreams = append(upstreams, carrier.Glue("."+namespace+".svc.cluster.local:")...)
				upstreams = append(upstreams, port...)
				upstreams = append(upstreams, carrier.Glue(";\n")...)
				if by, ok := y.quotedWord(valueOf(notes, ingressPrefix+"upstream-hash-by")); ok {
					upstreams = append(upstreams, carrier.Glue("    hash ")...)
					upstreams = append(upstreams, by...)
					upstreams = append(upstreams, carrier.Glue(" consistent;\n")...)
				}
				upstreams = append(upstreams, carrier.Glue("    balancer_by_lua_file ingress-nginx;\n}\n")...)
			}
			where, ok := y.routePath(route, notes)
			if at := " " + where.String(); !ok || seen[at] {
				continue // one path of one host stands for those of all
			} else {
				seen[at] = true
			}
			locations = append(locations, carrier.Glue("    location ")...)
			locations = append(locations, where...)
			locations = append(locations, carrier.Glue(" {\n        "+protocol.pass)...)
			locations = append(locations, name...)
			locations = append(locations, carrier.Glue("-"+port.String()+";\n"+protocol.headers)...)
			locations = append(locations, y.routeSettings(notes, protocol.keys)...)
			locations = append(locations, carrier.Glue("    }\n")...)
		}
	}
	y.asHTTP(n, p, "routes of ingress-nginx", ingressLock, upstreams, locations)
}

// asHTTP puts upstreams, and the locations of a server, into a text of the context http
// that no patch writes into.
func (y *yamlReader) asHTTP(n *yaml.Node, p yamlPlace, label, lock string, upstreams, locations carrier.Phrase) {
	if len(upstreams) == 0 && len(locations) == 0 {
		return
	}
	d := y.Start(detect.Nginx, y.at(p, n), label)
	d.Context = "http"
	y.locks[d] = lock
	if len(locations) > 0 {
		upstreams = append(upstreams, carrier.Glue("server {\n")...)
		upstreams = append(upstreams, locations...)
		upstreams = append(upstreams, carrier.Glue("}\n")...)
	}
	d.Append(upstreams, source.Encoding{Escape: carrier.Bare})
}

// namespace is that of an object. It is not ok if a template decides it.
func (y *yamlReader) namespace(meta *yaml.Node) (string, bool) {
	v := valueOf(meta, "namespace")
	if v == nil {
		return "default", true
	}
	name := y.word(v)
	return name, isWord(name)
}

// backendProtocol is what the annotations of an Ingress say of its backends. It is not
// ok if they are not those of ingress-nginx.
func backendProtocol(notes *yaml.Node) (p routeProtocol, ok bool) {
	known := false
	all := mapping(notes)
	name := "HTTP"
	for i := 0; i+1 < len(all); i += 2 {
		key := all[i].Value
		known = known || strings.HasPrefix(key, ingressPrefix)
		if strings.HasPrefix(key, "nginx.org/") {
			return p, false
		}
		if key == ingressPrefix+"backend-protocol" {
			name = strings.ToUpper(strings.TrimSpace(all[i+1].Value))
		}
	}
	p, ok = routeProtocols[name]
	return p, ok && known
}

// routePath is what a location of a path is written with: paths of an Ingress whose
// paths are expressions are all of them, from the start of the path on and in any case.
func (y *yamlReader) routePath(route, notes *yaml.Node) (carrier.Phrase, bool) {
	at := valueOf(route, "path")
	if wordOf(notes, ingressPrefix+"use-regex") != "true" && valueOf(notes, ingressPrefix+"rewrite-target") == nil {
		text, ok := y.plainWord(at)
		if ok && wordOf(route, "pathType") == "Exact" {
			text = append(carrier.Glue("= "), text...)
		}
		return text, ok
	}
	s, ok := y.doc.scalar(at)
	if !ok || !isQuotable(s.text.String()) {
		return nil, false
	}
	text := append(carrier.Glue("~* \"^"), s.text...)
	return append(text, carrier.Glue("\"")...), true
}

// routeSettings writes the directives of a location.
func (y *yamlReader) routeSettings(notes *yaml.Node, keys []routeKey) carrier.Phrase {
	var out carrier.Phrase
	for _, k := range keys {
		value, unit := carrier.Glue(k.standard), k.unit
		if v := valueOf(notes, ingressPrefix+k.annotation); v != nil {
			s, ok := y.doc.scalar(v)
			switch {
			case !ok || !isWord(s.text.String()):
				value, unit = carrier.Glue(string(source.Unknown)), ""
			case unit != "" && !carrier.IsNumber(s.text.String()):
				value, unit = s.text, ""
			default:
				value = s.text
			}
		}
		if len(value) == 0 {
			continue
		}
		out = append(out, carrier.Glue("        "+k.directive+" ")...)
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

// quotedWord reads a text that may stand in quotes in a directive, with the quotes.
func (y *yamlReader) quotedWord(n *yaml.Node) (carrier.Phrase, bool) {
	s, ok := y.doc.scalar(n)
	if !ok || !isQuotable(s.text.String()) {
		return nil, false
	}
	text := append(carrier.Glue("\""), s.text...)
	return append(text, carrier.Glue("\"")...), true
}

// isQuotable reports whether a text may stand between quotes as it is.
func isQuotable(text string) bool {
	return text != "" && !carrier.HoldsTag(text) && !strings.ContainsAny(text, "\"\n") && !strings.HasSuffix(text, "\\")
}
