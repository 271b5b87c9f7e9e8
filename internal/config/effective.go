package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"
)

// byDefault is the origin of a value that nobody wrote.
const byDefault = "default"

// Flag is a value that overrides the one of a key.
type Flag struct {
	Key    string // as toml.Key writes it, such as "target.nginx"
	Value  string
	Origin string // what people read, such as "--nginx"
}

// Value is a value of the effective configuration.
type Value struct {
	// Key is its key; of several tables of one name, the number stands behind the
	// name.
	Key    toml.Key
	Value  any    // nil where nothing is set
	Origin string // FILE:LINE:COLUMN, that of a flag, or "default"
	Unset  string // what holds where nothing is set
}

// Effective lists the configuration in force: of all keys in the order of the
// specification, with the flags on top.
func Effective(f *File, flags []Flag) []Value {
	flagged := map[string]Flag{}
	for _, flag := range flags {
		flagged[flag.Key] = flag
	}
	written := map[string]any{}
	if f != nil {
		written = f.document
	}
	var out []Value
	list(spec(), nil, written, func(v Value, key toml.Key, nth int) {
		if by, ok := flagged[v.Key.String()]; ok {
			v.Value, v.Origin = by.Value, by.Origin
		} else if by := f.patternOf(v.Key); by != "" {
			rules, _ := f.document["rules"].(map[string]any)
			v.Value, v.Origin = rules[by], f.where(at{key: toml.Key{"rules", by}})
		} else if v.Value != nil {
			v.Origin = f.where(at{key, nth})
		}
		out = append(out, v)
	})
	return out
}

// patternOf is the pattern in [rules] that sets the rule of a key; empty if none does.
func (f *File) patternOf(key toml.Key) string {
	if f == nil || len(key) != 2 || key[0] != "rules" || f.ruleKeys[key[1]] == key[1] {
		return ""
	}
	return f.ruleKeys[key[1]]
}

// list walks through the keys of a table: what is written there, else what holds
// in its place. At and nth name the key as the reader of files does.
func list(spec keySpec, path toml.Key, written map[string]any, add func(v Value, at toml.Key, nth int)) {
	for _, k := range spec.keys {
		key := append(slices.Clone(path), k.name)
		value, ok := written[k.name]
		switch k.kind {
		case aTable:
			sub, _ := value.(map[string]any)
			list(k, key, sub, add)
		case aNamed:
			named, _ := value.(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(named)) {
				sub, _ := named[name].(map[string]any)
				list(k, append(slices.Clone(key), name), sub, add)
			}
		case aList:
			tables, _ := value.([]map[string]any)
			for i, sub := range tables {
				list(k, append(slices.Clone(path), fmt.Sprintf("%s[%d]", k.name, i)), sub, func(v Value, _ toml.Key, _ int) {
					add(v, append(slices.Clone(key), v.Key[len(v.Key)-1]), i)
				})
			}
		case aString, aStrings, aNumber:
			v := Value{Key: key, Origin: byDefault, Unset: k.unset}
			if ok {
				v.Value = value
			}
			add(v, key, 0)
		}
	}
}

// Keys returns all keys that hold a value, as toml.Key writes them, without names that
// are the user's own: "target.nginx", "upstream.backend". Of [rules] it has one.
func Keys() []string {
	var out []string
	var walk func(k keySpec, path toml.Key)
	walk = func(k keySpec, path toml.Key) {
		if k.keys == nil || k.globs {
			out = append(out, path.String())
			return
		}
		for _, sub := range k.keys {
			walk(sub, append(slices.Clone(path), sub.name))
		}
	}
	walk(spec(), nil)
	return out
}
