// Package yaml finds texts in YAML files, whatever program these are for:
// Kubernetes, Compose, Ansible, Salt, cloud-init and others.
package yaml

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes YAML files, and templates of them, in which a word speaks of
// nginx or the kernel. Where a name tells only that a file is a template, its text
// tells whether it is one of them.
func Takes(base, _, text string) bool {
	template := false
	for slices.Contains(detect.TemplateExtensions(), path.Ext(base)) {
		base, template = strings.TrimSuffix(base, path.Ext(base)), true
	}
	ext := path.Ext(base)
	if base == "argument_specs.yml" {
		return false // of an Ansible role: it describes variables and sets none
	}
	switch ext {
	case ".yml", ".yaml", ".sls", ".bu":
	case ".ign":
		return text == carrier.Anything || carrier.Mentions(text)
	case ".json": // most JSON is data: only tasks of ECS have kernel settings
		return text != carrier.Anything && strings.Contains(text, "systemControls") || text == carrier.Anything && strings.Contains(base, "task")
	default:
		if ext != "" || !template || text != carrier.Anything && !detect.YAML(text) {
			return false
		}
	}
	return text == carrier.Anything || slices.ContainsFunc(yamlWords, func(word string) bool { return strings.Contains(text, word) })
}

// yamlWords are signs that a file may hold something to read.
var yamlWords = []string{
	"sysctl", "nginx", "-snippet", "net.ipv", "net.core", "net/", "vm.", "kernel.", "fs.", "location ", "proxy_", "server {", "upstream ", "listen ",
}

// Read reads all documents of a file.
func Read(f *source.File) carrier.Found {
	y := &yamlReader{Finder: carrier.NewFinder(f, Read), locks: map[*carrier.Draft]string{}, claimed: map[*yaml.Node]bool{}, conditions: map[string]string{}, templates: map[string]*yamlTemplate{}}
	y.stream(f, yamlPlace{})
	return y.texts()
}

// yamlReader reads a YAML file.
type yamlReader struct {
	*carrier.Finder

	doc *yamlDoc
	// carrier is what the file turns out to be; empty if it is just YAML.
	carrier string
	// claimed are nodes that a reader has read who knows what they are.
	claimed map[*yaml.Node]bool
	// locks says why a text cannot be edited.
	locks map[*carrier.Draft]string
	// more are texts that another reader found.
	more []carrier.Text
	// conditions are the names of conditions.
	conditions map[string]string
	// dollars says that "$" is not itself in values: Compose replaces variables.
	dollars bool
	// params are variables that are replaced in values: those of pups.
	params parameters
	depth  int // of files in files
	level  int // of nodes in nodes
	// templates are what was read of the tags of files, by their texts.
	templates map[string]*yamlTemplate
}

// yamlPlace is where a node stands.
type yamlPlace struct {
	// world is what surely holds together with it: a pod, a service, a play.
	world string
	// path are the keys that lead to it from there.
	path []string
	// when is the condition of Ansible under which it is used; empty if none.
	when string
}

// in returns the place of an entry.
func (p yamlPlace) in(key string) yamlPlace {
	p.path = append(slices.Clip(p.path), key)
	return p
}

// item returns the place of an item of a sequence.
func (p yamlPlace) item(i int) yamlPlace { return p.in("[" + strconv.Itoa(i+1) + "]") }

// key is the last key of the path.
func (p yamlPlace) key() string {
	for _, key := range slices.Backward(p.path) {
		if !strings.HasPrefix(key, "[") {
			return key
		}
	}
	return ""
}

// label names the place in its group.
func (p yamlPlace) label() string {
	if len(p.path) == 0 {
		return "text"
	}
	return p.path[len(p.path)-1]
}

// group returns the place of the mapping or sequence around it, as a world of its
// own: what stands side by side there belongs together.
func (p yamlPlace) group() yamlPlace {
	if len(p.path) > 1 {
		p.world = join(p.world, dotted(p.path[:len(p.path)-1]))
	}
	return p
}

// own returns the place as a world of its own.
func (p yamlPlace) own() yamlPlace {
	p.world = join(p.world, dotted(p.path))
	return p
}

func dotted(path []string) string { return strings.ReplaceAll(strings.Join(path, "."), ".[", "[") }

// join names what is inside a world.
func join(world, name string) string {
	if world == "" || name == "" {
		return world + name
	}
	return world + ", " + name
}

// stream reads all documents of a file, which may stand in another one.
func (y *yamlReader) stream(in *source.File, p yamlPlace) {
	var template *yamlTemplate
	text := in.Text
	if templatedYAML(in.Path, text) {
		template = y.tags(text)
		text = template.mask(false)
	}
	outer := y.doc
	docs := yamlDocs(text)
	for i, s := range docs {
		if s.Len() > carrier.Largest {
			y.SkipSetting(in, s.Start, s.Start, "%s", carrier.TooLarge(s.Len()))
			continue
		}
		d := &yamlDoc{in: in, text: text, template: template, start: s.Start, end: s.End}
		if err := d.readMasked(y.tags); err != nil {
			at := p
			if len(docs) > 1 {
				at.world = join(p.world, "document "+strconv.Itoa(i+1))
			}
			y.blocks(d, at)
			if template == nil {
				y.Skip(in, s.Start, s.Start, "the YAML cannot be read: %v", err)
			}
			continue
		}
		y.document(d, p)
	}
	y.doc = outer
}

// tags returns what the tags of a text are. A text of many documents that cannot be
// read is gone through once.
func (y *yamlReader) tags(text string) *yamlTemplate {
	t := y.templates[text]
	if t == nil {
		t = readYAMLTags(text)
		y.templates[text] = t
	}
	return t
}

// yamlBlock is a line that begins a block scalar.
var yamlBlock = lazyre.New(`(?m)^( *)(?:- +)?["']?[\w./-]+["']?: *[|][-+0-9]* *\r?$`)

// yamlSecret is the kind of an object whose values nobody should show.
var yamlSecret = lazyre.New(`(?m)^ *kind: *["']?\w*Secret`)

// blocks reads the literal block scalars of a document that cannot be read as a
// whole, each as a document of its own.
func (y *yamlReader) blocks(d *yamlDoc, p yamlPlace) {
	if yamlSecret.MatchString(d.text[d.start:d.end]) {
		return
	}
	for _, m := range yamlBlock.FindAllStringSubmatchIndex(d.text[d.start:d.end], -1) {
		start, indent := d.start+m[0], m[3]-m[2]
		end := lineEndAfter(d.text, start)
		for l := range linesOf(d.text, min(end+1, d.end), d.end) {
			if body := l.body(d.text, indent+1); body <= l.start+indent && body < l.end {
				break
			}
			end = l.next
		}
		if strings.TrimSpace(d.text[min(lineEndAfter(d.text, start), end):end]) == "" {
			continue
		}
		block := &yamlDoc{in: d.in, text: d.text, template: d.template, start: start, end: min(end, d.end)}
		if start >= d.start && block.read() == nil {
			y.document(block, p)
		}
	}
}

// document reads one document.
func (y *yamlReader) document(d *yamlDoc, p yamlPlace) {
	y.doc = d
	y.dollars, y.params = false, parameters{}
	if d.root == nil {
		return
	}
	if isCompose(d.root) {
		y.compose(d.root, p)
		y.walk(d.root, p)
		return
	}
	if run := valueOf(d.root, "run"); run != nil && run.Kind == yaml.SequenceNode {
		for i, n := range mapping(valueOf(d.root, "params")) {
			if i%2 == 0 {
				y.params.add(n.Value)
			}
		}
	}
	y.commands(d.root, p)
	if isPlaybook(d.root) {
		y.playbook(d.root, p)
		return
	}
	y.walk(d.root, p)
}

// walk reads a node and all below it.
func (y *yamlReader) walk(n *yaml.Node, p yamlPlace) {
	if n == nil || y.claimed[n] {
		return
	}
	const deepest = 200
	if y.level++; y.level > deepest {
		y.tooDeep(n, deepest)
	}
	defer func() { y.level-- }()
	if y.level > deepest {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		y.mapping(n, p)
	case yaml.SequenceNode:
		if y.list(n, p) {
			return
		}
		for i, item := range n.Content {
			y.walk(item, p.item(i))
		}
	case yaml.ScalarNode:
		y.loose(n, p)
	case yaml.DocumentNode, yaml.AliasNode: // an anchor is read where it stands
	}
}

// tooDeep says once of a document that not all of it is read.
func (y *yamlReader) tooDeep(n *yaml.Node, deepest int) {
	if !y.doc.deep {
		y.doc.deep = true
		at := max(y.doc.offset(n), 0)
		y.SkipSetting(y.doc.in, at, at, "what is nested deeper than %d levels is not checked", deepest)
	}
}

// mapping reads a mapping, by what it turns out to be.
func (y *yamlReader) mapping(n *yaml.Node, p yamlPlace) {
	if y.object(n, p) || y.settingsMap(n, p) {
		return
	}
	if len(p.path) > 1 && p.key() == "config" && p.path[len(p.path)-2] == "controller" { // of the chart
		y.ingress(n, p.own())
	}
	if k := len(p.path); k > 2 && p.key() == "entries" && p.path[k-2] == "config" && p.path[k-3] == "controller" { // of F5's chart
		y.f5Config(n, p.own())
	}
	y.pod(n, p)
	y.task(n, &p)
	y.state(n, p)
	y.named(n, p)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && !y.snippet(key, value, p) && !y.instance(key, value, p) {
			y.walk(value, p.in(y.keyName(key)))
		}
	}
}

// keyName returns a key as it is written, if there is code of a template in it.
func (y *yamlReader) keyName(key *yaml.Node) string {
	if y.doc.template != nil {
		if s, ok := y.doc.scalar(key); ok {
			return strings.Join(strings.Fields(s.text.String()), " ")
		}
	}
	return key.Value
}

// at returns the world of a node: that of its place, its condition, and the
// branch of a template that it stands in.
func (y *yamlReader) at(p yamlPlace, n *yaml.Node) string {
	world := p.world
	if p.when != "" {
		if y.conditions[p.when] == "" {
			y.conditions[p.when] = y.Unique(conditionName(p.when))
		}
		world = join(world, y.conditions[p.when])
	}
	return join(world, y.doc.branch(n))
}

// conditionName names a condition for people.
func conditionName(when string) string {
	const longest = 50
	if len(when) > longest || strings.ContainsAny(when, "\n\r\t") {
		return "condition"
	}
	return "when " + when
}

// word returns the value of a scalar if no code of a template is in it.
func (y *yamlReader) word(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	if s, ok := y.doc.scalar(n); ok && !carrier.HoldsTag(s.text.String()) {
		return s.text.String()
	}
	return ""
}

// texts returns what was found.
func (y *yamlReader) texts() carrier.Found {
	found := y.Found()
	for i, d := range y.Drafts {
		if v := found.Texts[i].File.View; v.Locked == "" {
			v.Locked = y.locks[d]
		}
	}
	found.Texts = append(found.Texts, y.more...)
	found.Carrier = y.carrier
	return found
}

// calls says what the file is, the first time that it shows.
func (y *yamlReader) calls(carrier string) {
	if y.carrier == "" {
		y.carrier = carrier
	}
}
