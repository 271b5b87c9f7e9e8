package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/rules"
)

// origin of a value that nobody wrote.
const byDefault = "default"

// setting is a value of the effective configuration.
type setting struct {
	key    toml.Key // of several tables of one name, the number stands behind the name
	value  any      // nil where nothing is set
	origin string
	unset  string // what holds where nothing is set
}

func (a *app) configCommand() *cobra.Command {
	var raw rawFlags
	var schema bool
	cmd := &cobra.Command{
		Use:   "config [PATH]",
		Short: "print the configuration in force and where each value comes from",
		Long: `config prints the configuration that holds for a file or folder (default: the
current folder), as TOML: each value with the line of .tcplint.toml that sets it,
the flag, or "default". With --schema it prints the JSON Schema of .tcplint.toml,
from which editors complete and check it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if schema {
				data, err := configSchema()
				if err != nil {
					return err
				}
				_, err = a.stdout.Write(data)
				return asWrite(err)
			}
			return a.config(raw, append(args, ".")[0])
		},
	}
	addListFlags(cmd, &raw)
	addRuleFlags(cmd, &raw)
	cmd.Flags().StringVar(&raw.failOn, "fail-on", "", "the `SEVERITY` from which on the status is 1: error, warning or info")
	cmd.Flags().StringVar(&raw.baseline, "baseline", "", "the `FILE` of known findings")
	complete(cmd, "fail-on", severityNames)
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of .tcplint.toml")
	return cmd
}

func (a *app) config(raw rawFlags, path string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if err := f.onlyFormat("config", "text", "json"); err != nil {
		return err
	}
	l, err := newLoader(a, f)
	if err != nil {
		return err
	}
	dir := absolute(l.cwd, path)
	if info, err := os.Stat(dir); err != nil {
		return &failure{statusFailure, reading(path, err)}
	} else if !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	cfg := l.given
	if cfg == nil {
		if cfg, err = l.find(dir); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	write := writeConfig
	if f.format == "json" {
		write = writeConfigJSON
	}
	if err := write(&b, cfg, effective(cfg, f)); err != nil {
		return asWrite(err)
	}
	return a.emit(f, b.Bytes())
}

// effective lists the configuration in force: of all keys in the order of the
// specification, with the flags on top.
func effective(cfg *config, f *flags) []setting {
	flagged := map[string]setting{}
	flag := func(key, name, value string) {
		if value != "" {
			flagged[key] = setting{value: value, origin: "--" + name}
		}
	}
	flag("fail-on", "fail-on", f.rawFlags.failOn)
	flag("root", "root", f.root)
	flag("baseline", "baseline", f.baseline)
	flag("target.nginx", "nginx", f.nginx)
	flag("target.kernel", "kernel", f.rawFlags.kernel)
	flag("target.loader", "loader", f.rawFlags.loader)
	for _, r := range rules.All() {
		key := "rules." + r.ID
		if f.ignored[r.ID] {
			flag(key, "ignore", "off")
		} else if f.selected != nil && !f.selected[r.ID] {
			flag(key, "select", "off")
		}
	}
	written := map[string]any{}
	if cfg != nil {
		written = cfg.document
	}
	var out []setting
	list(configSpec(), nil, written, func(s setting, at toml.Key, nth int) {
		if by, ok := flagged[s.key.String()]; ok {
			s.value, s.origin = by.value, by.origin
		} else if s.value != nil {
			s.origin = cfg.placeOf(at, nth)
		}
		out = append(out, s)
	})
	return out
}

// list walks through the keys of a table: what is written there, else what holds
// in its place. At and nth name the key as the reader of files does.
func list(spec configKey, path toml.Key, written map[string]any, add func(s setting, at toml.Key, nth int)) {
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
				list(k, append(slices.Clone(path), fmt.Sprintf("%s[%d]", k.name, i)), sub, func(s setting, _ toml.Key, _ int) {
					add(s, append(slices.Clone(key), s.key[len(s.key)-1]), i)
				})
			}
		case aString, aStrings, aNumber:
			s := setting{key: key, origin: byDefault, unset: k.unset}
			if ok {
				s.value = value
			}
			add(s, key, 0)
		}
	}
}

// placeOf is where a key is written.
func (c *config) placeOf(key toml.Key, nth int) string {
	line, col := keyPlace(c.text, c.keys, at{key, nth})
	return fmt.Sprintf("%s:%d:%d", c.path, line, col)
}

// writeConfig writes the configuration in force as TOML, with the origin of each
// value behind it.
func writeConfig(b *bytes.Buffer, cfg *config, all []setting) error {
	if cfg == nil {
		fmt.Fprintf(b, "# There is no %s here or above.\n", configName)
	} else {
		fmt.Fprintf(b, "# The configuration of %s, with what holds where it says nothing.\n", cfg.path)
	}
	const column = 44
	table := ""
	for _, s := range all {
		if in := tableOf(s.key); in != table {
			table = in
			fmt.Fprintf(b, "\n%s\n", in)
		}
		name := s.key[len(s.key)-1]
		var text string
		switch {
		case s.value != nil:
			value, err := tomlValue(s.value)
			if err != nil {
				return err
			}
			text = name + " = " + value
		case s.unset != "":
			text = "# " + name + ": " + s.unset
			if table == "[rules]" {
				text += " at worst" // findings of a rule may be milder
			} else if levels := levelNames(); slices.Contains(levels, s.unset) {
				text = name + " = " + fmt.Sprintf("%q", s.unset)
			}
		default:
			text = "# " + name + ": not set"
		}
		fmt.Fprintf(b, "%-*s # %s\n", column, text, s.origin)
	}
	return nil
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

// writeConfigJSON writes the same for programs.
func writeConfigJSON(b *bytes.Buffer, cfg *config, all []setting) error {
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
	if cfg != nil {
		out.File = cfg.path
	}
	for _, s := range all {
		v := s.value
		if v == nil && s.unset != "" {
			v = s.unset
		}
		out.Values = append(out.Values, value{s.key.String(), v, s.origin})
	}
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
