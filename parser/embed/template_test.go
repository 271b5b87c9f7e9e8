package embed

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/embedtest"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// TestTemplateEdits makes edits of masked texts: those that leave the code alone
// must reach the file, all others be refused.
func TestTemplateEdits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, text string
		// old is replaced by new in the masked text, where "¤" is what is not known.
		old, new string
		want     string // the file then; empty if it must be refused
	}{
		{"a value", "a.conf.j2", "listen 80 {{ x }};\n", "80", "81", "listen 81 {{ x }};\n"},
		{"a value in a condition", "a.conf.j2", "{% if a %}gzip on;{% endif %}\n", "on", "off", "{% if a %}gzip off;{% endif %}\n"},
		{"an unknown value", "a.conf.j2", "listen {{ x }};\n", "¤¤¤¤¤¤¤", "81", ""},
		{"a part of one", "a.conf.j2", "listen {{ x }};\n", "¤;", ";", ""},
		{"a directive with one", "a.conf.j2", "listen {{ x }};\n", "listen ¤¤¤¤¤¤¤;", "", ""},
		{"blanks that stand for code", "a.conf.j2", "a b;{% if c %} d e;{% endif %}\n", "           d e;", "", ""},
		{"the end of what may be a directive", "a.conf.j2", "{{ more }}\nlisten 80;\n", ";\n", "", ""},
		{"a line before a condition", "a.conf.j2", "a b;\n{% if c %}\nd e;\n{% endif %}\n", "a b;\n", "a b;\nx y;\n", "a b;\nx y;\n{% if c %}\nd e;\n{% endif %}\n"},
		{"a line of its own in a loop", "a.conf.j2", "{% for c in d %}\na {{ c }};\ne f;\n{% endfor %}\n", "e f;\n", "", "{% for c in d %}\na {{ c }};\n{% endfor %}\n"},
		{"text that is code", "a.conf.j2", "root a {{ x }};\n", "a", "{{b}}", ""},
		{"text that is code in ERB", "a.conf.erb", "root a <%= x %>;\n", "a", "<%= y", ""},
		{"a place holder", "a.conf.template", "root a ${X};\n", "a", "${Y}", ""},
		{"a variable", "a.conf.template", "root a ${X};\n", "a", "$host", "root $host ${X};\n"},
		{"what makes code with what is beside it", "a.conf.j2", "a b;{ }{% x = {{ y }} %}\n", "b;", "b{", ""},
		{"another branch", "a.conf.j2", "{% if a %}location /x {{% else %}location /y {{% endif %} b c; }\n", "b c;", "b d;", "{% if a %}location /x {{% else %}location /y {{% endif %} b d; }\n"},
		{"a branch that is hidden", "a.conf.j2", "{% if a %}location /x {{% else %}location /y {{% endif %} b c; }\n", "x {          ", "x {", ""},
		{"CRLF", "a.conf.j2", "listen 80;\r\n{% if x %}\r\na b;\r\n{% endif %}\r\n", "a b;\r\n", "a c;\r\nd e;\r\n", "listen 80;\r\n{% if x %}\r\na c;\r\nd e;\r\n{% endif %}\r\n"},
		{"kernel settings", "sysctl.conf.j2", "vm.a = 1\n{% if x %}\nvm.b = {{ y }}\n{% endif %}\n", "1", "2", "vm.a = 2\n{% if x %}\nvm.b = {{ y }}\n{% endif %}\n"},
		{"a setting of a template", "sysctl.conf.j2", "{{ more }}\nvm.a = 1\n", "=¤\n", "=1\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			disk := source.NewFile(tt.path, tt.text)
			f := carrier.Template(disk, strings.HasPrefix(tt.path, "sysctl"))
			at := strings.Index(f.Text, strings.ReplaceAll(tt.old, "¤", string(source.Unknown)))
			if at < 0 {
				t.Fatalf("no %q in %q", tt.old, f.Text)
			}
			n := len(strings.ReplaceAll(tt.old, "¤", "x"))
			out, err := source.Rewrite(map[*source.File][]source.Edit{f: {{Span: source.Span{Start: at, End: at + n}, New: tt.new}}})
			got := ""
			if err == nil {
				got = out.Disk[tt.path].Text
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got), %v:\n%s", err, diff)
			}
		})
	}
}

// TestTemplateInView masks a text that is indented in another file.
func TestTemplateInView(t *testing.T) {
	t.Parallel()
	disk := source.NewFile("values.yaml", "a: |\n  {% if x %}\n  gzip on;\n  {% endif %}\n  listen {{ y }};\n  root /a;\n")
	read := func(disk *source.File) *source.File {
		var b strings.Builder
		v := source.View{Disk: disk, Where: "a", Encoding: source.Encoding{Prefix: "  "}}
		start := len("a: |\n")
		for line := range strings.Lines(disk.Text[start:]) {
			v.Segments = append(v.Segments, source.Segment{Text: b.Len(), Disk: start + 2, Len: len(line) - 2})
			b.WriteString(line[2:])
			start += len(line)
		}
		return source.NewView("values.yaml#a", b.String(), v)
	}
	var find func(disk *source.File) []*source.File
	find = func(disk *source.File) []*source.File {
		inner := read(disk)
		inner.View.Extract = func(disk *source.File) ([]*source.File, error) { return find(disk), nil }
		return []*source.File{carrier.Template(inner, false)}
	}
	f := find(disk)[0]
	if f.Path != "values.yaml#a" || f.View.Disk != disk || f.View.Where != "a" {
		t.Errorf("a view of another file: %q of %q", f.Path, f.View.Disk.Path)
	}
	root := strings.Index(f.Text, "root")
	_, got := f.Locate(source.Span{Start: root, End: root + len("root /a;")})
	if disk.Slice(got) != "root /a;" {
		t.Errorf("root is at %v, %q", got, disk.Slice(got))
	}
	for v, want := range []string{"\ngzip on;\n\nlisten ¤¤¤¤¤¤¤;\nroot /a;\n", "\nlisten ¤¤¤¤¤¤¤;\nroot /a;\n"} {
		r := f.View.Render(func(int) int { return v })
		if diff := gocmp.Diff(want, strings.ReplaceAll(r.Text, string(source.Unknown), "¤")); diff != "" {
			t.Errorf("rendering %d (-want +got):\n%s", v, diff)
		}
		root := strings.Index(r.Text, "root")
		if _, got := r.Locate(source.Span{Start: root, End: root + len("root /a;")}); disk.Slice(got) != "root /a;" {
			t.Errorf("in rendering %d, root is at %v, %q", v, got, disk.Slice(got))
		}
	}
	out, err := source.Rewrite(map[*source.File][]source.Edit{f: {{Span: source.Span{Start: root, End: root}, New: "etag on;\n"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := "a: |\n  {% if x %}\n  gzip on;\n  {% endif %}\n  listen {{ y }};\n  etag on;\n  root /a;\n"
	if diff := gocmp.Diff(want, out.Disk["values.yaml"].Text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTemplateWithoutCode checks that what holds no code stays as it is.
func TestTemplateWithoutCode(t *testing.T) {
	t.Parallel()
	for path, text := range map[string]string{
		"a.conf.j2":       "listen 80; # {x}\n",
		"a.conf.template": "root $document_root; # 100%\n",
		"a.conf":          "set $a ${b};\n",
		"a.conf.erb":      "log_format x '{{ a }}';\n",
	} {
		if f := source.NewFile(path, text); carrier.Template(f, false) != f {
			t.Errorf("%s is taken for a template: %q", path, text)
		}
	}
}

// checkTemplate checks what must hold for a masked file.
func checkTemplate(tb testing.TB, f, view *source.File) {
	tb.Helper()
	if view == f {
		return
	}
	if len(view.Text) != len(f.Text) || strings.Count(view.Text, "\n") != strings.Count(f.Text, "\n") {
		tb.Errorf("%s: the masked text is not as long as the template", f.Path)
		return
	}
	strict(tb, f, view)
	if view.View.Choices == 0 {
		return
	}
	for v := range 4 {
		r := view.View.Render(func(int) int { return v })
		if r.Path != f.Path || r.View.Choices != 0 || r.View.Disk != f {
			tb.Errorf("%s: rendering %d is %q of %q", f.Path, v, r.Path, r.View.Disk.Path)
		}
		strict(tb, f, r)
	}
}

// strict checks that a text's segments are in order and hold what the file
// holds, or what is unknown.
func strict(tb testing.TB, disk, text *source.File) {
	tb.Helper()
	last := 0
	for _, g := range text.View.Segments {
		if g.Len <= 0 || g.Text < last || g.Text+g.Len > len(text.Text) || g.Disk < 0 || g.Disk+g.Len > len(disk.Text) {
			tb.Errorf("%s: segment %+v is out of place", text.Path, g)
			return
		}
		last = g.Text + g.Len
		for i := range g.Len {
			if c := text.Text[g.Text+i]; c != disk.Text[g.Disk+i] && c != source.Unknown {
				tb.Errorf("%s: segment %+v differs from the file at %d", text.Path, g, g.Disk+i)
				return
			}
		}
	}
}

// checkTemplateSquares makes edits of a masked file, as fixes do. Each is
// refused, or leaves all code of the template as it is. No more than enough are
// made.
func checkTemplateSquares(tb testing.TB, f, view *source.File, enough int) (made, refused int) {
	tb.Helper()
	if view == f {
		return 0, 0
	}
	before := code(f, view)
	edits := append(embedtest.SampleEdits(view.Text), treeEdits(view)...)
	for i := 0; i < len(edits); i += 1 + len(edits)/enough {
		e := edits[i]
		out, err := source.Rewrite(map[*source.File][]source.Edit{view: {e}})
		if err != nil {
			refused++
			continue
		}
		made++
		want, err := source.Apply(view.Text, []source.Edit{e})
		if err != nil {
			tb.Fatal(err)
		}
		disk, got := out.Disk[f.Path], out.Files[f.Path]
		if got == nil || got.Text != want {
			tb.Errorf("%s: an edit of %v to %q reads otherwise", f.Path, e.Span, e.New)
			continue
		}
		if diff := gocmp.Diff(before, code(disk, got)); diff != "" {
			tb.Errorf("%s: an edit of %v to %q changes code:\n%s", f.Path, e.Span, e.New, diff)
		}
	}
	return made, refused
}

// code is what of a template is masked, without blanks.
func code(disk, view *source.File) string {
	if disk == view {
		return ""
	}
	var b strings.Builder
	at := 0
	for _, g := range append(view.View.Segments, source.Segment{Text: len(view.Text)}) {
		b.WriteString(disk.Text[at:g.Text])
		for i := range g.Len {
			if view.Text[g.Text+i] == source.Unknown {
				b.WriteByte(disk.Text[g.Disk+i])
			}
		}
		at = g.Text + g.Len
	}
	return strings.Join(strings.Fields(b.String()), "")
}

// treeEdits are the edits of nginx configuration that fixes are made of, for
// some directives.
func treeEdits(f *source.File) []source.Edit {
	var edits []source.Edit
	n := 0
	for d := range nginx.Parse(f).Root.Walk() {
		if n++; n%7 != 0 { // enough of them
			continue
		}
		edits = append(edits, nginx.Remove(d), nginx.AddBefore(d, "a b;"), nginx.AddAfter(d, "c d;"), nginx.SetArg(d, 0, "e"), nginx.SetArg(d, 9, "f"))
		if d.Body() != nil {
			edits = append(edits, nginx.AddInside(d.Body(), "g h;"), nginx.AddInsideTop(d.Body(), "i j;"))
		}
	}
	return edits
}

// unreadable are the templates of the corpus that make no configuration of their
// own, whatever is put into them.
var unreadable = map[string]string{
	"CenterForOpenScience+cos-ansible-base/@history/roles/Ansibles.nginx/templates/modules/http_realip.conf.j2": "a tag begins with {$ by mistake",
	"adblockplus+infrastructure/@history/modules/nginx/templates/vhost/vhost_header.erb":                        "a block that another file closes",
	"adblockplus+infrastructure/@history/modules/nginx/templates/vhost/vhost_ssl_header.erb":                    "a block that another file closes",
	"metacpan+metacpan-puppet/@history/contrib-modules/nginx/templates/vhost/vhost_footer.erb":                  "it closes a block of another file",
	"metacpan+metacpan-puppet/@history/contrib-modules/nginx/templates/vhost/vhost_header.erb":                  "a block that another file closes",
	"metacpan+metacpan-puppet/@history/contrib-modules/nginx/templates/vhost/vhost_ssl_header.erb":              "a block that another file closes",
}

// TestTemplateCorpus reads real templates, which stay outside the project: the
// folder named by TCPLINT_CORPUS holds manifest.tsv, whose first two columns are
// a path below files/ and the kind of the file. Each masked text, and renderings
// in which all choices fall out alike, must be what nginx or sysctl takes.
func TestTemplateCorpus(t *testing.T) {
	t.Parallel()
	dir := cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus"))
	list, err := os.ReadFile(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		t.Skipf("no corpus of configurations: %v (set TCPLINT_CORPUS)", err)
	}
	r := csv.NewReader(bytes.NewReader(list))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	templates, choices, renderings, made, refused := 0, 0, 0, 0, 0
	for _, row := range rows[1:] {
		if !strings.Contains(row[1], "template") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "files", filepath.FromSlash(row[0])))
		if err != nil {
			t.Error(err)
			continue
		}
		f := source.NewFile(row[0], string(text))
		kind, language := detect.Masked(f.Path, f.Text)
		if language == "" {
			continue // it is what it is, see detect
		}
		templates++
		view := carrier.Template(f, kind == detect.Sysctl)
		if view == f {
			t.Errorf("%s: no code found in %s", f.Path, language)
			continue
		}
		checkTemplate(t, f, view)
		if m, r := checkTemplateSquares(t, f, view, 24); m+r > 0 {
			made, refused = made+m, refused+r
		}
		choices += view.View.Choices
		texts := []*source.File{view}
		for v := 0; v < 4 && view.View.Choices > 0; v++ {
			renderings++
			texts = append(texts, view.View.Render(func(int) int { return v }))
		}
		for i, x := range texts {
			if errs := errorsIn(x, kind == detect.Sysctl); (len(errs) > 0) != (unreadable[f.Path] != "") {
				t.Errorf("%s, text %d: %q, but known is %q", f.Path, i, errs, unreadable[f.Path])
			}
		}
	}
	t.Logf("%d templates, %d choices, %d renderings; %d edits made, %d refused", templates, choices, renderings, made, refused)
}

// errorsIn lists what a parser refuses.
func errorsIn(f *source.File, isSysctl bool) []string {
	var out []string
	if isSysctl {
		for _, e := range sysctl.Parse(f).Errors {
			out = append(out, e.Msg)
		}
		return out
	}
	for _, e := range nginx.Parse(f).Errors {
		out = append(out, e.Msg)
	}
	return out
}

// FuzzTemplate masks any text and makes edits of it.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{
		"server {\n{% if a %}\n    listen {{ b }};\n{% else %}\n    listen 80;\n{% endif %}\n}\n",
		"{% for a in b %}c {{ a }};{% endfor %}\r\n{{ more }}\r\nd e;\r\n",
		"<% @a.each do |b| -%>\nc <%= b %>;\n<% end -%>\nroot \"<%= d %>/e\";\n",
		"{{ range .A }}server {{ . }};{{ end }}\n{{ define \"x\" }}y z;{{ end }}\n{{ template \"x\" }}\n",
		"vm.a = {{ b }}\n{% if c %}\nvm.d = 1\n{% endif %}\n{{ e }}\n",
		"listen ${A};\n%b%\nroot @c@;\n",
	} {
		for _, name := range []string{"a.conf.j2", "a.conf.erb", "a.tmpl", "a.template"} {
			f.Add(name, text, strings.HasPrefix(text, "vm"))
		}
	}
	f.Fuzz(func(t *testing.T, path, text string, isSysctl bool) {
		file := source.NewFile(path, text)
		view := carrier.Template(file, isSysctl)
		checkTemplate(t, file, view)
		checkTemplateSquares(t, file, view, 50)
	})
}

func BenchmarkTemplate(b *testing.B) {
	part := "{% if tls %}\nserver {\n    listen {{ port }}{% if h2 %} http2{% endif %};\n    # {{ managed }}\n{% for l in locations %}\n    location {{ l.path }} {\n" +
		"        proxy_pass http://{{ l.host }}:{{ l.port }};\n{% if l.ws %}\n        proxy_http_version 1.1;\n{% endif %}\n    }\n{% endfor %}\n}\n{% endif %}\n"
	f := source.NewFile("a.conf.j2", strings.Repeat(part, 200))
	b.Run("mask", func(b *testing.B) {
		b.SetBytes(int64(len(f.Text)))
		b.ReportAllocs()
		for b.Loop() {
			carrier.Template(f, false)
		}
	})
	view := carrier.Template(f, false)
	b.Run("render", func(b *testing.B) {
		b.SetBytes(int64(len(f.Text)))
		b.ReportAllocs()
		for b.Loop() {
			view.View.Render(func(int) int { return 1 })
		}
	})
}
