package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// virtualLock says why no patch writes into a VirtualServer.
const virtualLock = "these are fields of a VirtualServer, not directives"

// virtualField is a field of an upstream of a VirtualServer that is a directive of the
// locations that pass to it.
type virtualField struct{ field, directive string }

// virtualFields are the fields whose values are those of the directive
// (docs.nginx.com/nginx-ingress-controller/configuration/virtualserver-and-virtualserverroute-resources,
// internal/configs/version2/nginx.virtualserver.tmpl).
var virtualFields = []virtualField{
	{"connect-timeout", "connect_timeout"},
	{"read-timeout", "read_timeout"},
	{"send-timeout", "send_timeout"},
	{"next-upstream", "next_upstream"},
	{"next-upstream-timeout", "next_upstream_timeout"},
	{"next-upstream-tries", "next_upstream_tries"},
}

// virtualServer reads a VirtualServer, or a VirtualServerRoute, of F5's controller: its
// upstreams, and each path that leads to one of them.
//
//	upstreams:
//	  - name: api
//	    service: api-svc
//	    port: 80
//	    keepalive: 32
//
// Where the field keepalive is missing, the controller's ConfigMap decides, which
// nobody sees here.
func (y *yamlReader) virtualServer(n *yaml.Node, p yamlPlace) {
	if !strings.HasPrefix(wordOf(n, "apiVersion"), "k8s.nginx.org/") {
		return
	}
	namespace, ok := y.namespace(valueOf(n, "metadata"))
	if !ok {
		return
	}
	spec := valueOf(n, "spec")
	var upstreams, locations carrier.Phrase
	known := map[string]*yaml.Node{}
	for _, u := range items(valueOf(spec, "upstreams")) {
		name, okName := y.plainWord(valueOf(u, "name"))
		to, okService := y.plainWord(valueOf(u, "service"))
		port, okPort := y.plainWord(valueOf(u, "port"))
		if !okName || !okService || !okPort || known[name.String()] != nil {
			continue
		}
		known[name.String()] = u
		upstreams = append(upstreams, carrier.Glue("upstream ")...)
		upstreams = append(upstreams, name...)
		upstreams = append(upstreams, carrier.Glue(" {\n    server ")...)
		upstreams = append(upstreams, to...)
		upstreams = append(upstreams, carrier.Glue("."+namespace+".svc.cluster.local:")...)
		upstreams = append(upstreams, port...)
		for _, f := range []string{"max-fails", "fail-timeout", "max-conns"} {
			upstreams = append(upstreams, y.argument(" "+strings.ReplaceAll(f, "-", "_")+"=", valueOf(u, f), "")...)
		}
		upstreams = append(upstreams, carrier.Glue(";\n")...)
		upstreams = append(upstreams, y.argument("    ", valueOf(u, "lb-method"), ";\n")...)
		switch keep := valueOf(u, "keepalive"); {
		case keep == nil:
			upstreams = append(upstreams, carrier.Glue("    keepalive "+string(source.Unknown)+";\n")...)
		case keep.Value != "0":
			upstreams = append(upstreams, y.argument("    keepalive ", keep, ";\n")...)
		}
		upstreams = append(upstreams, carrier.Glue("}\n")...)
	}
	for _, r := range append(items(valueOf(spec, "routes")), items(valueOf(spec, "subroutes"))...) {
		action := valueOf(r, "action")
		target := valueOf(action, "pass")
		if target == nil {
			target = valueOf(valueOf(action, "proxy"), "upstream")
		}
		to, ok := y.plainWord(target)
		u := known[to.String()]
		path, fine := y.virtualPath(valueOf(r, "path"))
		if !ok || !fine || u == nil {
			continue
		}
		locations = append(locations, carrier.Glue("    location ")...)
		locations = append(locations, path...)
		locations = append(locations, carrier.Glue(" {\n        ")...)
		locations = append(locations, y.virtualPass(u, to)...)
		locations = append(locations, carrier.Glue("    }\n")...)
	}
	y.asHTTP(n, p, "fields of a VirtualServer", virtualLock, upstreams, locations)
}

// virtualPass writes what a location to an upstream holds.
func (y *yamlReader) virtualPass(u *yaml.Node, to carrier.Phrase) carrier.Phrase {
	protocol, scheme := "proxy", "http"
	if wordOf(u, "type") == "grpc" {
		protocol, scheme = "grpc", "grpc"
	}
	if wordOf(valueOf(u, "tls"), "enable") == "true" {
		scheme += "s"
	}
	out := append(carrier.Glue(protocol+"_pass "+scheme+"://"), to...)
	out = append(out, carrier.Glue(";\n")...)
	if protocol == "proxy" {
		connection := `""`
		if wordOf(u, "keepalive") == "0" {
			connection = "close"
		}
		out = append(out, carrier.Glue("        proxy_http_version 1.1;\n        proxy_set_header Connection "+connection+";\n        proxy_set_header Host $host;\n")...)
		switch b := valueOf(u, "buffering"); {
		case b == nil:
		case b.Value == "true":
			out = append(out, carrier.Glue("        proxy_buffering on;\n")...)
		case b.Value == "false":
			out = append(out, carrier.Glue("        proxy_buffering off;\n")...)
		default:
			out = append(out, carrier.Glue("        proxy_buffering "+string(source.Unknown)+";\n")...)
		}
	}
	for _, f := range virtualFields {
		out = append(out, y.argument("        "+protocol+"_"+f.directive+" ", valueOf(u, f.field), ";\n")...)
	}
	return out
}

// argument writes the value of a field between two texts; nothing if it is not there,
// something unknown if it is not plain.
func (y *yamlReader) argument(before string, n *yaml.Node, after string) carrier.Phrase {
	if n == nil {
		return nil
	}
	value := carrier.Glue(string(source.Unknown))
	if s, ok := y.doc.scalar(n); ok && isWord(s.text.String()) {
		value = s.text
	}
	out := append(carrier.Glue(before), value...)
	return append(out, carrier.Glue(after)...)
}

// virtualPath is the path of a route: a prefix, "=" and a path, or "~" and an expression.
func (y *yamlReader) virtualPath(n *yaml.Node) (carrier.Phrase, bool) {
	s, ok := y.doc.scalar(n)
	text := s.text.String()
	if !ok || !isQuotable(text) {
		return nil, false
	}
	for _, modifier := range []string{"~*", "~", "="} {
		if rest, found := strings.CutPrefix(text, modifier); found {
			skip := len(text) - len(strings.TrimLeft(rest, " "))
			out := append(carrier.Glue(modifier+" \""), s.text.Slice(skip, len(text))...)
			return append(out, carrier.Glue("\"")...), true
		}
	}
	return s.text, isWord(text) && !strings.Contains(text, " ")
}
