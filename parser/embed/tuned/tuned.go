// Package tuned finds texts in profiles of tuned.
package tuned

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// A profile of tuned is an INI file as Python's configparser reads it, with "="
// alone between key and value and "#" behind a blank for comments
// (tuned/profiles/loader.py). The units whose type is sysctl hold kernel
// settings; a unit's type is its name unless it says otherwise.

// Takes takes files named as tuned names them, and others that have a
// [sysctl] section.
func Takes(base, p, text string) bool {
	if base == "tuned.conf" || strings.HasPrefix(base, "tuned.conf.") {
		return text == carrier.Anything || strings.Contains(text, "sysctl")
	}
	if text == carrier.Anything {
		return false
	}
	switch path.Ext(p) {
	case "", ".conf", ".cfg", ".tmpl", ".tpl", ".j2", ".erb", ".in":
		return strings.Contains(text, "[sysctl") && (HasLine(text, "[main]") || HasLine(text, "[sysctl]"))
	}
	return false
}

// HasLine reports whether a text has a line that says just this.
func HasLine(text, want string) bool {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == want {
			return true
		}
	}
	return false
}

// Read reads the kernel settings of a profile.
func Read(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, Read)
	for _, u := range tunedUnits(f, finder) {
		u.read(finder)
	}
	return finder.Found()
}

// Texts returns the kernel settings of a profile of tuned, which may itself
// be found in another file.
func Texts(f *source.File) []carrier.Text { return Read(f).Texts }

// unitOptions are keys of a unit that set nothing in the kernel.
var unitOptions = map[string]bool{
	"type": true, "enabled": true, "replace": true, "drop": true, "priority": true, "devices": true, "devices_udev_regex": true,
	"cpuinfo_regex": true, "uname_regex": true, "script_pre": true, "script_post": true,
}

// tunedUnit is a section.
type tunedUnit struct {
	name    string
	options map[string]string
	lines   []tunedLine
}

// tunedLine is a comment or a setting, with its line end.
type tunedLine struct {
	text   carrier.Phrase
	branch string // of a template, if one decides whether the line is there
}

// applies reports whether the settings are made, and whether that depends on the
// machine.
func (u *tunedUnit) applies() (yes, depends bool) {
	kind := u.name
	if t, ok := u.options["type"]; ok {
		kind = t
	}
	on, ok := u.options["enabled"]
	if kind != "sysctl" || ok && on != "1" && !strings.EqualFold(on, "true") {
		return false, false
	}
	_, uname := u.options["uname_regex"]
	_, cpu := u.options["cpuinfo_regex"]
	return true, uname || cpu
}

// read adds the settings of a unit.
func (u *tunedUnit) read(f *carrier.Finder) {
	yes, depends := u.applies()
	if !yes {
		return
	}
	world := ""
	if depends {
		world = f.Branch("", "some machines")
	}
	f.Kernel(world, "["+u.name+"]") // also if it is empty
	for _, l := range u.lines {
		in := world
		if l.branch != "" {
			in = strings.TrimSpace(world + " " + l.branch)
		}
		f.Kernel(in, "["+u.name+"]").Append(l.text, source.Encoding{})
	}
}

// tunedReader goes through the lines as configparser does.
type tunedReader struct {
	file  *source.File
	units []*tunedUnit
	named map[string]*tunedUnit
	unit  *tunedUnit
	// last says that an indented line goes on with a setting, the line of the
	// unit with the number at; value is where its value begins, indent that of
	// its line.
	last              bool
	at, value, indent int
	// key is the line of that setting up to its value.
	key      carrier.Phrase
	branches *carrier.Branches
}

// tunedUnits returns the sections of a profile.
func tunedUnits(f *source.File, names *carrier.Finder) []*tunedUnit {
	r := &tunedReader{file: f, named: map[string]*tunedUnit{}, branches: &carrier.Branches{Names: names}}
	start := 0
	for line := range strings.Lines(f.Text) {
		r.line(start, start+len(line))
		start += len(line)
	}
	return r.units
}

// line reads the line that ends, with its line end, before next.
func (r *tunedReader) line(start, next int) {
	raw := r.file.Text[start:next]
	content := strings.TrimSpace(raw)
	if r.branches.Step(raw) && carrier.HoldsTag(content) && carrier.TagsOnly(content) {
		r.last = false
		return
	}
	if content == "" || content[0] == '#' || content[0] == ';' {
		r.add(carrier.Literal(r.file, start, next))
		return
	}
	code := raw[:inlineComment(raw)]
	end := start + len(strings.TrimRight(code, " \t\r\n"))
	indent := len(raw) - len(strings.TrimLeft(raw, " \t"))
	if end <= start+indent {
		return
	}
	if r.last && indent > r.indent {
		r.goOn(end, next)
		return
	}
	r.indent, r.last = indent, false
	text := r.file.Text[start+indent : end]
	if text[0] == '[' && strings.Contains(text, "]") {
		r.section(text[1:strings.LastIndexByte(text, ']')])
		return
	}
	if i := strings.IndexByte(text, '='); i > 0 && r.unit != nil {
		r.setting(start, start+indent+i, end, next)
	}
}

// inlineComment returns where a comment behind a blank begins.
func inlineComment(line string) int {
	for i := 1; i < len(line); i++ {
		if line[i] == '#' && (line[i-1] == ' ' || line[i-1] == '\t') {
			return i
		}
	}
	return len(line)
}

// section begins a unit, or goes on with one of that name.
func (r *tunedReader) section(name string) {
	if r.unit = r.named[name]; r.unit != nil {
		return
	}
	r.unit = &tunedUnit{name: name, options: map[string]string{}}
	r.units = append(r.units, r.unit)
	r.named[name] = r.unit
}

func (r *tunedReader) add(text carrier.Phrase) {
	if r.unit != nil {
		r.unit.lines = append(r.unit.lines, tunedLine{text: text, branch: r.branches.World()})
	}
}

// setting reads "key = value", with the "=" at equals.
func (r *tunedReader) setting(start, equals, end, next int) {
	text := r.file.Text
	key := carrier.Literal(r.file, start, equals).Trim()
	r.value = equals + 1
	for r.value < end && (text[r.value] == ' ' || text[r.value] == '\t') {
		r.value++
	}
	if name := key.String(); unitOptions[name] {
		r.unit.options[name] = text[r.value:end]
		return
	}
	if !carrier.IsKey(key) {
		return
	}
	r.last, r.at, r.key = true, len(r.unit.lines), carrier.Literal(r.file, start, equals+1)
	r.add(slices.Concat(carrier.Literal(r.file, start, r.value), tunedValue(r.file, r.value, end), lineEnd(r.file, next)))
}

// goOn reads a further line of a value. A value of several lines is none that a
// rule could judge.
func (r *tunedReader) goOn(end, next int) {
	l := &r.unit.lines[r.at]
	r.unit.lines = r.unit.lines[:r.at+1] // what lies between belongs to the value
	l.text = slices.Concat(r.key, carrier.Unknown(r.file, r.value, end), lineEnd(r.file, next))
}

// lineEnd returns the line end before an offset, be it on disk or not.
func lineEnd(f *source.File, next int) carrier.Phrase {
	if next > 0 && f.Text[next-1] == '\n' {
		return carrier.Literal(f, next-1, next)
	}
	return carrier.Glue("\n")
}

// tunedValue returns what a value makes of a setting: tuned takes off double
// quotes, replaces ${variables}, and with ">" or "<" in front only raises or
// lowers what is there. A "#" that no blank precedes is a comment to old versions
// and not to new ones.
func tunedValue(f *source.File, start, end int) carrier.Phrase {
	text := f.Text[start:end]
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		start, end = start+1, end-1
		text = f.Text[start:end]
	}
	bound := len(text) > 1 && (text[0] == '>' || text[0] == '<')
	if bound || strings.Contains(text, "${") || strings.Contains(text, "#") || carrier.HoldsTag(text) {
		return carrier.Unknown(f, start, end)
	}
	return carrier.Literal(f, start, end)
}
