package model

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// servedStreams are the locations that serve a declared event stream of which they
// are not the own location, and its path: "/api/" serves "/api/logs". Where several
// servers might, those whose location says most of the path do; that of "/" alone
// says nothing where there is more than one server.
func (h *Host) servedStreams() map[*Scope]string {
	h.servedOnce.Do(func() {
		h.served = map[*Scope]string{}
		for _, path := range h.EventStreams {
			if h.Nginx == nil || h.hasOwnLocation(path) {
				continue
			}
			for _, s := range h.Nginx.serving(path) {
				h.served[s] = path
			}
		}
	})
	return h.served
}

// hasOwnLocation reports whether there is a location of just that path.
func (h *Host) hasOwnLocation(path string) bool {
	return h.Nginx != nil && slices.ContainsFunc(h.Nginx.Scopes, func(s *Scope) bool {
		return s.Kind == Location && s.Block != nil && s.path() == path
	})
}

// serving returns the locations to which requests for a path come.
func (n *Nginx) serving(path string) []*Scope {
	var best []*Scope
	most, servers := 0, 0
	for _, s := range n.Scopes {
		if s.Kind == Location || !s.HasKid(Location) {
			continue
		}
		servers++
		found, ok := s.serves(path)
		if !ok || found == nil {
			continue
		}
		said := len(found.path())
		if said > most {
			best, most = nil, said
		}
		if said == most {
			best = append(best, found)
		}
	}
	if most <= 1 && servers > 1 {
		return nil
	}
	return best
}

// serves returns the location below a server, or a location, to which requests for a
// path come, nil if none does (ngx_http_core_find_location). ok is false if that
// cannot be known: a template or an include that cannot be seen may hold another
// location, or a pattern is one of which only PCRE knows what it matches.
func (s *Scope) serves(path string) (found *Scope, ok bool) {
	if slices.ContainsFunc(s.Includes(), func(inc *Include) bool { return inc.MayHold("location") }) {
		return nil, false
	}
	longest, final := 0, false
	for k := range s.Kids() {
		if k.Kind != Location || k.Block == nil {
			continue
		}
		modifier, name := k.location()
		switch {
		case source.HasUnknown(modifier + name):
			return nil, false
		case modifier == "=" && name == path:
			return k, true
		case (modifier == "" || modifier == "^~") && strings.HasPrefix(name, "/") && strings.HasPrefix(path, name) && len(name) > longest:
			found, longest, final = k, len(name), modifier == "^~"
		}
	}
	if found != nil {
		inner, ok := found.serves(path)
		if !ok {
			return nil, false
		}
		if inner != nil {
			found = inner
			if modifier, _ := inner.location(); modifier != "" && modifier != "^~" {
				return found, true
			}
		}
	}
	if final {
		return found, true
	}
	for k := range s.Kids() {
		if k.Kind != Location || k.Block == nil {
			continue
		}
		modifier, name := k.location()
		if modifier != "~" && modifier != "~*" {
			continue
		}
		if modifier == "~*" {
			name = "(?i)" + name
		}
		pattern, err := regexp.Compile(name)
		if err != nil {
			return nil, false
		}
		if pattern.MatchString(path) {
			if inner, ok := k.serves(path); !ok || inner != nil {
				return inner, ok
			}
			return k, true
		}
	}
	return found, true
}

// location is what a location says of the paths that it serves: "=", "~", "~*", "^~"
// or nothing, and the path or pattern. nginx takes the two written in one word, too.
func (s *Scope) location() (modifier, name string) {
	args := s.Block.Args()
	switch args.Len() {
	case 0:
		return "", ""
	case 1:
		for _, m := range []string{"=", "^~", "~*", "~"} {
			if rest, ok := strings.CutPrefix(args.At(0).Value, m); ok {
				return m, rest
			}
		}
		return "", args.At(0).Value
	default:
		return args.At(0).Value, args.At(1).Value
	}
}
