package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// WriteTOML writes the configuration in force as TOML, with the origin of each
// value behind it.
func WriteTOML(w io.Writer, f *File, all []Value) error {
	var b bytes.Buffer
	if f == nil {
		fmt.Fprintf(&b, "# There is no %s here or above.\n", Name)
	} else {
		fmt.Fprintf(&b, "# The configuration of %s, with what holds where it says nothing.\n", f.Path)
	}
	const column = 44
	table := ""
	for _, s := range all {
		if in := tableOf(s.Key); in != table {
			table = in
			fmt.Fprintf(&b, "\n%s\n", in)
		}
		name := s.Key[len(s.Key)-1]
		var text string
		switch {
		case s.Value != nil:
			value, err := tomlValue(s.Value)
			if err != nil {
				return err
			}
			text = name + " = " + value
		case s.Unset != "":
			text = "# " + name + ": " + s.Unset
			if table == "[rules]" {
				text += " at worst" // findings of a rule may be milder
			} else if levels := LevelNames(); slices.Contains(levels, s.Unset) {
				text = name + " = " + fmt.Sprintf("%q", s.Unset)
			}
		default:
			text = "# " + name + ": not set"
		}
		fmt.Fprintf(&b, "%-*s # %s\n", column, text, s.Origin)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// tableOf is the heading above a key.
func tableOf(key toml.Key) string {
	switch in := key[:len(key)-1]; {
	case len(in) == 0:
		return ""
	case strings.HasSuffix(in[0], "]"):
		name, _, _ := strings.Cut(in[0], "[")
		return "[[" + name + "]] # " + in[0]
	default:
		return "[" + in.String() + "]"
	}
}

// tomlValue writes a value as TOML does.
func tomlValue(v any) (string, error) {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(map[string]any{"v": v}); err != nil {
		return "", err
	}
	return strings.TrimPrefix(strings.TrimSpace(b.String()), "v = "), nil
}

// WriteJSON writes the same for programs.
func WriteJSON(w io.Writer, f *File, all []Value) error {
	type value struct {
		Key    string `json:"key"`
		Value  any    `json:"value"`
		Origin string `json:"origin"`
	}
	out := struct {
		Schema int     `json:"schema"`
		File   string  `json:"file,omitempty"`
		Values []value `json:"values"`
	}{Schema: 1, Values: []value{}}
	if f != nil {
		out.File = f.Path
	}
	for _, s := range all {
		v := s.Value
		if v == nil && s.Unset != "" {
			v = s.Unset
		}
		out.Values = append(out.Values, value{s.Key.String(), v, s.Origin})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
