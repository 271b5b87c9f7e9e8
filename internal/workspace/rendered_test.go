package workspace

import (
	"strings"
	"testing"
)

// TestTemplatesOfImage reads a main file with what the official image makes of templates
// for it, as far as it is known that it does and where.
func TestTemplatesOfImage(t *testing.T) {
	t.Parallel()
	const mounts = "    volumes:\n      - ./edge/nginx.conf:/etc/nginx/nginx.conf:ro\n      - ./edge/templates:/etc/nginx/templates\n"
	compose := func(image, more string) map[string]string {
		return map[string]string{"compose.yml": "services:\n  edge:\n    image: " + image + "\n" + more}
	}
	dockerfile := func(text string) map[string]string { return map[string]string{"edge/Dockerfile": text} }
	const template = "edge/templates/site.conf.template"
	tests := map[string]struct {
		files map[string]string
		want  string // the file that is read with the main one; empty if none is
	}{
		"compose":                 {compose("nginx:1.27-alpine", mounts), template},
		"unprivileged":            {compose("nginxinc/nginx-unprivileged:1.27", mounts), template},
		"a registry":              {compose("docker.io/library/nginx", mounts), template},
		"one file":                {compose("nginx", strings.Replace(mounts, "./edge/templates:/etc/nginx/templates", "./edge/templates/site.conf.template:/etc/nginx/templates/site.conf.template", 1)), template},
		"the whole folder":        {compose("nginx", "    volumes: ['./edge:/etc/nginx']\n"), template},
		"another command":         {compose("nginx", mounts+"    command: [nginx-debug, -g, daemon off;]\n"), template},
		"another folder":          {compose("nginx", strings.Replace(mounts, "/etc/nginx/templates", "/templates", 1)+"    environment:\n      NGINX_ENVSUBST_TEMPLATE_DIR: /templates\n"), template},
		"another suffix":          {compose("nginx", mounts+"    environment: [NGINX_ENVSUBST_TEMPLATE_SUFFIX=.tpl]\n"), "edge/templates/other.conf.tpl"},
		"a folder in its own":     {compose("nginx", mounts+"    environment: [NGINX_ENVSUBST_OUTPUT_DIR=/etc/nginx/conf.d/made]\n"), ""},
		"a variable nobody knows": {compose("nginx", mounts+"    environment: ['NGINX_ENVSUBST_OUTPUT_DIR=${OUT}']\n"), ""},
		"before it came":          {compose("nginx:1.18", mounts), ""},
		"another entry point":     {compose("nginx", mounts+"    entrypoint: [/start.sh]\n"), ""},
		"a shell":                 {compose("nginx", mounts+"    command: sh -c 'nginx -g \"daemon off;\"'\n"), ""},
		"another image":           {compose("openresty/openresty", mounts), ""},
		"not mounted":             {compose("nginx", "    volumes: ['./edge/nginx.conf:/etc/nginx/nginx.conf']\n"), ""},
		"a Dockerfile":            {dockerfile("FROM nginx:1.27\nCOPY nginx.conf /etc/nginx/\nCOPY templates /etc/nginx/templates\n"), template},
		"a Dockerfile from above": {dockerfile("FROM nginx:1.27\nCOPY edge/nginx.conf /etc/nginx/nginx.conf\nCOPY edge/templates/*.template /etc/nginx/templates/\n"), template},
		"ENV":                     {dockerfile("FROM nginx\nENV NGINX_ENVSUBST_TEMPLATE_SUFFIX=.tpl\nCOPY nginx.conf /etc/nginx/\nCOPY templates /etc/nginx/templates\n"), "edge/templates/other.conf.tpl"},
		"an entry point of its own": {
			dockerfile("FROM nginx\nCOPY nginx.conf /etc/nginx/\nCOPY templates /etc/nginx/templates\nENTRYPOINT [\"/start.sh\"]\n"), "",
		},
		"a stage of its own": {
			dockerfile("FROM node AS build\nCOPY . .\nFROM nginx\nCOPY nginx.conf /etc/nginx/\nCOPY --from=build /src/templates /etc/nginx/templates\n"), "",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{
				"srv/.git/HEAD":                     "",
				"srv/edge/nginx.conf":               "events {}\nhttp { include /etc/nginx/conf.d/*.conf; }\n",
				"srv/" + template:                   "server { listen ${PORT}; }\n",
				"srv/edge/templates/other.conf.tpl": "server { listen ${PORT}; }\n",
			}
			for p, text := range tt.files {
				files["srv/"+p] = text
			}
			ws, err := Open(Memory(files), Options{Dir: "srv", Paths: []string{"."}})
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, h := range ws.Hosts() {
				for _, f := range h.Files()[1:] {
					all = append(all, f.OnDisk().Path)
				}
			}
			if got := strings.Join(all, ""); got != tt.want {
				t.Errorf("the main file is read with %q; want %q", got, tt.want)
			}
		})
	}
}
