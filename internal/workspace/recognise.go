package workspace

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
)

// selection is what is read together: a folder with all that was found in it, or all
// files that were named one by one.
type selection struct {
	dir string // as it is shown; empty for named files
	// near says that it is what lies around named files.
	near   bool
	nginx  []*source.File
	sysctl []*source.File
	// carried is what was found inside of other files, dumps are the files that each
	// output of "nginx -T" was made from.
	carried []embed.Found
	dumps   [][]*source.File
}

// names reports whether a file, or the one that it was found in, is part of the
// selection.
func (sel *selection) names(f *source.File) bool {
	f = f.OnDisk()
	is := func(x *source.File) bool { return x.OnDisk() == f }
	return slices.ContainsFunc(sel.nginx, is) || slices.ContainsFunc(sel.sysctl, is) ||
		slices.ContainsFunc(sel.carried, func(found embed.Found) bool {
			return slices.ContainsFunc(found.Texts, func(t embed.Text) bool { return is(t.File) })
		})
}

// recogniser reads files and finds out what each of them is.
type recogniser struct {
	store    *store
	settings *settler
	messages *messages
	// seen are the files that are part of a selection already.
	seen       map[*source.File]bool
	notChecked []lint.NotChecked
}

// folder reads what was found below a folder.
func (r *recogniser) folder(dir string, all []found) *selection {
	sel := &selection{dir: dir}
	files := r.read(all, r.messages)
	for _, f := range files {
		if !r.seen[f] {
			r.seen[f] = true
			r.add(sel, f, r.store.content(f))
		}
	}
	if len(files) == 0 {
		r.messages.remark("no nginx configuration or kernel settings found in %s", dir)
	}
	return sel
}

// read returns the files that hold something, sorted by path.
func (r *recogniser) read(all []found, say *messages) []*source.File {
	var out []*source.File
	seen := make(map[*source.File]bool, len(all))
	for _, x := range all {
		switch {
		case x.err != nil:
			say.problem(x.err)
		case x.why != "" && x.likely:
			say.remark("%s is not read: %s", x.path, x.why)
		case x.why != "":
			say.left(x.path, x.why)
		default:
			if f := r.look(x, seen, say); f != nil {
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b *source.File) int { return comparePaths(a.Path, b.Path) })
	return out
}

// look reads one file. The result is nil if it holds nothing, or was seen before.
func (r *recogniser) look(x found, seen map[*source.File]bool, say *messages) *source.File {
	file, err := r.store.open(x.path, true)
	if err != nil {
		// Of a file that nobody may read, only the name tells whether it matters.
		switch {
		case !x.likely && !x.wanted:
		case errors.Is(err, tooFound): // who looks for a finding about it should know
			say.remark("%s is not read: %s", x.path, tooFound)
		case !isSkipped(err):
			say.problem(err)
		}
		say.left(x.path, err.Error())
		return nil
	}
	if seen[file] {
		say.left(x.path, "a link to "+file.Path)
		return nil
	}
	seen[file] = true
	c := r.store.content(file)
	if x.wanted && !c.holds() && c.kind != detect.Binary {
		c = r.store.insist(file, detect.Nginx)
	}
	if !c.holds() {
		say.left(x.path, "it is "+c.reason)
		return nil
	}
	say.detail("taken %s: %s", x.path, c.reason)
	return file
}

// add files a file under what it holds.
func (r *recogniser) add(sel *selection, f *source.File, c *content) {
	for _, s := range c.carried.Skipped {
		r.notChecked = append(r.notChecked, lint.NotChecked{At: lint.Place{File: f, Span: s.At}, Reason: s.Reason})
	}
	switch {
	case c.dump != nil:
		sel.dumps = append(sel.dumps, c.dump)
	case c.kind == detect.Nginx:
		sel.nginx = append(sel.nginx, c.text)
	case c.kind == detect.Sysctl:
		sel.sysctl = append(sel.sysctl, c.text)
	case len(c.carried.Texts) > 0:
		sel.carried = append(sel.carried, c.carried)
	}
}

// named reads files that are named one by one, and a text that is handed in, which
// may be nil. The result is nil if there are none.
func (r *recogniser) named(paths []string, input *source.File, o *Options) *selection {
	sel := &selection{}
	var all []*source.File
	if input != nil {
		all = append(all, input)
	}
	for _, p := range paths {
		f, err := r.store.read(p)
		if err != nil {
			r.messages.problem(err)
			continue
		}
		all = append(all, f)
	}
	for _, f := range all {
		if !r.seen[f] {
			r.seen[f] = true
			r.addNamed(sel, f, f == input, o)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return sel
}

func (r *recogniser) addNamed(sel *selection, f *source.File, isInput bool, o *Options) {
	set, err := r.settings.of(f)
	if err != nil {
		r.messages.problem(err)
		return
	}
	name := r.store.names.name(f.Path)
	if p, ok := set.Exclude.Match(name); ok && !isInput {
		r.messages.remark("%s is not checked: excluded by %q of [files]", f.Path, p)
		return
	}
	c := r.store.contentAs(f, o.As)
	if _, ok := set.Include.Match(name); ok && !c.holds() {
		c = r.store.insist(f, detect.Nginx)
	}
	switch {
	case c.holds():
		r.add(sel, f, c)
	case o.IgnoreUnknown:
	case c.kind == detect.None && embed.Candidate(f.Path):
		// A file of that kind may hold something and need not.
		r.messages.remark("%s holds no nginx configuration or kernel settings that can be read", f.Path)
	default:
		r.messages.problem(&RequestError{fmt.Errorf("%s is not checked: it is %s (--as nginx or --as sysctl reads it all the same)", f.Path, c.reason)})
	}
}

// comparePaths orders paths folder by folder.
func comparePaths(a, b string) int {
	return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}
