package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/lazyre"
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
	if s.isRead(to.Path) {
		s.keep(to, out, world)
	}
}

// isRead reports whether nginx, or what loads kernel settings, may read a file: not
// one that lies among the temporary ones, unless a command brings it from there.
func (s *Reader) isRead(path string) bool {
	for _, dir := range []string{"/tmp/", "/var/tmp/", "/dev/shm/"} {
		if strings.HasPrefix(path, dir) {
			return s.fetched(path)
		}
	}
	return true
}

// fetching are programs that bring a file to where it is read, or read it.
var fetching = lazy.Words("cp mv install ln rsync scp cat tee sysctl nginx openresty docker podman kubectl")

// fetched reports whether a command of the script names a file and may do something
// with it.
func (s *Reader) fetched(path string) bool {
	return slices.ContainsFunc(s.arguments, func(p carrier.Phrase) bool { return strings.HasSuffix(s.resolve(p), path) })
}

// argumentsOf returns the arguments of commands that fetch files.
func (s *Reader) argumentsOf(list []*syntax.Stmt) []carrier.Phrase {
	var out []carrier.Phrase
	for _, st := range list {
		syntax.Walk(st, func(n syntax.Node) bool {
			if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 1 {
				if name, args := program(s.words(call.Args)); fetching.Has(name) {
					out = append(out, args...)
				}
			}
			return true
		})
	}
	return out
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
var masked = lazyre.New(string(source.Unknown) + "+")

// keep adds a text to that of a file.
func (s *Reader) keep(to *Target, out Output, world string) {
	name := to.label()
	d := s.Open[world+"\x00"+name]
	switch {
	case d == nil || d.Pieces == nil:
		d = s.Start(detect.None, world, name)
	case !to.appends && d.Pieces.Len() > 0, d.Changed: // what was there is gone, or may be
		d = s.Start(detect.None, s.Branch(world, "later"), name)
		s.Open[world+"\x00"+name] = d
	}
	if d.Pieces == nil {
		d.Pieces = &carrier.Pieces{Path: to.Path, Partial: to.appends}
	}
	d.Container = s.Container
	if !to.appends && !source.HasUnknown(to.Path) {
		d.Target = to.Path
	}
	d.Pieces.Add(out.Text, carrier.Nested(s.Base, out.Enc))
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
