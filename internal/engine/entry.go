package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/rules"
)

// Entry is what is known of a directive or a kernel key, with the rules that speak of
// it. The error names the nearest one.
func Entry(name string) (*facts.Entry, error) {
	e, ok := facts.EntryOf(name)
	if !ok {
		return nil, &workspace.RequestError{Err: unknownName(name)}
	}
	// "keepalive" or "listen" is an everyday word where kernel settings are spoken of.
	everyday := !strings.ContainsAny(e.Name, "_.")
	for _, r := range rules.All() {
		if everyday && strings.HasPrefix(r.ID, "sysctl-") {
			continue
		}
		if mentions(r.Title, e.Name) || mentions(r.Why, e.Name) || e.Kind == facts.KindParameter && mentionsParameter(r.Why, e.Name) {
			e.Rules = append(e.Rules, r.ID)
		}
	}
	slices.Sort(e.Rules)
	return e, nil
}

// mentionsParameter reports whether a text speaks of "listen.backlog" by the parameter:
// with the "=" of its value, or by a name that is no everyday word.
func mentionsParameter(text, name string) bool {
	_, parameter, _ := strings.Cut(name, ".")
	const everyday = len("header")
	return strings.Contains(text, parameter+"=") || (strings.Contains(parameter, "_") || len(parameter) > everyday) && mentions(text, parameter)
}

func unknownName(name string) error {
	var all []string
	if strings.ContainsAny(name, "./") {
		if right, ok := facts.MisspeltParam(name); ok {
			return fmt.Errorf("unknown kernel key %q (did you mean %q?)", name, right)
		}
		for p := range facts.Params() {
			all = append(all, p.Key)
		}
		all = append(all, facts.ParameterNames()...)
	} else {
		if facts.OtherDirective(name) {
			return fmt.Errorf("%q is a directive of a module or relative of nginx, of which only the name is known", name)
		}
		all = append(slices.Collect(facts.DirectiveNames()), rules.IDs()...)
	}
	s := fmt.Sprintf("%q is no rule, symptom, directive of nginx, parameter of one (listen.backlog) or kernel key", name)
	if near, ok := lint.Nearest(name, all); ok {
		s += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return fmt.Errorf(`%s; "tcplint rules" lists the rules`, s)
}

// mentions reports whether a text has the name as a word of its own.
func mentions(text, name string) bool {
	for i := 0; ; {
		n := strings.Index(text[i:], name)
		if n < 0 {
			return false
		}
		i += n
		end := i + len(name)
		if (i == 0 || !inName(text[i-1])) && (end == len(text) || !inName(text[end])) {
			return true
		}
		i = end
	}
}

func inName(c byte) bool {
	return c == '_' || c == '-' || c == '/' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
