// Package terraform finds texts in what is written in HCL: Terraform, Packer, Nomad.
package terraform

import (
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/embed/yaml"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes files in HCL in which a word speaks of nginx or the kernel.
func Takes(base, _, text string) bool {
	switch path.Ext(base) {
	case ".tf", ".tofu", ".hcl", ".nomad":
		return text == carrier.Anything || carrier.Mentions(text)
	}
	return false
}

// Read reads the scripts, files and settings that stand in a file.
func Read(f *source.File) carrier.Found {
	r := &reader{Finder: carrier.NewFinder(f, Read), in: f}
	if at := tooDeep(f.Text); at >= 0 {
		r.SkipSetting(f, at, at, "what is nested deeper than %d levels is not checked", deepest)
		return r.found()
	}
	file, errs := hclsyntax.ParseConfig([]byte(f.Text), f.Path, hcl.Pos{Line: 1, Column: 1})
	if errs.HasErrors() {
		r.Skip(f, 0, 0, "the HCL cannot be read: %s", errs[0].Summary)
		return r.found()
	}
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		r.body(body, place{})
	}
	return r.found()
}

// deepest is how many brackets may be open: the library calls itself for each.
const deepest = 200

// tooDeep returns where too many brackets are open; -1 if nowhere.
func tooDeep(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[', '(':
			if depth++; depth > deepest {
				return i
			}
		case '}', ']', ')':
			depth = max(depth-1, 0)
		}
	}
	return -1
}

// reader goes through a file.
type reader struct {
	*carrier.Finder

	in   *source.File
	more []carrier.Text // what another reader found
}

func (r *reader) found() carrier.Found {
	found := r.Found()
	found.Texts = append(found.Texts, r.more...)
	return found
}

// place is where a value stands.
type place struct {
	// world is the resource, the build or the task.
	world string
	// blocks are the types of the blocks around it.
	blocks []string
	// file is the name of the file that the block writes; empty if it says none.
	file string
}

// in returns the place of what is in a block.
func (p place) in(b *hclsyntax.Block) place {
	switch {
	case len(p.blocks) == 0 || b.Type == "task":
		p.world = strings.Join(append([]string{b.Type}, b.Labels...), ".")
	case b.Type == "provisioner" || b.Type == "template":
		p.file = ""
	}
	p.blocks = append(slices.Clip(p.blocks), b.Type)
	for _, name := range []string{"destination", "path", "filename", "target"} {
		if attr := b.Body.Attributes[name]; attr != nil {
			if v, errs := attr.Expr.Value(nil); !errs.HasErrors() && v.Type().FriendlyName() == "string" && v.IsKnown() && !v.IsNull() {
				p.file = v.AsString()
			}
		}
	}
	return p
}

// body reads the attributes and blocks of a block.
func (r *reader) body(b *hclsyntax.Body, p place) {
	attrs := make([]*hclsyntax.Attribute, 0, len(b.Attributes))
	for _, a := range b.Attributes {
		attrs = append(attrs, a)
	}
	slices.SortFunc(attrs, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	for _, a := range attrs {
		r.value(a.Name, a.Expr, p)
	}
	for _, block := range b.Blocks {
		in := p.in(block)
		if block.Type == "sysctl" { // of a pod's security context
			r.pair(block.Body.Attributes, in)
			continue
		}
		r.body(block.Body, in)
	}
}

// pair reads a setting that is given as name and value.
func (r *reader) pair(attrs hclsyntax.Attributes, p place) {
	name, value := attrs["name"], attrs["value"]
	if name == nil || value == nil {
		return
	}
	if key, _, ok := r.text(name.Expr); ok {
		r.Setting(p.world, "sysctl", key, r.setting(value.Expr))
		r.Contain(p.world, "sysctl", "kubernetes")
	}
}

// value reads the value of an attribute, or a part of it.
func (r *reader) value(name string, expr hclsyntax.Expression, p place) {
	switch e := expr.(type) {
	case *hclsyntax.TemplateExpr, *hclsyntax.TemplateWrapExpr:
		if text, enc, ok := r.text(e); ok {
			r.content(name, text, enc, p)
		}
	case *hclsyntax.ParenthesesExpr:
		r.value(name, e.Expression, p)
	case *hclsyntax.FunctionCallExpr:
		for _, arg := range e.Args {
			r.value(name, arg, p)
		}
	case *hclsyntax.TupleConsExpr:
		if name == "inline" {
			r.inline(e, p)
			return
		}
		for _, item := range e.Exprs {
			r.value(name, item, p)
		}
	case *hclsyntax.ObjectConsExpr:
		r.object(name, e, p)
	}
}

// inline reads the commands of a provisioner: they are one script.
func (r *reader) inline(list *hclsyntax.TupleConsExpr, p place) {
	var script carrier.Phrase
	for _, item := range list.Exprs {
		text, _, ok := r.text(item)
		if !ok {
			text = carrier.Unknown(r.in, item.Range().Start.Byte, item.Range().End.Byte)
		}
		script = append(script, text...)
		script = append(script, carrier.Glue("\n")...)
	}
	r.script(script, source.Encoding{Escape: carrier.Without("\"\\$%\n")}, p)
}

// script reads what a shell runs.
func (r *reader) script(text carrier.Phrase, enc source.Encoding, p place) {
	if !carrier.Mentions(text.String()) {
		return
	}
	s := &shell.Reader{Finder: r.Finder, In: text.Within(r.in), Base: enc, Echoes: shell.Shebang(text.String()) == "bash"}
	s.Script(p.world)
}

// scripts are attributes whose values are run by a shell even without a line that says
// so.
var scripts = lazy.Words("inline command execute_command startup_script metadata_startup_script")

// content reads a text of which it depends on the text what it is.
func (r *reader) content(name string, text carrier.Phrase, enc source.Encoding, p place) {
	s := text.String()
	switch {
	case shell.Shebang(s) != "" || scripts.Has(name):
		r.script(text, enc, p)
	case !strings.Contains(s, "\n"):
	case strings.HasPrefix(s, "#cloud-config") || yamlKey.MatchString(s) && yaml.Takes("a.yaml", "a.yaml", s) && p.file == "":
		r.yaml(name, text, enc, p)
	case p.file != "" && (name == "data" || strings.HasPrefix(name, "content")):
		r.Content(p.world, p.file, carrier.Glue(p.file), text, enc)
	default:
		r.Content(p.world, name, carrier.Glue(name), text, enc)
	}
}

// yamlKey is a line that begins a mapping of YAML.
var yamlKey = lazyre.New(`(?m)^[\w.-]+:( *[|>][-+]?)? *$`)

// yaml reads a document of YAML.
func (r *reader) yaml(name string, text carrier.Phrase, enc source.Encoding, p place) {
	in := text.Within(r.in)
	where := name
	if p.world != "" {
		where = p.world + ": " + name
	}
	in.View.Where, in.View.Encoding, in.View.Extract = r.Unique(where), enc, r.Extract
	found := yaml.Read(in)
	for _, t := range found.Texts {
		t.Host = strings.TrimSuffix(p.world+", "+t.Host, ", ")
		r.more = append(r.more, t)
	}
	for _, s := range found.Skipped {
		r.Skip(r.in, s.At.Start, s.At.End, "%s", s.Reason)
	}
}

// object reads a mapping: of kernel settings, or of more values.
func (r *reader) object(name string, e *hclsyntax.ObjectConsExpr, p place) {
	type entry struct{ key, value carrier.Phrase }
	var settings []entry
	byName := map[string]hclsyntax.Expression{}
	for _, item := range e.Items {
		inner := item.KeyExpr
		if k, ok := inner.(*hclsyntax.ObjectConsKeyExpr); ok {
			inner = k.Wrapped
		}
		key, _, ok := r.text(inner)
		if !ok {
			rng := inner.Range()
			key = carrier.Literal(r.in, rng.Start.Byte, rng.End.Byte)
		}
		byName[key.String()] = item.ValueExpr
		if carrier.IsKey(key) {
			settings = append(settings, entry{key, r.setting(item.ValueExpr)})
		}
	}
	container := ""
	switch {
	case name == "sysctl", slices.Contains(p.blocks, "config"), strings.HasPrefix(p.world, "resource.docker_"):
		container = "docker"
	}
	if ns := byName["namespace"]; ns != nil && byName["value"] != nil {
		if key, _, ok := r.text(ns); ok && carrier.IsKey(key) { // systemControls of ECS
			settings, container = []entry{{key, r.setting(byName["value"])}}, "docker"
		}
	}
	if len(settings) == 0 || !strings.Contains(name, "sysctl") && container == "" {
		for _, item := range e.Items {
			key := strings.Trim(r.in.Slice(source.Span{Start: item.KeyExpr.Range().Start.Byte, End: item.KeyExpr.Range().End.Byte}), `"`)
			r.value(key, item.ValueExpr, p)
		}
		return
	}
	for _, s := range settings {
		r.Setting(p.world, name, s.key, s.value)
	}
	r.Contain(p.world, name, container)
}

// setting returns the value of a setting, which is not known unless it is literal.
func (r *reader) setting(expr hclsyntax.Expression) carrier.Phrase {
	if text, _, ok := r.text(expr); ok {
		return text
	}
	rng := expr.Range()
	raw := carrier.Literal(r.in, rng.Start.Byte, rng.End.Byte)
	if carrier.IsNumber(strings.TrimPrefix(raw.String(), "-")) {
		return raw
	}
	return raw.Hidden()
}
