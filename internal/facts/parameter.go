package facts

import (
	"cmp"
	"slices"
	"strings"
)

// Parameter is one that a directive takes behind its first arguments: "reuseport" or
// "backlog=" of listen.
type Parameter struct {
	Directive, Module string
	// Name is a word, or what stands in front of a value, with "="; "*" says that the
	// directive takes others as well.
	Name string
	// After is how many arguments come before the parameters.
	After int
	// Kind, Words and Limit say how the value is read; SlotOther for a word, and where
	// nothing is claimed.
	Kind  SlotKind
	Words []string
	Limit Limit
	// Other says that NGINX Plus, a relative or a module takes it, and nginx itself does
	// not: nothing is claimed of it.
	Other bool
	// May are the releases of nginx that may have it so, Sure those that have.
	May, Sure Range
	// Doc is what it does, in a few words, Unit that of a plain number, Default what holds
	// without it; "" if not recorded.
	Doc, Unit, Default string
}

// ParametersOf are the parameters of a module's directive, by name; nil if nothing is
// known of them. The slice must not be changed.
func ParametersOf(directive, module string) []Parameter {
	return readingOf(directive, module).parameters
}

func parametersOf(directive, module string) []Parameter {
	lo, hi := span(len(parameters), func(i int) int {
		return cmp.Or(strings.Compare(parameters[i].Directive, directive), strings.Compare(parameters[i].Module, module))
	})
	if lo == hi {
		return nil
	}
	return parameters[lo:hi:hi]
}

// RefusedParameter is the first parameter of a directive's arguments that every release
// of a range refuses, and what nginx wants there. It is not refused where one of the
// releases may take it.
func RefusedParameter(directive, module string, in Range, args []string) (bad, want string, refused bool) {
	all := ParametersOf(directive, module)
	if len(all) == 0 || len(args) <= all[0].After {
		return "", "", false
	}
	for _, a := range args[all[0].After:] {
		if want, refused := refusedParameter(all, in, a); refused {
			return a, want, true
		}
	}
	return "", "", false
}

func refusedParameter(all []Parameter, in Range, arg string) (want string, refused bool) {
	var names []string
	open := false
	for i := range all {
		p := &all[i]
		if p.May.Intersect(in).Empty() {
			continue
		}
		value, given := p.valueIn(arg)
		switch {
		case p.Name == "*":
			open = true
		case given:
			says, no := p.refuses(value)
			if !no {
				return "", false
			}
			want = says
		case !p.Other && (len(names) == 0 || names[len(names)-1] != p.Name):
			names = append(names, p.Name)
		}
	}
	if want != "" {
		return want, true
	}
	return "one of " + strings.Join(names, ", "), !open
}

// valueIn reports whether an argument is this parameter, and its value.
func (p *Parameter) valueIn(arg string) (value string, ok bool) {
	if strings.HasSuffix(p.Name, "=") {
		return strings.CutPrefix(arg, p.Name)
	}
	return "", arg == p.Name
}

// refuses reports whether a value cannot be read, and what could.
func (p *Parameter) refuses(value string) (want string, refused bool) {
	s := Slot{Kind: p.Kind, Words: p.Words, Limit: p.Limit}
	_, want, refused = s.refuses([]string{value})
	if p.Kind == SlotOne { // unlike the words of directives, in this case only
		refused = !slices.Contains(p.Words, value)
	}
	if p.Kind != SlotNumber && p.Limit.Min.Known && p.Limit.Min.N > 0 && !refused && strings.Trim(value, "0kKmMgG") == "" {
		return want + ", above 0", true
	}
	return want + " behind " + p.Name, refused
}

// wants says in words what is accepted as the value; "" if nothing is claimed.
func (p *Parameter) wants() string {
	s := Slot{Kind: p.Kind, Words: p.Words, Limit: p.Limit}
	return s.wants()
}

// ParameterNames are all parameters as "listen.backlog", in order.
func ParameterNames() []string {
	var out []string
	for i := range parameters {
		name := parameters[i].Directive + "." + strings.TrimSuffix(parameters[i].Name, "=")
		if parameters[i].Name != "*" && !parameters[i].Other {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
