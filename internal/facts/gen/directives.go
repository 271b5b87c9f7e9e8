package main

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// contexts are the Go names of the contexts that the data names.
var contexts = map[string]string{
	"main": "Main", "events": "Events", "http": "HTTP", "server": "Server", "location": "Location",
	"if-in-server": "ServerIf", "if-in-location": "If", "limit_except": "LimitExcept", "upstream": "Upstream",
	"stream": "Stream", "stream-server": "StreamServer", "stream-upstream": "StreamUpstream",
	"mail": "Mail", "mail-server": "MailServer", "any": "Anywhere",
}

// source is where the command tables of the newest release are.
const source = "https://github.com/nginx/nginx/blob/3f6f7824d/src/"

func writeDirectives(w *writer, data fs.FS, newest *table) error {
	if err := w.newestVersion(newest, "nginx", "NewestNginx"); err != nil {
		return err
	}
	t, err := readTable(data, "directives.tsv")
	if err != nil {
		return err
	}
	changed, err := readTable(data, "directive-defaults.tsv")
	if err != nil {
		return err
	}
	key := func(r *row) string { return r.get("name") + " " + r.get("module") }
	defaults, err := defaultsOf(changed, key)
	if err != nil {
		return err
	}
	docs, err := readDocs(data)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	w.line("var directives = []Directive{")
	for _, r := range t.rows {
		used[key(r)] = true
		if err := writeDirective(w, r, defaults[key(r)], docs.of(r)); err != nil {
			return r.wrap(err)
		}
	}
	w.line("}\n")
	if err := docs.unused(); err != nil {
		return err
	}
	for _, r := range changed.rows {
		if !used[key(r)] {
			return r.wrap(fmt.Errorf("no such directive: %s", key(r)))
		}
	}
	return writeNames(w, data)
}

func writeDirective(w *writer, r *row, defaults string, doc *row) error {
	in, err := span(r.get("since"), r.get("before"))
	if err != nil {
		return err
	}
	where, err := contextSet(r.get("contexts"))
	if err != nil {
		return err
	}
	opens, err := contextSet(r.get("opens"))
	if err != nil {
		return err
	}
	args, err := argSpec(r.get("args"))
	if err != nil {
		return err
	}
	old, err := deprecation(r.get("deprecated"))
	if err != nil {
		return err
	}
	if defaults == "" && r.get("default") != "" {
		defaults = "[]Default{{Text: " + r.quoted("default") + "}}"
	}
	ref := source + strings.Replace(r.get("source"), ":", "#L", 1)
	if strings.HasPrefix(r.get("source"), "release-") {
		ref = "https://github.com/nginx/nginx/tree/" + r.get("source")
	}
	w.fields("Name", r.quoted("name"), "Module", r.quoted("module"), "In", in, "Contexts", where, "Opens", opens,
		"Block", hasFlag(r, "block"), "Data", hasFlag(r, "data"), "Once", hasFlag(r, "once"),
		"Args", args, "Defaults", defaults, "Doc", said(doc, "doc"), "Unit", said(doc, "unit"), "Deprecated", old, "Ref", strconv.Quote(ref))
	return nil
}

func hasFlag(r *row, name string) string {
	for f := range strings.SplitSeq(r.get("flags"), ",") {
		if f == name {
			return "true"
		}
	}
	return "false"
}

func contextSet(list string) (string, error) {
	if list == "" {
		return "", nil
	}
	var names []string
	for c := range strings.SplitSeq(list, ",") {
		if contexts[c] == "" {
			return "", fmt.Errorf("unknown context %q", c)
		}
		names = append(names, contexts[c])
	}
	return strings.Join(names, " | "), nil
}

// argSpec turns "flag", "2", "1-3", "1+" and "any" into an ArgSpec. "1,3" of one
// directive that went in 0.3.36 becomes 1-3.
func argSpec(s string) (string, error) {
	switch s {
	case "flag":
		return "ArgSpec{Min: 1, Max: 1, Flag: true}", nil
	case "any":
		return "ArgSpec{Max: -1}", nil
	}
	lo, hi, found := strings.Cut(strings.Replace(s, ",", "-", 1), "-")
	if n, more := strings.CutSuffix(s, "+"); more {
		lo, hi = n, "-1"
	} else if !found {
		hi = lo
	}
	for _, n := range []string{lo, hi} {
		if _, err := strconv.Atoi(n); err != nil {
			return "", fmt.Errorf("unknown number of arguments %q", s)
		}
	}
	return "ArgSpec{Min: " + lo + ", Max: " + hi + "}", nil
}

// deprecation turns "ignored 1.19.7 keepalive_timeout" into a *Deprecation; "?" is
// an unknown version, "-" no replacement.
func deprecation(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	words := strings.Fields(s)
	if len(words) != 3 || (words[0] != "ignored" && words[0] != "used") {
		return "", fmt.Errorf("unknown deprecation %q", s)
	}
	out := "&Deprecation{"
	if words[1] != "?" {
		v, err := version(words[1])
		if err != nil {
			return "", err
		}
		out += "Since: " + v + ", "
	}
	if words[2] != "-" {
		out += "Instead: " + strconv.Quote(words[2]) + ", "
	}
	return out + "Ignored: " + strconv.FormatBool(words[0] == "ignored") + "}", nil
}

// writeNames writes the names that only others than nginx know.
func writeNames(w *writer, data fs.FS) error {
	text, err := fs.ReadFile(data, "other-directives.txt")
	if err != nil {
		return err
	}
	w.line("var otherNames = []string{")
	for name := range strings.FieldsFuncSeq(string(text), func(c rune) bool { return c == '\n' }) {
		if !strings.HasPrefix(name, "#") {
			w.line(strconv.Quote(name) + ",")
		}
	}
	w.line("}")
	return nil
}
