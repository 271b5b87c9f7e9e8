package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// What a location does is computed here a second time, by hand and from the
// trees, so that the check which fixes have to pass (internal/lint/verify.go) is
// tested by something that shares nothing with it: neither Scope.Get nor the
// tables of how directives are inherited.

// effects are what the locations of a configuration do: by location, then by
// directive, or by request header in lower case. Every directive counts as
// inherited all or nothing from the nearest level that has it, which is the
// nginx rule for proxy_set_header and holds for plain values too.
type effects map[string]map[string]string

// level is a block with what it and its includes hold.
type level struct {
	key    string
	name   string
	dirs   []*nginx.Directive
	parent *level
}

// reading is the work of effectsOf.
type reading struct {
	trees map[*source.File]*nginx.Tree
	files map[*nginx.Directive][]*source.File
	maps  map[string]string // what a variable's map says, by "$name"
	out   effects
}

// effectsOf computes what every location with a pass does. With throughMaps, a
// request header that is a map's variable counts as what the map says, so that
// a change in the map is a change of the header.
func effectsOf(h *model.Host, throughMaps bool) effects {
	r := reading{
		trees: map[*source.File]*nginx.Tree{}, files: map[*nginx.Directive][]*source.File{},
		maps: map[string]string{}, out: effects{},
	}
	for _, t := range h.Nginx.Trees {
		r.trees[t.File] = t
		if !throughMaps {
			continue
		}
		for d := range t.Root.Walk() {
			if d.Name() == "map" && d.Body() != nil {
				_, body, _ := strings.Cut(textOf(d), "{")
				r.maps[d.Arg(1)] += "{" + body
			}
		}
	}
	for _, inc := range h.Nginx.Includes {
		r.files[inc.Dir] = inc.Files
	}
	main := h.Nginx.Trees[0]
	if len(main.Errors) == 0 {
		r.walk(&level{name: "main", dirs: r.expand(main.Root, nil)})
	}
	return r.out
}

// expand lists the directives of a block with those of included files in place
// of the includes.
func (r *reading) expand(b *nginx.Block, open []*source.File) []*nginx.Directive {
	var out []*nginx.Directive
	open = append(open, b.Tree.File)
	for d := range b.Kids() {
		if d.Name() != "include" {
			out = append(out, d)
			continue
		}
		for _, f := range r.files[d] {
			if t := r.trees[f]; t != nil && len(t.Errors) == 0 && !slices.Contains(open, f) {
				out = append(out, r.expand(t.Root, open)...)
			}
		}
	}
	return out
}

// walk looks at a level and those inside it.
func (r *reading) walk(l *level) {
	if l.passes() {
		r.out[l.key] = r.doing(l)
	}
	nth := map[string]int{}
	for _, d := range l.dirs {
		switch d.Name() {
		case "http", "server", "location", "if", "limit_except":
		default:
			continue
		}
		if d.Body() == nil {
			continue
		}
		words := make([]string, d.Words().Len())
		for i, w := range d.Words().All() {
			words[i] = w.Value
		}
		label := strings.Join(words, " ")
		key := join(l.key, label, nth[label])
		nth[label]++
		r.walk(&level{key: key, name: d.Name(), dirs: r.expand(d.Body(), nil), parent: l})
	}
}

// passes reports whether requests at a level go to a backend. An if and a
// limit_except hand on what the location around them does.
func (l *level) passes() bool {
	if l.name == "if" || l.name == "limit_except" {
		return hasPass(l.dirs) || l.parent.name == "location" && l.parent.passes()
	}
	return l.name != "server" && hasPass(l.dirs)
}

func hasPass(dirs []*nginx.Directive) bool {
	return slices.ContainsFunc(dirs, func(d *nginx.Directive) bool { return strings.HasSuffix(d.Name(), "_pass") && d.Body() == nil })
}

// header marks the request headers among the effects.
const header = "header "

// doing lists what is in force at a level.
func (r *reading) doing(l *level) map[string]string {
	out, headers := map[string]string{}, map[string]string{}
	for cur := l; cur != nil; cur = cur.parent {
		here, sent := map[string]string{}, map[string]string{}
		for _, d := range cur.dirs {
			switch {
			case d.Body() != nil:
			case d.Name() == "proxy_set_header":
				sent[header+strings.ToLower(d.Arg(0))] += r.value(d.Arg(1)) + ";"
			default:
				here[d.Name()] += textOf(d)
			}
		}
		for name, text := range here {
			if _, nearer := out[name]; !nearer {
				out[name] = text
			}
		}
		if len(headers) == 0 { // else an inner level's set hides this one as a whole
			headers = sent
		}
	}
	maps.Copy(out, headers)
	if _, set := out[header+"host"]; !set {
		// nginx sends the name in proxy_pass, be it an upstream's.
		host := strings.TrimSuffix(strings.TrimPrefix(out["proxy_pass"], "proxy_pass "), ";")
		_, host, _ = strings.Cut(host, "://")
		host, _, _ = strings.Cut(host, "/")
		out[header+"host"] = host + ", by default"
	}
	return out
}

// value is a header's value with what its map says.
func (r *reading) value(text string) string {
	if said, ok := r.maps[text]; ok {
		return text + " " + said
	}
	return text
}

// textOf writes a directive in one way, however it is quoted and laid out.
func textOf(d *nginx.Directive) string {
	words := make([]string, d.Words().Len())
	for i, w := range d.Words().All() {
		words[i] = w.Value
		if w.Value == "" {
			words[i] = `""`
		}
	}
	text := strings.Join(words, " ")
	if d.Body() == nil {
		return text + ";"
	}
	var kids []string
	for k := range d.Body().Kids() {
		kids = append(kids, textOf(k))
	}
	return text + " { " + strings.Join(kids, " ") + " }"
}

// keyOf is the key that effectsOf has for a scope.
func keyOf(s *model.Scope) string {
	if s.Parent == nil {
		return ""
	}
	nth := 0
	for k := range s.Parent.Kids() {
		if k == s {
			break
		}
		if k.Label() == s.Label() {
			nth++
		}
	}
	return join(keyOf(s.Parent), s.Label(), nth)
}

// join makes the key of the nth block with a label inside another block.
func join(outer, label string, nth int) string {
	if outer != "" {
		outer += " > "
	}
	if nth > 0 {
		label += fmt.Sprintf(" (%d)", nth+1)
	}
	return outer + label
}

// compareEffects says what has changed without being named by an applied fix:
// in Changes, and for one of Scopes.
func compareEffects(was, is effects, applied []lint.Finding) []string {
	named := map[string]map[string]bool{}
	for _, x := range applied {
		for _, s := range x.Fix.Scopes {
			key := keyOf(s)
			if named[key] == nil {
				named[key] = map[string]bool{}
			}
			for _, name := range x.Fix.Changes {
				named[key][name] = true
			}
		}
	}
	// What is named for a location holds in the "if" blocks inside it, too.
	names := func(key, name string) bool {
		for {
			i := strings.LastIndex(key, " > ")
			if named[key][name] || i < 0 || !strings.HasPrefix(key[i:], " > if ") && !strings.HasPrefix(key[i:], " > limit_except ") {
				return named[key][name]
			}
			key = key[:i]
		}
	}
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if is[key] == nil {
			problems = append(problems, key+" has no pass any more")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(is)) {
		all := maps.Clone(was[key])
		maps.Copy(all, is[key])
		for _, name := range slices.Sorted(maps.Keys(all)) {
			before, after := was[key][name], is[key][name]
			if before != after && !names(key, strings.TrimPrefix(name, header)) {
				problems = append(problems, fmt.Sprintf("%s: %s: %q becomes %q, which no fix names", key, name, before, after))
			}
		}
	}
	return problems
}

// otherHeaders says which request headers other than Connection have changed. A
// safe fix changes none, whatever it names, but for X-Accel-*: these are
// response headers and mean nothing in a request.
func otherHeaders(was, is effects) []string {
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(is)) {
		names := maps.Clone(was[key])
		maps.Copy(names, is[key])
		for _, name := range slices.Sorted(maps.Keys(names)) {
			h, ok := strings.CutPrefix(name, header)
			if ok && h != "connection" && !strings.HasPrefix(h, "x-accel-") && was[key][name] != is[key][name] {
				problems = append(problems, fmt.Sprintf("%s: a safe fix changes %s: %q becomes %q", key, name, was[key][name], is[key][name]))
			}
		}
	}
	return problems
}
