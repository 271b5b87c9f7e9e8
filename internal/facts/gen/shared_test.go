package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// readShared reads one of the tables that the data was taken from, where this
// machine has them. They are not part of the project.
func readShared(t *testing.T, name string, into any) {
	t.Helper()
	dir := os.Getenv("TCPLINT_FACTS")
	if dir == "" {
		dir = "../../../../shared/facts"
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("the data is not compared with its source: %v", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, name string) *table {
	t.Helper()
	tab, err := readTable(os.DirFS("../data"), name)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

type sharedDirective struct {
	Name, Module, Args, Since, Src, Duplicate string
	Default                                   string
	Contexts, Opens                           []string
	Block                                     bool
	RawList                                   string `json:"raw_list"`
	RemovedIn                                 string `json:"removed_in"`
	History                                   []struct {
		Version, Args string
		Contexts      []string
	}
	Deprecated *struct{ Since, Use, Effect string }
}

func TestDirectivesAgreeWithSource(t *testing.T) {
	var shared struct {
		Directives, Removed []sharedDirective
		ThirdParty          struct {
			Directives []struct{ Name string }
			Plus       struct {
				Directives []struct{ Name string }
			} `json:"nginx_plus"`
			ByName []string `json:"sure_by_name_only"`
		} `json:"third_party"`
	}
	readShared(t, "nginx-directives.json", &shared)
	rows := map[string][]*row{}
	for _, r := range mustRead(t, "directives.tsv").rows {
		key := r.get("name") + " " + r.get("module")
		rows[key] = append(rows[key], r)
	}
	for _, d := range append(shared.Directives, shared.Removed...) {
		key := d.Name + " " + d.Module
		forms := rows[key]
		if len(forms) == 0 {
			t.Errorf("%s is missing", key)
			continue
		}
		delete(rows, key)
		checkDirective(t, key, d, forms)
	}
	for key := range rows {
		t.Errorf("%s is not in the source", key)
	}

	names := slices.Clone(shared.ThirdParty.ByName)
	for _, d := range append(shared.ThirdParty.Directives, shared.ThirdParty.Plus.Directives...) {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	text, err := os.ReadFile("../data/other-directives.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(strings.Fields(string(text)), func(s string) bool { return !slices.Contains(names, s) })
	if !slices.Equal(got, slices.Compact(names)) {
		t.Error("other-directives.txt lacks a name, or is not sorted")
	}
}

// otherSetters are directives whose command table says, or said, flag or one
// argument, while the function that takes it does the other. The table makes
// nginx check the number of arguments alone, which is one for both.
var otherSetters = map[string]string{
	"fastcgi_catch_stderr": "1", "ssi_min_file_chunk": "1", "ssi_value_length": "1", "ssl_ocsp": "1",
	"ssl_verify_client": "1", "stub_status": "1", "uwsgi_cache_background_update": "flag",
}

// argsOf is what the data has to say where the command table says args.
func argsOf(name, args string, r *row) string {
	if args == "1" || args == "flag" {
		if strings.HasPrefix(r.get("deprecated"), "ignored") && r.get("args") == "1" {
			return "1" // nothing looks at it
		}
		return cmp.Or(otherSetters[name], args)
	}
	return args
}

// checkDirective compares the forms of one directive, oldest first.
func checkDirective(t *testing.T, key string, d sharedDirective, forms []*row) {
	t.Helper()
	first, last := forms[0], forms[len(forms)-1]
	want := func(what, want, got string) {
		t.Helper()
		if want != got {
			t.Errorf("%s: %s is %q, the source has %q", key, what, got, want)
		}
	}
	want("since", d.Since, first.get("since"))
	want("before", d.RemovedIn, last.get("before"))
	want("contexts", strings.Join(d.Contexts, ","), last.get("contexts"))
	want("args", argsOf(d.Name, d.Args, last), last.get("args"))
	for name, on := range map[string]bool{"block": d.Block, "data": d.RawList != "", "once": d.Duplicate == "error"} {
		if name == "once" && d.Duplicate == "" {
			continue // the source does not say it of what was removed
		}
		want(name, strconv.FormatBool(on), hasFlag(last, name))
	}
	var opens []string
	for _, o := range d.Opens {
		name, _, _ := strings.Cut(o, " ")
		opens = append(opens, name)
	}
	want("opens", strings.Join(opens, ","), last.get("opens"))
	if d.Src != "" {
		want("source", strings.TrimPrefix(d.Src, "src/"), last.get("source"))
	}
	if v := last.get("default"); v != "" {
		want("default", d.Default, v)
	}
	if d.Deprecated != nil {
		words := strings.Fields(last.get("deprecated"))
		if len(words) != 3 || words[0] == "ignored" != strings.Contains(d.Deprecated.Effect, "ignored") ||
			words[1] != "?" && words[1] != d.Deprecated.Since || words[2] != "-" && words[2] != d.Deprecated.Use {
			t.Errorf("%s: deprecated %v", key, words)
		}
	}
	for _, h := range d.History {
		for _, r := range forms {
			before := r.get("before")
			if !older(h.Version, r.get("since")) && (before == "" || older(h.Version, before)) {
				want("contexts at "+h.Version, strings.Join(h.Contexts, ","), r.get("contexts"))
				want("args at "+h.Version, argsOf(d.Name, h.Args, r), r.get("args"))
			}
		}
	}
}

type sharedParam struct {
	Key, Type, Default, Since, Removed, Handler, Source string
	Min, Max                                            any
	Writable                                            bool
	InChild                                             string `json:"in_child_netns_6_18"`
}

func TestParamsAgreeWithSource(t *testing.T) {
	var shared struct {
		Keys     []sharedParam
		Gone     []struct{ Key, Status string } `json:"removed_or_vendor"`
		Misspelt []struct{ Wrong, Right string }
	}
	readShared(t, "sysctl-keys.json", &shared)
	rows := map[string]*row{}
	for _, r := range mustRead(t, "params.tsv").rows {
		rows[r.get("key")] = r
	}
	for _, p := range shared.Keys {
		r := rows[p.Key]
		delete(rows, p.Key)
		if strings.HasPrefix(p.Since, "vendor") {
			if r != nil {
				t.Errorf("%s is no mainline key", p.Key)
			}
			continue
		}
		if r == nil {
			t.Errorf("%s is missing", p.Key)
			continue
		}
		checkParam(t, p, r)
	}
	for key := range rows {
		t.Errorf("%s is not in the source", key)
	}

	gone := map[string]string{}
	for _, r := range mustRead(t, "gone.tsv").rows {
		gone[r.get("key")] = r.get("removed")
	}
	for _, g := range shared.Gone {
		removed, ok := strings.CutPrefix(g.Status, "removed ")
		if !ok || strings.ContainsAny(g.Key, " ,(") { // several keys in one line: split by hand
			continue
		}
		release, _, _ := strings.Cut(removed, " ")
		if _, err := version(strings.Split(release, "..")[0]); err == nil && !strings.Contains(gone[g.Key], release) {
			t.Errorf("%s: removed is %q, the source has %q", g.Key, gone[g.Key], g.Status)
		}
	}
	wrong := map[string]string{}
	for _, r := range mustRead(t, "misspelt.tsv").rows {
		wrong[r.get("wrong")] = r.get("right")
	}
	for _, m := range shared.Misspelt {
		if wrong[m.Wrong] != m.Right {
			t.Errorf("%s: right is %q, the source has %q", m.Wrong, wrong[m.Wrong], m.Right)
		}
	}
}

// narrowed are releases that kernels booted since then tell more closely.
var narrowed = map[string]string{"net.ipv4.ip_local_port_step_width": "7.1"}

func checkParam(t *testing.T, p sharedParam, r *row) {
	t.Helper()
	want := func(what, want, got string) {
		t.Helper()
		if want != got {
			t.Errorf("%s: %s is %q, the source has %q", p.Key, what, got, want)
		}
	}
	want("since", cmp.Or(narrowed[p.Key], p.Since), r.get("since"))
	if p.Removed != "" {
		want("removed", p.Removed, r.get("removed"))
	}
	want("kind", strings.Replace(p.Type, "range", "pair", 1), r.get("kind"))
	want("read-only", strconv.FormatBool(!p.Writable), strconv.FormatBool(r.get("mode") == "ro"))
	want("source", strings.TrimPrefix(p.Source, "linux-source-"), r.get("source"))
	handler, _, _ := strings.Cut(p.Handler, " ")
	want("handler", handler, r.get("handler"))
	for col, v := range map[string]any{"min": p.Min, "max": p.Max} {
		if n, ok := v.(json.Number); ok {
			want(col, n.String(), r.get(col))
		} else if v == nil {
			want(col, "", r.get(col))
		}
	}
	if _, err := strconv.Atoi(p.Default); err == nil {
		want("default", p.Default, r.get("default"))
	}
	if p.InChild == "absent" || strings.HasPrefix(p.InChild, "read-only") {
		want("scope", "host", r.get("scope"))
	}
}
