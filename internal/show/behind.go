package show

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
)

// Behind is what was found behind an address that nginx passes requests to.
type Behind struct {
	Address string `json:"address"`
	// Service is the process for people; empty if none is sure.
	Service string `json:"service"`
	From    string `json:"from"`
	// Values are what is known of it, each with where it comes from.
	Values []Value `json:"values"`
	// Candidates are the processes of which nobody can tell which it is.
	Candidates []string `json:"candidates"`

	// At is where the process is set up; no file if it is declared or not sure.
	At lint.Place `json:"-"`
}

// behind describes what is behind the addresses of a pass or an upstream.
func behind(b *model.Backend) []Behind {
	out := []Behind{}
	for _, l := range b.Links {
		x := Behind{Address: Known(l.Address), Values: []Value{}, Candidates: []string{}}
		for _, c := range l.Candidates {
			x.Candidates = append(x.Candidates, called(c)+" "+c.At.String())
		}
		if l.Unreachable != nil {
			x.Candidates = append(x.Candidates, "not "+called(l.Unreachable)+" "+l.Unreachable.At.String()+", which listens in another network")
		}
		if l.Service != nil {
			x.Service, x.From, x.Values = called(l.Service), l.Service.At.String(), valuesOf(l.Service)
			x.At = lint.Place{File: l.Service.At.File, Span: l.Service.At.Span}
			if places := elsewhere(l); places > 0 {
				x.Service += fmt.Sprintf(", and %d more that say the same", places)
			}
		}
		if x.Service != "" || len(x.Candidates) > 0 {
			out = append(out, x)
		}
	}
	if len(out) == 0 && b.Known() {
		x := Behind{Service: b.Title, From: "declared", Values: declared(b), Candidates: []string{}}
		if x.Service == "" {
			x.Service = "a backend that is declared"
		}
		out = append(out, x)
	}
	return out
}

// elsewhere counts the places of processes that may be meant as well as the one of a
// link.
func elsewhere(l model.Linked) int {
	seen := map[string]bool{l.Service.At.String(): true}
	for _, s := range l.Alike {
		seen[s.At.String()] = true
	}
	return len(seen) - 1
}

// called is a process for people: `service "api", Puma 6.4.2`.
func called(s *service.Service) string {
	name := s.Title()
	p, ok := facts.PresetFor(s.Variant, s.Version.Value)
	switch {
	case !ok && s.Program.Known() && s.Program.Value != name:
		name += ", " + s.Program.Value
	case ok && strings.EqualFold(p.Title, name):
	case ok && startsWith(p.Title, name):
		name = p.Title // "uWSGI, http or http-socket" of uwsgi
	case ok:
		name += ", " + p.Title
	}
	if s.Version.Known() {
		name += " " + s.Version.Value.String()
	}
	return name
}

// startsWith reports whether a title begins with a name, however that is written.
func startsWith(title, name string) bool {
	return len(title) >= len(name) && strings.EqualFold(title[:len(name)], name)
}

// lister gathers values that are known.
type lister struct {
	preset facts.Preset
	values []Value
}

func add[T any](l *lister, name string, f service.Field[T], text string) {
	if f.Known() {
		l.values = append(l.values, Value{name, text, whence(f, l.preset)})
	}
}

// whence says where a value comes from.
func whence[T any](f service.Field[T], p facts.Preset) string {
	at := f.At.String()
	name := ""
	if f.Name != "" {
		name = ": " + f.Name
	}
	switch f.Sure {
	case service.Set:
		return at + name
	case service.UnlessEnv:
		return at + name + ", unless $" + f.Env + " says otherwise"
	case service.Default:
		return "default of the release in " + at
	case service.Preset:
		return "as " + p.Title + " is shipped"
	case service.Declared:
		return "declared" + name
	case service.Unknown:
	}
	return ""
}

func valuesOf(s *service.Service) []Value {
	p, _ := facts.PresetFor(s.Variant, s.Version.Value)
	l := &lister{preset: p, values: []Value{}}
	for _, a := range s.Listens {
		where := a.Value.Unix
		if where == "" {
			where = strings.TrimPrefix(a.Value.Host+":"+strconv.Itoa(a.Value.Port), ":")
		}
		add(l, "listens on", a, where)
	}
	keeping(l, s.Keeps, s.Idle)
	limits(l, s.InFlight, s.Requests, s.Recycle, s.Slots, s.Busy, s.Backlog)
	add(l, "open files", s.SoftFiles, strconv.Itoa(s.SoftFiles.Value))
	return l.values
}

// declared are the values of a backend of which no process was found.
func declared(b *model.Backend) []Value {
	l := &lister{preset: b.Preset, values: []Value{}}
	keeping(l, b.Keeps, b.Idle)
	limits(l, b.InFlight, b.Requests, b.Recycle, b.Slots, b.Busy, b.Backlog)
	return l.values
}

func keeping(l *lister, keeps service.Field[facts.Keeping], idle service.Field[time.Duration]) {
	const name = "idle connections"
	switch keeps.Value {
	case facts.KeepsFor:
		add(l, name, idle, "closed after "+idle.Value.String())
	case facts.KeepsForever:
		add(l, name, keeps, "never closed")
	case facts.ClosesAnnounced:
		add(l, name, keeps, `none: "Connection: close"`)
	case facts.ClosesUnannounced:
		add(l, name, keeps, "none, and no answer says so")
	case facts.KeepsUnknown:
	}
}

func limits(l *lister, inFlight service.Field[time.Duration], requests, recycle, slots, busy, backlog service.Field[int]) {
	add(l, "a request may take", inFlight, inFlight.Value.String())
	add(l, "closes a connection", requests, fmt.Sprintf("with answer %d", requests.Value))
	add(l, "ends a process", recycle, fmt.Sprintf("after %d requests", recycle.Value))
	add(l, "connections at a time", slots, strconv.Itoa(slots.Value))
	add(l, "requests at a time", busy, strconv.Itoa(busy.Value))
	queue := strconv.Itoa(backlog.Value)
	if backlog.Value < 0 {
		queue = "what the kernel allows"
	}
	add(l, "accept queue", backlog, queue)
}
