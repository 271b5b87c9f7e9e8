package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// policyLock says why no patch writes into a policy.
const policyLock = "these are fields of a policy of NGINX Gateway Fabric, not directives"

// policyField leads from a policy to a value, and says what is written around it.
type policyField struct {
	path          []string
	before, after string
}

// upstreamPolicy are the fields of an UpstreamSettingsPolicy, which are directives of
// the upstream of each Service that it targets; clientPolicy those of a
// ClientSettingsPolicy, proxyPolicy those of a ProxySettingsPolicy, of the context http
// or below (docs.nginx.com/nginx-gateway-fabric/reference/api).
var (
	upstreamPolicy = []policyField{
		{[]string{"keepAlive", "connections"}, "    keepalive ", ";\n"},
		{[]string{"keepAlive", "requests"}, "    keepalive_requests ", ";\n"},
		{[]string{"keepAlive", "time"}, "    keepalive_time ", ";\n"},
		{[]string{"keepAlive", "timeout"}, "    keepalive_timeout ", ";\n"},
	}
	clientPolicy = []policyField{
		{[]string{"body", "timeout"}, "client_body_timeout ", ";\n"},
		{[]string{"keepAlive", "requests"}, "keepalive_requests ", ";\n"},
		{[]string{"keepAlive", "time"}, "keepalive_time ", ";\n"},
		{[]string{"keepAlive", "timeout", "server"}, "keepalive_timeout ", ";\n"},
	}
	proxyPolicy = []policyField{
		{[]string{"timeout", "connect"}, "proxy_connect_timeout ", ";\n"},
		{[]string{"timeout", "read"}, "proxy_read_timeout ", ";\n"},
		{[]string{"timeout", "send"}, "proxy_send_timeout ", ";\n"},
	}
)

// policy reads a policy of NGINX Gateway Fabric. The port of a Service stands in routes,
// not in the policy: "*" stands for any.
//
//	kind: UpstreamSettingsPolicy
//	spec:
//	  targetRefs: [{kind: Service, name: api}]
//	  keepAlive: {connections: 32, timeout: 75s}
func (y *yamlReader) policy(n *yaml.Node, p yamlPlace) {
	if !strings.HasPrefix(wordOf(n, "apiVersion"), "gateway.nginx.org/") {
		return
	}
	spec := valueOf(n, "spec")
	var text carrier.Phrase
	switch wordOf(n, "kind") {
	case "UpstreamSettingsPolicy":
		namespace, ok := y.namespace(valueOf(n, "metadata"))
		settings := y.fields(spec, upstreamPolicy)
		if valueOf(valueOf(spec, "keepAlive"), "connections") == nil {
			settings = append(carrier.Glue("    keepalive "+string(source.Unknown)+";\n"), settings...)
		}
		for _, target := range items(valueOf(spec, "targetRefs")) {
			name, plain := y.plainWord(valueOf(target, "name"))
			if !ok || !plain || wordOf(target, "kind") != "Service" {
				continue
			}
			text = append(text, carrier.Glue("upstream ")...)
			text = append(text, name...)
			text = append(text, carrier.Glue(" {\n    server "+name.String()+"."+namespace+".svc.cluster.local:*;\n")...)
			text = append(text, settings...)
			text = append(text, carrier.Glue("}\nserver {\n    location / {\n        proxy_pass http://")...)
			text = append(text, name...)
			text = append(text, carrier.Glue(";\n        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n        proxy_set_header Host $host;\n    }\n}\n")...)
		}
	case "ClientSettingsPolicy":
		text = y.fields(spec, clientPolicy)
	case "ProxySettingsPolicy":
		text = y.fields(spec, proxyPolicy)
		switch wordOf(valueOf(spec, "buffering"), "disable") {
		case "true":
			text = append(text, carrier.Glue("proxy_buffering off;\n")...)
		case "false":
			text = append(text, carrier.Glue("proxy_buffering on;\n")...)
		}
	default:
		return
	}
	if len(text) == 0 {
		return
	}
	d := y.Start(detect.Nginx, y.at(p, n), "fields of a policy")
	d.Context = "http"
	y.locks[d] = policyLock
	d.Append(text, source.Encoding{Escape: carrier.Bare})
}

// fields writes those of some fields that are there.
func (y *yamlReader) fields(spec *yaml.Node, fields []policyField) carrier.Phrase {
	var out carrier.Phrase
	for _, f := range fields {
		n := spec
		for _, key := range f.path {
			n = valueOf(n, key)
		}
		out = append(out, y.argument(f.before, n, f.after)...)
	}
	return out
}
