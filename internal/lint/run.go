package lint

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// Options say which rules run and how.
type Options struct {
	Rules []*Rule
	// Known are the IDs of all rules there are, so that a comment that names one
	// which does not run is told from one that names none.
	Known []string
	// Severity replaces the severity of a rule's findings, by rule ID.
	Severity map[string]Severity
	// Excluded says whether a file's findings of a rule are switched off by
	// configuration, and why; nil means none are.
	Excluded func(path, rule string) (reason string, ok bool)
	// Only, if not nil, keeps the findings in these files (display paths) and
	// drops all others.
	Only map[string]bool
	// Muted, if not nil, says which of the findings, with their places on disk, are to
	// be neither reported nor fixed.
	Muted func(all []Finding) []bool
	// Closed, if not nil, says why a file on disk (display path) must not be written,
	// empty if it may: FixAll drops fixes that need it.
	Closed func(path string) string
	// Kept, if not nil, takes what rules learn of one host that holds for others, too.
	Kept *Kept
}

// Run lints hosts, one after the other, and returns what was found in all of
// them: sorted, each fault once, suppressed ones apart. All places are those on
// disk.
func Run(hosts []*model.Host, o Options) *Result {
	res := run(hosts, o)
	res.onDisk()
	return res
}

// run is Run with the places in the texts that the rules saw, see source.View.
func run(hosts []*model.Host, o Options) *Result {
	res := &Result{Files: diskPaths(hosts)}
	var all []Finding
	var unseen []NotChecked
	told := map[NotChecked]bool{}
	for _, h := range hosts {
		found, skipped, broken := check(h, o)
		found = confirm(h, found, o)
		unseen = append(unseen, skipped...)
		res.Broken = append(res.Broken, broken...)
		for _, b := range broken {
			res.NotChecked = append(res.NotChecked, NotChecked{Rule: b.Rule, Reason: "the rule broke"})
		}
		if h.Sysctl != nil && h.Sysctl.Live {
			found = withoutKernelsOwn(h, found)
			showFixes(h.Sysctl, found)
		}
		if all == nil {
			all = found // most often there is one host
		} else {
			all = append(all, found...)
		}
		for _, n := range notChecked(h) {
			if !told[n] {
				told[n] = true
				res.NotChecked = append(res.NotChecked, n)
			}
		}
	}
	res.NotChecked = append(res.NotChecked, foldSkipped(unseen)...)
	all = mergeSame(all)
	all = slices.DeleteFunc(all, func(f Finding) bool {
		elsewhere := o.Only != nil && !o.Only[f.At.File.OnDisk().Path]
		if elsewhere {
			res.Elsewhere++
		}
		return elsewhere
	})
	all = o.withoutMuted(all, res)
	res.Findings, res.Suppressed = suppress(all, hosts, o)
	Sort(res.Findings)
	return res
}

// withoutMuted leaves out what is muted, and counts it.
func (o Options) withoutMuted(all []Finding, res *Result) []Finding {
	if o.Muted == nil {
		return all
	}
	shown := make([]Finding, len(all))
	for i := range all {
		shown[i] = all[i].onDisk()
	}
	var kept []Finding
	for i, muted := range o.Muted(shown) {
		if muted {
			res.Elsewhere++
			continue
		}
		kept = append(kept, all[i])
	}
	return kept
}

// small is the number of scopes up to which the rules go through a host one after the
// other: they are done before others could be called to help.
const small = 256

// check runs the rules over one host, on as many processors as there are. The
// host does not change, and a rule sees nothing of the others: one that breaks
// takes none of the other's findings with it.
func check(h *model.Host, o Options) (all []Finding, skipped []NotChecked, broken []Broken) {
	shared := &common{values: map[string]*commonValue{}, kept: o.Kept}
	var next atomic.Int64
	var mu sync.Mutex
	var told []said // of the rules that have something to say
	work := func() {
		p := &Pass{Host: h, shared: shared}
		for i := int(next.Add(1)) - 1; i < len(o.Rules); i = int(next.Add(1)) - 1 {
			if !applies(o.Rules[i], h) {
				continue
			}
			p.rule, p.said = o.Rules[i], said{number: i}
			if p.ask(); p.findings != nil || p.skipped != nil || p.failed != "" {
				mu.Lock()
				told = append(told, p.said)
				mu.Unlock()
			}
		}
	}
	var group sync.WaitGroup
	if h.Nginx != nil && len(h.Nginx.Scopes) > small {
		for range min(len(o.Rules), runtime.GOMAXPROCS(0)) - 1 {
			group.Go(work)
		}
	}
	work()
	group.Wait()
	slices.SortFunc(told, func(a, b said) int { return cmp.Compare(a.number, b.number) })
	n := 0
	for _, t := range told {
		n += len(t.findings)
	}
	all = slices.Grow(all, n)
	for _, t := range told {
		all, skipped = append(all, t.findings...), append(skipped, t.skipped...)
		if t.failed != "" {
			broken = append(broken, Broken{o.Rules[t.number].ID, t.failed})
		}
	}
	for i := range all {
		if s, ok := o.Severity[all[i].Rule.ID]; ok {
			all[i].Severity = s
		}
	}
	return all, skipped, broken
}

// ask runs the rule. A panic of it is kept as text, with where it came from, and takes
// the place of what the rule has said.
func (p *Pass) ask() {
	defer func() {
		if x := recover(); x != nil {
			p.findings, p.failed = nil, fmt.Sprintf("%v\n%s", x, debug.Stack())
		}
	}()
	p.rule.Check(p)
}

// applies reports whether a rule can claim anything for a host.
func applies(r *Rule, h *model.Host) bool {
	if r.Written && h.Sysctl != nil && h.Sysctl.Live {
		return false
	}
	if r.Needs == (Needs{}) {
		return !h.Target.Nginx.Empty() && !h.Target.Kernel.Empty()
	}
	t := h.Target
	return !t.Nginx.Intersect(r.Needs.Nginx).Empty() && !t.Kernel.Intersect(r.Needs.Kernel).Empty()
}

// notChecked lists what no rule could look at.
func notChecked(h *model.Host) []NotChecked {
	var out []NotChecked
	if h.Nginx == nil {
		return nil
	}
	if t := h.Nginx.Trees[0]; len(t.Errors) > 0 {
		reason := "nginx refuses the file, so nothing else in it was looked at"
		if t.File.Templated() {
			reason = "the template cannot be read without rendering it: " + t.Errors[0].Msg
		}
		out = append(out, NotChecked{At: Place{t.File, t.Errors[0].Span}, Reason: reason})
	}
	for _, inc := range h.Nginx.Includes {
		switch inc.Problem {
		case model.Broken, model.Unreadable:
			out = append(out, NotChecked{At: At(inc.Dir), Reason: inc.Reason})
		case model.Unseen:
			if inc.Outside {
				out = append(out, NotChecked{At: At(inc.Dir), Reason: inc.Reason})
			}
		case model.None, model.Missing, model.Cycle, model.Templated:
		}
	}
	return out
}

// Sort puts findings in the order in which they are reported: by file, place
// and rule.
func Sort(fs []Finding) {
	// Most often they are in order: they were sorted as parts, or before a few were left
	// out.
	if !slices.IsSortedFunc(fs, compare) {
		slices.SortStableFunc(fs, compare)
	}
}

// compare orders findings as Sort does. It looks at texts only where it must.
func compare(a, b Finding) int {
	if a.At.File != b.At.File {
		if c := cmp.Compare(a.At.File.Path, b.At.File.Path); c != 0 {
			return c
		}
	}
	if c := cmp.Or(cmp.Compare(a.At.Span.Start, b.At.Span.Start), cmp.Compare(a.At.Span.End, b.At.Span.End)); c != 0 {
		return c
	}
	if a.Rule != b.Rule {
		if c := cmp.Compare(a.Rule.ID, b.Rule.ID); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Msg, b.Msg)
}

// mergeSame makes one finding of those that a rule reports at one place: the
// file is included several times, or belongs to several hosts. A fix stays only
// if all agree to it. The list given is used up.
func mergeSame(all []Finding) []Finding {
	type key struct {
		rule string
		file string
		span source.Span
		msg  string
	}
	at := make(map[key]int, len(all))
	out := all[:0] // what was read is not needed again
	for _, f := range all {
		k := key{f.Rule.ID, f.At.File.Path, f.At.Span, f.Msg}
		i, ok := at[k]
		if !ok {
			at[k] = len(out)
			out = append(out, f)
			continue
		}
		first := &out[i]
		first.Severity = max(first.Severity, f.Severity)
		switch {
		case first.Fix == nil:
		case f.Fix == nil || !slices.Equal(first.Fix.Edits, f.Fix.Edits):
			first.Fix = nil
		default:
			merged := *first.Fix
			if !sameScopes(merged.Scopes, f.Fix.Scopes) {
				merged.Scopes = append(slices.Clip(merged.Scopes), f.Fix.Scopes...)
			}
			merged.Safety = min(merged.Safety, f.Fix.Safety)
			first.Fix = &merged
		}
	}
	return out
}

// sameScopes reports whether two lists are one and the same. Fixes share theirs
// where they are long.
func sameScopes(a, b []*model.Scope) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
