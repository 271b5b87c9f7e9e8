package yaml

import (
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/embed/tuned"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// yamlText is the content of a file, or a fragment of one, in a scalar.
type yamlText struct {
	world, label string
	// name is the file's name, as far as it is known. If it is a guess, it helps
	// to tell what the text is and is no name that others use.
	name  string
	guess bool
	// context is that of a fragment of nginx configuration that is known to be
	// one; empty if the text has to show what it is.
	context   string
	container string
	// from is where in the scalar the text begins.
	from int
}

// content reads a scalar that holds the content of a file. It reports whether the
// scalar is one that is read here.
func (y *yamlReader) content(n *yaml.Node, t yamlText) bool {
	if n == nil || n.Kind != yaml.ScalarNode || y.claimed[n] || strings.TrimSpace(n.Value) == "" || foreignTag(n) {
		return false
	}
	s, ok := y.doc.scalar(n)
	if !ok {
		if kind, _ := yamlKind(t.name, n.Value); t.context != "" || kind == detect.Nginx || kind == detect.Sysctl {
			at := max(y.doc.offset(n), 0)
			y.Skip(y.doc.in, at, at, "the text cannot be found byte by byte in the YAML")
		}
		return false
	}
	if t.from > 0 {
		s.text = s.text.Slice(t.from, len(s.text.String()))
	}
	s = y.replaced(s)
	text := s.text.String()
	kind, template := yamlKind(t.name, text)
	switch {
	case t.context != "":
		kind, template = detect.Nginx, carrier.HoldsTag(text)
	case y.inner(s, t):
		y.claimed[n] = true
		return true
	}
	if kind != detect.Nginx && kind != detect.Sysctl {
		return false
	}
	y.claimed[n] = true
	d := y.Start(kind, t.world, t.label)
	d.Template, d.Context, d.Container = template, t.context, t.container
	if !t.guess {
		d.Target = t.name
	}
	y.locks[d] = s.locked
	if kind == detect.Sysctl {
		s.text = carrier.SettingLines(s.text)
	}
	d.Append(s.text, s.enc)
	return true
}

// foreignTag reports whether a scalar has a tag that makes something else of it:
// "!vault", "!Sub".
func foreignTag(n *yaml.Node) bool {
	return strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") && n.Tag != "!unsafe"
}

// yamlKind tells what a text is, tags of a template left out of account.
func yamlKind(name, text string) (kind detect.Kind, template bool) {
	if !carrier.HoldsTag(text) {
		return carrier.KindOf(name, text)
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if carrier.TagsOnly(line) && strings.TrimSpace(line) != "" {
			continue
		}
		b.WriteString(carrier.TagRemove.ReplaceAllString(line, "T"))
	}
	kind, _ = carrier.KindOf(name, b.String())
	return kind, true
}

// inner reads what stands in a scalar if it is neither nginx configuration nor
// kernel settings itself: a script, a profile of tuned, another YAML file.
func (y *yamlReader) inner(s yamlScalar, t yamlText) bool {
	const deepest = 3
	text := s.text.String()
	if y.depth >= deepest || !strings.Contains(text, "\n") {
		return false
	}
	y.depth++
	defer func() { y.depth-- }()
	switch {
	case strings.HasPrefix(text, "#!"):
		return y.script(s, t)
	case path.Ext(t.name) == ".yaml", path.Ext(t.name) == ".yml", yamlKeys.Has(t.name), strings.HasPrefix(text, "#cloud-config"), yamlBlock.MatchString(text) && Takes("a.yaml", "", text):
		return y.yaml(s, t)
	case strings.Contains(text, "[sysctl") && (tuned.HasLine(text, "[main]") || tuned.HasLine(text, "[sysctl]")):
		return y.tuned(s, t)
	}
	return false
}

// yamlKeys are keys whose values are YAML again: of Argo CD, Kustomize and those
// that start machines.
var yamlKeys = lazy.Words(`values patch userData user-data user_data cloud-config cloud_config`)

// script reads a script of a shell.
func (y *yamlReader) script(s yamlScalar, t yamlText) bool {
	text := s.text.String()
	if shell.Shebang(text) == "" || !carrier.Mentions(text) || holdsBranches(text) {
		return false
	}
	in := hideTags(s.text)
	sh := &shell.Reader{Finder: y.Finder, Echoes: shell.Shebang(text) == "bash", Container: t.container}
	before := len(y.Drafts)
	sh.Nested(in, join(t.world, t.label), shell.Output{}, s.enc)
	return len(y.Drafts) > before
}

// tuned reads a profile of tuned.
func (y *yamlReader) tuned(s yamlScalar, t yamlText) bool {
	where := t.label
	if t.world != "" {
		where = t.world + ": " + where
	}
	in := s.text.Within(y.doc.in)
	in.Path = y.Carrier.Path
	in.View.Where, in.View.Encoding, in.View.Locked = y.Unique(where), s.enc, s.locked
	in.View.Extract = y.Extract
	for _, u := range tuned.Texts(in) {
		u.Host = join(join(t.world, t.label), u.Host)
		u.Container = t.container
		y.more = append(y.more, u)
	}
	return true
}

// yaml reads a YAML file within the file.
func (y *yamlReader) yaml(s yamlScalar, t yamlText) bool {
	in := s.text.Within(y.doc.in)
	in.View.Encoding, in.View.Locked = s.enc, s.locked
	doc, dollars, params := y.doc, y.dollars, y.params
	before := len(y.Drafts) + len(y.more)
	y.stream(in, yamlPlace{world: join(t.world, t.label)})
	y.doc, y.dollars, y.params = doc, dollars, params
	return len(y.Drafts)+len(y.more) > before
}

// replaced applies what is done to a value before it is used, and what holds for
// the text that the YAML itself stands in.
func (y *yamlReader) replaced(s yamlScalar) yamlScalar {
	if in := y.doc.in; in != y.Carrier && in.View != nil {
		s.enc = carrier.Nested(in.View.Encoding, s.enc)
		if s.locked == "" {
			s.locked = in.View.Locked
		}
	}
	if y.dollars {
		s.text = interpolated(s.text)
		s.enc = carrier.Nested(s.enc, source.Encoding{Escape: escapeDollars, Lines: true})
	}
	if len(y.params) > 0 {
		s.text = y.params.without(s.text)
	}
	return s
}

// hideTags hides what a template engine replaces.
func hideTags(p carrier.Phrase) carrier.Phrase {
	return p.Hide(carrier.TagRemove.FindAllStringIndex(p.String(), -1))
}

// parameters are the names of variables that are replaced wherever they stand, by
// their lengths.
type parameters map[int]map[string]bool

func (ps parameters) add(name string) {
	if ps[len(name)] == nil {
		ps[len(name)] = map[string]bool{}
	}
	ps[len(name)][name] = true
}

// without hides the parameters of pups: "$name" wherever it stands, the longest name
// that fits.
func (ps parameters) without(p carrier.Phrase) carrier.Phrase {
	text := p.String()
	lengths := slices.Sorted(maps.Keys(ps))
	var found [][]int
	for i := 0; i < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		for _, n := range slices.Backward(lengths) {
			if end := i + 1 + n; end <= len(text) && ps[n][text[i+1:end]] {
				found = append(found, []int{i, end})
				i = end - 1
				break
			}
		}
	}
	return p.Hide(found)
}

// loose reads a scalar of which nobody knows what it is for, if its text tells:
// one that is written for several lines.
func (y *yamlReader) loose(n *yaml.Node, p yamlPlace) {
	long := n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || strings.Contains(strings.TrimSpace(n.Value), "\n")
	if !long || proseKeys.Has(strings.ToLower(p.key())) {
		return
	}
	name := p.key()
	if !strings.Contains(name, ".") {
		name = path.Base(name)
	}
	t := yamlText{world: y.at(p.group(), n), label: p.label(), name: name, guess: !strings.ContainsAny(name, "./")}
	if variable := yamlVariable.FindString(n.Value); variable != "" {
		t.label = strings.TrimRight(variable, "=\n")
		t.context, t.from = snippetContext(t.label), len(variable)
	}
	y.content(n, t)
}

// yamlVariable is the first line of a scalar that gives a variable the other
// lines: an item of the environment or the labels of a container.
var yamlVariable = lazyre.New(`^[\w.-]+=\n`)

// proseKeys are keys of texts for people, which may quote a configuration, and of
// steps of build systems, which run elsewhere.
var proseKeys = lazy.Words(`description desc example examples msg message documentation readme notes note help summary title
	comment comments changelog body run script before_script after_script prompt expected output stdout patch diff assert that`)
