package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// ingressKeys are the keys of ingress-nginx that are directives of the context http
// under other names, with what is written around their values
// (rootfs/etc/nginx/template/nginx.tmpl).
var ingressKeys = map[string][2]string{
	"keep-alive":                  {"keepalive_timeout ", "s;\n"},
	"keep-alive-requests":         {"keepalive_requests ", ";\n"},
	"proxy-buffering":             {"proxy_buffering ", ";\n"},
	"proxy-request-buffering":     {"proxy_request_buffering ", ";\n"},
	"proxy-connect-timeout":       {"proxy_connect_timeout ", "s;\n"},
	"proxy-read-timeout":          {"proxy_read_timeout ", "s;\n"},
	"proxy-send-timeout":          {"proxy_send_timeout ", "s;\n"},
	"client-header-timeout":       {"client_header_timeout ", "s;\n"},
	"client-body-timeout":         {"client_body_timeout ", "s;\n"},
	"proxy-next-upstream":         {"proxy_next_upstream ", ";\n"},
	"proxy-next-upstream-tries":   {"proxy_next_upstream_tries ", ";\n"},
	"proxy-next-upstream-timeout": {"proxy_next_upstream_timeout ", ";\n"},
}

// ingressLock says why no patch writes into the keys of ingress-nginx.
const ingressLock = "these are keys of ingress-nginx, not directives"

// ingress reads the configuration of ingress-nginx, whose keys become nginx's directives:
// a text in which the values, and the key that sizes the pool, are those of the file.
func (y *yamlReader) ingress(n *yaml.Node, p yamlPlace) {
	content := mapping(n)
	var text carrier.Phrase
	var pool *yaml.Node
	for i := 0; i+1 < len(content); i += 2 {
		key, value := content[i], content[i+1]
		around, known := ingressKeys[key.Value]
		s, ok := y.doc.scalar(value)
		if !ok || !isWord(s.text.String()) {
			continue
		}
		if key.Value == "upstream-keepalive-connections" && s.text.String() == "0" {
			pool = key // then the template writes no keepalive line
		}
		if !known {
			continue
		}
		text = append(text, carrier.Glue(around[0])...)
		text = append(text, s.text...)
		text = append(text, carrier.Glue(around[1])...)
	}
	if pool != nil {
		if name, ok := y.doc.scalar(pool); ok {
			text = append(text, carrier.Glue("upstream ")...)
			text = append(text, name.text...)
			text = append(text, carrier.Glue(" {\n    server 0.0.0.1;\n}\nserver {\n    location / {\n        proxy_pass http://upstream-keepalive-connections;\n"+
				"        proxy_http_version 1.1;\n        proxy_set_header Connection \"\";\n        proxy_set_header Host $host;\n    }\n}\n")...)
		}
	}
	if len(text) == 0 {
		return
	}
	y.calls("the configuration of ingress-nginx")
	d := y.Start(detect.Nginx, y.at(p, n), "settings of ingress-nginx")
	d.Context = "http"
	y.locks[d] = ingressLock
	d.Append(text, source.Encoding{Escape: carrier.Bare})
}

// isWord reports whether a value may stand as a word, or some words, of a directive.
func isWord(text string) bool {
	return text != "" && !carrier.HoldsTag(text) && !strings.ContainsAny(text, ";{}\"'\\$#\n")
}

// isIngressConfig reports whether a ConfigMap is that of an ingress-nginx controller.
func isIngressConfig(n *yaml.Node) bool {
	meta := valueOf(n, "metadata")
	return detect.IsIngressNginx(wordOf(meta, "name"), wordOf(valueOf(meta, "labels"), "app.kubernetes.io/name"))
}
