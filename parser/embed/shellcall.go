package embed

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/source"
)

// program returns the name of the program that a command runs and its arguments,
// without those that run it as somebody else.
func program(args []phrase) (name string, rest []phrase) {
	for len(args) > 0 {
		if !args[0].known() {
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
func behindOptions(args []phrase) []phrase {
	for len(args) > 0 {
		word := args[0].String()
		switch {
		case word == "-u" || word == "-g" || word == "--user" || word == "-n" && len(args) > 1 && isNumber(args[1].String()):
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
func (s *shell) call(c *syntax.CallExpr, world string, in output) output {
	return s.exec(s.words(c.Args), c.Args, world, in)
}

// exec runs a program with its arguments. The words are those of the script, if
// it is one.
func (s *shell) exec(args []phrase, words []*syntax.Word, world string, in output) output {
	name, rest := program(args)
	none := len(args) == 0
	args = rest
	switch name {
	case "":
		return output{ok: none}
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
	case "su":
		if i := slices.IndexFunc(args, func(p phrase) bool { return p.String() == "-c" }); i >= 0 && i+1 < len(args) {
			s.nested(args[i+1], world, in, source.Encoding{Escape: bare})
		}
	default:
		if slices.Contains(shells, name) {
			return s.shell(args, words, world, in)
		}
		if changing[name] {
			for _, a := range args {
				s.changed(s.target(a, false), world)
			}
		}
		return output{ok: quietPrograms[name]}
	}
	return output{}
}

// shell runs a script that a shell gets as its argument, or on its standard
// input.
func (s *shell) shell(args []phrase, words []*syntax.Word, world string, in output) output {
	for i, a := range args {
		word := a.String()
		switch {
		case strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && strings.HasSuffix(word, "c"):
			if i+1 < len(args) {
				enc := source.Encoding{Escape: bare}
				if n := len(words) - len(args) + i + 1; n > 0 && n < len(words) {
					enc = quotedEncoding(words[n])
				}
				return s.nested(args[i+1], world, in, enc)
			}
		case word != "-" && !strings.HasPrefix(word, "-"):
			return output{} // a file with a script
		}
	}
	if in.ok {
		return s.nested(in.text, world, output{}, in.enc)
	}
	return output{}
}

// changing are programs that change the files that they are given, in a way that
// is not looked into.
var changing = programs("sed perl rm cp mv truncate install unlink crudini")

// nested runs a script within the script.
func (s *shell) nested(script phrase, world string, in output, enc source.Encoding) output {
	const deepest = 4
	if s.depth >= deepest || !mentions(script.String()) {
		return output{}
	}
	sub := *s
	sub.in = script.within(s.carrier)
	sub.base = nested(s.base, enc)
	sub.depth++
	sub.constants = map[string]string{}
	list, err := parseShell(sub.in.Text)
	if err != nil {
		return output{}
	}
	return sub.list(list, world, in)
}

// sysctl reads the settings that sysctl(8) makes.
func (s *shell) sysctl(args []phrase, world string, in output) {
	loads, stdin := false, false
	var operands []phrase
	for _, a := range args {
		word := a.String()
		switch {
		case word == "-" || word == "/dev/stdin":
			stdin = true
		case strings.HasPrefix(word, "--load"), strings.HasPrefix(word, "--system"), strings.HasPrefix(word, "--all"):
			loads = true
			stdin = stdin || strings.HasSuffix(word, "=-") || strings.HasSuffix(word, "=/dev/stdin")
		case strings.HasPrefix(word, "--"):
		case strings.HasPrefix(word, "-"):
			loads = loads || strings.ContainsAny(word, "pfaAX")
		default:
			operands = append(operands, a)
		}
	}
	switch {
	case loads && stdin && in.ok:
		s.now(world, s.container).append(settingLines(in.text), nested(s.base, in.enc))
	case !loads:
		for _, a := range operands {
			if key, value, ok := a.cut("="); ok {
				s.set(world, key, value)
			}
		}
	}
}

// now returns the text of the settings that are made at once.
func (s *shell) now(world, container string) *draft {
	d := s.kernel(world, "sysctl")
	d.live, d.container = true, container
	return d
}

// set makes a setting at once.
func (s *shell) set(world string, key, value phrase) {
	if key = key.trim(); !isKey(key) {
		return
	}
	container := s.container
	if s.scope != nil {
		var ok bool
		if world, container, ok = s.scope(world, key.String()); !ok {
			return
		}
	}
	s.now(world, container).setting(key, value, source.Item{})
}

// echo returns what echo writes.
func (s *shell) echo(args []phrase, words []*syntax.Word) output {
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
	var text phrase
	for i, a := range args {
		if i > 0 {
			text = append(text, stuck(" ")...)
		}
		text = append(text, a...)
	}
	if strings.Contains(text.String(), `\`) {
		var ok bool
		switch {
		case !plain:
			if text, ok = escapes(text); !ok {
				return output{}
			}
		case !s.echoes:
			return output{} // shells differ
		}
	}
	if newline {
		text = append(text, stuck("\n")...)
	}
	enc := source.Encoding{Escape: bare}
	if len(args) == 1 && len(words) > 0 {
		enc = quotedEncoding(words[len(words)-1])
	}
	return output{text: text, enc: enc, ok: true}
}

// quotedEncoding is how text is written in the quotes of a word.
func quotedEncoding(w *syntax.Word) source.Encoding {
	if len(w.Parts) == 1 {
		switch p := w.Parts[0].(type) {
		case *syntax.SglQuoted:
			if !p.Dollar {
				return source.Encoding{Escape: without("'"), Lines: true}
			}
		case *syntax.DblQuoted:
			return source.Encoding{Escape: without("\"$`\\!"), Lines: true}
		}
	}
	return source.Encoding{Escape: bare}
}

// printf returns what printf writes, if the format has no more than "%s" in it.
func printf(args []phrase) output {
	if len(args) > 0 && args[0].String() == "--" {
		args = args[1:]
	}
	if len(args) == 0 || !args[0].known() {
		return output{}
	}
	format, rest := args[0], args[1:]
	var text phrase
	for {
		before, after, verb := format.cut("%")
		part, ok := escapes(before)
		if !ok {
			return output{}
		}
		text = append(text, part...)
		if !verb {
			if format = args[0]; len(rest) == 0 || len(rest) == len(args)-1 {
				break // else the format is used again
			}
			continue
		}
		switch {
		case strings.HasPrefix(after.String(), "%"):
			text = append(text, after.slice(0, 1)...)
		case strings.HasPrefix(after.String(), "s"):
			if len(rest) > 0 {
				text = append(text, rest[0]...)
				rest = rest[1:]
			}
		default:
			return output{}
		}
		format = after.slice(1, len(after.String()))
	}
	return output{text: text, enc: source.Encoding{Escape: bare}, ok: true}
}

// tee writes its input to files and to its output.
func (s *shell) tee(args []phrase, world string, in output) output {
	appends := false
	for _, a := range args {
		if word := a.String(); strings.HasPrefix(word, "-") {
			appends = appends || word == "--append" || !strings.HasPrefix(word, "--") && strings.Contains(word, "a")
		}
	}
	for _, a := range args {
		if !strings.HasPrefix(a.String(), "-") {
			s.write(s.target(a, appends), in, world)
		}
	}
	return in
}
