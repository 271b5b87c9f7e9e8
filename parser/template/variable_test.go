package template_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// TestVariable asks which variable stands between "«" and "»".
func TestVariable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		engine     template.Engine
		want       template.Variable
	}{
		{"a name", "keepalive «{{ n }}»;", template.Jinja, template.Variable{Name: "n"}},
		{"a default", "keepalive «{{ n | default(32) }}»;", template.Jinja, template.Variable{Name: "n", Default: "32"}},
		{"a text as default", "keepalive_timeout «{{ n|d('75s', true) }}»;", template.Jinja, template.Variable{Name: "n", Default: "75s"}},
		{"made a number", "keepalive «{{ n | default('32') | int }}»;", template.Jinja, template.Variable{Name: "n", Default: "32"}},
		{"another variable as default", "keepalive «{{ n | default(m) }}»;", template.Jinja, template.Variable{}},
		{"a field", "keepalive «{{ site.n }}»;", template.Jinja, template.Variable{}},
		{"counted with", "keepalive «{{ n * 2 }}»;", template.Jinja, template.Variable{}},
		{"under a condition", "{% if a %}\nkeepalive «{{ n }}»;\n{% endif %}", template.Jinja, template.Variable{Name: "n"}},
		{"of a loop", "{% for n in all %}\nkeepalive «{{ n }}»;\n{% endfor %}", template.Jinja, template.Variable{}},
		{"in a loop over another", "{% for m in all %}\nkeepalive «{{ n }}»;\n{% endfor %}", template.Jinja, template.Variable{Name: "n"}},
		{"set by the template", "{% set n = 4 %}\nkeepalive «{{ n }}»;", template.Jinja, template.Variable{}},
		{"of a macro", "{% macro m(n) %}\nkeepalive «{{ n }}»;\n{% endmacro %}", template.Jinja, template.Variable{}},
		{"of a chart", "keepalive «{{ .Values.pool.size }}»;", template.Go, template.Variable{Name: "pool.size"}},
		{"of a chart, with a default", "keepalive «{{ .Values.pool.size | default 16 }}»;", template.Go, template.Variable{Name: "pool.size", Default: "16"}},
		{"of a chart, the default first", "keepalive «{{- default 16 .Values.size }}»;", template.Go, template.Variable{Name: "size", Default: "16"}},
		{"of a release", "server «{{ .Release.Name }}»:80;", template.Go, template.Variable{}},
		{"another dot", "{{ with .Values.a }}keepalive «{{ .Values.n }}»;{{ end }}", template.Go, template.Variable{}},
		{"the root within another dot", "{{ with .Values.a }}keepalive «{{ $.Values.n }}»;{{ end }}", template.Go, template.Variable{Name: "n"}},
		{"quoted", "keepalive «{{ .Values.n | quote }}»;", template.Go, template.Variable{}},
		{"Ruby", "keepalive «<%= @n %>»;", template.ERB, template.Variable{}},
		{"a place holder", "keepalive «${N}»;", template.None, template.Variable{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before, rest, _ := strings.Cut(tt.text, "«")
			tag, after, _ := strings.Cut(rest, "»")
			p := template.Parse(before+tag+after, template.Options{Engine: tt.engine, Placeholders: template.CertainPlaceholders})
			got, ok := p.Variable(source.Span{Start: len(before), End: len(before) + len(tag)})
			if got != tt.want || ok != (tt.want != template.Variable{}) {
				t.Errorf("%+v %v, want %+v", got, ok, tt.want)
			}
		})
	}
}
