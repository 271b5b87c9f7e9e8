package carrier

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Finder gathers the texts of one carrier while its reader goes through it.
//
// Every text belongs to a world: what surely holds together. The world with the
// empty name is what the carrier does in any case; a branch of a condition or a
// function that may never be called is one of its own, so that nobody compares
// what may exclude each other.
type Finder struct {
	Carrier *source.File
	Extract func(*source.File) ([]*source.File, error)
	Drafts  []*Draft
	Open    map[string]*Draft // those that more may be added to
	names   map[string]int    // how often a name was given
	once    map[string]bool   // keys that were set by settingOnce, by world
	skipped []Skipped
	// Owner is where what the next settings belong to begins, if it is more than the
	// line of their keys: a task. A comment above it speaks of them.
	Owner Phrase
}

// Draft is a text that is being put together.
type Draft struct {
	weaver

	Kind  detect.Kind
	world string
	// name is what View.Where says, within the world.
	name string
	// Live says that the settings are made at once and not kept, template that a
	// template engine is still to go over the text.
	Live, Template             bool
	Target, Context, Container string
	// Declared says that the runtime of the container makes the settings.
	Declared bool
	// Changed says that a program has changed the file since.
	Changed bool
	enc     source.Encoding
	Parts   int
	items   []source.Item
	owner   Phrase // see Finder.Owner
	// Pieces is set while it is not known yet what the text is.
	Pieces *Pieces
}

// NewFinder returns a finder for a carrier that read reads. A carrier that is a
// view itself is found again as its own reader finds it.
func NewFinder(carrier *source.File, read func(*source.File) Found) *Finder {
	f := &Finder{Carrier: carrier, Extract: Again(read), Open: map[string]*Draft{}, names: map[string]int{}, once: map[string]bool{}}
	if carrier.View != nil {
		f.Extract = carrier.View.Extract
	}
	return f
}

// Unique returns a name that was not given before: the second "a" is "a (2)".
func (f *Finder) Unique(name string) string {
	f.names[name]++
	if n := f.names[name]; n > 1 {
		return fmt.Sprintf("%s (%d)", name, n)
	}
	return name
}

// Branch returns a world of its own inside another one.
func (f *Finder) Branch(world, name string) string {
	const longest = 200 // names of what is very deep would be as long as the carrier
	if len(world) > longest {
		world = "deeper"
	}
	if world != "" {
		name = world + ", " + name
	}
	return f.Unique(name)
}

// Start begins a text.
func (f *Finder) Start(kind detect.Kind, world, name string) *Draft {
	d := &Draft{Kind: kind, world: world, name: name}
	f.Drafts = append(f.Drafts, d)
	f.Open[world+"\x00"+name] = d
	return d
}

// Kernel returns the text of the kernel settings that are made in a world under
// a name.
func (f *Finder) Kernel(world, name string) *Draft {
	if d := f.Open[world+"\x00"+name]; d != nil && d.Kind == detect.Sysctl {
		return d
	}
	return f.Start(detect.Sysctl, world, name)
}

// Append adds text that is written on disk as enc says.
func (d *Draft) Append(p Phrase, enc source.Encoding) {
	switch {
	case d.Parts == 0:
		d.enc = enc
	case d.enc.Escape != nil || enc.Escape != nil || d.enc.Prefix != enc.Prefix:
		d.enc = source.Encoding{Escape: Bare}
	}
	d.Parts++
	if text := d.b.String(); text != "" && text[len(text)-1] != '\n' {
		d.add(Glue("\n"))
	}
	d.add(p)
}

// Setting adds the line "key = value". The key must be known; of a value of
// which a part is not known, nothing is. item is what goes on disk if the line is
// taken away; its span on disk is empty if that cannot be told.
func (d *Draft) Setting(key, value Phrase, item source.Item) {
	value = value.Trim()
	if strings.Contains(value.String(), "\n") {
		value = Glue(string(source.Unknown)) // the kernel gets more than a line
	}
	if said := remarks(key, d.owner); said != nil {
		d.Append(said, source.Encoding{Escape: Bare})
	}
	line := append(slices.Clone(key), Glue(" = ")...)
	line = append(line, value.whole()...)
	d.Append(append(line, Glue("\n")...), source.Encoding{Escape: Bare})
	if end := d.b.Len(); item.Disk.Len() > 0 {
		item.Line = source.Span{Start: end - len(line.String()) - 1, End: end}
		d.items = append(d.items, item)
	}
}

// remarks returns the comments that speak to tcplint of a setting: in the line above its
// key, at the end of the key's line, and in the line above what it belongs to.
func remarks(key, owner Phrase) Phrase {
	var out Phrase
	if len(owner) > 0 && owner[0].In != nil && (len(key) == 0 || owner[0].In != key[0].In || owner[0].In.Line(owner[0].Span.Start) != key[0].In.Line(key[0].Span.Start)) {
		out = append(out, remarkAbove(owner[0].In, owner[0].Span.Start)...)
	}
	if len(key) > 0 && key[0].In != nil {
		out = append(out, remarkAbove(key[0].In, key[0].Span.Start)...)
		last := key[len(key)-1]
		if last.In == key[0].In {
			out = append(out, remarkBehind(last.In, last.Span.End)...)
		}
	}
	return out
}

// remarkAbove returns the comment in the line above an offset if it speaks to tcplint.
func remarkAbove(in *source.File, offset int) Phrase {
	above := in.Line(offset) - 1
	if above < 1 {
		return nil
	}
	start := in.LineSpan(above).Start
	line := in.Slice(in.LineSpan(above))
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if !strings.HasPrefix(line[indent:], "#") || !strings.Contains(line, "tcplint:") {
		return nil
	}
	return append(Literal(in, start+indent, start+len(line)), Glue("\n")...)
}

// remarkBehind returns the comment at the end of the line of an offset if it speaks to
// tcplint.
func remarkBehind(in *source.File, offset int) Phrase {
	line := in.LineSpan(in.Line(offset))
	const longest = 4096 // of a line on which comments are looked for
	if line.Len() > longest || offset > line.End {
		return nil
	}
	rest := in.Text[offset:line.End]
	i := strings.Index(rest, " # tcplint:")
	if i < 0 {
		return nil
	}
	return append(Literal(in, offset+i+1, line.End), Glue("\n")...)
}

// keyForm is what a kernel key looks like. Blanks and quotes would be a sign that
// the carrier was misread, and other kernels have other roots.
var keyForm = lazyre.New(`^(net|vm|kernel|fs|user|dev|abi|debug|sunrpc|crypto|xen)([./][A-Za-z0-9_*?:@\[\]-]+)+$`)

// IsKey reports whether a text is a key of Linux, all of it known.
func IsKey(key Phrase) bool {
	text := strings.ReplaceAll(key.String(), "/", ".")
	return keyForm.MatchString(text) && !strings.HasPrefix(text, "net.inet") && !strings.HasPrefix(text, "net.link.")
}

// Setting adds a setting to the text of a world, if its key is one.
func (f *Finder) Setting(world, name string, key, value Phrase) {
	f.SettingOf(world, name, key, value, source.Item{})
}

// SettingOf is setting for one that is an item on disk, see draft.setting.
func (f *Finder) SettingOf(world, name string, key, value Phrase, item source.Item) {
	if key = key.Trim(); IsKey(key) {
		d := f.Kernel(world, name)
		d.owner = f.Owner
		d.Setting(key, value, item)
	}
}

// Contain says in what a runtime makes the settings of a world.
func (f *Finder) Contain(world, name, container string) {
	if d := f.Open[world+"\x00"+name]; d != nil && container != "" {
		d.Container, d.Declared = container, true
	}
}

// SettingOnce is setting for languages in which the order of the lines means
// nothing: what sets a key again has a world of its own.
func (f *Finder) SettingOnce(world, name string, key, value Phrase) {
	mark := world + "\x00" + key.String()
	if f.once[mark] {
		world = f.Branch(world, "again")
	}
	f.once[mark] = true
	f.Setting(world, name, key, value)
}

// Content adds a file whose whole content stands in the carrier, if it is one
// that is read here.
func (f *Finder) Content(world, label string, target, text Phrase, enc source.Encoding) {
	kind, template := KindOf(target.String(), text.String())
	if kind != detect.Nginx && kind != detect.Sysctl || strings.TrimSpace(text.String()) == "" {
		return
	}
	d := f.Start(kind, world, label)
	d.Template = template
	if target.Known() {
		d.Target = target.String()
	}
	if kind == detect.Sysctl {
		text = SettingLines(text)
	}
	d.Append(text, enc)
}

// Skip notes a text that cannot be read.
func (f *Finder) Skip(in *source.File, start, end int, format string, args ...any) {
	_, at := in.Locate(source.Span{Start: start, End: end})
	f.skipped = append(f.skipped, Skipped{At: at, Reason: fmt.Sprintf(format, args...)})
}

// SkipOnce is Skip for what is the same in many places of a file: it tells the first.
func (f *Finder) SkipOnce(in *source.File, at int, format string, args ...any) {
	if !f.once[format] {
		f.once[format] = true
		f.SkipSetting(in, at, at, format, args...)
	}
}

// SkipSetting notes a kernel setting of which it cannot be told whether it is made.
func (f *Finder) SkipSetting(in *source.File, start, end int, format string, args ...any) {
	f.Skip(in, start, end, format, args...)
	f.skipped[len(f.skipped)-1].Setting = true
}

// Found returns what was gathered.
func (f *Finder) Found() Found {
	f.settle()
	kept := map[string]bool{} // worlds with settings that are kept
	for _, d := range f.Drafts {
		if d.Kind == detect.Sysctl && !d.Live {
			kept[d.world] = true
		}
	}
	found := Found{Skipped: f.skipped}
	names := map[string]int{}
	for _, d := range f.Drafts {
		where := d.name
		if d.world != "" {
			where = d.world + ": " + where
		}
		names[where]++
		if n := names[where]; n > 1 {
			where = fmt.Sprintf("%d: %s", n, where)
		}
		host := d.world
		if d.Live && kept[d.world] {
			host += " at once" // another time than that of the files
		}
		file := f.file(d, where)
		if d.Template {
			name := f.Carrier.OnDisk().Path
			if slices.Contains(detect.TemplateExtensions(), path.Ext(d.Target)) {
				name = d.Target // a template that something else renders
			}
			file = templateNamed(file, name, d.Kind == detect.Sysctl)
		}
		found.Texts = append(found.Texts, Text{
			File: file, Kind: d.Kind, Context: d.Context, Host: host, Container: d.Container, Declared: d.Declared, Name: d.Target,
		})
	}
	return found
}

// file returns a draft as a view.
func (f *Finder) file(d *Draft, where string) *source.File {
	disk, enc, locked := f.Carrier.OnDisk(), d.enc, ""
	if v := f.Carrier.View; v != nil {
		enc, locked = Nested(v.Encoding, enc), v.Locked
		if v.Where != "" {
			where = v.Where + "#" + where
		}
	}
	segments := source.Joined(d.segments)
	if enc.EOL == "" && len(segments) > 0 {
		enc.EOL = disk.EOL(segments[0].Disk)
	}
	return source.NewView(disk.Path+"#"+where, d.b.String(), source.View{
		Disk: disk, Where: where, Segments: segments, Items: d.items, Encoding: enc, Locked: locked, Extract: f.Extract,
	})
}
