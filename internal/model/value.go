package model

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
)

// Value is the effective value of a directive at a scope: what nginx uses
// there, after includes and inheritance.
type Value struct {
	// Settings are the directives in force: one for a plain value, the whole
	// set for a directive that is inherited all or nothing, none for a default.
	Settings []Setting
	// Owner is the scope in which the settings stand, nil for a default.
	Owner *Scope
	// Sure is false if something that cannot be seen may decide the value.
	Sure bool
	// Assumed says what was taken for granted, because it cannot be seen and
	// seldom matters: that the http block around a fragment, or a folder of
	// sites, sets nothing. Empty if nothing was.
	Assumed string
	// Hidden says why the value is not Sure.
	Hidden string
	// Hole is the place, if it is one, at which a template decides so that the
	// value is not Sure.
	Hole *nginx.Directive

	defaults []facts.Default
	host     *Host
}

// target are the versions that findings must hold for.
func (v *Value) target() facts.Range {
	if v.host == nil { // the zero Value, which has no defaults either
		return facts.Range{}
	}
	return v.host.Target.Nginx
}

// Defaults are the directive's defaults by version, in force where it is not
// Set; nil if it has none or none is known.
func (v Value) Defaults() []facts.Default { return v.defaults }

// Set reports whether the value is written in the configuration.
func (v Value) Set() bool { return len(v.Settings) > 0 }

// Text is the first argument of the setting in force, or "" for a default.
func (v Value) Text() string {
	if !v.Set() {
		return ""
	}
	return v.Settings[len(v.Settings)-1].Arg(0)
}

// Where returns the versions of the target for which the value is text: all of
// them if that is written, those that have it as their default if nothing is,
// Never if it is not or may not be.
func (v Value) Where(text string) facts.Range {
	if !v.Sure {
		return facts.Never
	}
	if v.Set() {
		if v.Text() == text {
			return v.target()
		}
		return facts.Never
	}
	for _, d := range v.defaults {
		if d.Text == text {
			return v.target().Intersect(d.In)
		}
	}
	return facts.Never
}

// Int is the value as a whole number; ok is false if it is not one, is a
// default that changed within the target, or is not Sure.
func (v Value) Int() (n int, ok bool) {
	text := v.Text()
	if !v.Set() {
		for _, d := range v.defaults {
			if d.In.Contains(v.target()) {
				text = d.Text
			}
		}
	}
	n, err := strconv.Atoi(text)
	return n, v.Sure && err == nil
}

// Duration is the value as a time; ok is false if it is not one, is a default
// that changed within the target, or is not Sure.
func (v Value) Duration() (d time.Duration, ok bool) {
	text := v.Text()
	if !v.Set() {
		text, _ = facts.OneDefault(v.defaults, v.target())
	}
	d, ok = Duration(text)
	return d, ok && v.Sure
}

// Get returns the effective value of a directive at the scope. The directive's
// kind of inheritance comes from facts.MergeOf and MergeIn.
func (s *Scope) Get(name string) Value {
	v := Value{Sure: true, host: s.host}
	id, known := s.host.Nginx.idOf(name)
	if known == nil {
		known = &unknownName
	}
	if s.mayGet(id) {
		s.find(name, id, known.Merge, &v)
	}
	switch {
	case v.Set():
	case s.Is(Upstream, StreamUpstream):
		v.defaults = facts.DefaultsIn(contexts[s.Kind], name)
	default:
		v.defaults = known.Defaults
	}
	return v
}

// unknownName is what holds for the directives that facts do not know.
var unknownName facts.Name

// mayGet reports whether anything from the scope outwards can have a say in a
// directive. Rules ask for many directives that few configurations have.
func (s *Scope) mayGet(id nameID) bool {
	n := s.host.Nginx
	return s.reach&id.bit() != 0 && n.occurs(id) || s.clouded || n.Fragment
}

// find looks for a directive from the scope outwards.
func (s *Scope) find(name string, id nameID, merge facts.Merge, v *Value) {
	inherits := true
	for cur := s; cur != nil && inherits; cur = cur.Parent {
		settings := cur.own(id, merge)
		cur.look(name, merge, len(settings) > 0, v)
		if len(settings) > 0 {
			v.Settings, v.Owner = settings, cur
			if !s.host.Nginx.holes {
				return
			}
			if i := slices.IndexFunc(settings, Setting.Unknown); i >= 0 {
				v.Sure, v.Hidden, v.Hole = false, "a template decides the value of "+name, settings[i].Directive
			}
			return
		}
		inherits = cur.inherits(name, merge)
	}
	if inherits && s.host.Nginx.Fragment {
		v.Assumed = "the file is read alone; the http block around it is taken to set no " + name
	}
}

// contexts are the scopes in which a directive may reach inner blocks in another
// way than elsewhere.
var contexts = [...]facts.Context{
	If: facts.If, LimitExcept: facts.LimitExcept, Upstream: facts.Upstream, StreamUpstream: facts.StreamUpstream, Other: 0,
}

// inherits reports whether the scope takes a directive that it does not have
// itself from the one around it.
func (s *Scope) inherits(name string, merge facts.Merge) bool {
	if in := contexts[s.Kind]; in != 0 {
		merge = facts.MergeIn(in, name)
	}
	return merge != facts.Local
}

// own returns the scope's own uses of a directive that are in force: the last
// for a plain value, all for a set.
func (s *Scope) own(id nameID, merge facts.Merge) []Setting {
	if s.has&id.bit() == 0 {
		return nil
	}
	first, last, n := -1, -1, 0
	for i := range s.Settings {
		if s.Settings[i].name == id {
			if n++; first < 0 {
				first = i
			}
			last = i
		}
	}
	switch {
	case n == 0:
		return nil
	case merge == facts.Scalar:
		return s.Settings[last : last+1 : last+1]
	case n == last-first+1: // they stand together
		return s.Settings[first : last+1 : last+1]
	}
	set := make([]Setting, 0, n)
	for i := first; i <= last; i++ {
		if s.Settings[i].name == id {
			set = append(set, s.Settings[i])
		}
	}
	return set
}

// look takes account of the includes in the scope that cannot be followed. A
// plain value that is written in the scope cannot be written again by an
// include: nginx refuses that.
func (s *Scope) look(name string, merge facts.Merge, set bool, v *Value) {
	if set && merge == facts.Scalar {
		return
	}
	for _, inc := range s.Includes() {
		if !inc.MayHold(name) {
			continue
		}
		// A wildcard in http or server brings sites and the like, which set
		// things inside their own blocks. A single file may hold anything, unless
		// its name says that it is about something else.
		if inc.wildcard && inc.Problem == Unseen && s.Is(HTTP, Server, Main) || inc.besides(name) {
			v.Assumed = `include "` + inc.Pattern() + `" cannot be seen here and is taken to set no ` + name
			continue
		}
		v.Sure, v.Hidden = false, inc.Reason
		if inc.Problem == Templated {
			v.Hole = inc.Dir
		}
	}
}

// Size reads nginx's sizes ("8k", "1m") in bytes.
func Size(text string) (bytes int, ok bool) {
	unit := 1
	switch {
	case strings.HasSuffix(text, "k"), strings.HasSuffix(text, "K"):
		unit = 1 << 10
	case strings.HasSuffix(text, "m"), strings.HasSuffix(text, "M"):
		unit = 1 << 20
	}
	if unit > 1 {
		text = text[:len(text)-1]
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n > math.MaxInt/uint64(unit) {
		return 0, false
	}
	return int(n) * unit, true
}

// Duration reads a time as nginx does, see nginx.Duration.
func Duration(text string) (d time.Duration, ok bool) { return nginx.Duration(text) }
