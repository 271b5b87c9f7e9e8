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
		placeholders bool
	}{
		{"a.conf.j2", "{{ if }}", template.Jinja, false},
		{"a.conf.liquid", "", template.Jinja, false},
		{"a.erb", "{{ a }}", template.ERB, false},
		{"a.epp", "", template.ERB, false},
		{"a.ctmpl", "{{ a }}", template.Go, false},
		{"a.gotmpl", "", template.Go, false},
		{"a.hbs", "{{ .A }}", template.Handlebars, false},
		{"a.conf", "{% if a %}{{ .B }}{% endif %}", template.Jinja, false},
		{"a.conf", "<% if a %>{% b %}<% end %>", template.ERB, false},
		{"a.conf", "a {{ b }};", template.Jinja, false},
		{"a.conf", "a {{ .B }};", template.Go, false},
		{"a.conf", "{{ range x }}{{ end }}", template.Go, false},
		{"a.conf", "{{- $x }}", template.Go, false},
		{"a.conf", "{{#if a}}b;{{/if}}", template.Handlebars, false},
		{"a.conf", "a {{ b;", template.None, false},
		{"a.conf", "a <% b;", template.None, false},
		{"a.tpl", "a %b%;", template.None, true},
		{"a.template", "a {{ b }} ${C};", template.Jinja, true},
		{"a.tmpl", "a {{ .B }};", template.Go, true},
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
		{"a.yaml.j2", "a: {{ b }}\n", None, false},
	}
	for _, tt := range tests {
		if kind, language := Masked(tt.path, tt.text); kind != tt.kind || (language != "") != tt.template {
			t.Errorf("Masked(%q, %q) = %v, %q; want %v, template %v", tt.path, tt.text, kind, language, tt.kind, tt.template)
		}
	}
}
