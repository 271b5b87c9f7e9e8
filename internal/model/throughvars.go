package model

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// variable is the name of a variable in a directive's argument.
var variable = lazyre.New(`\$(?:\{(\w+)\}|(\w+))`)

// ThroughVariables returns what is behind a pass whose address stands in variables, as
// far as "set" gives them what is written out, where the pass stands or around it:
//
//	set $to http://api:8000;
//	proxy_pass $to;
//
// It is what a reader sees; nginx looks the name up at each request, and rules that
// depend on more than this do not ask.
func (p *Pass) ThroughVariables() *Backend {
	arg := p.Arg(0)
	if p.Target.Kind != TargetUnknown || !strings.Contains(arg, "$") {
		return &Backend{}
	}
	known := true
	text := variable.Compiled().ReplaceAllStringFunc(arg, func(use string) string {
		name := strings.Trim(use, "${}")
		if name == "request_uri" || name == "uri" || name == "document_uri" || name == "is_args" || name == "args" {
			return ""
		}
		value, ok := p.Scope.constant(name)
		known = known && ok
		return value
	})
	if !known || source.HasUnknown(text) {
		return &Backend{}
	}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if scheme != "http" && scheme != "https" && scheme != "grpc" && scheme != "grpcs" {
			return &Backend{}
		}
		text = rest
	} else if p.Protocol == "proxy" {
		return &Backend{}
	}
	h := p.Scope.host
	l := Linked{Address: text}
	if path, unix := strings.CutPrefix(text, "unix:"); unix {
		l.Link = h.find(p.Protocol, "", "", unixPath(path), "", p.Setting)
		return join(h.Backends[text], []Linked{l})
	}
	if i := strings.IndexAny(text, "/?"); i >= 0 {
		text = text[:i]
	}
	for _, u := range h.Nginx.Upstreams() {
		if u.Name == text {
			return h.Backend(u)
		}
	}
	l.Address = text
	host, port := splitPort(text)
	l.Link = h.find(p.Protocol, host, port, "", "", p.Setting)
	return join(h.Backends[text], []Linked{l})
}

// constant returns what "set" makes of a variable in the nearest scope that has one;
// ok is false if that is not written out, or if it is set twice there, or in an "if".
func (s *Scope) constant(name string) (value string, ok bool) {
	for ; s != nil; s = s.Parent {
		found := 0
		for _, set := range s.Settings {
			if set.Name() == "set" && set.Arg(0) == "$"+name && set.Words().Len() == 3 {
				value = set.Arg(1)
				found++
			}
		}
		for kid := range s.Kids() {
			if kid.Is(If) {
				for _, set := range kid.Settings {
					if set.Name() == "set" && set.Arg(0) == "$"+name {
						return "", false
					}
				}
			}
		}
		if found > 0 {
			return value, found == 1 && !strings.ContainsAny(value, "$\x1a")
		}
	}
	return "", false
}
