package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// definers is what gives variables their values, apart from "set" and maps.
type definers struct {
	scripted bool            // a script may set any of them
	names    map[string]bool // without "$"
}

// namedCapture is a group in a pattern of nginx's that becomes a variable.
var namedCapture = lazyre.New(`\(\?(?:P?<|')([A-Za-z_][A-Za-z0-9_]*)[>']`)

// definersOf collects them from the whole configuration, once for all rules.
func definersOf(p *lint.Pass) definers {
	found, _ := p.Shared("definers", func() any {
		d := definers{names: map[string]bool{}}
		for _, s := range p.Host.Nginx.Scopes {
			for _, set := range s.Settings {
				d.look(set)
			}
			if s.Block != nil {
				d.captures(s.Label())
			}
		}
		return d
	}).(definers)
	return found
}

func (d *definers) look(set model.Setting) {
	name := set.Name()
	if strings.Contains(name, "_by_lua") || strings.HasPrefix(name, "js_") || strings.HasPrefix(name, "perl") {
		d.scripted = true
	}
	switch name {
	case "set":
		return
	case "geo", "split_clients", "auth_request_set":
		for _, w := range set.Args().All() {
			if v, ok := strings.CutPrefix(w.Value, "$"); ok {
				d.names[v] = true
			}
		}
		return
	}
	for _, w := range set.Args().All() {
		d.captures(w.Value)
	}
}

func (d *definers) captures(text string) {
	if !strings.Contains(text, "(?") {
		return
	}
	for _, m := range namedCapture.FindAllStringSubmatch(text, -1) {
		d.names[m[1]] = true
	}
}

// valuesOf returns the values that a variable (named without "$") can have at a
// scope: what "set" gives it in the scope and around it, or what its map says. ok
// is false unless all are plain text.
func valuesOf(p *lint.Pass, s *model.Scope, variable string) (values []string, ok bool) {
	if m := p.Host.Nginx.Map(variable); m != nil {
		for _, e := range m.Entries {
			values = append(values, e.Arg(0))
		}
		return values, m.Sure && len(values) > 0 && plainText(values)
	}
	values, ok = setAround(p, s, variable)
	return values, ok && plainText(values)
}

// setAround returns what "set" gives a variable in a scope and around it; ok is false if
// nothing does, or something else may.
func setAround(p *lint.Pass, s *model.Scope, variable string) (values []string, ok bool) {
	if d := definersOf(p); d.scripted || d.names[variable] {
		return nil, false
	}
	for ; s != nil; s = s.Parent {
		values = append(values, setValues(s, variable)...)
		for k := range s.Kids() {
			if k.Is(model.If, model.ServerIf) {
				values = append(values, setValues(k, variable)...)
			}
		}
	}
	return values, len(values) > 0
}

// setValues are the values that a scope itself sets.
func setValues(s *model.Scope, variable string) []string {
	var values []string
	for set := range s.All("set") {
		if set.Arg(0) == "$"+variable {
			values = append(values, set.Arg(1))
		}
	}
	return values
}

func plainText(values []string) bool {
	for _, v := range values {
		if strings.Contains(v, "$") {
			return false
		}
	}
	return true
}
