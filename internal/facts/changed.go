package facts

import "slices"

// ChangedDefault is a directive or a key whose default is not the same for two
// targets.
type ChangedDefault struct {
	Name          string
	Before, After string
	// Source says what made the change, https.
	Source string
}

// ChangedDefaults are the directives with another default for the releases of one
// range than for those of another, in order. Those that one of the ranges does not
// have, or whose default changed inside of one, are left out.
func ChangedDefaults(before, after Range) []ChangedDefault {
	var out []ChangedDefault
	for i := range directives {
		d := &directives[i]
		c, changed := changedDefault(d.Name, d.Defaults, before, after)
		if changed && !slices.Contains(out, c) && !slices.ContainsFunc(out, func(o ChangedDefault) bool {
			return o.Name == c.Name && o.Before == c.Before && o.After == c.After
		}) {
			out = append(out, c)
		}
	}
	return out
}

// ChangedParamDefaults is the same for kernel keys.
func ChangedParamDefaults(before, after Range) []ChangedDefault {
	var out []ChangedDefault
	for i := range params {
		p := &params[i]
		if !p.Sure.Contains(before) || !p.Sure.Contains(after) {
			continue
		}
		if c, changed := changedDefault(p.Key, p.Defaults, before, after); changed {
			c.Source = p.Ref
			out = append(out, c)
		}
	}
	return out
}

func changedDefault(name string, defaults []Default, before, after Range) (c ChangedDefault, changed bool) {
	old, known := OneDefault(defaults, before)
	now, alsoKnown := OneDefault(defaults, after)
	if !known || !alsoKnown || old == now {
		return c, false
	}
	c = ChangedDefault{Name: name, Before: old, After: now}
	newer := after
	if before.From.Compare(after.From) > 0 {
		newer = before // a downgrade: what it takes back was made there
	}
	for _, d := range defaults {
		if d.In.Contains(newer) {
			c.Source = d.Ref
		}
	}
	return c, true
}
