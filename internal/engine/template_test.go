package engine_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

// TestTemplatedPool looks for what a chart's pool is worth whose size stands in the
// values: nginx before 1.29.7 knows no pool of none.
func TestTemplatedPool(t *testing.T) {
	t.Parallel()
	const chart = `apiVersion: v1
kind: ConfigMap
metadata:
  name: edge
data:
  app.conf: |
    upstream shop {
      server {{ .Values.backend }}:9000;
      SIZE
    }
    server {
      listen 8080;
      location / {
        proxy_set_header Host $host;
        proxy_pass http://shop;
      }
    }
`
	for _, tt := range []struct {
		size string
		want bool
	}{
		{"keepalive {{ .Values.pool.size }};", true},
		{"keepalive 16;", true},
		{"{{- if .Values.pool }}\n      keepalive {{ .Values.pool.size }};\n      {{- end }}", false},
		{"keepalive {{ .Values.pool.size }};\n      ip_hash;", false},
	} {
		findings := checked(t, map[string]string{"templates/edge.yaml": strings.Replace(chart, "SIZE", tt.size, 1)})
		found := false
		for _, f := range findings {
			found = found || f.Rule.ID == "nginx-proxy-http10"
		}
		if found != tt.want {
			t.Errorf("%s: requests that open connections are found: %v", tt.size, found)
		}
	}
}

// TestLoopFixed adds a pool to upstreams whose servers a template writes in a loop: once,
// behind the loop, as nginx refuses a second keepalive.
func TestLoopFixed(t *testing.T) {
	t.Parallel()
	const site = `server {
    listen 80;
    location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_pass http://shop;
    }
}
`
	for name, tt := range map[string]struct{ file, upstream, want string }{
		"Jinja": {
			"shop.conf.j2",
			"upstream shop {\n{% for a in shop_servers %}\n    server 10.0.0.{{ a }}:9000;\n{% endfor %}\n}\n",
			"upstream shop {\n{% for a in shop_servers %}\n    server 10.0.0.{{ a }}:9000;\n{% endfor %}\n    keepalive 32;\n    keepalive_timeout 1s;\n}\n",
		},
		"Go, a condition in a loop": {
			"shop.conf.tmpl",
			"upstream shop {\n    {{ range .Shop }}\n    {{ if .Up }}\n    server 10.0.0.7:{{ .Port }};\n    {{ end }}\n    {{ end }}\n}\n",
			"upstream shop {\n    {{ range .Shop }}\n    {{ if .Up }}\n    server 10.0.0.7:{{ .Port }};\n    {{ end }}\n    {{ end }}\n    keepalive 32;\n    keepalive_timeout 1s;\n}\n",
		},
		"a condition": {
			"shop.conf.j2",
			"upstream shop {\n    server 10.0.0.7:9000;\n    {% if spare %}\n    server 10.0.0.8:9000 backup;\n    {% endif %}\n}\n",
			"upstream shop {\n    server 10.0.0.7:9000;\n    {% if spare %}\n    server 10.0.0.8:9000 backup;\n    {% endif %}\n    keepalive 32;\n    keepalive_timeout 1s;\n}\n",
		},
		"all on a line": {
			"shop.conf.j2",
			"upstream shop { {% for a in shop_servers %}server 10.0.0.{{ a }}:9000; {% endfor %} }\n",
			"upstream shop { {% for a in shop_servers %}server 10.0.0.{{ a }}:9000; {% endfor %} keepalive 32; keepalive_timeout 1s; }\n",
		},
		"a loop around the block": {
			"shop.conf.j2",
			"{% for s in [1] %}\nupstream shop {\n    server 10.0.0.7:9000;\n}\n{% endfor %}\n",
			"{% for s in [1] %}\nupstream shop {\n    server 10.0.0.7:9000;\n    keepalive 32;\n    keepalive_timeout 1s;\n}\n{% endfor %}\n",
		},
	} {
		if got := fixed(t, tt.file, tt.upstream+site); got != tt.want+site {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

// TestLoopOfHeaders repeats what a location loses behind the loop that writes its own
// headers.
func TestLoopOfHeaders(t *testing.T) {
	t.Parallel()
	const text = `server {
    listen 80;
    proxy_set_header Host $host;
    location / {
        proxy_pass http://10.0.0.7:9000;
    }
    location /shop/ {
        proxy_set_header X-Shop 1;
        {% for h in shop_headers %}
        proxy_set_header X-Tag shop;
        {% endfor %}
        proxy_pass http://10.0.0.7:9000;
    }
}
`
	want := strings.Replace(text, "        {% endfor %}\n", "        {% endfor %}\n        proxy_set_header Host $host;\n", 1)
	if got := fixed(t, "shop.conf.j2", text); got != want {
		t.Errorf("the header that is lost:\n%s", got)
	}
}

// fixed is a file after all fixes.
func fixed(t *testing.T, name, text string) string {
	t.Helper()
	ws, err := workspace.Open(workspace.Memory(map[string]string{name: text}), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := engine.Fix(t.Context(), ws, engine.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Changes {
		return c.New.Text
	}
	return text
}

// TestTemplateOfYAML reads YAML whose name tells only that it is a template.
func TestTemplateOfYAML(t *testing.T) {
	t.Parallel()
	const site = "upstream shop {\n  server 10.0.0.7:9000;\n}\nserver {\n  listen 80;\n  location / {\n    proxy_pass http://shop;\n  }\n}\n"
	in := func(indent string) string {
		return strings.ReplaceAll(indent+strings.TrimSuffix(site, "\n"), "\n", "\n"+indent) + "\n"
	}
	for name, text := range map[string]string{
		"templates/edge.tpl": "{{/*\nThe edge of {{ the shop }}\n*/}}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-edge\ndata:\n  edge.conf: |\n" + in("    "),
		"user-data.tftpl":    "#cloud-config\nwrite_files:\n  - path: /etc/nginx/conf.d/shop.conf\n    content: |\n" + in("      "),
		"compose.tmpl":       "services:\n  edge:\n    image: nginx:{{ .Tag }}\nconfigs:\n  edge:\n    content: |\n" + in("      "),
		"edge.j2":            "{% if edge %}\n- hosts: edge\n  tasks:\n    - copy:\n        dest: /etc/nginx/conf.d/shop.conf\n        content: |\n" + in("          ") + "{% endif %}\n",
	} {
		findings := checked(t, map[string]string{name: text})
		pools := false
		for _, f := range findings {
			pools = pools || f.Rule.ID == "nginx-upstream-no-keepalive"
			if strings.HasPrefix(f.Rule.ID, "nginx-unknown") || f.Rule.ID == "nginx-syntax" {
				t.Errorf("%s is taken for configuration: %s", name, f.Msg)
			}
		}
		if !pools {
			t.Errorf("%s: the upstream in it is not found", name)
		}
	}
}

// TestServiceOfACluster tells a Service, whose address stays, from a container's name,
// which nginx looks up once.
func TestServiceOfACluster(t *testing.T) {
	t.Parallel()
	const site = "    server {\n      listen 80;\n      location / {\n        proxy_pass http://shop:9000;\n      }\n    }\n"
	for name, tt := range map[string]struct {
		text string
		want bool
	}{
		"edge.yaml":    {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge\ndata:\n  edge.conf: |\n" + site, false},
		"far.yaml":     {"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge\ndata:\n  edge.conf: |\n" + strings.Replace(site, "shop:", "shop.example.com:", 1), true},
		"compose.yaml": {"services:\n  edge:\n    image: nginx\nconfigs:\n  edge:\n   content: |\n" + site, true},
	} {
		findings := checked(t, map[string]string{name: tt.text})
		found := false
		for _, f := range findings {
			found = found || f.Rule.ID == "nginx-upstream-stale-dns"
		}
		if found != tt.want {
			t.Errorf("%s: the name goes stale: %v", name, found)
		}
	}
}

// TestValuesElsewhere looks for the value that a role, or a chart, has for a variable of
// its template, where other files of the repository say otherwise, or do not.
func TestValuesElsewhere(t *testing.T) {
	t.Parallel()
	const site = "server {\n  listen 80;\n  location / {\n    proxy_pass http://127.0.0.1:PORT;\n  }\n}\n"
	role := map[string]string{
		"roles/edge/templates/edge.conf.j2": strings.Replace(site, "PORT", "{{ edge_port }}", 1),
		"roles/edge/defaults/main.yml":      "edge_port: 9000\n",
		"roles/edge/tasks/main.yml":         "- template: {src: edge.conf.j2, dest: /etc/nginx/conf.d/edge.conf}\n",
	}
	chart := map[string]string{
		"edge/Chart.yaml":  "apiVersion: v2\nname: edge\nversion: 0.1.0\n",
		"edge/values.yaml": "shop:\n  port: 9000\n",
		"edge/templates/edge.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge\ndata:\n  edge.conf: |\n    " +
			strings.ReplaceAll(strings.TrimSuffix(strings.Replace(site, "PORT", "{{ .Values.shop.port }}", 1), "\n"), "\n", "\n    ") + "\n",
	}
	for name, tt := range map[string]struct {
		files       map[string]string
		other, text string
		known       bool
	}{
		"a role alone":                 {role, "README.md", "edge_port: 1\n", true},
		"a group, deep down":           {role, "playbooks/inventories/prod/group_vars/web/nginx.yml", "edge_port: 9001\n", false},
		"a group of another inventory": {role, "deploy/eu/group_vars/web.yml", "edge_port: 9001\n", false},
		"a group that says the same":   {role, "deploy/eu/group_vars/web.yml", "edge_port: 9000\n", true},
		"a command":                    {role, "Makefile", "deploy:\n\tansible-playbook site.yml -e edge_port=9001\n", false},
		"variables in any folder":      {role, "config/prod.yml", "edge_port: 9001\n", false},
		"a playbook, deep down":        {role, "ansible/plays/prod/site.yml", "- hosts: all\n  roles:\n    - {role: edge, edge_port: 9001}\n", false},
		"a task, deep down":            {role, "roles/edge/tasks/a/b/c/set.yml", "- set_fact: {edge_port: 9001}\n", false},
		"a pipeline":                   {role, ".github/workflows/deploy.yml", "jobs:\n  a:\n    steps:\n    - run: ansible-playbook site.yml -e edge_port=9001\n", false},
		"a pipeline of GitLab":         {role, ".gitlab-ci.yml", "a:\n  script:\n  - ansible-playbook site.yml --extra-vars \"edge_port=9001\"\n", false},
		"an inventory of any name":     {role, "prod/hosts", "[web]\na edge_port=9001\n", false},
		"what a test sets":             {role, "molecule/default/converge.yml", "- hosts: all\n  vars: {edge_port: 9001}\n", true},
		"a chart alone":                {chart, "shop/values.txt", "shop: {port: 1}\n", true},
		"a release of helmfile":        {chart, "helmfile.yaml", "releases:\n- name: a\n  chart: ./edge\n  values:\n  - shop:\n      port: 9001\n", false},
		"a release of another chart":   {chart, "helmfile.yaml", "releases:\n- name: a\n  chart: ./shop\n  values:\n  - shop:\n      port: 9001\n", true},
		"a parameter of Argo CD":       {chart, "apps/prod/edge.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    path: edge\n    helm:\n      parameters:\n      - name: shop.port\n        value: \"9001\"\n", false},
		"a workflow":                   {chart, ".github/workflows/deploy.yml", "jobs:\n  a:\n    steps:\n    - run: helm upgrade edge ./edge --set shop.port=9001\n", false},
		"a chart that it is a part of": {chart, "all/values.yaml", "front:\n  shop:\n    port: 9001\n", false},
	} {
		files := map[string]string{tt.other: tt.text}
		maps.Copy(files, tt.files)
		if tt.other == "all/values.yaml" {
			files["all/Chart.yaml"] = "apiVersion: v2\nname: all\nversion: 0.1.0\ndependencies:\n- name: edge\n  alias: front\n"
		}
		findings := checked(t, files)
		known := false
		for _, f := range findings {
			known = known || strings.Contains(f.Msg, "127.0.0.1:9000")
		}
		if known != tt.known {
			t.Errorf("%s: the port is known: %v", name, known)
		}
	}
}

// TestServersAtRunTime says nothing of an upstream of NGINX Plus that gets its servers
// from elsewhere, where they may be sockets.
func TestServersAtRunTime(t *testing.T) {
	t.Parallel()
	const text = "upstream shop {\n    zone shop 64k;\n    state /var/lib/nginx/state/shop.conf;\n}\nserver {\n    location / {\n        proxy_pass http://shop;\n    }\n}\n"
	findings := checked(t, map[string]string{"shop.conf": text})
	for _, f := range findings {
		if f.Rule.ID == "nginx-upstream-no-keepalive" {
			t.Errorf("found: %s", f.Msg)
		}
	}
}
