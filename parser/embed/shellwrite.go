package embed

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// target is a file that a script writes to; the zero value is none that matters.
type target struct {
	word phrase
	// path is its name, with source.Unknown for what is not known of it.
	path    string
	appends bool
}

// target returns the file that a word names.
func (s *shell) target(word phrase, appends bool) *target {
	return &target{word: word, path: s.resolve(word), appends: appends}
}

// resolve returns a text in which the variables that have one value in the whole
// script are replaced.
func (s *shell) resolve(word phrase) string {
	var b strings.Builder
	for _, p := range word {
		if p.masked {
			if value, ok := s.constants[variable(p.in.Slice(p.span))]; ok {
				b.WriteString(value)
				continue
			}
			b.WriteByte(source.Unknown)
			continue
		}
		b.WriteString(p.text())
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

// write handles a text that is written to a file.
func (s *shell) write(to *target, out output, world string) {
	if to.path == "" {
		return
	}
	if !out.ok || len(out.text) == 0 && !out.blank {
		if !to.appends {
			s.changed(to, world)
		}
		return
	}
	if key, ok := strings.CutPrefix(to.path, "/proc/sys/"); ok {
		if word := to.word.String(); strings.HasSuffix(word, key) && !source.HasUnknown(key) {
			s.set(world, to.word.slice(len(word)-len(key), len(word)), out.text)
		}
		return
	}
	if strings.HasPrefix(to.path, "/dev/") {
		return
	}
	kind, template := kindOf(to.path, out.text.String())
	if kind == detect.Sysctl {
		out.text = settingLines(out.text)
	}
	if kind == detect.Sysctl || kind == detect.Nginx {
		d := s.keep(to, out, world, kind)
		d.template = d.template || template
	}
}

// label names a file for people: by its path, or as the script writes it.
func (to *target) label() string {
	if !source.HasUnknown(to.path) {
		return to.path
	}
	var b strings.Builder
	for _, p := range to.word {
		if p.in == nil {
			b.WriteString(p.glue)
			continue
		}
		b.WriteString(strings.Join(strings.Fields(p.in.Slice(p.span)), " "))
	}
	return masked.ReplaceAllString(b.String(), "?")
}

// masked is what stands for code of a template.
var masked = regexp.MustCompile(string(source.Unknown) + "+")

// keep adds a text to that of a file.
func (s *shell) keep(to *target, out output, world string, kind detect.Kind) *draft {
	name := to.label()
	d := s.open[world+"\x00"+name]
	switch {
	case d == nil || d.kind != kind:
		d = s.start(kind, world, name)
	case !to.appends && d.parts > 0, d.changed: // what was there is gone, or may be
		d = s.start(kind, s.branch(world, "later"), name)
		s.open[world+"\x00"+name] = d
	}
	d.container = s.container
	if !to.appends && !source.HasUnknown(to.path) {
		d.target = to.path
	}
	d.append(out.text, nested(s.base, out.enc))
	return d
}

// changed notes that a program changes a file in a way that is not known.
func (s *shell) changed(to *target, world string) {
	if d := s.open[world+"\x00"+to.label()]; d != nil {
		d.changed = true
	}
}

// constantsOf returns the variables that have the same value wherever a script
// assigns one.
func constantsOf(s *shell, list []*syntax.Stmt) map[string]string {
	c := &constants{s: s, vague: map[string]bool{}}
	for range 2 { // the second time it is known which variables change
		c.value = map[string]string{}
		s.constants = c.value
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
	s     *shell
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
	if old, seen := c.value[name]; seen && old != value {
		c.vague[name] = true
	}
	if c.vague[name] {
		delete(c.value, name)
		return
	}
	c.value[name] = value
}
