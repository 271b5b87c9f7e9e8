package template

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// A Variable is a value that a template puts somewhere as it is.
type Variable struct {
	// Name is what the template calls it; of a Helm chart the path of its values, such
	// as "nginx.keepalive".
	Name string
	// Default is what stands there where nothing sets the variable; empty if the
	// template does not say.
	Default string
}

// What a template writes for a variable: in Jinja2 "keepalive | default(32)", in a
// chart ".Values.nginx.keepalive | default 32".
var (
	jinjaVariable = lazyre.New(`^([A-Za-z_]\w*)(?:\s*\|\s*(?:default|d)\s*\(\s*('[^'\\]*'|"[^"\\]*"|[\d.]+)\s*(?:,\s*(?:true|false|True|False)\s*)?\))?(?:\s*\|\s*(?:int|string|trim)(?:\(\))?)*$`)
	chartVariable = lazyre.New(`^\$?\.Values((?:\.[A-Za-z_]\w*)+)(?:\s*\|\s*default\s+("[^"\\]*"|[\d.]+))?(?:\s*\|\s*(?:int|toString|trim))*$`)
	chartDefault  = lazyre.New(`^default\s+("[^"\\]*"|[\d.]+)\s+\$?\.Values((?:\.[A-Za-z_]\w*)+)$`)
)

// VariableOf reads code that stands between the marks of a tag.
func VariableOf(engine Engine, code string) (v Variable, ok bool) {
	literal := func(s string) string { return strings.Trim(s, `"'`) }
	switch engine {
	case Jinja:
		if m := jinjaVariable.FindStringSubmatch(code); m != nil {
			return Variable{m[1], literal(m[2])}, true
		}
	case Go:
		if m := chartVariable.FindStringSubmatch(code); m != nil {
			return Variable{m[1][1:], literal(m[2])}, true
		}
		if m := chartDefault.FindStringSubmatch(code); m != nil {
			return Variable{m[2][1:], literal(m[1])}, true
		}
	case None, Handlebars, ERB:
	}
	return Variable{}, false
}

// Variable tells which variable a template puts at a span that is masked. Ok is false
// where something else stands, and for a name that the template itself sets, in a loop,
// for a part or for good.
func (t *Template) Variable(s source.Span) (v Variable, ok bool) {
	i, found := slices.BinarySearchFunc(t.tags, s, func(g *tag, s source.Span) int { return g.span.Start - s.Start })
	if !found || t.tags[i].span != s || t.tags[i].kind != valueTag || t.tags[i].held {
		return Variable{}, false
	}
	g := t.tags[i]
	code := strings.TrimSpace(strings.Trim(g.code, "=-"))
	v, ok = VariableOf(t.opt.Engine, code)
	root := rootName.FindString(code)
	if t.opt.Engine == Jinja {
		root = v.Name
	} else if v.Name != "" && strings.Contains(code, "$.") {
		root = "$"
	}
	if !ok || t.timesSet(root) > 0 {
		return Variable{}, false
	}
	for _, n := range t.around(g) {
		if n.block == define || (n.block != condition || n.name == "with") && t.binds(n, root) {
			return Variable{}, false
		}
	}
	return v, true
}
