package embed

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// finder gathers the texts of one carrier while its reader goes through it.
//
// Every text belongs to a world: what surely holds together. The world with the
// empty name is what the carrier does in any case; a branch of a condition or a
// function that may never be called is one of its own, so that nobody compares
// what may exclude each other.
type finder struct {
	carrier *source.File
	extract func(*source.File) ([]*source.File, error)
	drafts  []*draft
	open    map[string]*draft // those that more may be added to
	names   map[string]int    // how often a name was given
	once    map[string]bool   // keys that were set by settingOnce, by world
	skipped []Skipped
}

// draft is a text that is being put together.
type draft struct {
	weaver

	kind  detect.Kind
	world string
	// name is what View.Where says, within the world.
	name string
	// live says that the settings are made at once and not kept, template that a
	// template engine is still to go over the text.
	live, template             bool
	target, context, container string
	// declared says that the runtime of the container makes the settings.
	declared bool
	// changed says that a program has changed the file since.
	changed bool
	enc     source.Encoding
	parts   int
	items   []source.Item
}

// newFinder returns a finder for a carrier that read reads. A carrier that is a
// view itself is found again as its own reader finds it.
func newFinder(carrier *source.File, read func(*source.File) Found) *finder {
	f := &finder{carrier: carrier, extract: again(read), open: map[string]*draft{}, names: map[string]int{}, once: map[string]bool{}}
	if carrier.View != nil {
		f.extract = carrier.View.Extract
	}
	return f
}

// unique returns a name that was not given before: the second "a" is "a (2)".
func (f *finder) unique(name string) string {
	f.names[name]++
	if n := f.names[name]; n > 1 {
		return fmt.Sprintf("%s (%d)", name, n)
	}
	return name
}

// branch returns a world of its own inside another one.
func (f *finder) branch(world, name string) string {
	if world != "" {
		name = world + ", " + name
	}
	return f.unique(name)
}

// start begins a text.
func (f *finder) start(kind detect.Kind, world, name string) *draft {
	d := &draft{kind: kind, world: world, name: name}
	f.drafts = append(f.drafts, d)
	f.open[world+"\x00"+name] = d
	return d
}

// kernel returns the text of the kernel settings that are made in a world under
// a name.
func (f *finder) kernel(world, name string) *draft {
	if d := f.open[world+"\x00"+name]; d != nil && d.kind == detect.Sysctl {
		return d
	}
	return f.start(detect.Sysctl, world, name)
}

// append adds text that is written on disk as enc says.
func (d *draft) append(p phrase, enc source.Encoding) {
	switch {
	case d.parts == 0:
		d.enc = enc
	case d.enc.Escape != nil || enc.Escape != nil || d.enc.Prefix != enc.Prefix:
		d.enc = source.Encoding{Escape: bare}
	}
	d.parts++
	if text := d.b.String(); text != "" && text[len(text)-1] != '\n' {
		d.add(stuck("\n"))
	}
	d.add(p)
}

// setting adds the line "key = value". The key must be known; of a value of
// which a part is not known, nothing is. item is what goes on disk if the line is
// taken away; its span on disk is empty if that cannot be told.
func (d *draft) setting(key, value phrase, item source.Item) {
	value = value.trim()
	if strings.Contains(value.String(), "\n") {
		value = stuck(string(source.Unknown)) // the kernel gets more than a line
	}
	if above := remark(key); above != nil {
		d.append(above, source.Encoding{Escape: bare})
	}
	line := append(slices.Clone(key), stuck(" = ")...)
	line = append(line, value.whole()...)
	d.append(append(line, stuck("\n")...), source.Encoding{Escape: bare})
	if end := d.b.Len(); item.Disk.Len() > 0 {
		item.Line = source.Span{Start: end - len(line.String()) - 1, End: end}
		d.items = append(d.items, item)
	}
}

// remark returns the comment in the line above a key if it speaks to tcplint.
func remark(key phrase) phrase {
	if len(key) == 0 || key[0].in == nil {
		return nil
	}
	in := key[0].in
	end := strings.LastIndexByte(in.Text[:key[0].span.Start], '\n')
	if end < 0 {
		return nil
	}
	start := strings.LastIndexByte(in.Text[:end], '\n') + 1
	line := in.Text[start:end]
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if !strings.HasPrefix(line[indent:], "#") || !strings.Contains(line, "tcplint:") {
		return nil
	}
	return append(literal(in, start+indent, start+len(strings.TrimRight(line, "\r"))), stuck("\n")...)
}

// keyForm is what a kernel key looks like. Blanks and quotes would be a sign that
// the carrier was misread, and other kernels have other roots.
var keyForm = regexp.MustCompile(`^(net|vm|kernel|fs|user|dev|abi|debug|sunrpc|crypto|xen)([./][A-Za-z0-9_*?:@\[\]-]+)+$`)

// isKey reports whether a text is a key of Linux, all of it known.
func isKey(key phrase) bool {
	text := strings.ReplaceAll(key.String(), "/", ".")
	return keyForm.MatchString(text) && !strings.HasPrefix(text, "net.inet") && !strings.HasPrefix(text, "net.link.")
}

// setting adds a setting to the text of a world, if its key is one.
func (f *finder) setting(world, name string, key, value phrase) {
	f.settingOf(world, name, key, value, source.Item{})
}

// settingOf is setting for one that is an item on disk, see draft.setting.
func (f *finder) settingOf(world, name string, key, value phrase, item source.Item) {
	if key = key.trim(); isKey(key) {
		f.kernel(world, name).setting(key, value, item)
	}
}

// settingOnce is setting for languages in which the order of the lines means
// nothing: what sets a key again has a world of its own.
func (f *finder) settingOnce(world, name string, key, value phrase) {
	mark := world + "\x00" + key.String()
	if f.once[mark] {
		world = f.branch(world, "again")
	}
	f.once[mark] = true
	f.setting(world, name, key, value)
}

// content adds a file whose whole content stands in the carrier, if it is one
// that is read here.
func (f *finder) content(world, label string, target, text phrase, enc source.Encoding) {
	kind, template := kindOf(target.String(), text.String())
	if kind != detect.Nginx && kind != detect.Sysctl || strings.TrimSpace(text.String()) == "" {
		return
	}
	d := f.start(kind, world, label)
	d.template = template
	if target.known() {
		d.target = target.String()
	}
	if kind == detect.Sysctl {
		text = settingLines(text)
	}
	d.append(text, enc)
}

// skip notes a text that cannot be read.
func (f *finder) skip(in *source.File, start, end int, format string, args ...any) {
	_, at := in.Locate(source.Span{Start: start, End: end})
	f.skipped = append(f.skipped, Skipped{At: at, Reason: fmt.Sprintf(format, args...)})
}

// found returns what was gathered.
func (f *finder) found() Found {
	kept := map[string]bool{} // worlds with settings that are kept
	for _, d := range f.drafts {
		if d.kind == detect.Sysctl && !d.live {
			kept[d.world] = true
		}
	}
	found := Found{Skipped: f.skipped}
	names := map[string]int{}
	for _, d := range f.drafts {
		where := d.name
		if d.world != "" {
			where = d.world + ": " + where
		}
		names[where]++
		if n := names[where]; n > 1 {
			where = fmt.Sprintf("%d: %s", n, where)
		}
		host := d.world
		if d.live && kept[d.world] {
			host += " at once" // another time than that of the files
		}
		file := f.file(d, where)
		if d.template {
			name := f.carrier.OnDisk().Path
			if slices.Contains(detect.TemplateExtensions(), path.Ext(d.target)) {
				name = d.target // a template that something else renders
			}
			file = templateNamed(file, name, d.kind == detect.Sysctl)
		}
		found.Texts = append(found.Texts, Text{
			File: file, Kind: d.kind, Context: d.context, Host: host, Container: d.container, Declared: d.declared, Name: d.target,
		})
	}
	return found
}

// file returns a draft as a view.
func (f *finder) file(d *draft, where string) *source.File {
	disk, enc, locked := f.carrier.OnDisk(), d.enc, ""
	if v := f.carrier.View; v != nil {
		enc, locked = nested(v.Encoding, enc), v.Locked
		if v.Where != "" {
			where = v.Where + "#" + where
		}
	}
	segments := source.Joined(d.segments)
	if enc.EOL == "" && len(segments) > 0 {
		enc.EOL = disk.EOL(segments[0].Disk)
	}
	return source.NewView(disk.Path+"#"+where, d.b.String(), source.View{
		Disk: disk, Where: where, Segments: segments, Items: d.items, Encoding: enc, Locked: locked, Extract: f.extract,
	})
}
