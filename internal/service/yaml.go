package service

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// yamlFile is a YAML stream with the places of its nodes.
type yamlFile struct {
	file *source.File
	docs []*yamlDoc
}

type yamlDoc struct {
	in    *source.File
	root  *yaml.Node
	start int // of the document in the file
	// maybe are the spans of the file that a template's conditions and loops decide
	// about, whole objects aside.
	maybe []source.Span
	// variables are those of an .env file, for Compose.
	variables map[string]string
	// values are what values.yaml of the chart says, for its templates, by their paths.
	values settings
}

// maxYAML is the size above which a stream is not read.
const maxYAML = 2 << 20

var goTag = lazyre.New(`\{\{[^\n]*?\}\}|\{%[^\n]*?%\}|\{#[^\n]*?#\}`)

// wholeObject is a line that begins an object of Kubernetes, or a Compose file.
var wholeObject = lazyre.New(`(?m)^(apiVersion|kind|services):`)

// readYAML reads the documents of a stream that can be read. The tags of templates are
// masked; a value that holds one, or that stands between two of a condition, is not known.
func readYAML(f *source.File) *yamlFile {
	out := &yamlFile{file: f}
	if len(f.Text) > maxYAML {
		return out
	}
	text := f.Text
	var maybe []source.Span
	if strings.Contains(text, "{{") || strings.Contains(text, "{%") {
		text, maybe = maskTags(text), branches(text)
	}
	start, at := 0, 0
	read := func(from, to int) {
		d := &yamlDoc{in: f, start: from, maybe: maybe}
		if d.parse(text[from:to]) == nil && d.root != nil {
			out.docs = append(out.docs, d)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "---") && at > start {
			read(start, at)
			start = at
		}
		at += len(line)
	}
	read(start, len(text))
	return out
}

// maskTags makes of a template what YAML can read, all offsets unchanged: a line
// that holds nothing but tags is blank, a tag in a value is filler.
func maskTags(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		body := strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(goTag.ReplaceAllString(body, "")) == "" {
			b.WriteString(strings.Repeat(" ", len(body)))
		} else {
			b.WriteString(goTag.ReplaceAllStringFunc(body, func(tag string) string { return strings.Repeat("_", len(tag)) }))
		}
		b.WriteString(line[len(body):])
	}
	return b.String()
}

// branches are the spans of a template that conditions and loops decide about. One that
// decides about a whole object is none: what it says holds where the object is there.
func branches(text string) []source.Span {
	var out []source.Span
	var open []int
	for _, at := range goTag.FindAllStringIndex(text, -1) {
		tag := text[at[0]:at[1]]
		inner := strings.Trim(tag[2:len(tag)-2], "- \t")
		if tag[1] == '#' || tag[1] == '{' && !goControl.MatchString(inner) {
			continue
		}
		if closesBlock.MatchString(inner) && inner != "endset" && inner != "endblock" {
			if n := len(open); n > 0 {
				if s := (source.Span{Start: open[n-1], End: at[0]}); !wholeObject.MatchString(text[s.Start:s.End]) {
					out = append(out, s)
				}
				open = open[:n-1]
			}
		}
		if opensBlock.MatchString(inner) || tag[1] == '{' && strings.HasPrefix(inner, "block") {
			open = append(open, at[1])
		}
	}
	// Those within others are of no account.
	slices.SortFunc(out, func(a, b source.Span) int { return cmp.Compare(a.Start, b.Start) })
	var outer []source.Span
	for _, s := range out {
		if n := len(outer); n == 0 || s.Start >= outer[n-1].End {
			outer = append(outer, s)
		}
	}
	return outer
}

// decided reports whether a template decides whether a place is there.
func (d *yamlDoc) decided(p Place) bool {
	i, _ := slices.BinarySearchFunc(d.maybe, p.Span.Start, func(s source.Span, at int) int { return cmp.Compare(s.End, at+1) })
	return i < len(d.maybe) && d.maybe[i].Start <= p.Span.Start
}

func (d *yamlDoc) parse(text string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		return err
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		d.root = n.Content[0]
	}
	return nil
}

// place is where a node stands; of an alias, where its anchor does.
func (d *yamlDoc) place(n *yaml.Node) Place {
	p := Place{File: d.in}
	if n == nil || n.Line < 1 {
		return p
	}
	at := d.in.LineSpan(d.in.Position(d.start).Line + n.Line - 1).Start
	for range n.Column - 1 {
		_, size := utf8.DecodeRuneInString(d.in.Text[at:])
		at += size
	}
	at = min(at, len(d.in.Text))
	end := at + len(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode:
		end = lineEnd(d.in.Text, at)
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		end += 2
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		end = lineEnd(d.in.Text, at)
	}
	p.Span = source.Span{Start: at, End: min(end, len(d.in.Text))}
	return p
}

func lineEnd(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + len(strings.TrimRight(text[at:at+i], " \r"))
	}
	return len(text)
}

// resolve follows aliases.
func resolve(n *yaml.Node) *yaml.Node {
	for range 8 {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

// pair is an entry of a mapping.
type pair struct{ key, value *yaml.Node }

// entries returns the entries of a mapping, those that "<<" brings below its own. Of a key
// that stands twice the last one counts, as it does for all readers that take it.
func entries(n *yaml.Node) []pair {
	var out []pair
	seen := map[string]bool{}
	var add func(n *yaml.Node, depth int)
	add = func(n *yaml.Node, depth int) {
		n = resolve(n)
		if n == nil || depth > 8 {
			return
		}
		if n.Kind == yaml.SequenceNode {
			for _, item := range n.Content {
				add(item, depth+1)
			}
			return
		}
		if n.Kind != yaml.MappingNode {
			return
		}
		var merged []*yaml.Node
		own := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			before, twice := own[k.Value]
			switch {
			case k.Value == "<<" && k.Style == 0:
				merged = append(merged, v)
			case twice:
				out[before] = pair{k, resolve(v)}
			case !seen[k.Value]:
				seen[k.Value], own[k.Value] = true, len(out)
				out = append(out, pair{k, resolve(v)})
			}
		}
		for _, m := range merged {
			add(m, depth+1)
		}
	}
	if r := resolve(n); r == nil || r.Kind != yaml.MappingNode {
		return nil
	}
	add(n, 0)
	return out
}

// at follows keys down mappings; nil if there is nothing.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var found *yaml.Node
		for _, e := range entries(n) {
			if e.key.Value == key {
				found = e.value
				break
			}
		}
		if found == nil {
			return nil
		}
		n = found
	}
	return resolve(n)
}

// list returns the items of a sequence.
func list(n *yaml.Node) []*yaml.Node {
	n = resolve(n)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		out[i] = resolve(item)
	}
	return out
}

// scalar reads a scalar, with "${X:-5}" as Compose reads it if compose is true.
func (d *yamlDoc) scalar(n *yaml.Node, name string, compose bool) Field[string] {
	n = resolve(n)
	if n == nil || n.Kind != yaml.ScalarNode {
		return Field[string]{}
	}
	f := Field[string]{Value: n.Value, Sure: Set, At: d.place(n), Name: name}
	if d.decided(f.At) {
		f.Value = string(source.Unknown)
		return f
	}
	if raw := f.At.File.Slice(f.At.Span); strings.Contains(raw, "{{") || strings.Contains(raw, "{%") {
		return d.rendered(f, raw)
	}
	if compose {
		value, env, open := defaults(n.Value, d.variables)
		f.Value = value
		if open {
			f.Value = string(source.Unknown)
		}
		if env != "" {
			f.Sure, f.Env = UnlessEnv, env
		}
	}
	return f
}

// words reads a command: a sequence of words, or a text that is split as a shell
// does.
func (d *yamlDoc) words(n *yaml.Node, compose bool) []word {
	n = resolve(n)
	if n == nil {
		return nil
	}
	var out []word
	if n.Kind == yaml.SequenceNode {
		for _, item := range list(n) {
			f := d.scalar(item, "", compose)
			w := word{text: f.Value, at: f.At, env: f.Env, open: !f.Known() || unknown(f.Value)}
			if f.Known() && !d.decided(f.At) && strings.ContainsAny(item.Value, " \n") && !strings.Contains(item.Value, "{{") {
				// A text for a shell, which reads the variables as Compose does.
				w.text, w.env, w.open = d.substituted(plain(item.Value, compose)), "", false
			}
			out = append(out, w)
		}
		return out
	}
	f := d.scalar(n, "", false)
	if !f.Known() || unknown(f.Value) {
		return nil
	}
	at := placer{nil, f.At}
	text := d.substituted(f.Value)
	start := f.At.Span.Start
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		start++
	}
	if strings.HasPrefix(f.At.File.Text[start:], text) {
		at.offset = func(i int) int { return start + i }
	}
	// Of "$$" the program gets "$", which is no variable but for a shell that it may be.
	const dollar = "\x01\x01"
	if compose {
		text = strings.ReplaceAll(text, "$$", dollar)
	}
	commands := shellWords(text, at, nil)
	if len(commands) != 1 {
		return nil
	}
	for i := range commands[0] {
		commands[0][i].text = strings.ReplaceAll(commands[0][i].text, dollar, "$")
	}
	return commands[0]
}

// substituted replaces "$X" and "${X}" by what an .env file says; the shell's own
// variables and defaults stay.
func (d *yamlDoc) substituted(text string) string {
	for name, value := range d.variables {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	return text
}

// plain takes away the second "$" that Compose asks for.
func plain(text string, compose bool) string {
	if compose {
		return strings.ReplaceAll(text, "$$", "$")
	}
	return text
}

// chartValue is a tag of Helm that writes a value as it is.
var chartValue = lazyre.New(`\{\{-?\s*\.Values\.([\w.]+)\s*(?:\|\s*(?:quote|squote|int|int64|toString|trim)\s*)*-?\}\}`)

// rendered reads a scalar with tags of Helm: all of them must be values that the chart
// sets, which whoever installs it may set otherwise.
func (d *yamlDoc) rendered(f Field[string], raw string) Field[string] {
	if len(d.values) == 0 {
		f.Value = string(source.Unknown)
		return f
	}
	f.Value = strings.Trim(chartValue.ReplaceAllStringFunc(raw, func(tag string) string {
		name := chartValue.FindStringSubmatch(tag)[1]
		if v, ok := d.values[name]; ok && !unknown(v.Value) {
			f.Env = ".Values." + name
			return v.Value
		}
		return string(source.Unknown)
	}), `"'`)
	f.Sure = UnlessEnv
	if strings.Contains(f.Value, "{{") || unknown(f.Value) {
		f.Value, f.Sure, f.Env = string(source.Unknown), Set, ""
	}
	return f
}

// chartValues reads values.yaml of the chart that a template belongs to, by the paths
// of its scalars.
func chartValues(r *repo, template string) settings {
	dir := path.Clean(template)
	for dir != "." && dir != "/" && path.Base(dir) != "templates" {
		dir = path.Dir(dir)
	}
	if path.Base(dir) != "templates" {
		return nil
	}
	f := r.up(path.Dir(dir), 0, "values.yaml", "values.yml")
	if f == nil {
		return nil
	}
	return Scalars(f)
}

// Scalars reads the scalars of a YAML file by their paths, such as "nginx.keepalive":
// those that stand at the top and in mappings, not those of lists.
func Scalars(f *source.File) map[string]Field[string] {
	set := settings{}
	for _, d := range readYAML(f).docs {
		var add func(prefix string, n *yaml.Node, depth int)
		add = func(prefix string, n *yaml.Node, depth int) {
			for _, e := range entries(n) {
				if v := d.scalar(e.value, e.key.Value, false); v.Known() {
					set[prefix+e.key.Value] = v
				} else if depth < 8 {
					add(prefix+e.key.Value+".", e.value, depth+1)
				}
			}
		}
		add("", d.root, 0)
	}
	return set
}
