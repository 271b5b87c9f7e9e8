// Package shell finds texts in shell scripts: what they write to files and set in
// the kernel. The scripts of other carriers are read here, too.
package shell

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes scripts by their extension or by the line that names their
// interpreter.
func Takes(base, _, text string) bool {
	named := path.Ext(base) == ".sh" || path.Ext(base) == ".bash"
	if text == carrier.Anything {
		return named
	}
	return (named || Shebang(text) != "") && carrier.Mentions(text)
}

// Shebang returns the shell that the first line names; empty if it names none.
func Shebang(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(line, "#!") {
		return ""
	}
	for word := range strings.FieldsSeq(line[2:]) {
		if name := path.Base(word); slices.Contains(shells, name) {
			return name
		}
	}
	return ""
}

var shells = []string{"sh", "bash", "dash", "ash", "ksh"}

// Read reads what a script writes to files and sets in the kernel.
func Read(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, Read)
	in, ok := untagged(f)
	if !ok {
		return carrier.Found{Skipped: []carrier.Skipped{{Reason: "a template decides which commands the script has"}}}
	}
	s := &Reader{Finder: finder, In: in, Echoes: Shebang(f.Text) == "bash" || path.Ext(f.Path) == ".bash"}
	s.Script("")
	return finder.Found()
}

// Texts returns the texts that a script writes or sets, which may itself be
// found in another file.
func Texts(f *source.File) []carrier.Text {
	finder := carrier.NewFinder(f, Read)
	s := &Reader{Finder: finder, In: f, Echoes: Shebang(f.Text) == "bash"}
	s.Script("")
	return finder.Found().Texts
}

// untagged returns a script with the values of a template masked. It is not ok if
// the template has conditions or loops. Only the extension tells a template: tags
// mean nothing to a shell and occur in arguments of commands.
func untagged(f *source.File) (*source.File, bool) {
	if !slices.Contains(detect.TemplateExtensions(), path.Ext(f.Path)) {
		return f, true
	}
	b := &carrier.Branches{Names: carrier.NewFinder(f, nil)}
	text := f.Text
	for line := range strings.Lines(text) {
		if b.Step(line) {
			return nil, false
		}
	}
	text = carrier.TagRemove.ReplaceAllStringFunc(text, func(tag string) string {
		return strings.Repeat(string(source.Unknown), len(tag))
	})
	whole := carrier.Phrase{{In: f, Span: source.Span{Start: 0, End: len(f.Text)}}}
	masked := whole.Within(f)
	return source.NewView(f.Path, text, *masked.View), true
}

// Reader reads one script.
type Reader struct {
	*carrier.Finder

	// In is the script.
	In *source.File
	// Base is how its lines are written in the carrier.
	Base source.Encoding
	// Echoes says that echo without -e writes backslashes as they are, as that of
	// bash does and that of dash does not.
	Echoes bool
	// Strict says that a command which fails ends it all, so that what follows
	// "&&" is certain: a step of a Dockerfile.
	Strict    bool
	Container string
	// Scope says where a setting belongs that is made at once: its world, where
	// it is made, and whether it is made at all. Nil means that it belongs to the
	// world of the command and to the container.
	Scope     func(world, key string) (in, container string, ok bool)
	Constants map[string]string
	arguments []carrier.Phrase // of commands that fetch files
	depth     int              // of scripts in scripts
	level     int              // of commands in commands
	// assigned counts the assignments of each variable, arrays are those that are known,
	// and bound the variables of the loops that are being read, of which there are loops.
	assigned map[string]int
	arrays   map[string]array
	bound    map[string]carrier.Phrase
	loops    int
}

// Output is what a command writes to its standard output.
type Output struct {
	Text carrier.Phrase
	Enc  source.Encoding
	// OK says that it is all known to be text, though parts of it may be
	// source.Unknown; blank that it was written on purpose even if it is empty.
	OK, Blank bool
}

// Script reads all commands.
func (s *Reader) Script(world string) {
	list, err := parseShell(s.In.Text)
	switch end := len(s.In.Text); {
	case errors.Is(err, errDeep): // no command is seen, whatever it sets
		s.SkipSetting(s.In, end, end, "the shell script cannot be read: %v", err)
	case err != nil:
		skip, from := s.Skip, 0
		if len(list) > 0 {
			_, from = spanOf(s.In, list[len(list)-1])
		}
		if strings.Contains(s.In.Text[from:], "sysctl -w") {
			skip = s.SkipSetting
		}
		skip(s.In, len(s.In.Text), len(s.In.Text), "a part of the shell script cannot be read: %v", err)
	}
	if s.Constants == nil {
		s.Constants = constantsOf(s, list)
	}
	s.arguments = s.argumentsOf(list)
	s.begin(list)
	s.list(list, world, Output{})
}

// mostNested is how many parentheses may be open at a time. The parser calls itself for
// each; no shell that people write comes near.
const mostNested = 1000

var errDeep = fmt.Errorf("it is nested deeper than %d levels", mostNested)

// deep reports whether a text may be nested deeper than that.
func deep(text string) bool {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			if depth++; depth > mostNested {
				return true
			}
		case ')':
			depth = max(depth-1, 0)
		}
	}
	return false
}

// parseShell returns the commands of a script, those in front of the first error
// if there is one.
func parseShell(text string) (list []*syntax.Stmt, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the parser gave up: %v", r)
		}
	}()
	if deep(text) {
		return nil, errDeep
	}
	// The iterator must not be left: it would go on and fail.
	for st, failed := range syntax.NewParser().StmtsSeq(strings.NewReader(text)) {
		switch {
		case err != nil:
		case failed != nil:
			err = failed
		case st != nil:
			list = append(list, st)
		}
	}
	return list, err
}

// list runs commands one after the other.
func (s *Reader) list(list []*syntax.Stmt, world string, in Output) Output {
	all := Output{OK: true}
	for _, st := range list {
		all.add(s.stmt(st, world, in))
	}
	return all
}

// own returns it so that more can be added, whoever else holds it.
func (o Output) own() Output {
	o.Text = slices.Clip(o.Text)
	return o
}

// add makes it what two commands write one after the other.
func (o *Output) add(next Output) {
	switch {
	case !next.OK || !o.OK:
		*o = Output{}
	case len(o.Text) == 0:
		*o = next.own()
	case len(next.Text) > 0:
		*o = Output{Text: append(o.Text, next.Text...), Enc: source.Encoding{Escape: carrier.Bare}, OK: true}
	}
}

// stmt runs a command with its redirections.
func (s *Reader) stmt(st *syntax.Stmt, world string, in Output) Output {
	if st == nil {
		return Output{}
	}
	const deepest = 100
	if s.level >= deepest {
		at, _ := spanOf(s.In, st)
		s.SkipOnce(s.In, at, "commands that are nested deeper than %d levels are not checked", deepest)
		return Output{}
	}
	s.level++
	defer func() { s.level-- }()
	to := s.redirect(st.Redirs, &in)
	if st.Cmd == nil && s.Strict && in.OK {
		s.heredocStep(st, world)
		return Output{}
	}
	out := s.command(st.Cmd, world, in)
	if to == nil {
		return out
	}
	s.Write(to, out, world)
	return Output{OK: true}
}

// command runs a command. What stands below a condition or in a loop is a world
// of its own, and so is the body of a function: scripts keep alternatives in
// them.
func (s *Reader) command(cmd syntax.Command, world string, in Output) Output {
	switch c := cmd.(type) {
	case *syntax.CallExpr:
		return s.call(c, world, in)
	case *syntax.Block:
		return s.list(c.Stmts, world, in)
	case *syntax.Subshell:
		return s.list(c.Stmts, world, in)
	case *syntax.TimeClause:
		return s.stmt(c.Stmt, world, in)
	case *syntax.BinaryCmd:
		return s.binary(c, world, in)
	case *syntax.IfClause:
		s.list(c.Cond, world, Output{})
		s.list(c.Then, s.Branch(world, "branch"), Output{})
		for c = c.Else; c != nil; c = c.Else {
			arm := s.Branch(world, "branch")
			s.list(c.Cond, arm, Output{})
			s.list(c.Then, arm, Output{})
		}
	case *syntax.WhileClause:
		s.list(slices.Concat(c.Cond, c.Do), s.Branch(world, "loop"), Output{})
	case *syntax.ForClause:
		s.loop(c, world)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			s.list(item.Stmts, s.Branch(world, "branch"), Output{})
		}
	case *syntax.FuncDecl:
		if c.Name != nil {
			s.stmt(c.Body, s.Branch(world, c.Name.Value+"()"), Output{})
		}
		return Output{OK: true}
	case *syntax.DeclClause:
		s.remember(c.Args, world)
		return Output{OK: true}
	case *syntax.LetClause, *syntax.ArithmCmd, *syntax.TestClause:
		return Output{OK: true}
	}
	return Output{}
}

// binary runs commands with "|", "&&" or "||" between them. The commands of a chain
// are nested to the left, as deep as it is long: it is gone through from the left.
func (s *Reader) binary(c *syntax.BinaryCmd, world string, in Output) Output {
	chain := []*syntax.BinaryCmd{c}
	for {
		x := chain[len(chain)-1].X
		inner, ok := x.Cmd.(*syntax.BinaryCmd)
		if !ok || x.Negated || len(x.Redirs) > 0 {
			break
		}
		chain = append(chain, inner)
	}
	first := chain[len(chain)-1].X
	left, certain := s.stmt(first, world, in).own(), s.Strict || s.certain(first)
	for _, c := range slices.Backward(chain) {
		switch c.Op {
		case syntax.Pipe, syntax.PipeAll:
			left = s.stmt(c.Y, world, left).own()
			certain = s.Strict || s.certain(c.Y)
		case syntax.AndStmt:
			at := world
			if !certain {
				at = s.Branch(world, "branch")
			}
			left.add(s.stmt(c.Y, at, in))
			certain = certain && (s.Strict || s.certain(c.Y))
		default:
			if !s.gives(c.Y) {
				s.stmt(c.Y, s.Branch(world, "branch"), in)
			}
			certain = certain || s.certain(c.Y)
		}
	}
	return left
}

// gives reports whether a command only says that a failure does not matter, or
// that all ends with it.
func (s *Reader) gives(st *syntax.Stmt) bool {
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok {
		return false
	}
	name, _ := program(s.words(call.Args))
	return name == "true" || name == ":" || name == "exit" || name == "return"
}

// certain reports whether a command is one that is expected to succeed, not one
// that asks a question.
func (s *Reader) certain(st *syntax.Stmt) bool {
	if st == nil || st.Negated {
		return false
	}
	switch c := st.Cmd.(type) {
	case nil, *syntax.DeclClause:
		return true
	case *syntax.CallExpr:
		args := s.words(c.Args)
		name, _ := program(args)
		return len(args) == 0 || acting.Has(name)
	case *syntax.BinaryCmd:
		switch c.Op {
		case syntax.Pipe, syntax.PipeAll:
			return s.certain(c.Y)
		case syntax.AndStmt:
			return s.certain(c.X) && s.certain(c.Y)
		default:
			return s.certain(c.X) || s.certain(c.Y)
		}
	case *syntax.Block:
		return len(c.Stmts) > 0 && s.certain(c.Stmts[len(c.Stmts)-1])
	case *syntax.Subshell:
		return len(c.Stmts) > 0 && s.certain(c.Stmts[len(c.Stmts)-1])
	}
	return false
}

// acting are programs that do something; others may ask whether something is so.
var acting = lazy.Words(`sysctl echo printf cat tee cp mv mkdir rm touch ln chmod chown chgrp sed awk install true : export set cd
	apt apt-get aptitude dpkg yum dnf rpm apk pacman zypper pip pip3 npm yarn gem curl wget tar unzip git systemctl service
	modprobe swapoff swapon sleep sync useradd usermod groupadd adduser addgroup ufw firewall-cmd setenforce hostnamectl
	timedatectl update-grub grub2-mkconfig ldconfig make nginx rsync`)

// quietPrograms are those of them that write nothing worth keeping.
var quietPrograms = lazy.Words(`mkdir rm touch ln chmod chown chgrp true : export set cd modprobe sleep sync install cp mv`)
