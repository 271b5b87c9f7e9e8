package embed

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// takesShell takes scripts by their extension or by the line that names their
// interpreter.
func takesShell(base, _, text string) bool {
	named := path.Ext(base) == ".sh" || path.Ext(base) == ".bash"
	if text == anything {
		return named
	}
	return (named || shebang(text) != "") && mentions(text)
}

// shebang returns the shell that the first line names; empty if it names none.
func shebang(text string) string {
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

func readShell(f *source.File) Found {
	finder := newFinder(f, readShell)
	in, ok := untagged(f)
	if !ok {
		return Found{Skipped: []Skipped{{Reason: "a template decides which commands the script has"}}}
	}
	s := &shell{finder: finder, in: in, echoes: shebang(f.Text) == "bash" || path.Ext(f.Path) == ".bash"}
	s.script("")
	return finder.found()
}

// shellTexts returns the texts that a script writes or sets, which may itself be
// found in another file.
func shellTexts(f *source.File) []Text {
	finder := newFinder(f, readShell)
	s := &shell{finder: finder, in: f, echoes: shebang(f.Text) == "bash"}
	s.script("")
	return finder.found().Texts
}

// untagged returns a script with the values of a template masked. It is not ok if
// the template has conditions or loops. Only the extension tells a template: tags
// mean nothing to a shell and occur in arguments of commands.
func untagged(f *source.File) (*source.File, bool) {
	if !slices.Contains(detect.TemplateExtensions(), path.Ext(f.Path)) {
		return f, true
	}
	b := &branches{names: newFinder(f, nil)}
	text := f.Text
	for line := range strings.Lines(text) {
		if b.step(line) {
			return nil, false
		}
	}
	text = tagRemove.ReplaceAllStringFunc(text, func(tag string) string {
		return strings.Repeat(string(source.Unknown), len(tag))
	})
	whole := phrase{{in: f, span: source.Span{Start: 0, End: len(f.Text)}}}
	masked := whole.within(f)
	return source.NewView(f.Path, text, *masked.View), true
}

// shell reads one script.
type shell struct {
	*finder

	// in is the script.
	in *source.File
	// base is how its lines are written in the carrier.
	base source.Encoding
	// echoes says that echo without -e writes backslashes as they are, as that of
	// bash does and that of dash does not.
	echoes bool
	// strict says that a command which fails ends it all, so that what follows
	// "&&" is certain: a step of a Dockerfile.
	strict    bool
	container string
	// scope says where a setting belongs that is made at once: its world, where
	// it is made, and whether it is made at all. Nil means that it belongs to the
	// world of the command and to the container.
	scope     func(world, key string) (in, container string, ok bool)
	constants map[string]string
	depth     int
}

// output is what a command writes to its standard output.
type output struct {
	text phrase
	enc  source.Encoding
	// ok says that it is all known to be text, though parts of it may be
	// source.Unknown; blank that it was written on purpose even if it is empty.
	ok, blank bool
}

// script reads all commands.
func (s *shell) script(world string) {
	list, err := parseShell(s.in.Text)
	if err != nil {
		s.skip(s.in, len(s.in.Text), len(s.in.Text), "a part of the shell script cannot be read: %v", err)
	}
	if s.constants == nil {
		s.constants = constantsOf(s, list)
	}
	s.list(list, world, output{})
}

// parseShell returns the commands of a script, those in front of the first error
// if there is one.
func parseShell(text string) (list []*syntax.Stmt, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the parser gave up: %v", r)
		}
	}()
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
func (s *shell) list(list []*syntax.Stmt, world string, in output) output {
	all := output{ok: true}
	for _, st := range list {
		all = all.and(s.stmt(st, world, in))
	}
	return all
}

// and is what two commands write one after the other.
func (o output) and(next output) output {
	switch {
	case !next.ok || !o.ok:
		return output{}
	case len(o.text) == 0:
		return next
	case len(next.text) > 0:
		return output{text: slices.Concat(o.text, next.text), enc: source.Encoding{Escape: bare}, ok: true}
	}
	return o
}

// stmt runs a command with its redirections.
func (s *shell) stmt(st *syntax.Stmt, world string, in output) output {
	if st == nil {
		return output{}
	}
	to := s.redirect(st.Redirs, &in)
	if st.Cmd == nil && s.strict && in.ok {
		s.heredocStep(st, world)
		return output{}
	}
	out := s.command(st.Cmd, world, in)
	if to == nil {
		return out
	}
	s.write(to, out, world)
	return output{ok: true}
}

// command runs a command. What stands below a condition or in a loop is a world
// of its own, and so is the body of a function: scripts keep alternatives in
// them.
func (s *shell) command(cmd syntax.Command, world string, in output) output {
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
		s.list(c.Cond, world, output{})
		s.list(c.Then, s.branch(world, "branch"), output{})
		for c = c.Else; c != nil; c = c.Else {
			arm := s.branch(world, "branch")
			s.list(c.Cond, arm, output{})
			s.list(c.Then, arm, output{})
		}
	case *syntax.WhileClause:
		s.list(slices.Concat(c.Cond, c.Do), s.branch(world, "loop"), output{})
	case *syntax.ForClause:
		s.list(c.Do, s.branch(world, "loop"), output{})
	case *syntax.CaseClause:
		for _, item := range c.Items {
			s.list(item.Stmts, s.branch(world, "branch"), output{})
		}
	case *syntax.FuncDecl:
		if c.Name != nil {
			s.stmt(c.Body, s.branch(world, c.Name.Value+"()"), output{})
		}
		return output{ok: true}
	case *syntax.DeclClause, *syntax.LetClause, *syntax.ArithmCmd, *syntax.TestClause:
		return output{ok: true}
	}
	return output{}
}

// binary runs two commands with "|", "&&" or "||" between them.
func (s *shell) binary(c *syntax.BinaryCmd, world string, in output) output {
	left := s.stmt(c.X, world, in)
	switch c.Op {
	case syntax.Pipe, syntax.PipeAll:
		return s.stmt(c.Y, world, left)
	case syntax.AndStmt:
		if !s.strict && !s.certain(c.X) {
			world = s.branch(world, "branch")
		}
		return left.and(s.stmt(c.Y, world, in))
	default:
		if !s.gives(c.Y) {
			s.stmt(c.Y, s.branch(world, "branch"), in)
		}
		return left
	}
}

// gives reports whether a command only says that a failure does not matter, or
// that all ends with it.
func (s *shell) gives(st *syntax.Stmt) bool {
	call, ok := st.Cmd.(*syntax.CallExpr)
	if !ok {
		return false
	}
	name, _ := program(s.words(call.Args))
	return name == "true" || name == ":" || name == "exit" || name == "return"
}

// certain reports whether a command is one that is expected to succeed, not one
// that asks a question.
func (s *shell) certain(st *syntax.Stmt) bool {
	if st == nil || st.Negated {
		return false
	}
	switch c := st.Cmd.(type) {
	case nil, *syntax.DeclClause:
		return true
	case *syntax.CallExpr:
		args := s.words(c.Args)
		name, _ := program(args)
		return len(args) == 0 || acting[name]
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
var acting = programs(`sysctl echo printf cat tee cp mv mkdir rm touch ln chmod chown chgrp sed awk install true : export set cd
	apt apt-get aptitude dpkg yum dnf rpm apk pacman zypper pip pip3 npm yarn gem curl wget tar unzip git systemctl service
	modprobe swapoff swapon sleep sync useradd usermod groupadd adduser addgroup ufw firewall-cmd setenforce hostnamectl
	timedatectl update-grub grub2-mkconfig ldconfig make nginx rsync`)

// quietPrograms are those of them that write nothing worth keeping.
var quietPrograms = programs(`mkdir rm touch ln chmod chown chgrp true : export set cd modprobe sleep sync install cp mv`)
