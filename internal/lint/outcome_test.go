package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// TestOutcomes checks what is promised of the renderings that are looked at: each
// choice falls out in every way, and any two of them in all four combinations.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 60} {
		ways := lint.Outcomes(n)
		for i := range n {
			for want := range 4 {
				if !anyWay(ways, func(choose func(int) int) bool { return choose(i) == want }) {
					t.Errorf("of %d choices, number %d never falls out as %d", n, i, want)
				}
			}
			for j := range i {
				for both := range 4 {
					a, b := both&1, both>>1
					if !anyWay(ways, func(choose func(int) int) bool { return choose(i) == a && choose(j) == b }) {
						t.Errorf("of %d choices, %d and %d never fall out as %d and %d", n, i, j, a, b)
					}
				}
			}
		}
		if most := 24; len(ways) > most {
			t.Errorf("%d choices take %d renderings", n, len(ways))
		}
	}
}

func anyWay(ways []func(int) int, ok func(func(int) int) bool) bool {
	return slices.ContainsFunc(ways, ok)
}

// conditional makes a template of a text in which each of some parts is there
// only on a condition.
func conditional(text string, parts ...string) *source.File {
	disk := source.NewFile("nginx.conf", text)
	var spans []source.Span
	for _, p := range parts {
		i := strings.Index(text, p)
		spans = append(spans, source.Span{Start: i, End: i + len(p)})
	}
	all := []source.Segment{{Len: len(text)}}
	return source.NewView("nginx.conf", text, source.View{
		Disk: disk, Segments: all, Choices: len(parts),
		Render: func(choose func(int) int) *source.File {
			var b strings.Builder
			var segments []source.Segment
			last := 0
			keep := func(to int) {
				segments = append(segments, source.Segment{Text: b.Len(), Disk: last, Len: to - last})
				b.WriteString(text[last:to])
			}
			for i, s := range spans {
				keep(s.Start)
				if last = s.Start; choose(i) != 0 {
					last = s.End
				}
			}
			keep(len(text))
			return source.NewView("nginx.conf", b.String(), source.View{Disk: disk, Segments: segments})
		},
	})
}

// lonely finds an etag in http without a gzip beside it, and every gzip.
func lonely() *lint.Rule {
	r := loud("nginx-lonely", "unused")
	r.Check = func(p *lint.Pass) {
		http := p.Host.Nginx.Scopes[1]
		etag, alone := http.Own("etag")
		gzip, ok := http.Own("gzip")
		if alone && !ok {
			p.Report(lint.Finding{At: lint.At(etag.Directive), Msg: "alone"})
		}
		if ok {
			p.Report(lint.Finding{At: lint.At(gzip.Directive), Msg: "gzip", Fix: &lint.Fix{
				Title: "remove it", Safety: lint.Safe, Edits: lint.In(gzip.Directive, nginx.Remove(gzip.Directive)), Changes: []string{"gzip"},
			}})
		}
	}
	return r
}

// TestConfirm looks at what is said of a template: what holds however its
// conditions fall out.
func TestConfirm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		text  string
		parts []string
		want  []string
	}{
		{"no condition", "http { etag on; }", nil, []string{"alone"}},
		{"the other one may be there", "http { etag on; gzip on; }", []string{"gzip on;"}, []string{"gzip"}},
		{"it may be absent itself", "http { etag on; }", []string{"etag on;"}, []string{"alone"}},
		{"both may be absent", "http { etag on; gzip on; }", []string{"etag on;", "gzip on;"}, []string{"gzip"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := model.Input{Main: conditional(tt.text, tt.parts...)}
			var got []string
			for _, f := range lint.Run([]*model.Host{model.Build(in)}, options(lonely())).Findings {
				got = append(got, f.Msg)
				if f.At.File.View != nil {
					t.Error("a finding does not speak of the file on disk")
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// beside finds an etag in http with a gzip beside it.
func beside() *lint.Rule {
	r := loud("nginx-beside", "unused")
	r.Check = func(p *lint.Pass) {
		http := p.Host.Nginx.Scopes[1]
		etag, ok := http.Own("etag")
		if _, both := http.Own("gzip"); ok && both {
			p.Report(lint.Finding{At: lint.At(etag.Directive), Msg: "both"})
		}
	}
	return r
}

// TestConfirmDeep looks at what lies so deep in conditions and loops that few
// renderings have it.
func TestConfirmDeep(t *testing.T) {
	t.Parallel()
	const deep = "http {{% for a in b %}{% if c %}\ngzip on;\n{% else %}{% if d %}{% else %}{% if e %}{% elif f %}{% else %}\netag on;\n{% endif %}{% endif %}{% endif %}{% endfor %}}\n"
	const macro = "{% macro m() %}{% for a in b %}{% if c %}{% else %}{% if d %}\netag on;\n{% endif %}{% endif %}{% endfor %}{% endmacro %}\n" +
		"http {\n{% if e %}{% else %}\n{{ m() }}\n{% endif %}\n}\n"
	for _, tt := range []struct {
		name, text string
		rule       *lint.Rule
		want       []string
	}{
		{"never both", deep, beside(), nil},
		{"never seen without", deep, lonely(), []string{"gzip"}},
		{"alone", strings.Replace(deep, "gzip", "root", 1), lonely(), []string{"alone"}},
		{"both", strings.Replace(deep, "http {", "http { gzip on; ", 1), beside(), []string{"both"}},
		{"in a macro, which stands in no http", macro, lonely(), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := model.Input{Main: embed.Template(source.NewFile("nginx.conf.j2", tt.text), false)}
			var got []string
			for _, f := range lint.Run([]*model.Host{model.Build(in)}, options(tt.rule)).Findings {
				got = append(got, f.Msg)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
