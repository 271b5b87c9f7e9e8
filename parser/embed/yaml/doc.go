package yaml

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// yamlDoc is one document of a YAML stream.
type yamlDoc struct {
	in *source.File
	// text is that of the file as YAML gets it: with the code of a template
	// masked, all offsets unchanged.
	text string
	// template is what the tags of a template are; nil if they are left to what
	// reads the document.
	template *yamlTemplate
	// start and end are where the document stands in the text.
	start, end int
	root       *yaml.Node
	lines      []int         // offsets of its lines in the text
	deep       bool          // it is said that it is too deep
	marks      map[int][]int // offsets of columns of long lines, see columns
}

// yamlDocs splits a text into documents: a line that begins with "---" begins
// one, whatever comes before it. They are read one by one, so that a mistake in
// one of them leaves the others readable.
func yamlDocs(text string) []source.Span {
	var out []source.Span
	start, at := 0, 0
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "---"); ok && (rest == "" || strings.IndexByte(" \t\r\n", rest[0]) >= 0) && at > start {
			out = append(out, source.Span{Start: start, End: at})
			start = at
		}
		at += len(line)
	}
	return append(out, source.Span{Start: start, End: at})
}

// read parses the document. It has no root if it is empty.
func (d *yamlDoc) read() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	var n yaml.Node
	chunk := d.text[d.start:d.end]
	if err := yaml.Unmarshal([]byte(chunk), &n); err != nil {
		return err
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		d.root = n.Content[0]
	}
	d.index(chunk)
	return nil
}

// readMasked parses a document, the tags of a template masked one way or another.
func (d *yamlDoc) readMasked(tags func(text string) *yamlTemplate) error {
	err := d.read()
	if err == nil || !carrier.HoldsTag(d.in.Text[d.start:d.end]) {
		return err
	}
	tried := *d
	if tried.template == nil {
		tried.template = tags(d.in.Text)
		tried.text = tried.template.mask(false)
		if tried.read() == nil {
			*d = tried
			return nil
		}
	}
	tried.text = tried.template.mask(true)
	if tried.read() == nil {
		*d = tried
		return nil
	}
	return err
}

// byteOrderMark may stand at the beginning of a stream; it is in no column.
const byteOrderMark = "\ufeff"

// index finds the lines as the library counts them: a lone CR and three marks of
// Unicode end a line as well.
func (d *yamlDoc) index(chunk string) {
	first := d.start
	if strings.HasPrefix(chunk, byteOrderMark) {
		first += len(byteOrderMark)
	}
	d.lines, d.marks = append(d.lines[:0], first), nil
	for i := 0; i < len(chunk); {
		n := yamlBreak(chunk, i)
		if n > 0 {
			d.lines = append(d.lines, d.start+i+n)
		}
		i += max(n, 1)
	}
}

// yamlBreak returns the length of the line end at an offset, 0 if none is there.
func yamlBreak(text string, i int) int {
	if i >= len(text) {
		return 0
	}
	switch text[i] {
	case '\n':
		return 1
	case '\r':
		if strings.HasPrefix(text[i:], "\r\n") {
			return 2
		}
		return 1
	case '\xc2', '\xe2':
		for _, mark := range []string{"\u0085", "\u2028", "\u2029"} {
			if strings.HasPrefix(text[i:], mark) {
				return len(mark)
			}
		}
	}
	return 0
}

// offset returns where a node begins, with its tag and anchor; -1 if that cannot
// be told. Columns count code points.
func (d *yamlDoc) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(d.lines) {
		return -1
	}
	at, left := d.lines[n.Line-1], n.Column-1
	if left >= columnsPerMark {
		marks := d.columns(n.Line - 1)
		i := min(left/columnsPerMark, len(marks)-1)
		at, left = marks[i], left-i*columnsPerMark
	}
	for range left {
		if at >= d.end {
			return -1
		}
		_, size := utf8.DecodeRuneInString(d.text[at:])
		at += size
	}
	return at
}

// columnsPerMark is how far apart the places are that are remembered of a long line.
const columnsPerMark = 64

// columns returns the offsets of every so many columns of a line.
func (d *yamlDoc) columns(line int) []int {
	if marks, ok := d.marks[line]; ok {
		return marks
	}
	end := d.end
	if line+1 < len(d.lines) {
		end = d.lines[line+1]
	}
	var marks []int
	n := 0
	for at := d.lines[line]; at < end; n++ {
		if n%columnsPerMark == 0 {
			marks = append(marks, at)
		}
		_, size := utf8.DecodeRuneInString(d.text[at:])
		at += size
	}
	if len(marks) == 0 {
		marks = []int{d.lines[line]}
	}
	if d.marks == nil {
		d.marks = map[int][]int{}
	}
	d.marks[line] = marks
	return marks
}

// content returns where the content of a node begins: behind tags, anchors and
// what stands between them.
func (d *yamlDoc) content(n *yaml.Node) int {
	at := d.offset(n)
	if at < 0 {
		return -1
	}
	for at < d.end && (d.text[at] == '&' || d.text[at] == '!') {
		for at < d.end && !yamlBlank(d.text, at) {
			at++
		}
		for at < d.end && (yamlBlank(d.text, at) || d.text[at] == '#') {
			if d.text[at] == '#' {
				at = lineEndAfter(d.text, at)
				continue
			}
			at += max(yamlBreak(d.text, at), 1)
		}
	}
	return at
}

// yamlBlank reports whether a blank or a line end stands at an offset.
func yamlBlank(text string, i int) bool {
	return text[i] == ' ' || text[i] == '\t' || yamlBreak(text, i) > 0
}

// branch names the branch of a template that a node stands in, if not all of the
// document stands in it.
func (d *yamlDoc) branch(n *yaml.Node) string {
	if d.template == nil || d.root == nil {
		return ""
	}
	name := d.template.branch(d.offset(n))
	if name == d.template.branch(d.offset(d.root)) {
		return ""
	}
	return name
}

// mapping returns the entries of a mapping, keys and values in turn; none of any
// other node.
func mapping(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	return n.Content
}

// entry returns the value of a key, and the key; nil if there is none.
func entry(n *yaml.Node, key string) (k, v *yaml.Node) {
	content := mapping(n)
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Kind == yaml.ScalarNode && content[i].Value == key {
			return content[i], content[i+1]
		}
	}
	return nil, nil
}

// valueOf returns the value of the first of some keys that is there.
func valueOf(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if _, v := entry(n, key); v != nil {
			return v
		}
	}
	return nil
}

// wordOf returns a value that is a scalar; empty if it is not.
func wordOf(n *yaml.Node, keys ...string) string {
	if v := valueOf(n, keys...); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// items returns the items of a sequence; none of any other node.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}
