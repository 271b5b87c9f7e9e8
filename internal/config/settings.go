package config

import (
	"cmp"
	"maps"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/rules"
)

// Override is what counts more than any configuration file: the flags of a command
// line, the options of an editor. What is not set is nil or empty.
type Override struct {
	Server *Server
	Kernel *facts.Range
	Loader *model.Loader
	FailOn *lint.Severity
	// Root and Baseline are paths as they are shown.
	Root, Baseline string
	// Selected are the only rules to run, unless nil; Ignored are not run.
	Selected, Ignored map[string]bool
}

// Narrows reports whether it may keep faults out of sight that a configuration file
// is about.
func (o *Override) Narrows() bool {
	return o.Server != nil || o.Kernel != nil || o.Loader != nil || o.Root != ""
}

// Settings are what holds in a folder: its configuration file with what overrides it.
type Settings struct {
	// File is the configuration file, nil if there is none.
	File   *File
	Target model.Target
	// ServerTold says that somebody named the server and its version.
	ServerTold bool
	FailOn     lint.Severity
	// Root is the folder below which absolute includes lie, Baseline the file of known
	// findings, both as they are shown; empty if there is none.
	Root, Baseline string
	// Rules are those that run, Known the IDs of all there are.
	Rules    []*lint.Rule
	Known    []string
	Severity map[string]lint.Severity
	// Streams are paths of locations that serve events, Backends what is known of the
	// servers behind upstreams.
	Streams  []string
	Backends map[string]facts.Backend
	// Include, Exclude and Hosts are those of the configuration file.
	Include, Exclude Patterns
	Hosts            []Host
}

// Resolve puts an override on top of a configuration file, which may be nil. locate
// returns how the path that is written in the file is shown.
func Resolve(f *File, o *Override, locate func(written string) string) *Settings {
	s := &Settings{
		File:   f,
		Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()},
		FailOn: lint.Warning, Known: rules.IDs(), Severity: map[string]lint.Severity{},
	}
	off := map[string]bool{}
	if f != nil {
		s.serve(f.server)
		s.Target.Container = either(f.inside, s.Target.Container)
		s.Target.Loader = either(f.loader, s.Target.Loader)
		s.Target.Kernel = either(f.kernel, s.Target.Kernel)
		s.Streams, s.Backends = f.streams, f.backends
		s.Include, s.Exclude, s.Hosts = f.Include, f.Exclude, f.Hosts
		s.FailOn = either(f.failOn, s.FailOn)
		maps.Copy(off, f.off)
		maps.Copy(s.Severity, f.severity)
		if f.Root != "" {
			s.Root = locate(f.Root)
		}
		if f.Baseline != "" {
			s.Baseline = locate(f.Baseline)
		}
	}
	s.serve(o.Server)
	s.Target.Loader = either(o.Loader, s.Target.Loader)
	s.Target.Kernel = either(o.Kernel, s.Target.Kernel)
	s.FailOn = either(o.FailOn, s.FailOn)
	s.Baseline = cmp.Or(o.Baseline, s.Baseline)
	s.Root = cmp.Or(o.Root, s.Root)
	for _, r := range rules.All() {
		if o.Selected != nil && o.Selected[r.ID] || o.Selected == nil && !off[r.ID] {
			if !o.Ignored[r.ID] {
				s.Rules = append(s.Rules, r)
			}
		}
	}
	return s
}

// serve sets the server that is in use, if one is named.
func (s *Settings) serve(by *Server) {
	if by != nil {
		s.Target.Nginx, s.Target.Server, s.ServerTold = by.In, by.Flavour, true
	}
}

// AllRules reports whether all rules run but those that the configuration file
// switches off.
func (s *Settings) AllRules() bool {
	off := 0
	if s.File != nil {
		off = len(s.File.off)
	}
	return len(s.Rules) >= len(s.Known)-off
}

// Fails reports whether a result has something at or above the failing level.
func (s *Settings) Fails(r *lint.Result) bool {
	for i := range r.Findings {
		if r.Findings[i].Severity >= s.FailOn {
			return true
		}
	}
	return false
}

// either returns what is set, or else the default.
func either[T any](set *T, or T) T {
	if set != nil {
		return *set
	}
	return or
}
