package service

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/tcplint/tcplint/parser/source"
)

// readTOML reads the keys of a TOML file above its first table: numbers, texts, and
// arrays of one text. Any other value is not known, and neither is one of names in a
// file that cannot be read.
//
//	bind = ["127.0.0.1:8000"]
//	^^^^^^^^^^^^^^^^^^^^^^^^^ what Hypercorn listens on
//
// Source: toml.io/en/v1.0.0.
func readTOML(f *source.File, names ...string) settings {
	var all map[string]any
	if _, err := toml.Decode(f.Text, &all); err != nil {
		return hidden(Field[string]{Sure: Set, At: Place{File: f}}, names...)
	}
	set := settings{}
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		name, _, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		value, top := all[name]
		if _, seen := set[name]; !ok || !top || seen {
			continue // keys of tables stand below those of none
		}
		set[name] = Field[string]{Value: tomlText(value), Sure: Set, Name: name, At: lineSpan(f, start, line)}
	}
	return set
}

// isTOML reports whether a file can be read.
func isTOML(f *source.File) bool {
	var all map[string]any
	_, err := toml.Decode(f.Text, &all)
	return err == nil
}

// tomlText writes a value as a command line has it.
func tomlText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64, float64, bool:
		return fmt.Sprint(v)
	case []any:
		if len(v) == 1 {
			return tomlText(v[0])
		}
	}
	return string(source.Unknown)
}
