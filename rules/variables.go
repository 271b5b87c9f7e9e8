package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/model"
)

// valuesOf returns the values that a variable (named without "$") can have at a
// scope: what "set" gives it in the scope and around it, or what its map says. ok
// is false unless all are plain text.
func valuesOf(h *model.Host, s *model.Scope, variable string) (values []string, ok bool) {
	plain := func(value string) bool {
		values = append(values, value)
		return !strings.Contains(value, "$")
	}
	if m := h.Nginx.Map(variable); m != nil {
		for _, e := range m.Entries {
			if !plain(e.Arg(0)) {
				return nil, false
			}
		}
		return values, m.Sure && len(values) > 0
	}
	for _, other := range h.Nginx.Scopes {
		if scripted(other) {
			return nil, false // a script may set any variable
		}
		for _, set := range other.Settings {
			if set.Name() != "set" {
				if defines(set, variable) {
					return nil, false
				}
				continue
			}
			if set.Arg(0) == "$"+variable && within(s, other) && !plain(set.Arg(1)) {
				return nil, false
			}
		}
	}
	return values, len(values) > 0
}

// defines reports whether a directive other than "set" may give a variable its
// value.
func defines(set model.Setting, variable string) bool {
	switch set.Name() {
	case "map", "geo", "split_clients", "auth_request_set", "js_set", "js_var", "perl_set", "set_by_lua", "set_by_lua_file", "set_by_lua_block":
	default:
		return strings.Contains(set.File().Slice(set.Head()), "(?<"+variable+">")
	}
	for _, w := range set.Args() {
		if w.Value == "$"+variable {
			return true
		}
	}
	return false
}

// scripted reports whether a scope runs code that may set variables.
func scripted(s *model.Scope) bool {
	for _, set := range s.Settings {
		name := set.Name()
		if strings.Contains(name, "_by_lua") || strings.HasPrefix(name, "js_") || strings.HasPrefix(name, "perl") {
			return true
		}
	}
	return s.Block != nil && strings.Contains(s.Label(), "(?<") && s.Is(model.Location, model.ServerIf, model.If)
}

// within reports whether what other sets may hold at s: other is s, around it,
// or a condition in one of these.
func within(s, other *model.Scope) bool {
	for ; s != nil; s = s.Parent {
		if other == s || other.Parent == s && other.Is(model.If, model.ServerIf) {
			return true
		}
	}
	return false
}
