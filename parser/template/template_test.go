package template_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

var update = flag.Bool("update", false, "write what is wanted in testdata anew")

// archives are the languages of testdata/*.txtar.
var archives = map[string]template.Options{
	"jinja":        {Engine: template.Jinja},
	"go":           {Engine: template.Go},
	"handlebars":   {Engine: template.Handlebars},
	"erb":          {Engine: template.ERB},
	"epp":          {Engine: template.ERB},
	"placeholders": {Placeholders: template.AllPlaceholders},
	"certain":      {Placeholders: template.CertainPlaceholders},
	"sysctl-jinja": {Engine: template.Jinja, Sysctl: true},
	"sysctl-erb":   {Engine: template.ERB, Sysctl: true},
	"sysctl-sed":   {Placeholders: template.AllPlaceholders, Sysctl: true},
}

// TestText compares the masked texts and the renderings of templates with those
// that the archives want: a template is followed by its text, in which "¤" is
// what nobody knows and "·" a blank in the place of code, and by the renderings
// in which every choice falls out as 0, as 1 and as 2.
func TestText(t *testing.T) {
	t.Parallel()
	for name, opt := range archives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("testdata", name+".txtar")
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := &txtar.Archive{Comment: ar.Comment}
			for _, f := range ar.Files {
				if strings.Contains(f.Name, ": ") {
					continue
				}
				got.Files = append(got.Files, f)
				got.Files = append(got.Files, results(t, f.Name, string(f.Data), opt)...)
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(ar)), string(txtar.Format(got))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// results are the masked text of a template and some of its renderings.
func results(tb testing.TB, name, text string, opt template.Options) []txtar.File {
	tb.Helper()
	p := template.Parse(text, opt)
	check(tb, text, opt, p)
	out := []txtar.File{{Name: name + ": masked", Data: []byte(visible(p.Text(), p.Gone()))}}
	if p.Choices() == 0 {
		return out
	}
	for v := range 3 {
		var b strings.Builder
		for _, piece := range p.Render(func(int) int { return v }) {
			b.WriteString(piece.Text)
		}
		out = append(out, txtar.File{Name: fmt.Sprintf("%s: %d", name, v), Data: []byte(visible(b.String(), nil))})
	}
	return out
}

// visible writes a masked text such that one sees what was masked.
func visible(text string, gone []source.Span) string {
	b := []byte(text)
	for _, s := range gone {
		for i := s.Start; i < s.End; i++ {
			if b[i] == ' ' {
				b[i] = 1
			}
		}
	}
	text = strings.NewReplacer(string(source.Unknown), "¤", "\x01", "·").Replace(string(b))
	if !strings.HasSuffix(text, "\n") {
		text += "\\\n"
	}
	return text
}

// TestChoices checks that choices are counted from 0 in the order of the text,
// and that conditions which cannot fall out differently are one.
func TestChoices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		engine     template.Engine
		want       []string // the renderings with choice 0 at 0, with it at 1; others at 0
	}{
		{
			"nested", "{% if a %}a;{% if b %}b;{% endif %}{% endif %}{% if c %}c;{% endif %}", template.Jinja,
			[]string{"a;b;c;", "c;"},
		},
		{
			"same condition", "{% if a %}a;{% endif %}b;{% if  a %}c;{% else %}d;{% endif %}", template.Jinja,
			[]string{"a;b;c;", "b;d;"},
		},
		{
			"opposite condition", "{% if a %}a;{% endif %}{% if not a %}b;{% endif %}{% unless a %}c;{% endunless %}", template.Jinja,
			[]string{"a;", "b;c;"},
		},
		{
			"not of a part", "{% if a and b %}a;{% endif %}{% if not a and b %}b;{% endif %}", template.Jinja,
			[]string{"a;b;", "b;"},
		},
		{
			"set between", "{% if a %}a;{% endif %}{% set a = 1 %}{% if a %}b;{% endif %}", template.Jinja,
			[]string{"a;b;", "b;"},
		},
		{
			"other loops", "{% for x in y %}{% if x %}a;{% endif %}{% endfor %}{% for x in y %}{% if x %}b;{% endif %}{% endfor %}", template.Jinja,
			[]string{"", "a;b;"},
		},
		{
			"case", "{% case a %}{% when 1 %}a;{% when 2 %}b;{% endcase %}{% case a %}{% when 1 %}c;{% when 2 %}d;{% endcase %}", template.Jinja,
			[]string{"a;c;", "b;d;"},
		},
		{
			"Go", "{{ if .A }}a;{{ end }}{{ if not .A }}b;{{ end }}{{ $x := .A }}{{ if .A }}c;{{ end }}{{ with .A }}{{ if .A }}d;{{ end }}{{ end }}", template.Go,
			[]string{"a;c;d;", "b;"},
		},
		{
			"Ruby", "<% if @a %>a;<% end %><% unless @a %>b;<% end %><% if !@a %>c;<% end %>", template.ERB,
			[]string{"a;", "b;c;"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := template.Parse(tt.text, template.Options{Engine: tt.engine})
			var got []string
			for v := range 2 {
				var b strings.Builder
				for _, piece := range p.Render(func(i int) int {
					if i == 0 {
						return v
					}
					return 0
				}) {
					b.WriteString(piece.Text)
				}
				got = append(got, b.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestToward checks that the outcomes toward a place bring it there.
func TestToward(t *testing.T) {
	t.Parallel()
	for name, opt := range archives {
		ar, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if !strings.Contains(f.Name, ": ") {
				reaches(t, template.Parse(string(f.Data), opt), f.Name)
			}
		}
	}
	deep := "{% macro m() %}{% for a in b %}{% if a %}x;{% else %}{% if not c %}y;{% endif %}{% endif %}{% endfor %}{% endmacro %}\n" +
		"{% if c %}z;{% else %}{% if d %}w;{% else %}\n{{ m() }}\n{% endif %}{% endif %}"
	p := template.Parse(deep, template.Options{Engine: template.Jinja})
	if diff := cmp.Diff(map[int]int{0: 1, 1: 0, 3: 1, 4: 1}, p.Toward(strings.Index(deep, "x;"))); diff != "" {
		t.Errorf("toward what is in a macro (-want +got):\n%s", diff)
	}
	reaches(t, p, "deep")
}

// reaches checks that each byte of the masked text that is the template's own
// stands in the rendering toward it.
func reaches(t *testing.T, p *template.Template, name string) {
	t.Helper()
	gone := p.Gone()
	for i, c := range []byte(p.Text()) {
		if c <= ' ' || c == source.Unknown || slices.ContainsFunc(gone, func(s source.Span) bool { return s.Start <= i && i < s.End }) {
			continue
		}
		path := p.Toward(i)
		choose := func(k int) int { return path[k] }
		if !slices.ContainsFunc(p.Render(choose), func(x template.Piece) bool { return x.Span.Start <= i && i < x.Span.End }) {
			t.Errorf("%s: %q at %d is not where %v leads:\n%s", name, c, i, path, p.Text())
			return
		}
	}
}
