package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

var update = flag.Bool("update", false, "write the expected output anew")

// TestConfigSchema keeps the committed schema up to date.
func TestConfigSchema(t *testing.T) {
	t.Parallel()
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("..", "..", "schema", "tcplint.schema.json")
	if *update {
		if err := os.WriteFile(name, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(have)); diff != "" {
		t.Errorf("%s is stale: go test ./internal/config -run TestConfigSchema -update (-want +got):\n%s", name, diff)
	}
}

// samples are valid values of the keys that do not list theirs.
var samples = map[string]string{
	"root": `"deploy"`, "baseline": `".tcplint-baseline.json"`, "target.nginx": `"1.28.0"`, "target.kernel": `"6.1"`, "target.container": `"docker"`,
	"files.include": `["a/**"]`, "files.exclude": `["b/"]`,
	"host.name": `"edge"`, "host.nginx": `["nginx.conf"]`, "host.sysctl": `["sysctl.conf"]`,
	"sse.locations": `["/events"]`, "upstream.max_connections": "64", "upstream.max_children": "8", "upstream.max_requests": "1000",
	"upstream.idle_timeout": `"5s"`, "ignore.paths": `["a"]`, "ignore.reason": `"why"`,
}

// everything writes a configuration with every key of the specification.
func everything(t *testing.T, spec keySpec, heading, path string) string {
	t.Helper()
	var b, tables strings.Builder
	fmt.Fprintln(&b, heading)
	for _, k := range spec.keys {
		key := strings.TrimPrefix(path+"."+k.name, ".")
		switch k.kind {
		case aTable:
			tables.WriteString(everything(t, k, "["+k.name+"]", key))
		case aList:
			tables.WriteString(everything(t, k, "[["+k.name+"]]", key))
		case aNamed:
			tables.WriteString(everything(t, k, "["+k.name+`."app"]`, key))
		case aString, aStrings, aNumber:
			value := samples[key]
			if value == "" && len(k.values) > 0 {
				value = fmt.Sprintf("%q", k.values[len(k.values)-1])
				if k.kind == aStrings {
					value = "[" + value + "]"
				}
			}
			if value == "" {
				t.Fatalf("no sample of %s", key)
			}
			fmt.Fprintf(&b, "%s = %s\n", k.name, value)
		}
	}
	return b.String() + tables.String()
}

// TestConfigSpec holds the reader and the schema against the specification: both
// take every key of it with a valid value, and neither a misspelt one.
func TestConfigSpec(t *testing.T) {
	t.Parallel()
	text := everything(t, spec(), "", "")
	if _, err := Parse("all.toml", ".", text); err != nil {
		t.Errorf("the reader refuses what the specification has: %v", err)
	}
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var doc jsonschema.Schema
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	schema, err := doc.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		var v map[string]any
		if _, err := toml.Decode(text, &v); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		return schema.Validate(doc)
	}
	if err := valid(text); err != nil {
		t.Errorf("the schema refuses what the specification has: %v", err)
	}
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		name, value, ok := strings.Cut(line, " = ")
		if !ok {
			continue
		}
		wrong := strings.Join(lines[:i], "") + name + "x = " + value + strings.Join(lines[i+1:], "")
		if _, err := Parse("all.toml", ".", wrong); err == nil {
			t.Errorf("the reader takes %sx", name)
		}
		if err := valid(wrong); err == nil {
			t.Errorf("the schema takes %sx", name)
		}
	}
}
