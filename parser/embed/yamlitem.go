package embed

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/source"
)

// item returns the lines of an item of a sequence, or of an entry of a mapping
// whose key is its i-th node, so that the rest is as it was without them. It is
// empty where that cannot be told: in flow style, beside something else on a line,
// with code of a template or an anchor in it, and for the only one.
func (d *yamlDoc) item(all *yaml.Node, i int) source.Span {
	step := 1
	if all.Kind == yaml.MappingNode {
		step = 2
	}
	if d.in.View != nil || all.Style&yaml.FlowStyle != 0 || len(all.Content) <= step {
		return source.Span{}
	}
	start, ok := d.itemStart(all.Content[i])
	if !ok {
		return source.Span{}
	}
	var end int
	if next := i + step; next < len(all.Content) {
		end, ok = d.itemStart(all.Content[next])
	} else {
		end, ok = d.lastLine(all.Content[i+step-1])
	}
	if !ok {
		return source.Span{}
	}
	end = d.withoutRemarks(start, end)
	text := d.in.Text[start:end]
	if holdsTag(text) || strings.Contains(text, "{{") || strings.Contains(text, " &") || strings.Contains(text, "---") {
		return source.Span{}
	}
	return source.Span{Start: start, End: end}
}

// itemStart returns the beginning of the line on which an item begins, if nothing
// stands before it but the dash of a sequence.
func (d *yamlDoc) itemStart(n *yaml.Node) (start int, ok bool) {
	at := d.offset(n)
	if at < 0 {
		return 0, false
	}
	start = strings.LastIndexByte(d.in.Text[:at], '\n') + 1
	before := strings.TrimSpace(d.in.Text[start:at])
	return start, start >= d.start && (before == "" || before == "-")
}

// lastLine returns the end of the line on which a node ends, if that is one line
// and has an end.
func (d *yamlDoc) lastLine(n *yaml.Node) (end int, ok bool) {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	at := d.content(n)
	if at < 0 || n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 0, false
	}
	i := strings.IndexByte(d.in.Text[at:d.end], '\n')
	if i < 0 {
		return 0, false
	}
	line := d.in.Text[at : at+i]
	if q := line[:min(1, len(line))]; q == "'" || q == `"` {
		if strings.Count(line, q)%2 != 0 {
			return 0, false // it goes on below
		}
	}
	return at + i + 1, true
}

// withoutRemarks leaves out blank lines and comments at the end of an item: they
// belong to what follows.
func (d *yamlDoc) withoutRemarks(start, end int) int {
	for end > start {
		line := strings.LastIndexByte(d.in.Text[start:end-1], '\n') + 1 + start
		text := strings.TrimSpace(d.in.Text[line:end])
		if text != "" && text[0] != '#' || line == start {
			return end
		}
		end = line
	}
	return end
}
