package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/source"
)

// yamlScalar is the text of a scalar and how it is written.
type yamlScalar struct {
	text carrier.Phrase
	enc  source.Encoding
	// locked says why the text cannot be edited; empty if it can be.
	locked string
}

// scalar finds the text of a scalar in the file. It is not ok unless that is just
// what the library made of it.
func (d *yamlDoc) scalar(n *yaml.Node) (s yamlScalar, ok bool) {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!binary" {
		return s, false
	}
	at := d.content(n)
	if at < 0 || at > d.end {
		return s, false
	}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return d.block(n, at)
	case n.Style&yaml.DoubleQuotedStyle != 0:
		s.text, ok = d.quoted(at, '"')
		s.enc.Escape = escapeYAMLDouble
	case n.Style&yaml.SingleQuotedStyle != 0:
		s.text, ok = d.quoted(at, '\'')
		s.enc.Escape = escapeYAMLSingle
	default:
		s.text, ok = d.plain(n.Value, at)
		s.enc.Escape = carrier.Without("#:,[]{}\"'&*!|>%@`\\\n")
	}
	return s, ok && d.asRead(s.text) == n.Value
}

// asRead is a text as the library gets it, which is masked where that of the file
// is not.
func (d *yamlDoc) asRead(p carrier.Phrase) string {
	var b strings.Builder
	for _, q := range p {
		if q.In == nil {
			b.WriteString(q.Glue)
			continue
		}
		b.WriteString(d.text[q.Span.Start:q.Span.End])
	}
	return b.String()
}
