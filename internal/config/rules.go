package config

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/rules"
)

// RulesLike returns the IDs of the rules that a name means, which may be a pattern such
// as "nginx-sse-*"; nil if there is none.
func RulesLike(name string) []string {
	var out []string
	for _, id := range rules.IDs() {
		if meant, err := path.Match(name, id); meant && err == nil {
			out = append(out, id)
		}
	}
	return out
}

// RuleSet is the set of rules that names or patterns mean. No names make a nil set.
func RuleSet(names []string) (map[string]bool, error) {
	var set map[string]bool
	for _, name := range names {
		if set == nil {
			set = map[string]bool{}
		}
		name = strings.TrimSpace(name)
		meant := RulesLike(name)
		if meant == nil {
			return nil, UnknownRule(name)
		}
		for _, id := range meant {
			set[id] = true
		}
	}
	return set, nil
}

// rules reads [rules]. The last key that means a rule counts, but one that names it
// counts more than patterns.
func (r *reader) rules(p at, v any) {
	t, ok := v.(map[string]any)
	if !ok {
		r.fail(p, "want a table: [rules]")
		return
	}
	keys := r.order(p, t)
	for _, key := range keys {
		meant := RulesLike(key)
		if meant == nil {
			r.fail(p.child(key), "%w", UnknownRule(key))
			continue
		}
		off := t[key] == "off"
		severity, ok := lint.Info, true
		if !off {
			severity, ok = r.severity(p.child(key), t[key], LevelNames())
		}
		for _, id := range meant {
			if !ok || key != id && slices.Contains(keys, id) {
				continue
			}
			r.file.ruleKeys[id] = key
			delete(r.file.off, id)
			delete(r.file.severity, id)
			if off {
				r.file.off[id] = true
			} else {
				r.file.severity[id] = severity
			}
		}
	}
}
