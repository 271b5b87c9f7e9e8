package lsp

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// lines is Markdown that is written line by line.
type lines struct{ strings.Builder }

func (b *lines) add(format string, args ...any) { b.WriteString(fmt.Sprintf(format, args...) + "\n") }

// gap begins a paragraph.
func (b *lines) gap() { b.WriteByte('\n') }

// code sets a text as it is written; control characters would spoil the page.
func code(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, show.Known(text))
	if text == "" {
		return "`\"\"`"
	}
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// aboutDirective is what a directive does where it stands: its value here, its
// defaults, the versions that have it, the places where it may stand.
func aboutDirective(h *model.Host, d *nginx.Directive) string {
	name := d.Name()
	rows := rowsAt(h, d)
	if len(rows) == 0 && !facts.KnownDirective(name) {
		return ""
	}
	var b lines
	if len(rows) == 0 {
		b.add("**%s**, of a module that is not among nginx's own", name)
		return b.String()
	}
	row := rows[0]
	b.add("**%s** of %s", name, row.Module)
	b.gap()
	if row.Doc != "" {
		b.add("%s", row.Doc)
		b.gap()
	}
	here(&b, h, d, row)
	defaults(&b, row.Defaults, "nginx")
	b.add("- may stand in: %s", row.Contexts)
	if !row.Block && name != "include" && nests(row.Contexts) {
		b.add("- in inner blocks: %s", merges[facts.MergeOf(name)])
	}
	if in := releases(rows); in.From.Compare(facts.OldestNginx) > 0 || !in.Before.IsZero() {
		b.add("- %s", in.Describe("nginx"))
	}
	if dep := row.Deprecated; dep != nil {
		b.add("- %s", deprecation(dep))
	}
	b.gap()
	b.add("[source of nginx](%s)", row.Ref)
	return b.String()
}

// nests reports whether one of the contexts may be inside another one, or the same.
func nests(c facts.Context) bool {
	return c&facts.Location != 0 || bits.OnesCount64(uint64(c)) > 1
}

var merges = map[facts.Merge]string{
	facts.Scalar: "inherited, the nearest value counts",
	facts.Array:  "inherited as a whole, and lost as a whole where a block has one of its own",
	facts.Local:  "not inherited",
}

func deprecation(d *facts.Deprecation) string {
	text := "deprecated"
	if !d.Since.IsZero() {
		text += " since nginx " + d.Since.String()
	}
	if d.Ignored {
		text += ", without effect"
	}
	if d.Instead != "" {
		text += ": use " + d.Instead
	}
	return text
}

// here is what a directive does where it stands: the files that it brings, where it
// sends requests, or the value in force, of each scope if its file is included several
// times.
func here(b *lines, h *model.Host, d *nginx.Directive, row facts.Directive) {
	if h.Nginx == nil {
		return
	}
	if d.Name() == "include" {
		included(b, h, d)
		return
	}
	for _, p := range h.Nginx.Passes() {
		if p.Directive == d || p.Scope.Block == d {
			passed(b, p, p.Scope.Block == d)
			return
		}
	}
	if row.Block || steps[d.Name()] {
		return
	}
	const most = 3
	seen := map[string]bool{}
	for _, s := range scopesOf(h, d) {
		text := inForce(s, d.Name())
		if !seen[text] && len(seen) < most {
			b.WriteString(text)
		}
		seen[text] = true
	}
}

// steps are the directives that are carried out one after the other: none of them is in
// force in place of another.
var steps = map[string]bool{"set": true, "rewrite": true, "return": true, "break": true}

// inForce lists what is in force of a directive in a scope.
func inForce(s *model.Scope, name string) string {
	const most = 20
	var b lines
	values := show.InForce(s, name)
	if len(values) == 1 {
		b.add("- in force in %s: %s%s", code(label(s)), code(values[0].Value), show.Bracketed(values[0].From))
		return b.String()
	}
	b.add("- in force in %s:", code(label(s)))
	for i, v := range values {
		if i == most {
			b.add("  - and %d more", len(values)-most)
			break
		}
		b.add("  - %s%s", code(v.Value), show.Bracketed(v.From))
	}
	return b.String()
}

// included lists the files that an include brings.
func included(b *lines, h *model.Host, d *nginx.Directive) {
	const most = 12
	seen := map[string]bool{}
	for _, inc := range h.Nginx.Includes {
		if inc.Dir != d {
			continue
		}
		for _, f := range inc.Files {
			name := f.OnDisk().Path
			if !seen[name] && len(seen) < most {
				b.add("- brings %s", code(name))
			}
			seen[name] = true
		}
		if inc.Problem != model.None && !seen[inc.Reason] {
			seen[inc.Reason] = true
			b.add("- %s", show.Known(inc.Reason))
		}
	}
	switch {
	case len(seen) > most:
		b.add("- and %d more", len(seen)-most)
	case len(seen) == 0:
		b.add("- no file here fits")
	}
}

// passed says where a pass sends requests; of a block that has one, which it is.
func passed(b *lines, p *model.Pass, inside bool) {
	if inside {
		b.add("- requests: %s (%s)", code(strings.TrimSpace(p.Name()+" "+show.Written(p.Directive, p.Args()))), show.Place(p.File(), p.Span()))
	}
	b.add("- goes to: %s", show.Target(p))
	if text := show.Connections(p); text != "" {
		b.add("- connections to it: %s", text)
	}
}

func label(s *model.Scope) string {
	if s.Block == nil {
		return s.Kind.String()
	}
	return s.Label()
}

// rowsAt are the rows of a directive that fit where it stands, the newest first; all
// of its rows if none does.
func rowsAt(h *model.Host, d *nginx.Directive) []facts.Directive {
	all := facts.Directives(d.Name())
	var out []facts.Directive
	if h.Nginx != nil {
		if scopes := scopesOf(h, d); len(scopes) > 0 {
			in := facts.ParseContext(scopes[0].Kind.String())
			for _, row := range slices.Backward(all) {
				if in != 0 && row.Contexts.Has(in) {
					out = append(out, row)
				}
			}
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

// releases are those that have the directive of the first row, which changed its form in
// some of them.
func releases(rows []facts.Directive) facts.Range {
	in := rows[0].In
	for _, r := range rows[1:] {
		if r.Module != rows[0].Module {
			continue
		}
		if r.In.From.Compare(in.From) < 0 {
			in.From = r.In.From
		}
		if r.In.Before.IsZero() || !in.Before.IsZero() && r.In.Before.Compare(in.Before) > 0 {
			in.Before = r.In.Before
		}
	}
	return in
}

// defaults lists the defaults by version.
func defaults(b *lines, all []facts.Default, product string) {
	for _, d := range all {
		in := ""
		if d.In != (facts.Range{}) {
			in = " (" + d.In.Describe(product) + ")"
		}
		b.add("- default: %s%s", code(d.Text), in)
	}
}

// aboutKernel is what a kernel setting means.
func aboutKernel(h *model.Host, e *sysctl.Entry) string {
	var b lines
	key := e.Key.Value
	if gone, ok := facts.GoneParamOf(key); ok {
		b.add("**%s**: %s", key, gone.Detail)
		b.gap()
		if !gone.Removed.IsZero() {
			b.add("- gone since Linux %s", gone.Removed)
		}
		if gone.Vendor != "" {
			b.add("- in kernels of %s", gone.Vendor)
		}
		if gone.Instead != "" {
			b.add("- instead: %s", gone.Instead)
		}
		return b.String()
	}
	k, ok := facts.ParamOf(key)
	if !ok {
		return ""
	}
	b.add("**%s**", key)
	b.gap()
	if k.Doc != "" {
		b.add("%s", k.Doc)
		b.gap()
	}
	if v := h.Sysctl.Get(key); v.Set {
		sure := ""
		if !v.Sure {
			sure = ", under one of the programs that may load it"
		}
		if v.Entry != e {
			sure += ", which counts in place of this line"
		}
		b.add("- set to: %s (%s%s)", code(v.Value.Value), show.Place(v.Tree.File, v.Line), sure)
	}
	param(&b, k)
	b.gap()
	if k.Ref != "" {
		b.add("[source of the kernel](%s)", k.Ref)
	}
	return b.String()
}

// param lists what is known of a kernel setting.
func param(b *lines, k *facts.Param) {
	takes, unit := k.Takes()
	if unit != "" {
		takes += ", in " + unit
	}
	b.add("- value: %s", takes)
	if len(k.Defaults) == 0 && k.Doc != "" && !strings.HasPrefix(k.Unit, "write") {
		b.add("- default: depends on the machine or on how the kernel was built, or not known")
	}
	defaults(b, k.Defaults, "Linux")
	for _, l := range k.Limits {
		if l.Min.N == math.MinInt32 && l.Max.N == math.MaxInt32 {
			continue // what a C int holds tells nobody anything
		}
		in := ""
		if l.In != (facts.Range{}) {
			in = " (" + l.In.Describe("Linux") + ")"
		}
		b.add("- the kernel takes: %s%s", l, in)
	}
	if k.In.From.Compare(facts.OldestKernel) > 0 || !k.In.Before.IsZero() {
		b.add("- %s", k.In.Describe("Linux"))
	}
	if !k.NoopSince.IsZero() {
		b.add("- without effect since Linux %s: %s", k.NoopSince, k.Noop)
	}
	if k.Instead != "" {
		b.add("- instead: %s", k.Instead)
	}
	switch {
	case k.ReadOnly:
		b.add("- it shows something and cannot be set")
	case k.Netns:
		b.add("- each network namespace, so each container, has its own")
	case k.HostOnly:
		b.add("- a container cannot set it")
	}
}
