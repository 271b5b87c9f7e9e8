package lint

import (
	"sync"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// Pass is all that a rule sees: one host, and where to report.
type Pass struct {
	Host *model.Host

	said

	rule   *Rule // the one that runs
	shared *common
}

// said is what one rule, of that number, says of a host.
type said struct {
	number   int
	findings []Finding
	skipped  []NotChecked
	// failed is the panic that ended the rule, empty if it came to its end.
	failed string
}

// common are the values of Pass.Shared, for all rules that run over a host.
type common struct {
	mu     sync.Mutex
	values map[string]*commonValue
	kept   *Kept
}

type commonValue struct {
	once  sync.Once
	value any
}

// Shared returns what build makes of the host, made once for all rules that ask
// for it under the same name. The value must not be changed.
func (p *Pass) Shared(name string, build func() any) any {
	p.shared.mu.Lock()
	v := p.shared.values[name]
	if v == nil {
		v = &commonValue{}
		p.shared.values[name] = v
	}
	p.shared.mu.Unlock()
	v.once.Do(func() { v.value = build() })
	return v.value
}

// Kept holds what rules learn of one host that holds for others as well, such as what
// the tables of nginx say of a directive: whoever runs rules over many hosts hands the
// same one to each run.
type Kept struct {
	mu   sync.Mutex
	free map[any][]any
}

// Borrow returns a value that was given back under a name, for the caller alone, so
// that it may be added to; build makes it where there is none. It is to be given back.
func (p *Pass) Borrow(name any, build func() any) any {
	if k := p.shared.kept; k != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		if n := len(k.free[name]); n > 0 {
			value := k.free[name][n-1]
			k.free[name] = k.free[name][:n-1]
			return value
		}
	}
	return build()
}

// GiveBack lets others borrow a value.
func (p *Pass) GiveBack(name, value any) {
	if k := p.shared.kept; k != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.free == nil {
			k.free = map[any][]any{}
		}
		k.free[name] = append(k.free[name], value)
	}
}

// Report files a finding. Its rule and, if none is set by Pass.ReportMild, its
// severity are filled in. A finding that stands on text which only a template
// decides is left out, unless the rule's hold for any text.
func (p *Pass) Report(f Finding) {
	if p.rule.AnyText {
		f = f.asWritten()
	} else if f.speaksOfUnknown() || standsOnUnknown(f.At) {
		return
	}
	f.Rule = p.rule
	f.tellFilled()
	if !f.mild {
		f.Severity = p.rule.Severity
	}
	p.findings = append(p.findings, f)
}

// ReportMild files a finding of a lower severity than the rule's.
func (p *Pass) ReportMild(s Severity, f Finding) {
	f.Severity, f.mild = s, true
	p.Report(f)
}

// At is the place of a directive: all of a simple one, the opening words of one
// with a block.
func At(d *nginx.Directive) Place {
	span := d.Span()
	if d.Body() != nil {
		span = d.Head()
	}
	return Place{File: d.File(), Span: span}
}

// AtWord is the place of a directive's i-th word; 0 is its name.
func AtWord(d *nginx.Directive, i int) Place {
	return Place{File: d.File(), Span: d.Words().At(i).Span}
}

// AtLine is the place of a sysctl line, from its key to the end of its value.
func AtLine(a model.Assignment) Place {
	span := a.Key.Span
	span.End = max(span.End, a.Value.Span.End)
	return Place{File: a.Tree.File, Span: span}
}

// AtKey is the place of a sysctl line's key.
func AtKey(a model.Assignment) Place { return Place{File: a.Tree.File, Span: a.Key.Span} }

// AtValue is the place of a sysctl line's value.
func AtValue(a model.Assignment) Place { return Place{File: a.Tree.File, Span: a.Value.Span} }

// In makes edits of one nginx file part of a fix.
func In(d *nginx.Directive, edits ...source.Edit) []FileEdit { return inFile(d.File(), edits) }

// InSysctl makes edits of one sysctl file part of a fix.
func InSysctl(t *sysctl.Tree, edits ...source.Edit) []FileEdit { return inFile(t.File, edits) }

func inFile(f *source.File, edits []source.Edit) []FileEdit {
	out := make([]FileEdit, len(edits))
	for i, e := range edits {
		out[i] = FileEdit{File: f, Edit: e}
	}
	return out
}

// NginxVersions words the versions for which a finding holds; it is empty if
// they are all of the target.
func (p *Pass) NginxVersions(in facts.Range, why string) string {
	if in.Contains(p.Host.Target.Nginx) {
		return ""
	}
	return describe(in, facts.NginxWindow(), "nginx", why)
}

// KernelVersions is the same for the kernel.
func (p *Pass) KernelVersions(in facts.Range, why string) string {
	if in.Contains(p.Host.Target.Kernel) {
		return ""
	}
	return describe(in, facts.KernelWindow(), "Linux", why)
}

// describe leaves out the bounds of the supported window, which say nothing
// about the fault.
func describe(in, window facts.Range, product, why string) string {
	if in.From == window.From {
		in.From = facts.Version{}
	}
	if in.Before == window.Before {
		in.Before = facts.Version{}
	}
	s := in.Describe(product)
	if why != "" {
		s += ", " + why
	}
	return s
}
