package detect

import (
	"testing"

	"github.com/tcplint/tcplint/parser/template"
)

func TestEngineOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, text   string
		engine       template.Engine
		placeholders template.Placeholders
	}{
		{"a.conf.j2", "{{ if }}", template.Jinja, template.CertainPlaceholders},
		{"a.conf.liquid", "", template.Jinja, template.CertainPlaceholders},
		{"a.erb", "{{ a }}", template.ERB, template.CertainPlaceholders},
		{"a.epp", "", template.ERB, template.CertainPlaceholders},
		{"a.ctmpl", "{{ a }}", template.Go, template.CertainPlaceholders},
		{"a.gotmpl", "", template.Go, template.CertainPlaceholders},
		{"a.hbs", "{{ .A }}", template.Handlebars, template.CertainPlaceholders},
		{"a.conf", "{% if a %}{{ .B }}{% endif %}", template.Jinja, template.CertainPlaceholders},
		{"a.conf", "<% if a %>{% b %}<% end %>", template.ERB, template.CertainPlaceholders},
		{"a.conf", "a {{ b }};", template.Jinja, template.CertainPlaceholders},
		{"a.conf", "a {{ .B }};", template.Go, template.CertainPlaceholders},
		{"a.conf", "{{ range x }}{{ end }}", template.Go, template.CertainPlaceholders},
		{"a.conf", "{{- $x }}", template.Go, template.CertainPlaceholders},
		{"a.conf", "{{#if a}}b;{{/if}}", template.Handlebars, template.CertainPlaceholders},
		{"a.conf", "a {{ b;", template.None, template.CertainPlaceholders},
		{"a.conf", "a <% b;", template.None, template.CertainPlaceholders},
		{"a.tpl", "a %b%;", template.None, template.AllPlaceholders},
		{"a.template", "a {{ b }} ${C};", template.Jinja, template.AllPlaceholders},
		{"a.tmpl", "a {{ .B }};", template.Go, template.AllPlaceholders},
	}
	for _, tt := range tests {
		if engine, placeholders := EngineOf(tt.path, tt.text); engine != tt.engine || placeholders != tt.placeholders {
			t.Errorf("EngineOf(%q, %q) = %v, %v; want %v, %v", tt.path, tt.text, engine, placeholders, tt.engine, tt.placeholders)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, text string
		kind       Kind
		template   bool
	}{
		{"a.conf.j2", "server { listen {{ a }}; }\n", Nginx, true},
		{"sysctl.conf.j2", "vm.swappiness = {{ a }}\n", Sysctl, true},
		{"kernel.conf.j2", "vm.swappiness = {{ a }}\nnet.core.somaxconn = 1\n", Sysctl, true},
		{"a.conf.j2", "server { listen 80; }\n", Nginx, false},
		{"a.conf.template", "server { listen __PORT__; }\n", Nginx, true},
		{"a.conf.template", "server { server_name <DOMAIN>; listen 80; }\n", Nginx, true},
		{"a.conf.template", "set $MY 1;\nserver { root $MY; }\n# ${PORT}\n", Nginx, false},
		{"a.conf", "server { listen 80; server_name ${NAME}; }\n", Nginx, true},
		{"a.conf", "server { listen 80; root $HOME; }\n", Nginx, false},
		{"a.yaml.j2", "a: {{ b }}\n", None, false},
	}
	for _, tt := range tests {
		if kind, language := Masked(tt.path, tt.text); kind != tt.kind || (language != "") != tt.template {
			t.Errorf("Masked(%q, %q) = %v, %q; want %v, template %v", tt.path, tt.text, kind, language, tt.kind, tt.template)
		}
	}
}
