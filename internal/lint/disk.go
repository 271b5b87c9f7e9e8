package lint

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// onDisk makes a result speak of the files on disk: rules see texts as they are
// found in a manifest or a template, people see the files themselves.
func (r *Result) onDisk() {
	for i := range r.Findings {
		r.Findings[i] = r.Findings[i].onDisk()
	}
	for i := range r.Suppressed {
		r.Suppressed[i].Finding = r.Suppressed[i].Finding.onDisk()
	}
	for i := range r.NotChecked {
		r.NotChecked[i].At = r.NotChecked[i].At.onDisk()
	}
	Sort(r.Findings)
}

// onDisk returns the finding with its places and edits on disk. A fix whose edits
// cannot be made there is only shown.
func (f Finding) onDisk() Finding {
	embedded := func(p Place) bool { return p.File != nil && p.File.View != nil }
	if embedded(f.At) {
		f.At = f.At.onDisk()
	}
	if slices.ContainsFunc(f.Notes, func(n Note) bool { return embedded(n.At) }) {
		f.Notes = slices.Clone(f.Notes)
		for i := range f.Notes {
			f.Notes[i].At = f.Notes[i].At.onDisk()
		}
	}
	if f.Fix != nil && slices.ContainsFunc(f.Fix.Edits, func(e FileEdit) bool { return e.File.View != nil }) {
		fix := *f.Fix
		edits, err := diskEdits(fix.Edits)
		if err != nil || leavesNothing(fix.Edits) {
			fix.Safety = Shown
		}
		for _, e := range fix.Edits {
			if v := e.File.View; err != nil && v != nil && v.Locked != "" {
				fix.Title += "; " + v.Locked
				break
			}
		}
		fix.Edits = edits
		f.Fix = &fix
	}
	return f
}

// diskEdits maps edits to the files on disk; none if one of them cannot be made
// there.
func diskEdits(edits []FileEdit) ([]FileEdit, error) {
	out := make([]FileEdit, len(edits))
	for i, e := range edits {
		d, err := e.File.DiskEdit(e.Edit)
		if err != nil {
			return nil, err
		}
		out[i] = FileEdit{e.File.OnDisk(), d}
	}
	return out, nil
}

// leavesNothing reports whether edits take away all of a text that was found in
// another file: a block of a playbook without a line, say. What becomes of it then
// is for its author to decide.
func leavesNothing(edits []FileEdit) bool {
	byFile := map[*source.File][]source.Edit{}
	for _, e := range edits {
		if v := e.File.View; v != nil && v.Where != "" {
			byFile[e.File], _ = source.Merge(byFile[e.File], []source.Edit{e.Edit})
		}
	}
	for f, list := range byFile {
		if blankAfter(f.Text, list) {
			return true
		}
	}
	return false
}

// blankAfter reports whether nothing but space is left of a text after edits that do not
// overlap. It looks no further than the first byte that stays, as the text may be large
// and have many findings.
func blankAfter(text string, edits []source.Edit) bool {
	edits = slices.SortedStableFunc(slices.Values(edits), func(a, b source.Edit) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	at := 0
	for _, e := range edits {
		if e.Span.Start < at || e.Span.End > len(text) || strings.TrimSpace(text[at:e.Span.Start]) != "" || strings.TrimSpace(e.New) != "" {
			return false
		}
		at = e.Span.End
	}
	return strings.TrimSpace(text[at:]) == ""
}

// diskPaths are the files on disk that hosts were read from, sorted.
func diskPaths(hosts []*model.Host) []string {
	var out []string
	seen := map[*source.File]bool{}
	for _, h := range hosts {
		for _, f := range h.Files() {
			if f = f.OnDisk(); !seen[f] {
				seen[f] = true
				out = append(out, f.Path)
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// showFixes makes fixes that only are shown of those that would edit the output
// of "sysctl -a".
func showFixes(live *model.Sysctl, found []Finding) {
	isLive := func(e FileEdit) bool {
		return slices.ContainsFunc(live.Trees, func(t *sysctl.Tree) bool { return t.File == e.File })
	}
	for i := range found {
		if f := found[i].Fix; f != nil && slices.ContainsFunc(f.Edits, isLive) {
			shown := *f
			shown.Safety, shown.Edits = Shown, nil
			shown.Title = strings.Replace(shown.Title, "remove the line", "take it out of the file that sets it", 1)
			found[i].Fix = &shown
		}
	}
}

// withoutKernelsOwn drops what rules about kernel settings say of values that the
// running kernel has by itself.
func withoutKernelsOwn(h *model.Host, found []Finding) []Finding {
	type start struct {
		file *source.File
		at   int
	}
	own := map[start]bool{}
	for _, t := range h.Sysctl.Trees {
		for _, e := range t.Entries {
			if h.KernelsOwn(e.Key.Value, e.Value.Value) {
				own[start{t.File, e.Line.Start}] = true
			}
		}
	}
	return slices.DeleteFunc(found, func(f Finding) bool {
		line := f.At.File.LineSpan(f.At.File.Position(f.At.Span.Start).Line)
		return strings.HasPrefix(f.Rule.ID, "sysctl-") && own[start{f.At.File, line.Start}]
	})
}
