package template_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// TestExpression asks whether the two texts that a template puts between "«" and "»"
// are the same.
func TestExpression(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		engine     template.Engine
		same       bool
	}{
		{"one name", "upstream «{{ app }}» { } proxy_pass http://«{{ app }}»;", template.Jinja, true},
		{"written differently", "upstream «{{app}}» { } proxy_pass http://«{{- app -}}»;", template.Jinja, true},
		{"two names", "upstream «{{ app }}» { } proxy_pass http://«{{ api }}»;", template.Jinja, false},
		{"a field", "upstream «{{ site.name }}» { } proxy_pass http://«{{ site.name }}»;", template.Jinja, true},
		{"a default", "upstream «{{ app | default('a') }}» { } proxy_pass http://«{{ app | default('a') }}»;", template.Jinja, true},
		{"two defaults", "upstream «{{ app | default('a') }}» { } proxy_pass http://«{{ app | default('b') }}»;", template.Jinja, false},
		{"a default that is a name", "upstream «{{ app | default(other) }}» { } proxy_pass http://«{{ app | default(other) }}»;", template.Jinja, false},
		{"chance", "upstream «{{ apps | random }}» { } proxy_pass http://«{{ apps | random }}»;", template.Jinja, false},
		{"one loop", "{% for u in ups %} upstream «{{ u.name }}» { } proxy_pass http://«{{ u.name }}»; {% endfor %}", template.Jinja, true},
		{"two loops over one list", "{% for u in ups %}upstream «{{ u }}» { }{% endfor %}{% for u in ups %} proxy_pass http://«{{ u }}»;{% endfor %}", template.Jinja, true},
		{"two lists", "{% for u in ups %}upstream «{{ u }}» { }{% endfor %}{% for u in sites %} proxy_pass http://«{{ u }}»;{% endfor %}", template.Jinja, false},
		{"a loop over something else", "upstream «{{ app }}» { } {% for l in paths %} proxy_pass http://«{{ app }}»;{% endfor %}", template.Jinja, true},
		{"a loop hides the name", "upstream «{{ app }}» { } {% for app in apps %} proxy_pass http://«{{ app }}»;{% endfor %}", template.Jinja, false},
		{"set in between", "{% set app = 'a' %}upstream «{{ app }}» { } {% set app = 'b' %} proxy_pass http://«{{ app }}»;", template.Jinja, false},
		{"set before", "{% set app = 'a' %}upstream «{{ app }}» { } proxy_pass http://«{{ app }}»;", template.Jinja, true},
		{"a macro", "{% macro m(app) %}upstream «{{ app }}» { } proxy_pass http://«{{ app }}»;{% endmacro %}", template.Jinja, false},
		{"Go", "upstream «{{ .Values.name }}» { } proxy_pass http://«{{ .Values.name }}»;", template.Go, true},
		{"Go, another dot", "upstream «{{ .name }}» { } {{ range .Values.sites }} proxy_pass http://«{{ .name }}»;{{ end }}", template.Go, false},
		{"Go, another dot in with", "upstream «{{ .name }}» { } {{ with .Values.site }} proxy_pass http://«{{ .name }}»;{{ end }}", template.Go, false},
		{"Go, the root", "upstream «{{ $.Values.name }}» { } {{ range .Values.sites }} proxy_pass http://«{{ $.Values.name }}»;{{ end }}", template.Go, true},
		{"Go, a call", "upstream «{{ randAlpha 5 }}» { } proxy_pass http://«{{ randAlpha 5 }}»;", template.Go, false},
		{"ERB", "upstream «<%= @name %>» { } proxy_pass http://«<%= @name %>»;", template.ERB, true},
		{"ERB, set", "<% name = 'a' %>upstream «<%= name %>» { } <% name = 'b' %> proxy_pass http://«<%= name %>»;", template.ERB, false},
		{"ERB, two loops", "<% ups.each do |u| %>upstream «<%= u %>» { }<% end %><% sites.each do |u| %> proxy_pass http://«<%= u %>»;<% end %>", template.ERB, false},
		{"a place holder", "upstream «${NAME}» { } proxy_pass http://«${NAME}»;", template.None, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			var spans []source.Span
			for part := range strings.SplitSeq(tt.text, "«") {
				if inner, rest, ok := strings.Cut(part, "»"); ok {
					spans = append(spans, source.Span{Start: text.Len(), End: text.Len() + len(inner)})
					part = inner + rest
				}
				text.WriteString(part)
			}
			p := template.Parse(text.String(), template.Options{Engine: tt.engine, Placeholders: template.CertainPlaceholders})
			a, b := p.Expression(spans[0]), p.Expression(spans[1])
			if got := a != "" && a == b; got != tt.same {
				t.Errorf("%q and %q: the same %v, want %v", a, b, got, tt.same)
			}
			pieces := p.Render(func(int) int { return 1 })
			at := 0
			for _, piece := range pieces {
				s := source.Span{Start: at, End: at + len(piece.Text)}
				if got := template.Origin(pieces, s); got != piece.Span {
					t.Errorf("Origin(%v) = %v, want %v", s, got, piece.Span)
				}
				at = s.End
			}
		})
	}
}
