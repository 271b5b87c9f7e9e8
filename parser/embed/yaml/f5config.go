package yaml

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// f5Keys are the keys of F5's controller that are directives of the context http, which
// bear the same names with "_" in the place of "-"
// (docs.nginx.com/nginx-ingress-controller/configuration/global-configuration/configmap-resource).
var f5Keys = map[string]string{
	"proxy-connect-timeout":    "proxy_connect_timeout",
	"proxy-read-timeout":       "proxy_read_timeout",
	"proxy-send-timeout":       "proxy_send_timeout",
	"proxy-max-temp-file-size": "proxy_max_temp_file_size",
	"proxy-buffers":            "proxy_buffers",
	"proxy-buffer-size":        "proxy_buffer_size",
	"client-max-body-size":     "client_max_body_size",
	"keepalive-timeout":        "keepalive_timeout",
	"keepalive-requests":       "keepalive_requests",
}

// f5Value is a time, a size, or a number and a size: with any other value the controller
// logs an error and leaves the directive as it was.
var f5Value = lazyre.New(`^(\d+ )?\d+([kKmMgG]|(ms|[smhdwMy])(\d+(ms|[smhd]))*)?$`)

// f5Lock says why no patch writes into the keys of F5's controller.
const f5Lock = "these are keys of NGINX Ingress Controller, not directives"

// f5Config reads the configuration of F5's controller, whose keys become nginx's
// directives: a text in which the values are those of the file.
func (y *yamlReader) f5Config(n *yaml.Node, p yamlPlace) {
	content := mapping(n)
	var text carrier.Phrase
	for i := 0; i+1 < len(content); i += 2 {
		key, value := content[i], content[i+1]
		if key.Value == "proxy-buffering" {
			if on, err := strconv.ParseBool(value.Value); err == nil {
				word := map[bool]string{true: "on", false: "off"}[on]
				if name, ok := y.doc.scalar(key); ok { // findings stand behind the key
					text = append(text, carrier.Glue("# ")...)
					text = append(text, name.text...)
					text = append(text, carrier.Glue("\nproxy_buffering "+word+";\n")...)
				}
			}
			continue
		}
		directive, known := f5Keys[key.Value]
		s, ok := y.doc.scalar(value)
		if !known || !ok || !f5Value.MatchString(s.text.String()) {
			continue
		}
		text = append(text, carrier.Glue(directive+" ")...)
		text = append(text, s.text...)
		text = append(text, carrier.Glue(";\n")...)
	}
	if len(text) == 0 {
		return
	}
	y.calls("the configuration of NGINX Ingress Controller")
	d := y.Start(detect.Nginx, y.at(p, n), "settings of NGINX Ingress Controller")
	d.Context = "http"
	y.locks[d] = f5Lock
	d.Append(text, source.Encoding{Escape: carrier.Bare})
}

// isF5Config reports whether a ConfigMap is that of F5's controller.
func isF5Config(n *yaml.Node) bool {
	meta := valueOf(n, "metadata")
	return detect.IsF5Ingress(wordOf(meta, "name"), wordOf(meta, "namespace"), wordOf(valueOf(meta, "labels"), "app.kubernetes.io/name"))
}
