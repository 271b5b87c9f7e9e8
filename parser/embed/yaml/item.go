package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// item returns the lines of an item of a sequence, or of an entry of a mapping
// whose key is its i-th node, so that the rest is as it was without them. It is
// empty where that cannot be told: in flow style, beside something else on a line,
// with code of a template or an anchor in it, and for the only one.
func (d *yamlDoc) item(all *yaml.Node, i int) source.Item {
	step := 1
	if all.Kind == yaml.MappingNode {
		step = 2
	}
	if d.in.View != nil || all.Style&yaml.FlowStyle != 0 || len(all.Content) <= step {
		return source.Item{}
	}
	start, ok := d.itemStart(all, i)
	if !ok {
		return source.Item{}
	}
	var end int
	if next := i + step; next < len(all.Content) {
		end, ok = d.itemStart(all, next)
	} else {
		end, ok = d.lastLine(all.Content[i+step-1], start)
	}
	if !ok || end <= start {
		return source.Item{}
	}
	end = d.withoutRemarks(start, end)
	text := d.in.Text[start:end]
	if carrier.HoldsTag(text) || strings.Contains(text, "{{") || strings.Contains(text, "&") || strings.Contains(text, "---") {
		return source.Item{}
	}
	return source.Item{Disk: source.Span{Start: start, End: end}, List: d.offset(all.Content[0]), Of: len(all.Content) / step}
}

// itemStart returns the beginning of the line on which an item begins. Before it
// stands the dash of a sequence, before an entry of a mapping nothing.
func (d *yamlDoc) itemStart(all *yaml.Node, i int) (start int, ok bool) {
	at := d.offset(all.Content[i])
	if at < 0 {
		return 0, false
	}
	start = strings.LastIndexByte(d.in.Text[:at], '\n') + 1
	want := ""
	if all.Kind == yaml.SequenceNode {
		want = "-"
	}
	return start, start >= d.start && strings.TrimSpace(d.in.Text[start:at]) == want
}

// lastLine returns the end of the line on which a node ends, the last of the item
// that begins at a line: all of the item must be seen to end there.
func (d *yamlDoc) lastLine(n *yaml.Node, item int) (end int, ok bool) {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	at := d.content(n)
	if at < 0 || n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 0, false
	}
	s, ok := d.scalar(n)
	if !ok || strings.Contains(s.text.String(), "\n") {
		return 0, false
	}
	i := strings.IndexByte(d.in.Text[at:d.end], '\n')
	if i < 0 {
		return 0, false
	}
	for _, q := range s.text {
		if q.In != nil && q.Span.End > at+i {
			return 0, false // it goes on below
		}
	}
	end = at + i + 1
	// A bracket, or anything else that belongs to the item, would stand deeper.
	return end, indentOf(d.in.Text[item:]) >= indentOf(nextLine(d.in.Text[end:d.end]))
}

// nextLine returns the text from the next line on that is neither blank nor a
// comment.
func nextLine(text string) string {
	for rest := text; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		if trimmed := strings.TrimSpace(line); trimmed != "" && trimmed[0] != '#' {
			return rest
		}
		rest = after
	}
	return ""
}

// indentOf is the number of blanks with which a line begins.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

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
