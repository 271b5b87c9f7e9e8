package service

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// process is a service on the way to being understood: what it runs, and which
// files it sees.
type process struct {
	*Service

	repo *repo
	// argv is what it runs; nil if that is not known.
	argv []word
	// entry and command are what the image starts.
	entry, command []word
	// env are the variables that its files set.
	env map[string]Field[string]
	// dir is the working folder inside of the container, code the folder of the
	// repository that holds its code; empty if not known.
	dir, code string
	// hasCode says that code is known.
	hasCode bool
	// settings are what is set, the surest on top.
	settings settings
	// script is the program of Node.js and its kin, nil if it is not seen, and
	// started what runs it.
	script  *script
	started string
	// module is the source of a program in another language, nil if it is not seen.
	module       *source.File
	scriptUnseen bool
	// parameters are the settings of flags that come again: "-p name=value".
	parameters settings
	// builds are the folders of the Go packages that its Dockerfile builds, by the names
	// of their programs.
	builds map[string]string
	// several says that a script starts more than one program.
	several bool
	// doubtful says that it listens on an address that is not known.
	doubtful bool
	// hidden are places in the container that hold what the repository does not.
	hidden []string
	// altered says that a Dockerfile may have changed the configuration of its image.
	altered bool
	// depth is how many scripts led here, left how many more may be read.
	depth int
	left  *int
}

// open returns the file that the process sees under a path, nil if it is not part of
// the repository.
func (p *process) open(name string) *source.File {
	if name == "" {
		return nil
	}
	inside := name
	if !path.IsAbs(inside) {
		inside = path.Join(p.dir, inside)
	}
	if path.IsAbs(inside) {
		if f := p.outside(inside); f != nil {
			return f
		}
	}
	if p.hasCode && !path.IsAbs(name) {
		return p.repo.file(path.Join(p.code, name))
	}
	return nil
}

// outside returns the file of the repository that lies in the container at a path.
func (p *process) outside(inside string) *source.File {
	best := -1
	var found *source.File
	for _, m := range p.mounts {
		if !within(inside, m.inside) || len(m.inside) < best {
			continue
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(inside, m.inside), "/")
		if f := p.repo.file(path.Join(m.outside, rel)); f != nil {
			best, found = len(m.inside), f
		}
	}
	return found
}

// use marks a file as read by a process, so that it is not taken for a process of
// its own.
func (p *process) use(f *source.File) *source.File {
	if f != nil {
		p.repo.used[f] = true
	}
	return f
}

// run finds out what a process runs and how that is set. It returns the services
// that the process is; one that is not understood stays as it is.
func (p *process) run() []*Service {
	program, args := p.unwrap(p.argv)
	if program == nil || program[0].open {
		return p.itself()
	}
	name := program[0]
	s := known(name.text)
	if s == nil {
		s = p.built(name.text)
	}
	// Others may start more, as supervisord does.
	p.alone = !p.several && (s != nil || path.Base(name.text) == "nginx" || p.alone && p.runsNginx)
	if s == nil || !s.serving(args) {
		return p.itself()
	}
	p.Program = Field[string]{Value: s.name, Sure: Set, At: name.at}
	p.started = path.Base(name.text)
	flags, rest := s.parse(args)
	p.settings, p.parameters = flags, s.parameters(args)
	if s.prepare != nil {
		s.prepare(p, rest)
	}
	return p.derive(s)
}

// derive says what the settings of a program make of the process.
func (p *process) derive(s *software) []*Service {
	p.release(s)
	out := s.derive(p)
	for _, x := range out {
		x.complete()
	}
	return out
}

// under puts settings of a file beneath those that are known already.
func (p *process) under(set settings) { p.settings = set.over(p.settings) }

// itself is the process as it is, not understood.
func (p *process) itself() []*Service { return []*Service{p.Service} }
