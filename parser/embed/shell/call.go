package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazy"
	"github.com/tcplint/tcplint/parser/source"
)

// program returns the name of the program that a command runs and its arguments,
// without those that run it as somebody else.
func program(args []carrier.Phrase) (name string, rest []carrier.Phrase) {
	for len(args) > 0 {
		if !args[0].Known() {
			return "", nil
		}
		name = path.Base(args[0].String())
		args = args[1:]
		switch name {
		case "sudo", "doas", "env", "command", "exec", "nohup", "busybox", "nice":
			args = behindOptions(args)
		default:
			return name, args
		}
	}
	return "", nil
}

// behindOptions returns the arguments behind options and assignments.
func behindOptions(args []carrier.Phrase) []carrier.Phrase {
	for len(args) > 0 {
		word := args[0].String()
		switch {
		case word == "-u" || word == "-g" || word == "--user" || word == "-n" && len(args) > 1 && carrier.IsNumber(args[1].String()):
			args = args[min(2, len(args)):]
		case strings.HasPrefix(word, "-") || strings.Contains(word, "=") && !strings.Contains(word, "/"):
			args = args[1:]
		default:
			return args
		}
	}
	return nil
}

// call runs a program.
func (s *Reader) call(c *syntax.CallExpr, world string, in Output) Output {
	if len(c.Args) == 0 {
		s.remember(c.Assigns, world)
	}
	return s.Exec(s.words(c.Args), c.Args, world, in)
}

// Exec runs a program with its arguments. The words are those of the script, if
// it is one.
func (s *Reader) Exec(args []carrier.Phrase, words []*syntax.Word, world string, in Output) Output {
	name, rest := program(args)
	none := len(args) == 0
	args = rest
	switch name {
	case "":
		return Output{OK: none}
	case "sysctl":
		s.sysctl(args, world, in)
	case "echo":
		return s.echo(args, words)
	case "printf":
		return printf(args)
	case "cat":
		if len(args) == 0 || len(args) == 1 && args[0].String() == "-" {
			return in
		}
	case "tee":
		return s.tee(args, world, in)
	case "docker", "podman", "nerdctl":
		s.container(args, world)
	case "su":
		if i := slices.IndexFunc(args, func(p carrier.Phrase) bool { return p.String() == "-c" }); i >= 0 && i+1 < len(args) {
			s.Nested(args[i+1], world, in, source.Encoding{Escape: carrier.Bare})
		}
	default:
		if slices.Contains(shells, name) {
			return s.shell(args, words, world, in)
		}
		if changing.Has(name) {
			for _, a := range args {
				s.changed(s.target(a, false), world)
			}
		}
		return Output{OK: quietPrograms.Has(name)}
	}
	return Output{}
}

// container reads the settings that a container is started with.
func (s *Reader) container(args []carrier.Phrase, world string) {
	i := slices.IndexFunc(args, func(p carrier.Phrase) bool { return p.String() == "run" || p.String() == "create" })
	if i < 0 {
		return
	}
	own := ""
	for args = args[i+1:]; len(args) > 0; args = args[1:] {
		option := args[0]
		switch text := option.String(); {
		case text == "--sysctl" && len(args) > 1:
			args = args[1:]
			option = args[0]
		case strings.HasPrefix(text, "--sysctl="):
			option = option.Slice(len("--sysctl="), len(text))
		default:
			continue
		}
		if key, value, ok := option.Cut("="); ok && carrier.IsKey(key.Trim()) {
			if own == "" {
				own = s.Branch(world, "container")
			}
			s.Setting(own, "sysctls", key, value)
			s.Contain(own, "sysctls", "docker")
		}
	}
}

// shell runs a script that a shell gets as its argument, or on its standard
// input.
func (s *Reader) shell(args []carrier.Phrase, words []*syntax.Word, world string, in Output) Output {
	for i, a := range args {
		word := a.String()
		switch {
		case strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.HasSuffix(word, "c"):
			if i+1 < len(args) {
				enc := source.Encoding{Escape: carrier.Bare}
				if n := len(words) - len(args) + i + 1; n > 0 && n < len(words) {
					enc = quotedEncoding(words[n])
				}
				return s.Nested(args[i+1], world, in, enc)
			}
		case word != "-" && !strings.HasPrefix(word, "-"):
			return Output{} // a file with a script
		}
	}
	if in.OK {
		return s.Nested(in.Text, world, Output{}, in.Enc)
	}
	return Output{}
}

// changing are programs that change the files that they are given, in a way that
// is not looked into.
var changing = lazy.Words("sed perl rm cp mv truncate install unlink crudini")

// Nested runs a script within the script.
func (s *Reader) Nested(script carrier.Phrase, world string, in Output, enc source.Encoding) Output {
	const deepest = 4
	if s.depth >= deepest || !carrier.Mentions(script.String()) {
		return Output{}
	}
	sub := *s
	sub.In = script.Within(s.Carrier)
	sub.Base = carrier.Nested(s.Base, enc)
	sub.depth++
	sub.Constants = map[string]string{}
	list, err := parseShell(sub.In.Text)
	if err != nil {
		return Output{}
	}
	sub.arguments = append(sub.argumentsOf(list), s.arguments...)
	sub.begin(list)
	return sub.list(list, world, in)
}

// sysctl reads the settings that sysctl(8) makes.
func (s *Reader) sysctl(args []carrier.Phrase, world string, in Output) {
	loads, stdin, writes := false, false, false
	var operands []carrier.Phrase
	for _, a := range args {
		word := a.String()
		switch {
		case word == "-" || word == "/dev/stdin":
			stdin = true
		case strings.HasPrefix(word, "--load"), strings.HasPrefix(word, "--system"), strings.HasPrefix(word, "--all"):
			loads = true
			stdin = stdin || strings.HasSuffix(word, "=-") || strings.HasSuffix(word, "=/dev/stdin")
		case strings.HasPrefix(word, "--"):
			writes = writes || word == "--write"
		case strings.HasPrefix(word, "-"):
			writes = writes || strings.Contains(word, "w")
			loads = loads || strings.ContainsAny(word, "pfaAX")
		default:
			operands = append(operands, a)
		}
	}
	switch {
	case loads && stdin && in.OK:
		s.now(world, s.Container).Append(carrier.SettingLines(in.Text), carrier.Nested(s.Base, in.Enc))
	case !loads:
		for _, a := range operands {
			key, value, ok := a.Cut("=")
			if ok {
				s.set(world, key, value)
			}
			if !key.Known() && (ok || writes) {
				s.unknownKey(a)
			}
		}
	}
}

// unknownKey says once of a script that it sets keys which cannot be told.
func (s *Reader) unknownKey(operand carrier.Phrase) {
	for _, q := range operand {
		if q.In == s.In {
			s.SkipOnce(s.In, q.Span.Start, "sysctl sets a key that a variable names")
			return
		}
	}
}

// now returns the text of the settings that are made at once.
func (s *Reader) now(world, container string) *carrier.Draft {
	d := s.Kernel(world, "sysctl")
	d.Live, d.Container = true, container
	return d
}

// set makes a setting at once.
func (s *Reader) set(world string, key, value carrier.Phrase) {
	if key = key.Trim(); !carrier.IsKey(key) {
		return
	}
	container := s.Container
	if s.Scope != nil {
		var ok bool
		if world, container, ok = s.Scope(world, key.String()); !ok {
			return
		}
	}
	s.now(world, container).Setting(key, value, source.Item{})
}

// echo returns what echo writes.
func (s *Reader) echo(args []carrier.Phrase, words []*syntax.Word) Output {
	plain, newline := true, true
	for len(args) > 0 {
		word := args[0].String()
		if len(word) < 2 || word[0] != '-' || strings.Trim(word[1:], "neE") != "" {
			break
		}
		newline = newline && !strings.Contains(word, "n")
		plain = plain && !strings.Contains(word, "e")
		args = args[1:]
	}
	var text carrier.Phrase
	for i, a := range args {
		if i > 0 {
			text = append(text, carrier.Glue(" ")...)
		}
		text = append(text, a...)
	}
	if strings.Contains(text.String(), `\`) {
		var ok bool
		switch {
		case !plain:
			if text, ok = Escapes(text); !ok {
				return Output{}
			}
		case !s.Echoes:
			return Output{} // shells differ
		}
	}
	if newline {
		text = append(text, carrier.Glue("\n")...)
	}
	enc := source.Encoding{Escape: carrier.Bare}
	if len(args) == 1 && len(words) > 0 {
		enc = quotedEncoding(words[len(words)-1])
	}
	return Output{Text: text, Enc: enc, OK: true}
}

// quotedEncoding is how text is written in the quotes of a word.
func quotedEncoding(w *syntax.Word) source.Encoding {
	if len(w.Parts) == 1 {
		switch p := w.Parts[0].(type) {
		case *syntax.SglQuoted:
			if !p.Dollar {
				return source.Encoding{Escape: carrier.Without("'"), Lines: true}
			}
		case *syntax.DblQuoted:
			return source.Encoding{Escape: carrier.Without("\"$`\\!"), Lines: true}
		}
	}
	return source.Encoding{Escape: carrier.Bare}
}

// printf returns what printf writes, if the format has no more than "%s" in it.
func printf(args []carrier.Phrase) Output {
	if len(args) > 0 && args[0].String() == "--" {
		args = args[1:]
	}
	if len(args) == 0 || !args[0].Known() {
		return Output{}
	}
	format, rest := args[0].String(), args[1:]
	var text carrier.Phrase
	for at, cut := 0, args[0].Cutter(); ; {
		next := len(format)
		if i := strings.IndexByte(format[at:], '%'); i >= 0 {
			next = at + i
		}
		part, ok := Escapes(cut.Slice(at, next))
		if !ok {
			return Output{}
		}
		text = append(text, part...)
		if next == len(format) {
			if len(rest) == 0 || len(rest) == len(args)-1 {
				break
			}
			at, cut = 0, args[0].Cutter() // the format is used again
			continue
		}
		switch {
		case strings.HasPrefix(format[next+1:], "%"):
			text = append(text, cut.Slice(next+1, next+2)...)
		case strings.HasPrefix(format[next+1:], "s"):
			if len(rest) > 0 {
				text = append(text, rest[0]...)
				rest = rest[1:]
			}
		default:
			return Output{}
		}
		at = next + 2
	}
	return Output{Text: text, Enc: source.Encoding{Escape: carrier.Bare}, OK: true}
}

// tee writes its input to files and to its output.
func (s *Reader) tee(args []carrier.Phrase, world string, in Output) Output {
	appends := false
	for _, a := range args {
		if word := a.String(); strings.HasPrefix(word, "-") {
			appends = appends || word == "--append" || !strings.HasPrefix(word, "--") && strings.Contains(word, "a")
		}
	}
	for _, a := range args {
		if !strings.HasPrefix(a.String(), "-") {
			s.Write(s.target(a, appends), in, world)
		}
	}
	return in
}
