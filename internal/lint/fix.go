package lint

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// maxRounds is how often fixes are made and the result is linted again before
// FixAll gives up: a fix may make room for another.
const maxRounds = 10

// Change is a file that fixes changed.
type Change struct{ Old, New *source.File }

// Outcome is what FixAll did.
type Outcome struct {
	// Changes are the changed files on disk, by path.
	Changes []Change
	// Files are the texts that have changed, by path: the files on disk and
	// what is found in them, see source.View.
	Files map[string]*source.File
	// Applied are the findings that were cured.
	Applied []Finding
	// Dropped are the fixes that were not made, and why.
	Dropped []Dropped
	// Unfinished says that there was still something to fix after the last
	// round.
	Unfinished bool
	// After is what a run over the changed files finds.
	After *Result
}

// fixer holds the state of one run of FixAll.
type fixer struct {
	inputs []model.Input
	o      Options
	allow  Safety

	changed map[string]*source.File // by path, as they are now
	disk    map[string]*source.File // the same on disk
	first   map[string]*source.File // on disk, as they were at the start
	dropped map[string]bool
	broken  []Broken // rules whose fix could not even be checked
	out     *Outcome
}

// FixAll cures what it can in memory: it merges the fixes of at least the given
// safety, applies them, reads the result again and keeps it only if it passes
// every check of verify. A fix that fails is dropped alone.
func FixAll(inputs []model.Input, o Options, allow Safety) *Outcome {
	f := &fixer{
		inputs: inputs, o: o, allow: allow, out: &Outcome{},
		changed: map[string]*source.File{}, disk: map[string]*source.File{}, first: map[string]*source.File{}, dropped: map[string]bool{},
	}
	for i := range inputs {
		f.fixHost(i)
	}
	hosts := make([]*model.Host, len(inputs))
	for i := range inputs {
		hosts[i] = f.build(i, f.changed)
	}
	f.out.After = Run(hosts, o)
	f.out.After.Broken = append(f.out.After.Broken, f.broken...)
	for i := range f.out.Applied {
		f.out.Applied[i] = f.out.Applied[i].onDisk()
	}
	for i := range f.out.Dropped {
		f.out.Dropped[i].Finding = f.out.Dropped[i].Finding.onDisk()
	}
	f.out.After.Dropped, f.out.After.Applied = f.out.Dropped, len(f.out.Applied)
	f.out.Files = f.changed
	for p, file := range f.disk {
		if old := f.first[p]; old.Text != file.Text {
			f.out.Changes = append(f.out.Changes, Change{old, file})
		}
	}
	slices.SortFunc(f.out.Changes, func(a, b Change) int { return cmp.Compare(a.Old.Path, b.Old.Path) })
	return f.out
}

// build reads host i with some files replaced.
func (f *fixer) build(i int, files map[string]*source.File) *model.Host {
	return model.Build(f.inputs[i].With(files))
}

func (f *fixer) fixHost(i int) {
	for round := 0; ; round++ {
		before := f.state(i, f.changed)
		todo := f.candidates(before)
		if len(todo) == 0 {
			return
		}
		if round == maxRounds {
			f.out.Unfinished = true
			return
		}
		f.applyAll(i, before, todo)
	}
}

// candidates returns the findings whose fixes may be made, in the order in
// which they are merged: the worst first, then by rule and place.
func (f *fixer) candidates(s *state) []Finding {
	var todo []Finding
	for _, x := range s.res.Findings {
		if x.Fix == nil || x.Fix.Safety < f.allow || len(x.Fix.Edits) == 0 || f.dropped[dropKey(x)] || leavesNothing(x.Fix.Edits) {
			continue
		}
		edits, err := diskEdits(x.Fix.Edits)
		if err != nil {
			continue
		}
		if err := f.o.open(edits); err != nil {
			f.drop(x, err)
			continue
		}
		todo = append(todo, x)
	}
	slices.SortStableFunc(todo, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	if revive := slices.DeleteFunc(slices.Clone(todo), func(x Finding) bool { return !x.Fix.Revives }); len(revive) > 0 {
		return revive
	}
	return todo
}

// open fails if one of the files of some edits must not be written.
func (o *Options) open(edits []FileEdit) error {
	for _, e := range edits {
		if o.Closed == nil {
			break
		}
		if why := o.Closed(e.File.Path); why != "" {
			return fmt.Errorf("it changes %s, too, %s", e.File.Path, why)
		}
	}
	return nil
}

// dropKey recognises a fix that was refused, in a later round.
func dropKey(x Finding) string {
	file := x.At.File
	line := file.Position(x.At.Span.Start).Line
	return strings.Join([]string{x.Rule.ID, file.Path, x.Msg, file.Slice(file.LineSpan(line))}, "\x00")
}

// applyAll makes the fixes of one round: all that merge at once, or, if the
// result is refused, one by one.
func (f *fixer) applyAll(i int, before *state, todo []Finding) {
	batch := mergeable(todo)
	if next, err := f.try(i, before, batch); err == nil {
		f.keep(next, batch)
		return
	}
	if good := f.sift(i, before, nil, batch); len(good) > 0 {
		if next, err := f.try(i, before, good); err == nil {
			f.keep(next, good)
		}
	}
}

// sift finds the fixes of batch that can be made together with good, by halves,
// and drops the others. The edits of every fix speak of the files before the
// round, so a larger set is always tried as a whole.
func (f *fixer) sift(i int, before *state, good, batch []Finding) []Finding {
	all := append(slices.Clone(good), batch...)
	_, err := f.try(i, before, all)
	switch {
	case err == nil:
		return all
	case len(batch) == 1:
		if len(good) > 0 {
			if _, err = f.try(i, before, batch); err == nil {
				return good // it only fails beside the others and waits for the next round
			}
		}
		f.drop(batch[0], err)
		return good
	}
	half := len(batch) / 2
	return f.sift(i, before, f.sift(i, before, good, batch[:half]), batch[half:])
}

func (f *fixer) drop(x Finding, err error) {
	f.dropped[dropKey(x)] = true
	f.out.Dropped = append(f.out.Dropped, Dropped{x, err.Error()})
}

func (f *fixer) keep(next source.Rewritten, done []Finding) {
	maps.Copy(f.changed, next.Files)
	maps.Copy(f.disk, next.Disk)
	f.out.Applied = append(f.out.Applied, done...)
}

// mergeable returns the fixes that can be made together. One that overlaps an
// earlier one waits for the next round.
func mergeable(todo []Finding) []Finding {
	if _, ok := mergeAll(todo); ok {
		return todo
	}
	edits := map[*source.File][]source.Edit{}
	var batch []Finding
next:
	for _, x := range todo {
		trial := map[*source.File][]source.Edit{}
		for file, own := range x.Fix.byFile() {
			merged, ok := source.Merge(edits[file], own)
			if !ok {
				continue next
			}
			trial[file] = merged
		}
		maps.Copy(edits, trial)
		batch = append(batch, x)
	}
	return batch
}

// mergeAll merges the edits of fixes at once; not ok if some overlap.
func mergeAll(batch []Finding) (edits map[*source.File][]source.Edit, ok bool) {
	edits = map[*source.File][]source.Edit{}
	for _, x := range batch {
		for file, own := range x.Fix.byFile() {
			edits[file] = append(edits[file], own...)
		}
	}
	for file, list := range edits {
		if edits[file], ok = source.Merge(nil, list); !ok {
			return nil, false
		}
	}
	return edits, true
}

// byFile groups a fix's edits, leaving out those that change nothing.
func (x *Fix) byFile() map[*source.File][]source.Edit {
	out := map[*source.File][]source.Edit{}
	for _, e := range x.Edits {
		inside := source.Span{End: len(e.File.Text)}.Contains(e.Edit.Span) && e.Edit.Span.Len() >= 0 // else Apply refuses it
		if !inside || e.File.Slice(e.Edit.Span) != e.Edit.New {
			out[e.File] = append(out[e.File], e.Edit)
		}
	}
	return out
}

// errBroke is why a fix is dropped whose check panicked.
var errBroke = errors.New("something broke inside while it was checked")

// try applies fixes to the files as they are and verifies the result. It
// returns the new files and changes nothing. A panic costs the fixes, not the run.
func (f *fixer) try(i int, before *state, batch []Finding) (next source.Rewritten, err error) {
	defer func() {
		if x := recover(); x != nil {
			next, err = source.Rewritten{}, errBroke
			if len(batch) == 1 { // the others are tried one by one
				f.broken = append(f.broken, Broken{batch[0].Rule.ID, fmt.Sprintf("%v\n%s", x, debug.Stack())})
			}
		}
	}()
	edits, ok := mergeAll(batch)
	if !ok {
		return source.Rewritten{}, errOverlap
	}
	tidyAll(edits)
	if next, err = source.Rewrite(edits); err != nil {
		return source.Rewritten{}, err
	}
	for file := range edits {
		if disk := file.OnDisk(); f.first[disk.Path] == nil {
			f.first[disk.Path] = disk
		}
	}
	return next, f.verify(i, before, batch, edits, next.Files)
}
