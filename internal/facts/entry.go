package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Entry is all that the tables say of one name, for people and programs.
type Entry struct {
	Schema int    `json:"schema"`
	Name   string `json:"name"`
	// Kind is "nginx directive", "nginx parameter" or "kernel key".
	Kind string `json:"kind"`
	// Forms are one for each module that has the directive, or one for the key.
	Forms []Form `json:"forms"`
	// Rules are those that speak of the name. The tables do not know them.
	Rules []string `json:"rules"`
}

// Form is what one module says of a directive, or the kernel of a key. What is not
// recorded is empty.
type Form struct {
	Module  string `json:"module"`
	Meaning string `json:"meaning"`
	// Contexts are where the newest form of the directive may stand.
	Contexts []string `json:"contexts"`
	// Takes is what may be written behind the name.
	Takes string `json:"takes"`
	Unit  string `json:"unit"`
	// Defaults are by release, oldest first.
	Defaults []Spoken `json:"defaults"`
	// Limits are what nginx or the kernel accepts, by release, as far as it is known.
	Limits []Spoken `json:"limits"`
	// Parameters are those that the directive takes behind its first arguments, each
	// explained as "DIRECTIVE.PARAMETER".
	Parameters []string `json:"parameters,omitempty"`
	// Scope says whose setting a key is: a network namespace's or the host's.
	Scope string `json:"scope"`
	// Versions are the releases that have it, in words.
	Versions string `json:"versions"`
	// Changes are the releases that changed something, oldest first.
	Changes []Change `json:"changes"`
	// Source is the newest source of the entry, https.
	Source string `json:"source"`
}

// Spoken is a value and the releases for which it holds, in words.
type Spoken struct {
	Value    string `json:"value"`
	Versions string `json:"versions"`
	Source   string `json:"source"`
}

// Change is what a release changed.
type Change struct {
	Release Version `json:"-"`
	Version string  `json:"version"`
	What    string  `json:"what"`
	Source  string  `json:"source"`
}

// KindParameter is the kind of an entry that is about a parameter of a directive.
const KindParameter = "nginx parameter"

// EntryOf is the entry of a directive of nginx's own modules, of a parameter of one
// ("listen.backlog"), or of a kernel key in dot or slash notation. Of a key that mainline kernels lost, it says what became of
// it.
func EntryOf(name string) (*Entry, bool) {
	if rows := Directives(name); len(rows) > 0 {
		e := &Entry{Schema: 1, Name: name, Kind: "nginx directive", Rules: []string{}}
		for i := 0; i < len(rows); {
			n := i + 1
			for n < len(rows) && rows[n].Module == rows[i].Module {
				n++
			}
			e.Forms = append(e.Forms, directiveForm(rows[i:n]))
			i = n
		}
		return e, true
	}
	if e, ok := parameterEntry(name); ok {
		return e, true
	}
	key := name
	if !strings.Contains(key, ".") {
		key = strings.ReplaceAll(strings.TrimPrefix(key, "/proc/sys/"), "/", ".")
	}
	e := &Entry{Schema: 1, Name: key, Kind: "kernel key", Rules: []string{}}
	p, isParam := ParamOf(key)
	gone, isGone := GoneParamOf(key)
	switch {
	case isParam:
		e.Forms = append(e.Forms, paramForm(p))
	case isGone:
		e.Forms = append(e.Forms, goneForm(gone))
	}
	return e, isParam || isGone
}

func directiveForm(rows []Directive) Form {
	last := rows[len(rows)-1]
	f := Form{
		Module: last.Module, Meaning: last.Doc, Contexts: last.Contexts.Names(), Takes: last.Takes(), Unit: last.Unit,
		Defaults: []Spoken{}, Limits: []Spoken{}, Changes: []Change{}, Source: last.Ref,
		Versions: spanOf("nginx", Range{rows[0].In.From, last.In.Before}),
	}
	for _, p := range ParametersOf(last.Name, last.Module) {
		if p.Name != "*" && !p.Other && !slices.Contains(f.Parameters, p.Name) {
			f.Parameters = append(f.Parameters, p.Name)
		}
	}
	slots := SlotsOf(last.Name, last.Module)
	for i := range slots {
		in := slotSure(slots, i).Intersect(Range{rows[0].In.From, last.In.Before})
		want := slots[i].wants()
		if in.Empty() || want == "" {
			continue
		}
		f.Limits = append(f.Limits, Spoken{want, spanOf("nginx", in), ""})
		if i > 0 && slots[i-1].wants() != "" && slots[i-1].wants() != want && slotMay(slots, i).From == in.From {
			f.change(in.From, "accepts "+want+", before "+slots[i-1].wants(), "")
		}
	}
	for _, d := range last.Defaults {
		in := d.In.Intersect(Range{rows[0].In.From, last.In.Before})
		f.Defaults = append(f.Defaults, Spoken{d.Text, spanOf("nginx", in), d.Ref})
		if !d.In.From.IsZero() && d.In.From.Compare(rows[0].In.From) > 0 {
			what := "default " + d.Text
			if before, ok := OneDefault(last.Defaults, Only(lastBefore(d.In.From))); ok {
				what = "default " + d.Text + ", was " + before
			}
			f.change(d.In.From, what, d.Ref)
		}
	}
	for i := range rows {
		r := &rows[i]
		switch {
		case i == 0 && r.In.From == V(0, 1, 0):
			// The tables begin there.
		case i == 0:
			f.change(r.In.From, "new", "")
		case rows[i-1].In.Before != r.In.From:
			f.change(rows[i-1].In.Before, "gone", "")
			f.change(r.In.From, "there again", "")
		default:
			for _, what := range differences(&rows[i-1], r) {
				f.change(r.In.From, what, "")
			}
		}
		if old := r.Deprecated; old != nil && !old.Since.IsZero() && (i == 0 || rows[i-1].Deprecated == nil) {
			f.change(old.Since, old.describe(), "")
		}
	}
	if !last.In.Before.IsZero() {
		f.change(last.In.Before, "gone", "")
	}
	f.sort()
	return f
}

// parameterEntry is the entry of "listen.backlog", with or without the "=".
func parameterEntry(name string) (*Entry, bool) {
	directive, parameter, ok := strings.Cut(name, ".")
	if !ok {
		return nil, false
	}
	parameter = strings.TrimSuffix(parameter, "=")
	e := &Entry{Schema: 1, Name: directive + "." + parameter, Kind: KindParameter, Rules: []string{}}
	rows := Directives(directive)
	for i := range rows {
		if i+1 < len(rows) && rows[i+1].Module == rows[i].Module {
			continue // the newest form of the module speaks
		}
		var same []Parameter
		for _, p := range ParametersOf(directive, rows[i].Module) {
			if strings.TrimSuffix(p.Name, "=") == parameter && p.Name != "*" {
				same = append(same, p)
			}
		}
		if own := slices.DeleteFunc(slices.Clone(same), func(p Parameter) bool { return p.Other }); len(own) > 0 {
			same = own
		}
		if len(same) > 0 {
			e.Forms = append(e.Forms, parameterForm(&rows[i], same))
		}
	}
	return e, len(e.Forms) > 0
}

// parameterForm is what one module says of a parameter; there may be a row for each way
// in which it was read.
func parameterForm(d *Directive, rows []Parameter) Form {
	first, last := &rows[0], &rows[len(rows)-1]
	f := Form{
		Module: d.Module, Meaning: last.Doc, Contexts: d.Contexts.Names(), Unit: last.Unit, Takes: "nothing behind it",
		Defaults: []Spoken{}, Limits: []Spoken{}, Changes: []Change{}, Source: d.Ref,
	}
	for i := range rows {
		if strings.HasSuffix(rows[i].Name, "=") {
			f.Takes = "a value behind " + rows[i].Name
		}
	}
	since := first.May.From
	for i := range d.rows() {
		if r := d.rows()[i]; r.Module == d.Module {
			if r.In.From.Compare(since) > 0 {
				since = r.In.From // not before the directive
			}
			break
		}
	}
	// Nothing older was read: it may be younger than the directive.
	old := first.May.From.IsZero() && since.Compare(OldestNginx) < 0
	if old {
		since = OldestNginx
	}
	all := Range{since, last.May.Before}
	f.Versions = spanOf("nginx", all)
	if old {
		f.Versions += ", and perhaps older ones"
	}
	switch {
	case last.Other:
		f.Versions = "NGINX Plus, relatives or modules; not every nginx"
	case first.May.From != first.Sure.From && first.Sure.From.Compare(all.From) > 0:
		f.Versions += " at most; certain from " + full(first.Sure.From) + " on"
		f.change(first.Sure.From, "new, or not long before (from "+full(all.From)+" on at the earliest)", "")
	case since.Compare(OldestNginx) > 0:
		f.change(since, "new", "")
	}
	if !last.May.Before.IsZero() {
		f.change(last.May.Before, "gone, or not long before", "")
	}
	if last.Default != "" {
		f.Defaults = append(f.Defaults, Spoken{last.Default, f.Versions, ""})
	}
	for i := range rows {
		if want := rows[i].wants(); want != "" {
			f.Limits = append(f.Limits, Spoken{want, spanOf("nginx", rows[i].May.Intersect(all)), ""})
		}
	}
	f.sort()
	return f
}

// rows are all rows of the directive's name.
func (d *Directive) rows() []Directive { return Directives(d.Name) }

// lastBefore is a release that is older than v, and no older than any other such
// release that the tables divide at.
func lastBefore(v Version) Version {
	const beyond = 9999
	switch {
	case v.Patch > 0:
		return Version{v.Major, v.Minor, v.Patch - 1}
	case v.Minor > 0:
		return Version{v.Major, v.Minor - 1, beyond}
	}
	return Version{v.Major - 1, beyond, beyond}
}

// differences are what a new form of a directive has otherwise.
func differences(before, now *Directive) []string {
	var out []string
	if more := now.Contexts &^ before.Contexts; more != 0 {
		out = append(out, "also in "+more.String())
	}
	if less := before.Contexts &^ now.Contexts; less != 0 {
		out = append(out, "no longer in "+less.String())
	}
	if now.Args != before.Args {
		out = append(out, "takes "+now.Takes()+", before "+before.Takes())
	}
	if now.Once != before.Once && now.Deprecated == nil {
		if now.Once {
			out = append(out, "a second one in the same block is refused")
		} else {
			out = append(out, "may stand more than once in a block")
		}
	}
	return out
}

func (d *Deprecation) describe() string {
	what := "deprecated"
	if d.Ignored {
		what = "no effect any more, with a warning"
	}
	if d.Instead != "" {
		what += "; use " + d.Instead
	}
	return what
}

// Takes says in words what stands between the name of a directive and its end.
func (d *Directive) Takes() string {
	a := d.Args
	var s string
	switch {
	case a.Flag:
		s = "on or off"
	case a.Min == 0 && a.Max < 0:
		s = "any number of arguments"
	case a.Max < 0:
		s = fmt.Sprintf("%d or more arguments", a.Min)
	case a.Max == 0:
		s = "no arguments"
	case a.Min == 1 && a.Max == 1:
		s = "1 argument"
	case a.Min == a.Max:
		s = fmt.Sprintf("%d arguments", a.Min)
	default:
		s = fmt.Sprintf("%d to %d arguments", a.Min, a.Max)
	}
	if d.Block || d.Data {
		s += " and a block"
	}
	return s
}

func (f *Form) change(in Version, what, source string) {
	if in.IsZero() {
		return
	}
	if source == "" && strings.HasPrefix(f.Module, "ngx_") {
		source = "https://github.com/nginx/nginx/tree/release-" + full(in)
	}
	text := in.String()
	if strings.HasPrefix(f.Module, "ngx_") {
		text = full(in)
	}
	f.Changes = append(f.Changes, Change{in, text, what, source})
}

func (f *Form) sort() {
	slices.SortStableFunc(f.Changes, func(a, b Change) int { return a.Release.Compare(b.Release) })
}

func paramForm(p *Param) Form {
	takes, unit := p.Takes()
	f := Form{
		Meaning: p.Doc, Contexts: []string{}, Takes: takes, Unit: unit, Defaults: []Spoken{}, Limits: []Spoken{},
		Changes: []Change{}, Source: p.Ref, Versions: spanOf("Linux", p.In), Scope: p.scope(),
	}
	if p.ReadOnly {
		f.Takes += ", read-only"
	}
	if p.In != p.Sure {
		f.Versions += " at most; certain for " + spanOf("Linux", p.Sure)
	}
	for _, d := range p.Defaults {
		f.Defaults = append(f.Defaults, Spoken{d.Text, spanOf("Linux", d.In), d.Ref})
		if !d.In.From.IsZero() {
			what := "default " + d.Text
			if before, ok := OneDefault(p.Defaults, Only(lastBefore(d.In.From))); ok {
				what += ", was " + before
			}
			f.change(d.In.From, what, p.Ref)
		}
	}
	for _, l := range p.Limits {
		f.Limits = append(f.Limits, Spoken{l.String(), spanOf("Linux", l.In), ""})
		if len(p.Limits) > 1 && !l.In.From.IsZero() {
			f.change(l.In.From, "accepts "+l.String(), p.Ref)
		}
	}
	if since := p.Sure.From; !since.IsZero() {
		f.change(since, strings.TrimSuffix("new, or not long before "+between(p.In.From, since), " "), p.Ref)
	}
	if !p.NoopSince.IsZero() {
		what := "accepted without effect: " + p.Noop
		if p.NoopUnless != "" {
			what += ", unless " + p.NoopUnless
		}
		if p.Instead != "" {
			what += "; use " + p.Instead
		}
		f.change(p.NoopSince, what, p.Ref)
	}
	f.change(p.In.Before, "gone", p.Ref)
	f.sort()
	return f
}

// between says since when something may have been, if that is not certain.
func between(earliest, certain Version) string {
	if earliest == certain || earliest.IsZero() {
		return ""
	}
	return "(from " + earliest.String() + " on at the earliest)"
}

func (p *Param) scope() string {
	switch {
	case p.Netns:
		return "each network namespace has its own"
	case p.HostOnly:
		return "the host's alone; a container cannot set it"
	}
	return ""
}

func goneForm(g *GoneParam) Form {
	f := Form{
		Meaning: g.Detail, Contexts: []string{}, Defaults: []Spoken{}, Limits: []Spoken{}, Changes: []Change{},
		Source: g.Evidence, Versions: "no mainline Linux",
	}
	if g.Vendor != "" {
		f.Versions += "; kernels of " + g.Vendor
	}
	if !g.Removed.IsZero() {
		f.Versions = spanOf("Linux", Until(g.Removed))
		f.change(g.Removed, "gone", g.Evidence)
	}
	if g.Instead != "" {
		f.Meaning += "; today: " + g.Instead
	}
	return f
}

// String says what is accepted: "0 to 65535", "1 or more".
func (l Limit) String() string {
	lo, hi := strconv.FormatInt(l.Min.N, 10), strconv.FormatInt(l.Max.N, 10)
	switch unbounded := !l.Max.Known || l.Max.N == NoBound; {
	case !l.Min.Known && unbounded:
		return "anything"
	case unbounded:
		return lo + " or more"
	case !l.Min.Known:
		return hi + " or less"
	}
	return lo + " to " + hi
}

// spanOf says a range in words, with nginx's releases in three numbers: "nginx
// 1.28.0 and later".
func spanOf(product string, in Range) string {
	if product != "nginx" {
		return in.Describe(product)
	}
	switch {
	case in.From.IsZero() && in.Before.IsZero():
		return "every nginx"
	case in.From.IsZero():
		return "nginx before " + full(in.Before)
	case in.Before.IsZero():
		return "nginx " + full(in.From) + " and later"
	}
	return "nginx " + full(in.From) + " to before " + full(in.Before)
}

// full writes a release in three numbers.
func full(v Version) string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }
