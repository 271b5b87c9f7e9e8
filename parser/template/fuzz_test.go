package template_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// check checks what holds for every template: the masked text is as long as the
// template and has its line ends, what is not gone or unknown is the template's,
// and so is what a rendering is made of.
func check(tb testing.TB, text string, opt template.Options, p *template.Template) {
	tb.Helper()
	masked, gone := p.Text(), p.Gone()
	if len(masked) != len(text) {
		tb.Fatalf("%d bytes became %d", len(text), len(masked))
	}
	at := 0
	for _, s := range gone {
		if s.Start < at || s.End <= s.Start || s.End > len(text) {
			tb.Fatalf("gone are %v, of %d bytes", gone, len(text))
		}
		own(tb, text, masked, source.Span{Start: at, End: s.Start}, at, false)
		own(tb, text, masked, s, s.Start, true)
		at = s.End + 1
		if at <= len(text) {
			own(tb, text, masked, source.Span{Start: s.End, End: min(at, len(text))}, s.End, false)
		}
	}
	if at < len(text) {
		own(tb, text, masked, source.Span{Start: at, End: len(text)}, at, false)
	}
	for v := range 4 {
		for _, piece := range p.Render(func(int) int { return v }) {
			if piece.Span.Start < 0 || piece.Span.End > len(text) || piece.Span.Len() != len(piece.Text) || piece.Text == "" {
				tb.Fatalf("a piece of %q comes from %v", piece.Text, piece.Span)
			}
			own(tb, text, piece.Text, piece.Span, 0, true)
		}
	}
	if diff := cmp.Diff(masked, template.Parse(text, opt).Text()); diff != "" {
		tb.Errorf("a template is read in two ways:\n%s", diff)
	}
}

// own checks that a span of a template stands in another text from an offset on,
// byte for byte, apart from what is not known. Of what is masked only line ends
// need to be there.
func own(tb testing.TB, text, in string, s source.Span, at int, masked bool) {
	tb.Helper()
	for i := s.Start; i < s.End; i++ {
		got, want := in[at+i-s.Start], text[i]
		switch {
		case got == want:
		case want == '\n' || want == '\r' || got == '\n' || got == '\r':
			tb.Fatalf("a line end at %d is %q now", i, got)
		case got == source.Unknown:
		case !masked || got != ' ' && got != ';' && got != '=':
			tb.Fatalf("the byte %q at %d is %q now", want, i, got)
		}
	}
}

// FuzzTemplate reads any text as a template of each language.
func FuzzTemplate(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatal("no archives: ", err)
	}
	for _, name := range names {
		ar, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range ar.Files {
			if !strings.Contains(file.Name, ": ") {
				f.Add(string(file.Data))
			}
		}
	}
	for _, odd := range []string{
		"{{", "{%", "{#", "<%", "{{ {", "{% if", "{% raw %}", "{% endif %}{% else %}", "{{{{{{", "<%%", "<% end end } } %>", "a {{- x", "{{-}}{{- -}}",
		"{{ '", "{%-%}{{--}}<%-%>", "\\{{ x }}", "x '{{ y", "$X${Y", "%a%%", "\r\n{{ x\r\n }}\r\n", "a_by_lua_block {{% if x %}}{% endif %}", "{{/*}}", "{{!--}}",
	} {
		f.Add(odd)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range []template.Engine{template.None, template.Jinja, template.Go, template.Handlebars, template.ERB} {
			opt := template.Options{Engine: e, Placeholders: placeholdersFor(e)}
			check(t, text, opt, template.Parse(text, opt))
			opt.Sysctl = true
			check(t, text, opt, template.Parse(text, opt))
		}
	})
}

// TestBounds reads texts that would take long, or much memory, if blocks, loops
// and searches were not bounded.
func TestBounds(t *testing.T) {
	t.Parallel()
	const n = 4_000
	for _, text := range []string{
		strings.Repeat("{% if a %}", n),
		strings.Repeat("{% for a in b %}", n) + "x;" + strings.Repeat("{% endfor %}", n),
		strings.Repeat("{{ a }}", n),
		strings.Repeat("{{ a\n", n),
		strings.Repeat("{{ { }}\n", n),
		strings.Repeat("{% raw %}", n),
		strings.Repeat("{#", n),
		strings.Repeat("<% if a %>", n),
		strings.Repeat("<%", n),
		strings.Repeat("{{ '\"' }}\n", n),
		strings.Repeat("{{/*", n),
		strings.Repeat("<% l = lambda do %><% l.call %>x;", n/10) + strings.Repeat("<% end %>", n/10),
		strings.Repeat("{% macro a() %}{{ a() }}\n{{ a() }}\n{% endmacro %}", 10) + "{{ a() }}",
		strings.Repeat("{% for a in b %}", 100) + "x;" + strings.Repeat("{% endfor %}", 100),
		"<% " + strings.Repeat("if x;", n) + " %>",
		strings.Repeat("$X", n),
	} {
		for _, e := range []template.Engine{template.None, template.Jinja, template.Go, template.Handlebars, template.ERB} {
			opt := template.Options{Engine: e, Placeholders: placeholdersFor(e)}
			check(t, text, opt, template.Parse(text, opt))
		}
	}
}

// placeholdersFor lets texts without a language have all kinds of place holders.
func placeholdersFor(e template.Engine) template.Placeholders {
	if e == template.None {
		return template.AllPlaceholders
	}
	return template.CertainPlaceholders
}
