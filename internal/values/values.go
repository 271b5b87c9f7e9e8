// Package values tells what the variables of a template are, as far as the files beside
// it say so: the defaults of an Ansible role, the values of a Helm chart. Whoever runs
// the role or the chart may say otherwise where nobody sees it; what the repository
// itself says in two ways is not known.
package values

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/template"
)

// Set is what is said of the variables of a template.
type Set struct {
	given []given
	// elsewhere are the values that other files give a name.
	elsewhere func(name string) []string
	// template says who may set what only the template has a default for.
	template string
	usable   func(value string, quoted bool) bool
}

// given is what one file says, which counts before those behind it.
type given struct {
	from   string
	values map[string]service.Field[string]
}

// Role is what the files of an Ansible role say: its variables (vars/main.yml), before
// which only what a task or a command line sets counts, and its defaults
// (defaults/main.yml), before which all else counts. Others are the files that may set a
// name besides: inventories, variables of groups and hosts, playbooks and tasks.
func (t *Texts) Role(vars, defaults, others []*source.File) *Set {
	s := &Set{template: "the default in the template", usable: jinjaWrites}
	for _, f := range vars {
		s.given = append(s.given, given{"the role's variable", t.Scalars(f)})
	}
	for _, f := range defaults {
		s.given = append(s.given, given{"the role's default", t.Scalars(f)})
	}
	names := make([]map[string][]string, len(others))
	for i, f := range others {
		names[i] = t.assigned.of(f, func() map[string][]string { return assigned(f.Text, sets, registered) })
	}
	s.elsewhere = func(name string) []string {
		var all []string
		for _, n := range names {
			all = append(all, n[name]...)
		}
		return all
	}
	return s
}

// Chart is what the files of a Helm chart say: values.yaml, and others that a release
// may be installed with. In those of a chart around it, its values stand below a key.
// Files that install it may give values anywhere.
func (t *Texts) Chart(values *source.File, others, around, installs []*source.File, key string) *Set {
	s := &Set{template: "the default in the template", usable: chartWrites}
	if values != nil {
		s.given = []given{{"the chart's value", t.Scalars(values)}}
	}
	var read []map[string]service.Field[string]
	for _, f := range others {
		read = append(read, t.Scalars(f))
	}
	below := len(read)
	for _, f := range around {
		read = append(read, t.Scalars(f))
	}
	var said []map[string][]string
	for _, f := range installs {
		said = append(said, t.installed.of(f, func() map[string][]string { return assigned(f.Text, installed, parameters) }))
	}
	s.elsewhere = func(name string) []string {
		var all []string
		for _, n := range said {
			all = append(all, n[name[strings.LastIndexByte(name, '.')+1:]]...)
		}
		for i, n := range read {
			at := name
			if i >= below {
				at = key + "." + name
			}
			if v, ok := n[at]; ok {
				all = append(all, v.Value)
			}
		}
		return all
	}
	return s
}

// Value is what a variable is; not ok if that is not known.
func (s *Set) Value(v template.Variable) (embed.Value, bool) {
	out := embed.Value{Text: v.Default, From: s.template}
	quoted := true // it is written as it is
	for _, g := range s.given {
		f, ok := g.values[v.Name]
		if !ok {
			continue
		}
		raw := f.At.File.Slice(f.At.Span)
		out, quoted = embed.Value{Text: f.Value, From: g.from, File: f.At.File, At: f.At.Span}, strings.ContainsAny(raw[:min(len(raw), 1)], `'"`)
		break
	}
	if out.Text == "" || source.HasUnknown(out.Text) || !s.usable(out.Text, quoted) {
		return embed.Value{}, false
	}
	for _, other := range s.elsewhere(v.Name) {
		if other != out.Text {
			return embed.Value{}, false
		}
	}
	return out, true
}

// plainWord is a value that each reader of YAML takes for a text.
var plainWord = lazyre.New(`^[A-Za-z0-9._:/@-]+$`)

// number is one that is written back as it was read.
var number = lazyre.New(`^(0|[1-9][0-9]*)$`)

// jinjaWrites reports whether Jinja2 writes a value of a YAML file as it stands there:
// not 0644, 1_000, 1e3 or "yes", which become others.
func jinjaWrites(value string, quoted bool) bool {
	return plainWord.MatchString(value) && (quoted || number.MatchString(value) || !otherType(value))
}

// chartWrites is jinjaWrites for Helm, which reads numbers as floating point: from
// 1000000 on, it writes 1e+06.
func chartWrites(value string, quoted bool) bool {
	const most = 999_999
	if n, err := strconv.Atoi(value); err == nil && !quoted && n > most {
		return false
	}
	return jinjaWrites(value, quoted)
}

// otherType reports whether a reader of YAML may take a word for something other than a
// text: a truth, a number, a time.
func otherType(value string) bool {
	switch strings.ToLower(value) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".inf", ".nan":
		return true
	}
	first := value[0]
	if first < '0' || first > '9' {
		return strings.ContainsRune("+-.", rune(first))
	}
	rest := strings.TrimLeft(value, "0123456789_.:")
	return rest == "" && strings.Count(value, ".") < 2 || strings.HasPrefix(strings.ToLower(rest), "e") || strings.HasPrefix(strings.ToLower(value), "0x") || strings.HasPrefix(value, "0o")
}

// What a line sets in YAML, in an inventory and in the arguments of a task; what a task
// gives a name to.
var (
	sets       = lazyre.New(`(?m)(?:^|[\s{,"'])([A-Za-z_]\w*)["']?[ \t]*([:=])[ \t]*`)
	registered = lazyre.New(`\b(?:register|loop_var|index_var)[ \t]*[:=][ \t]*["']?([A-Za-z_]\w*)`)
)

// What whoever installs a chart sets, with the last part of its name: in YAML and on a
// command line; what a parameter of Argo CD or Terraform gives a value to.
var (
	installed  = lazyre.New(`(?m)(?:^|[\s{,"'=])(?:[A-Za-z_][\w-]*\.)*([A-Za-z_][\w-]*)["']?[ \t]*([:=])[ \t]*`)
	parameters = lazyre.New(`\bname[ \t]*[:=][ \t]*["']?(?:[A-Za-z_][\w-]*\.)*([A-Za-z_][\w-]*)`)
)

// installer are signs of a file that installs charts.
var installer = lazyre.New(`(?m)^kind:[ \t]*HelmRelease|^apiVersion:[ \t]*argoproj\.io/|^releases:|\bhelm_release\b|\bhelm[ \t]+(upgrade|install|template)\b`)

// Installs reports whether a file installs a chart of one of some names.
func (t *Texts) Installs(f *source.File, charts []string) bool {
	return t.installs.of(f, func() bool { return installer.MatchString(f.Text) }) && mentions(f.Text, charts)
}

// Depends reports whether a Chart.yaml has a chart of one of some names for a part.
func Depends(text string, charts []string) bool {
	_, parts, ok := strings.Cut("\n"+text, "\ndependencies:")
	return ok && mentions(parts, charts)
}

// mentions reports whether one of some names stands in a text as a word.
func mentions(text string, names []string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(names, w) })
}

// assigned are the values that a text may give to names, as far as they can be read.
func assigned(text string, sets, names *lazyre.Regexp) map[string][]string {
	ends := map[string]string{":": ",}#\n", "=": " \t,#\n"}
	out := map[string][]string{}
	for _, m := range sets.FindAllStringSubmatchIndex(text, -1) {
		name, value := text[m[2]:m[3]], text[m[1]:]
		if i := strings.IndexAny(value, ends[text[m[4]:m[5]]]); i >= 0 {
			value = value[:i]
		}
		out[name] = append(out[name], strings.Trim(strings.TrimSpace(value), `"'`))
	}
	for _, m := range names.FindAllStringSubmatch(text, -1) {
		out[m[1]] = append(out[m[1]], "")
	}
	return out
}
