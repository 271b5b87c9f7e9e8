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
		} else if v.Value != nil {
			v.Origin = f.where(at{key, nth})
		}
		out = append(out, v)
	})
	return out
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
