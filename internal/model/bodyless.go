package model

import (
	"strings"
	"sync"
)

// bodylessIndex is made when it is first needed.
type bodylessIndex struct {
	once sync.Once
	by   map[*Scope]Setting
}

// Bodyless reports whether requests that are proxied at a location have no body
// while they carry the client's Content-Length, and what makes them so:
// auth_request, mirror with "mirror_request_body off", or
// "proxy_pass_request_body off" (measured on 1.22.1, 1.26.3 and 1.30.6). Where
// proxy_set_body gives them another body they have its length.
func (n *Nginx) Bodyless(s *Scope) (by Setting, ok bool) {
	if s.Kind != Location {
		return Setting{}, false
	}
	n.bodyless.once.Do(func() {
		n.bodyless.by = map[*Scope]Setting{}
		if !n.Has("auth_request") && !n.Has("mirror") {
			return
		}
		for _, s := range n.Scopes {
			n.findBodyless(s)
		}
	})
	if len(n.bodyless.by) == 0 && !n.Has("proxy_pass_request_body") {
		return Setting{}, false
	}
	if body := s.Get("proxy_set_body"); body.Set() || !body.Sure {
		return Setting{}, false
	}
	if off := s.Get("proxy_pass_request_body"); off.Sure && strings.EqualFold(off.Text(), "off") {
		return off.Settings[0], true
	}
	by, ok = n.bodyless.by[s]
	return by, ok
}

// findBodyless notes the locations that a scope asks without a body.
func (n *Nginx) findBodyless(s *Scope) {
	server := s.Outer(Server)
	if server == nil {
		return
	}
	for _, name := range []string{"auth_request", "mirror"} {
		for set := range s.All(name) {
			if name == "mirror" {
				if v := s.Get("mirror_request_body"); !v.Sure || !strings.EqualFold(v.Text(), "off") {
					continue
				}
			}
			if to := server.plainLocation(set.Arg(0)); to != nil {
				n.bodyless.by[to] = set
			}
		}
	}
}

// plainLocation is the location of a server that is written for a path, exactly
// or as a prefix; nil if there is none.
func (s *Scope) plainLocation(path string) (found *Scope) {
	for k := range s.Walk() {
		if k.Kind != Location || k.Block == nil {
			continue
		}
		switch args := k.Block.Args(); {
		case args.Len() == 2 && args.At(0).Value == "=" && args.At(1).Value == path:
			return k
		case args.Len() == 2 && args.At(0).Value == "^~" && args.At(1).Value == path, args.Len() == 1 && args.At(0).Value == path:
			found = k
		}
	}
	return found
}
