package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/workspace"
)

// effects are what the keys of a configuration file change: a text that what is found,
// or shown, has with a configuration and has not without a line of it, or the other way
// round.
var effects = map[string]struct {
	config string
	// line is the key's own; empty if it is all of the configuration.
	line string
	// comes and goes are what is there only with it, and only without it.
	comes, goes string
}{
	"fail-on":                  {config: "fail-on = \"error\"\n[rules]\nsysctl-tcp-tw-recycle = \"off\"", line: "fail-on = \"error\"\n", goes: "fails"},
	"root":                     {config: `root = "deploy"`, comes: "deploy/etc/nginx/snippets/tcp.conf:1"},
	"baseline":                 {config: `baseline = "known.json"`, goes: "sysctl.d/a.conf:1 error [sysctl-tcp-tw-recycle]"},
	"target.nginx":             {config: "[target]\n" + `nginx = "1.31.0"`, goes: "[nginx-proxy-http10]"},
	"target.kernel":            {config: "[target]\n" + `kernel = "4.19"`, goes: "sysctl.d/a.conf:2 warning [sysctl-removed-key]"},
	"target.container":         {config: "[target]\n" + `container = "docker"`, comes: "[sysctl-not-namespaced]"},
	"target.loader":            {config: "[target]\n" + `loader = "procps"`, goes: "[sysctl-loader-order]"},
	"files.include":            {config: "[files]\n" + `include = ["odd.txt"]`, comes: "odd.txt:1"},
	"files.exclude":            {config: "[files]\n" + `exclude = ["sysctl.d/a.conf"]`, goes: "sysctl.d/a.conf"},
	"host.name":                {config: "[[host]]\nname = \"edge\"\nnginx = [\"nginx.conf\"]\nsysctl = [\"gone/*.sysctl\"]", line: "name = \"edge\"\n", comes: `host "edge"`},
	"host.nginx":               {config: "[[host]]\nnginx = [\"nginx.conf\"]\nsysctl = [\"far/*.sysctl\"]", comes: "[host-backlog-capped]"},
	"host.sysctl":              {config: "[[host]]\nnginx = [\"nginx.conf\"]\nsysctl = [\"far/*.sysctl\"]", comes: "[host-backlog-capped]"},
	"sse.locations":            {config: "[sse]\n" + `locations = ["/api"]`, comes: "[nginx-sse-read-timeout]"},
	"upstream.backend":         {config: "[upstream.app]\n" + `backend = "node"`, comes: "[nginx-keepalive-timeout-race]"},
	"upstream.families":        {config: "[upstream.app]\n" + `families = ["ipv4"]`, comes: "listens on ipv4 only"},
	"rules":                    {config: "[rules]\n" + `"sysctl-tcp-tw-*" = "info"`, comes: "sysctl.d/a.conf:1 info [sysctl-tcp-tw-recycle]"},
	"ignore.paths":             {config: "[[ignore]]\npaths = [\"sysctl.d/\"]\nreason = \"old\"", goes: "[sysctl-tcp-tw-recycle]"},
	"ignore.rules":             {config: "[[ignore]]\npaths = [\"sysctl.d/\"]\nreason = \"old\"\nrules = [\"sysctl-tcp-*\"]\n", line: "rules = [\"sysctl-tcp-*\"]\n", comes: "sysctl.d/a.conf:2 warning [sysctl-removed-key]"},
	"ignore.reason":            {config: "[[ignore]]\npaths = [\"sysctl.d/\"]\nreason = \"old\"", comes: "left out: old"},
	"upstream.max_connections": {config: "[upstream.app]\nmax_connections = 16", comes: "takes 16 (max_connections)"},
	"upstream.max_children":    {config: "[upstream.app]\nmax_children = 4", comes: "takes 4 (max_children)"},
	"upstream.max_requests":    {config: "[upstream.app]\nmax_requests = 10", comes: "with answer 10"},
	"upstream.idle_timeout":    {config: "[upstream.app]\nidle_timeout = \"5s\"", comes: "closes them after 5s"},
}

// TestEffects holds every key of a configuration file against what it is for: one that
// is only read does not pass.
func TestEffects(t *testing.T) {
	t.Parallel()
	keys := config.Keys()
	for _, key := range keys {
		if _, ok := effects[key]; !ok {
			t.Errorf("nothing shows the effect of %s", key)
		}
	}
	for key, x := range effects {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			if !slices.Contains(keys, key) {
				t.Fatal("there is no such key")
			}
			without := ""
			if x.line != "" {
				without = strings.Replace(x.config, x.line, "", 1)
			}
			with, less := told(t, x.config), told(t, without)
			if x.comes != "" && (!strings.Contains(with, x.comes) || strings.Contains(less, x.comes)) {
				t.Errorf("%q does not come with it\nwith:\n%s\nwithout:\n%s", x.comes, with, less)
			}
			if x.goes != "" && (strings.Contains(with, x.goes) || !strings.Contains(less, x.goes)) {
				t.Errorf("%q does not go with it\nwith:\n%s\nwithout:\n%s", x.goes, with, less)
			}
		})
	}
}

// told is all that is found and shown in a repository with a configuration.
func told(t *testing.T, text string) string {
	t.Helper()
	files := map[string]string{
		".gitignore":      "odd.txt\n",
		"box/sysctl.conf": "net.ipv4.tcp_rmem = 8192 262144 16777216\nnet.ipv4.tcp_rmem = 4096 87380\n",
		".git/HEAD":       "",
		config.Name:       text,
		"sysctl.d/a.conf": "net.ipv4.tcp_tw_recycle = 1\nnet.ipv4.tcp_adv_win_scale = 1\nnet.core.netdev_max_backlog = 5000\n",

		"far/x.sysctl":                       "net.core.somaxconn = 64\n",
		"odd.txt":                            "net.ipv4.tcp_timestamps = 0\nnet.ipv4.tcp_sack = 0\n",
		"deploy/etc/nginx/snippets/tcp.conf": "proxy_read_timeout 0;\n",
		"other/nginx.conf":                   "events {}\nhttp { include /etc/nginx/snippets/tcp.conf; server { listen 81; location / { proxy_pass http://10.0.0.1; } } }\n",
		"nginx.conf": `events {}
http {
    upstream app { server localhost:8080; keepalive 64; }
    server {
        listen 80;
        location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /old { proxy_pass http://app; }
        location /api/ { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
}
`,
	}
	open := func() *workspace.Workspace {
		ws, err := workspace.Open(workspace.Memory(files), workspace.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return ws
	}
	known, _, err := NewBaseline(t.Context(), open(), "known.json", Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := known.Encode()
	if err != nil {
		t.Fatal(err)
	}
	files["known.json"] = string(data)
	ws := open()
	res, err := Check(t.Context(), ws, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range res.Findings {
		f := &res.Findings[i]
		line := f.At.File.Line(f.At.Span.Start)
		fmt.Fprintf(&b, "%s:%d %s [%s] %s\n", f.At.File.Path, line, f.Severity, f.Rule.ID, f.Msg)
	}
	for _, s := range res.Suppressed {
		fmt.Fprintf(&b, "left out: %s\n", s.Reason)
	}
	for _, m := range res.Messages {
		fmt.Fprintln(&b, m.Text)
	}
	if res.Fails {
		b.WriteString("fails\n")
	}
	for _, h := range Show(ws) {
		shown, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", shown)
	}
	return b.String()
}
