package shell

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// Target is a file that a script writes to; the zero value is none that matters.
type Target struct {
	Word carrier.Phrase
	// Path is its name, with source.Unknown for what is not known of it.
	Path    string
	appends bool
}

// target returns the file that a word names.
func (s *Reader) target(word carrier.Phrase, appends bool) *Target {
	return &Target{Word: word, Path: s.resolve(word), appends: appends}
}

// resolve returns a text in which the variables that have one value in the whole
// script are replaced.
func (s *Reader) resolve(word carrier.Phrase) string {
	var b strings.Builder
	for _, p := range word {
		if p.Masked {
			if value, ok := s.Constants[variable(p.In.Slice(p.Span))]; ok {
				b.WriteString(value)
				continue
			}
			b.WriteByte(source.Unknown)
			continue
		}
		b.WriteString(p.Text())
	}
	return b.String()
}

// variable returns the name of the variable that an expansion is the value of;
// empty if it is something else.
func variable(code string) string {
	name, ok := strings.CutPrefix(code, "$")
	if !ok {
		return ""
	}
	if inner, ok := strings.CutPrefix(name, "{"); ok {
		name = strings.TrimSuffix(inner, "}")
	}
	return name
}

// Write handles a text that is written to a file.
func (s *Reader) Write(to *Target, out Output, world string) {
	if to.Path == "" {
		return
	}
	if !out.OK || len(out.Text) == 0 && !out.Blank {
		if !to.appends {
			s.changed(to, world)
		}
		return
	}
	if key, ok := strings.CutPrefix(to.Path, "/proc/sys/"); ok {
		if word := to.Word.String(); strings.HasSuffix(word, key) && !source.HasUnknown(key) {
			s.set(world, to.Word.Slice(len(word)-len(key), len(word)), out.Text)
		}
		return
	}
	if strings.HasPrefix(to.Path, "/dev/") {
		return
	}
	kind, template := carrier.KindOf(to.Path, out.Text.String())
	if kind == detect.Sysctl {
		out.Text = carrier.SettingLines(out.Text)
	}
	if kind == detect.Sysctl || kind == detect.Nginx {
		d := s.keep(to, out, world, kind)
		d.Template = d.Template || template
	}
}

// label names a file for people: by its path, or as the script writes it.
func (to *Target) label() string {
	if !source.HasUnknown(to.Path) {
		return to.Path
	}
	var b strings.Builder
	for _, p := range to.Word {
		if p.In == nil {
			b.WriteString(p.Glue)
			continue
		}
		b.WriteString(strings.Join(strings.Fields(p.In.Slice(p.Span)), " "))
	}
	return masked.ReplaceAllString(b.String(), "?")
}

// masked is what stands for code of a template.
var masked = regexp.MustCompile(string(source.Unknown) + "+")

// keep adds a text to that of a file.
func (s *Reader) keep(to *Target, out Output, world string, kind detect.Kind) *carrier.Draft {
	name := to.label()
	d := s.Open[world+"\x00"+name]
	switch {
	case d == nil || d.Kind != kind:
		d = s.Start(kind, world, name)
	case !to.appends && d.Parts > 0, d.Changed: // what was there is gone, or may be
		d = s.Start(kind, s.Branch(world, "later"), name)
		s.Open[world+"\x00"+name] = d
	}
	d.Container = s.Container
	if !to.appends && !source.HasUnknown(to.Path) {
		d.Target = to.Path
	}
	d.Append(out.Text, carrier.Nested(s.Base, out.Enc))
	return d
}

// changed notes that a program changes a file in a way that is not known.
func (s *Reader) changed(to *Target, world string) {
	if d := s.Open[world+"\x00"+to.label()]; d != nil {
		d.Changed = true
	}
}

// constantsOf returns the variables that have the same value wherever a script
// assigns one.
func constantsOf(s *Reader, list []*syntax.Stmt) map[string]string {
	c := &constants{s: s, vague: map[string]bool{}}
	for range 2 { // the second time it is known which variables change
		c.value = map[string]string{}
		s.Constants = c.value
		for _, st := range list {
			syntax.Walk(st, func(n syntax.Node) bool {
				c.visit(n)
				return true
			})
		}
	}
	return c.value
}

// constants are variables while they are looked for.
type constants struct {
	s     *Reader
	value map[string]string
	vague map[string]bool
}

func (c *constants) visit(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Assign:
		c.assign(n)
	case *syntax.WordIter:
		if n.Name != nil {
			c.vague[n.Name.Value] = true
		}
	case *syntax.CallExpr:
		name, args := program(c.s.words(n.Args))
		if name == "read" || name == "getopts" || name == "mapfile" || name == "unset" || name == "printf" && len(args) > 1 && args[0].String() == "-v" {
			for _, a := range args {
				c.vague[a.String()] = true
			}
		}
	}
}

func (c *constants) assign(a *syntax.Assign) {
	if a.Name == nil {
		return
	}
	name := a.Name.Value
	switch {
	case a.Naked:
		return
	case a.Append || a.Array != nil || a.Index != nil:
		c.vague[name] = true
		return
	}
	value := ""
	if a.Value != nil {
		value = c.s.resolve(c.s.word(a.Value))
	}
	const longest = 4096 // no path is longer
	if len(value) > longest {
		c.vague[name] = true
	}
	if old, seen := c.value[name]; seen && old != value {
		c.vague[name] = true
	}
	if c.vague[name] {
		delete(c.value, name)
		return
	}
	c.value[name] = value
}
