package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// software is a program that is known here.
type software struct {
	// name is how package facts calls it.
	name string
	// programs are the names under which it is started.
	programs []string
	// flags are the settings that flags stand for, by flag; switches are flags
	// without a value, and what they set.
	flags    map[string]string
	switches map[string]string
	// packages are its names in lock files.
	packages []string
	// images are images that run it unless they are told otherwise.
	images []string
	// prepare reads what the program reads by itself, under the flags; it may be
	// nil.
	prepare func(p *process, args []string)
	// verbs are the subcommands that serve; nil if it has none.
	verbs []string
	// derive turns settings into what the service does.
	derive func(p *process) []*Service
}

// known returns the software that is started by a name.
func known(program string) *software {
	base := path.Base(program)
	for _, s := range softwares() {
		if slices.Contains(s.programs, base) {
			return s
		}
	}
	return nil
}

// softwares are all programs that are known.
func softwares() []*software {
	return []*software{
		gunicorn(), uvicorn(), fastapi(), hypercorn(), daphne(), waitress(), uwsgi(), puma(), unicorn(), thin(), nodejs(), next(), phpfpm(), phpServer(), flask(), django(), rails(), dotnet(), caddy(), traefik(), varnish(), python(), golang(),
	}
}

// serving reports whether a command line makes a program serve, rather than do something
// else that it can.
func (s *software) serving(args []word) bool {
	if s.verbs == nil {
		return true
	}
	_, rest := s.parse(args)
	return len(rest) > 0 && slices.Contains(s.verbs, rest[0])
}

// parse reads flags: "--name value", "--name=value", "-nvalue", "-n value".
func (s *software) parse(args []word) (set settings, rest []string) {
	set = settings{}
	for i := 0; i < len(args); i++ {
		w := args[i]
		if len(w.text) < 2 || w.text[0] != '-' {
			if !w.open {
				rest = append(rest, w.text)
			}
			continue
		}
		name, value, inline := strings.Cut(w.text, "=")
		if setting, ok := s.switches[w.text]; ok {
			k, v, _ := strings.Cut(setting, "=")
			f := w.field(w.text)
			f.Value = v
			set[k] = f
			continue
		}
		setting, ok := s.flags[name]
		switch {
		case ok && inline:
			f := w.field(name)
			f.Value = value
			s.put(set, setting, f, w.open)
		case ok && i+1 < len(args):
			i++
			f := args[i].field(name)
			f.At.Span.Start = w.at.Span.Start
			s.put(set, setting, f, args[i].open)
		case !ok && w.text[1] != '-' && s.flags[w.text[:2]] != "":
			f := w.field(w.text[:2])
			f.Value = w.text[2:]
			s.put(set, s.flags[w.text[:2]], f, w.open)
		}
	}
	return set, rest
}

// parameters are what "-p name=value" sets, however often it comes.
func (s *software) parameters(args []word) settings {
	set := settings{}
	for i := 0; i+1 < len(args); i++ {
		if s.flags[args[i].text] == "parameter" {
			if name, value, ok := strings.Cut(args[i+1].text, "="); ok {
				f := args[i+1].field(name)
				f.Value = value
				f.At.Span.Start = args[i].at.Span.Start
				s.put(set, name, f, args[i+1].open)
			}
		}
	}
	return set
}

// put sets a setting; one that is not known hides what a file may say. Several
// addresses are kept, one a line.
func (*software) put(set settings, name string, f Field[string], open bool) {
	if open {
		f.Value = string(source.Unknown)
	}
	if old, twice := set[name]; twice && name == "bind" {
		f.Value = old.Value + "\n" + f.Value
	}
	set[name] = f
}
