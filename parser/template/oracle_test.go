package template

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template/parse"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// The tests here compare the outline of templates with what the engines' own
// parsers make of them: the text that is left between the tags, values, and which
// blocks hold what.

// outline writes nodes as text in which "V" is a value, and blocks are
// "if(a|b)", "for(a)". Text loses its blocks of wrappers, and comments.
func outline(t *Template, nodes []*node) string {
	var b strings.Builder
	for _, n := range nodes {
		switch n.kind {
		case textNode:
			b.WriteString(escaped(t.text[n.real.Start:n.real.End]))
		case valueNode, linesNode:
			b.WriteByte('V')
		case blockNode:
			b.WriteString(outlineBlock(t, n))
		case silentNode:
		}
	}
	return b.String()
}

func outlineBlock(t *Template, n *node) string {
	switch n.block {
	case define:
		return ""
	case condition:
		if t.opt.Engine == Go {
			return goBlock(t, n)
		}
		return "if(" + outlineArms(t, n) + ")"
	case loop:
		return "for(" + outlineArms(t, n) + ")"
	default:
		return "?"
	}
}

// goBlock writes a condition as text/template sees it: an "else if" is an "if" in
// an "else", and the body of a block is a template of its own.
func goBlock(t *Template, n *node) string {
	if strings.HasPrefix(n.about, "block ") {
		return ""
	}
	var b strings.Builder
	depth := 1
	b.WriteString("if(")
	for i, a := range n.arms {
		if i > 0 {
			b.WriteByte('|')
			if a.about != "" {
				b.WriteString("if(")
				depth++
			}
		}
		b.WriteString(outline(t, a.kids))
	}
	return b.String() + strings.Repeat(")", depth)
}

func outlineArms(t *Template, n *node) string {
	var arms []string
	for _, a := range n.arms {
		arms = append(arms, outline(t, a.kids))
	}
	return strings.Join(arms, "|")
}

// escaped keeps text apart from what outlines mean by "V", "(", "|" and ")".
func escaped(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.NewReplacer("V", "%V", "(", "%(", "|", "%|", ")", "%)", "%", "%%").Replace(text)
}

// samples are the templates of an archive and of the corpus for which a function
// tells that they are of a language.
func samples(tb testing.TB, archive string, is func(path, text string) bool) map[string]string {
	tb.Helper()
	out := map[string]string{}
	ar, err := txtar.ParseFile(filepath.Join("testdata", archive))
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range ar.Files {
		if !strings.Contains(f.Name, ": ") {
			out[f.Name] = string(f.Data)
		}
	}
	dir := cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus"))
	list, err := os.ReadFile(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		return out // no corpus
	}
	r := csv.NewReader(bytes.NewReader(list))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	for _, row := range rows {
		text, err := os.ReadFile(filepath.Join(dir, "files", filepath.FromSlash(row[0])))
		if err == nil && strings.Contains(row[1], "template") && is(row[0], string(text)) {
			out[row[0]] = string(text)
		}
	}
	return out
}

// TestGoOutline compares with text/template.
func TestGoOutline(t *testing.T) {
	t.Parallel()
	texts := samples(t, "go.txtar", func(_, text string) bool {
		return strings.Contains(text, "{{") && !strings.Contains(text, "{%") && !strings.Contains(text, "<%")
	})
	compared := 0
	for name, text := range texts {
		trees := map[string]*parse.Tree{}
		tree := parse.New(name)
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(text, "", "", trees); err != nil {
			continue // Jinja2, or wrong
		}
		compared++
		p := Parse(text, Options{Engine: Go})
		if diff := gocmp.Diff(goOutline(trees[name].Root), outline(p, p.nodes)); diff != "" {
			t.Errorf("%s (-text/template +here):\n%s", name, diff)
		}
		for about, d := range p.defines {
			if diff := gocmp.Diff(goOutline(trees[about].Root), outline(p, d.arms[0].kids)); diff != "" {
				t.Errorf("%s of %s (-text/template +here):\n%s", about, name, diff)
			}
		}
	}
	if compared < 5 {
		t.Errorf("only %d templates were compared", compared)
	}
	t.Logf("%d templates compared", compared)
}

// goOutline is the outline of what text/template read.
func goOutline(n parse.Node) string {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return ""
		}
		var b strings.Builder
		for _, k := range n.Nodes {
			b.WriteString(goOutline(k))
		}
		return b.String()
	case *parse.TextNode:
		return escaped(string(n.Text))
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 {
			return ""
		}
		return "V"
	case *parse.TemplateNode:
		return "V"
	case *parse.IfNode:
		return "if(" + goArms(n.BranchNode) + ")"
	case *parse.WithNode:
		return "if(" + goArms(n.BranchNode) + ")"
	case *parse.RangeNode:
		return "for(" + goArms(n.BranchNode) + ")"
	}
	return ""
}

func goArms(n parse.BranchNode) string {
	out := goOutline(n.List)
	if n.ElseList == nil {
		return out
	}
	return out + "|" + goOutline(n.ElseList)
}

// jinjaOracle prints the outline of each template of a JSON object that Jinja2
// can parse.
const jinjaOracle = `
import json, sys
from jinja2 import Environment, nodes, TemplateSyntaxError
env = Environment(keep_trailing_newline=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
def escaped(s):
    return "".join("%" + c if c in "V(|)%" else c for c in s)
def many(l):
    return "".join(one(n) for n in l)
def one(n):
    if isinstance(n, nodes.Output):
        return "".join(escaped(k.data) if isinstance(k, nodes.TemplateData) else "V" for k in n.nodes)
    if isinstance(n, nodes.If):
        arms = [n.body] + [e.body for e in n.elif_] + ([n.else_] if n.else_ else [])
        return "if(" + "|".join(many(a) for a in arms) + ")"
    if isinstance(n, nodes.For):
        arms = [n.body] + ([n.else_] if n.else_ else [])
        return "for(" + "|".join(many(a) for a in arms) + ")"
    if isinstance(n, (nodes.Include, nodes.CallBlock)):
        return "V"
    if isinstance(n, nodes.FilterBlock):
        return many(n.body) if n.filter.name == "indent" else "V"
    if isinstance(n, nodes.Block):
        return "Vif(" + many(n.body) + ")"
    if isinstance(n, (nodes.With, nodes.Scope)):
        return many(n.body)
    return ""
out = {}
for name, text in json.load(sys.stdin).items():
    try:
        out[name] = many(env.parse(text).body)
    except TemplateSyntaxError:
        pass
json.dump(out, sys.stdout)
`

// TestJinjaOutline compares with Jinja2, where it is installed.
func TestJinjaOutline(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err == nil {
		err = exec.CommandContext(t.Context(), python, "-c", "import jinja2").Run()
	}
	if err != nil {
		if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
			t.Fatal("no Jinja2 for Python: ", err)
		}
		t.Skip("no Jinja2 for Python: ", err)
	}
	texts := samples(t, "jinja.txtar", func(_, text string) bool {
		return strings.Contains(text, "{%") || strings.Contains(text, "{{") && !strings.Contains(text, "<%")
	})
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", jinjaOracle)
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		p := Parse(texts[name], Options{Engine: Jinja})
		if diff := gocmp.Diff(w, outline(p, p.nodes)); diff != "" {
			t.Errorf("%s (-Jinja2 +here):\n%s", name, diff)
		}
	}
	if len(want) < 10 {
		t.Errorf("only %d templates were compared", len(want))
	}
	t.Logf("%d of %d templates compared", len(want), len(texts))
}
