package config

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/rules"
)

// keyKind is the shape of a value in a configuration file.
type keyKind uint8

const (
	aTable   keyKind = iota // [name]
	aList                   // [[name]], any number of them
	aNamed                  // [name."ANY"], one for each name of the user's
	aString                 // "..."
	aStrings                // ["...", "..."]
	aNumber                 // a whole number above 0
)

// glob is a regular expression for what is a pattern.
const glob = "[*?[]"

// keySpec describes a key of a .tcplint.toml. The reader, the JSON Schema,
// "tcplint init" and "tcplint config" all go by it.
type keySpec struct {
	name string
	kind keyKind
	// doc says in a sentence what the key means, for the schema.
	doc string
	// values are all that a string may be; nil if it may be any.
	values []string
	// pattern is what a string may be besides values; empty if nothing else.
	pattern string
	// unset is what holds where the key is not written; empty if nothing does.
	unset string
	// required keys may not be left out of their table.
	required bool
	keys     []keySpec // of a table
	// globs says that a key of the table may be a pattern of keys, with the values of
	// the first.
	globs bool
}

// spec returns all that a .tcplint.toml may say.
func spec() keySpec {
	return keySpec{kind: aTable, doc: "Configuration of tcplint, a linter for the TCP path between client, nginx, upstream and kernel.", keys: []keySpec{
		{name: "fail-on", kind: aString, values: FailOnNames(), unset: "warning", doc: "Exit with status 1 from this severity on, or never because of findings."},
		{name: "root", kind: aString, doc: `Look up absolute include paths ("/etc/nginx/...") below this folder, which is relative to the one that holds this file.`},
		{name: "baseline", kind: aString, doc: `The file of known findings, which "tcplint baseline" writes; relative to the folder that holds this file.`},
		{name: "target", kind: aTable, doc: "The versions in use. Without them, findings hold for all supported versions, or say for which ones.", keys: []keySpec{
			{name: "nginx", kind: aString, unset: "every supported version", doc: `The version of nginx, such as "1.28.0", or of a relative: "angie-1.12", "openresty-1.27.1", "tengine-3.2.0", "freenginx-1.27.1".`},
			{name: "kernel", kind: aString, unset: "every supported version", doc: `The version of the Linux kernel, such as "6.1".`},
			{name: "container", kind: aString, doc: `Where the kernel settings are made, if not on the host itself: "docker", "podman", "kubernetes" or "kubernetes-1.29".`},
			{name: "loader", kind: aString, values: model.LoaderNames(), doc: "What reads the files of kernel settings at boot. Where the two differ and none is named, nothing is said that depends on it."},
		}},
		{name: "files", kind: aTable, doc: "Which files are read, as patterns relative to the folder that holds this file; ** stands for any number of folders.", keys: []keySpec{
			{name: "include", kind: aStrings, doc: "Files to read whatever their name, their content and .gitignore say."},
			{name: "exclude", kind: aStrings, doc: "Files and folders that are never read."},
		}},
		{name: "host", kind: aList, doc: "Files of one machine: its nginx configuration and its kernel settings are looked at together.", keys: []keySpec{
			{name: "name", kind: aString, doc: "A name for people."},
			{name: "nginx", kind: aStrings, required: true, doc: "The main file of nginx, as patterns."},
			{name: "sysctl", kind: aStrings, required: true, doc: "The files of kernel settings, as patterns."},
		}},
		{name: "sse", kind: aTable, doc: "Event streams that neither the path nor the block of their location tells.", keys: []keySpec{
			{name: "locations", kind: aStrings, doc: `Paths, such as "/api/live". One without a location of its own is judged where its requests come.`},
		}},
		{name: "upstream", kind: aNamed, doc: "What the servers behind an upstream hold, by the name of the upstream.", keys: []keySpec{
			{name: "backend", kind: aString, values: presetNames(), pattern: "^[a-z0-9-]+@[0-9]+([.][0-9]+){0,2}$", doc: `The software of the servers, whose defaults are known, best with its release: "puma@6.4".`},
			{name: "max_connections", kind: aNumber, doc: "How many connections a server takes at once."},
			{name: "max_children", kind: aNumber, doc: "How many requests a server of php-fpm and the like works on at once."},
			{name: "max_requests", kind: aNumber, doc: "The number of the answer with which a server closes a connection."},
			{name: "idle_timeout", kind: aString, doc: `After how long a server closes an idle connection, such as "5s"; or "never", "none" if it keeps none and says so, "none-unannounced" if it closes without saying so.`},
			{name: "families", kind: aStrings, values: families, doc: "The address families that a server listens on."},
		}},
		{name: "rules", kind: aTable, doc: `The severity of rules, or off, by the name of a rule or a pattern such as "nginx-sse-*". A name counts more than a pattern, of two patterns the later.`, globs: true, keys: ruleKeys()},
		{name: "ignore", kind: aList, doc: "Findings to leave out in some files.", keys: []keySpec{
			{name: "paths", kind: aStrings, required: true, doc: "The files, as patterns."},
			{name: "rules", kind: aStrings, values: rules.IDs(), pattern: glob, doc: `The rules, or patterns such as "nginx-sse-*"; all if there are none.`},
			{name: "reason", kind: aString, required: true, doc: "Why."},
		}},
	}}
}

// Never is a failing level that no finding reaches.
const Never = lint.Error + 1

const never = "never"

// FailOnNames are what fail-on can be.
func FailOnNames() []string { return append(SeverityNames(), never) }

// ParseFailOn reads one of FailOnNames.
func ParseFailOn(name string) (s lint.Severity, ok bool) {
	if name == never {
		return Never, true
	}
	s, err := lint.ParseSeverity(name)
	return s, err == nil
}

// SeverityNames are the severities, the worst first.
func SeverityNames() []string {
	return []string{lint.Error.String(), lint.Warning.String(), lint.Info.String()}
}

// LevelNames are what a rule can be set to.
func LevelNames() []string { return append([]string{"off"}, SeverityNames()...) }

func ruleKeys() []keySpec {
	var keys []keySpec
	for _, r := range rules.All() {
		keys = append(keys, keySpec{name: r.ID, kind: aString, values: LevelNames(), unset: r.Severity.String(), doc: r.Title + "."})
	}
	return keys
}

// SchemaID names the JSON Schema of a .tcplint.toml.
const SchemaID = "https://raw.githubusercontent.com/tcplint/tcplint/main/schema/tcplint.schema.json"

// Schema is the JSON Schema (draft 7, which editors of TOML understand) of
// a .tcplint.toml.
func Schema() ([]byte, error) {
	doc := spec().schema()
	doc["$schema"] = "http://json-schema.org/draft-07/schema#"
	doc["$id"] = SchemaID
	doc["title"] = Name
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the schema: %w", err)
	}
	return append(data, '\n'), nil
}

// schema is the part of the JSON Schema that describes a key.
func (k keySpec) schema() map[string]any {
	var out map[string]any
	switch k.kind {
	case aTable:
		out = k.tableSchema()
	case aList:
		out = map[string]any{"type": "array", "items": k.tableSchema()}
	case aNamed:
		out = map[string]any{"type": "object", "additionalProperties": k.tableSchema()}
	case aString:
		out = k.stringSchema()
	case aStrings:
		out = map[string]any{"type": "array", "items": k.stringSchema()}
	case aNumber:
		out = map[string]any{"type": "integer", "minimum": 1}
	}
	out["description"] = k.doc
	if k.unset != "" && slices.Contains(k.values, k.unset) {
		out["default"] = k.unset
	}
	return out
}

func (k keySpec) stringSchema() map[string]any {
	out := map[string]any{"type": "string"}
	if k.values != nil {
		out["enum"] = k.values
		if k.pattern != "" {
			delete(out, "enum")
			out["anyOf"] = []any{map[string]any{"enum": k.values}, map[string]any{"pattern": k.pattern}}
		}
	}
	return out
}

func (k keySpec) tableSchema() map[string]any {
	properties := map[string]any{}
	var required []string
	for _, sub := range k.keys {
		properties[sub.name] = sub.schema()
		if sub.required {
			required = append(required, sub.name)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if k.globs {
		out["patternProperties"] = map[string]any{glob: k.keys[0].stringSchema()}
	}
	if required != nil {
		out["required"] = required
	}
	return out
}
