package service

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// supervisord: each program of its configuration is a process.
//
//	[program:web]
//	command=gunicorn --bind 127.0.0.1:8000 app:app
//	        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ what runs
//
// Source: supervisord.org/configuration.html.

// isSupervisor reports whether a file has programs of supervisord.
func isSupervisor(f *source.File) bool {
	ext := path.Ext(f.Path)
	return (ext == ".conf" || ext == ".ini") && strings.Contains(f.Text, "[program:")
}

// supervised reads the programs of a repository that supervisord starts: those of a
// file that lies in one container live in its network.
func supervised(r *repo, services []*Service) []*process {
	var out []*process
	for _, f := range r.order {
		if !isSupervisor(f) {
			continue
		}
		for _, s := range readINI(f) {
			name, ok := strings.CutPrefix(s.name, "program:")
			command := s.set["command"]
			if !ok || !command.Known() || unknown(command.Value) || strings.Contains(command.Value, "%(") {
				continue
			}
			p := &process{repo: r, code: path.Dir(path.Clean(f.Path)), hasCode: true, dir: s.set["directory"].Value, Service: &Service{
				Kind: Command, Name: name, At: command.At,
			}}
			if c := holder(services, path.Clean(f.Path)); c != nil {
				p.Group, p.Network, p.SharesWith, p.mounts = c.Group, SharedNetwork, c.Name, c.mounts
			}
			p.supervisedEnvironment(s.set["environment"])
			// The line is split into words as a shell does, and no more than that.
			line := command.At.File.Slice(command.At.Span)
			from := strings.Index(line, command.Value)
			if from < 0 {
				continue
			}
			at := placer{func(i int) int { return command.At.Span.Start + from + i }, command.At}
			if words := shellWords(command.Value, at, nil); len(words) == 1 {
				p.argv = words[0]
				out = append(out, p)
			}
		}
	}
	return out
}

// holder returns the one container of Compose in which a file lies; nil if there is none,
// or more than one.
func holder(services []*Service, file string) *Service {
	var found *Service
	for _, s := range services {
		if s.Kind != Compose || !s.holds(file) {
			continue
		}
		if found != nil && (found.Group != s.Group || found.Name != s.Name) {
			return nil
		}
		found = s
	}
	return found
}

// supervisedEnvironment reads environment=A="1",B="2".
func (p *process) supervisedEnvironment(f Field[string]) {
	for _, pair := range splitArguments(f.Value) {
		if k, v, ok := strings.Cut(pair, "="); ok && isName(strings.TrimSpace(k)) && !strings.Contains(v, "%(") {
			f.Value, f.Name = strings.Trim(strings.TrimSpace(v), `"'`), strings.TrimSpace(k)
			p.setenv(f.Name, f)
		}
	}
}
