package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// entryWords is what nginx's own code says of the number of words in an entry of a
// block that holds data (ngx_http_map, ngx_http_geo, ngx_http_core_type,
// ngx_http_charset_map; the same in stream, and from 1.22.1 to 1.30.6). The entries
// of split_clients are not counted by nginx.
var entryWords = map[string]entryRule{
	"map":         {words: 2, alone: map[string]facts.Version{"hostnames": {}, "volatile": {}}, msg: "invalid number of the map parameters"},
	"geo":         {words: 2, alone: map[string]facts.Version{"ranges": {}, "proxy_recursive": {}, "volatile": facts.V(1, 29, 3)}, msg: "invalid number of the geo parameters"},
	"types":       {msg: `invalid number of arguments in "include" directive`},
	"charset_map": {words: 2, msg: "invalid parameters number"},
}

// entryRule is how nginx counts the words of the entries of a block.
type entryRule struct {
	// words is how many there must be, 0 for any number; alone are those that may
	// stand by themselves all the same, with the release that they came with.
	words int
	alone map[string]facts.Version
	// msg is nginx's complaint. Where any number will do it is about "include", which
	// takes one file.
	msg string
}

// entries judges the entries of a block that holds data: each of them is a directive
// to nginx's parser, and none of its tables.
func (j *judge) entries(block *nginx.Directive) {
	rule, ok := entryWords[block.Name()]
	if !ok || block.Body() == nil || !j.readsAsNginx() {
		return
	}
	for d := range block.Body().Kids() {
		if since, ok := rule.alone[d.Name()]; ok && d.Words().Len() == 1 && d.Body() == nil && !facts.Since(since).Intersect(j.target).Empty() {
			continue
		}
		if msg := rule.complaint(d); msg != "" {
			c := complaint{kind: wrongArgs, d: d, msg: msg}
			if words := d.Words(); d.File().Line(words.At(0).Span.Start) != d.File().Line(words.At(words.Len()-1).Span.Start) {
				c.note = "the entry goes over several lines: is a semicolon missing?"
			}
			j.found = append(j.found, c)
		}
	}
}

// complaint is what nginx says against an entry, "" if it takes it, or if something is
// to be put in the place of it.
func (r entryRule) complaint(d *nginx.Directive) string {
	switch {
	case d.Words().Any(holdsPlace):
		return ""
	case d.Body() != nil:
		return `unexpected "{"`
	case r.words == 0 && (d.Name() != "include" || d.Words().Len() == 2), d.Words().Len() == r.words:
		return ""
	}
	return r.msg
}

// holdsPlace reports whether a word, or what it becomes, may be a tool's matter.
// Patterns are full of what elsewhere marks such places.
func holdsPlace(w nginx.Arg) bool {
	if source.HasUnknown(w.Value) {
		return true
	}
	if strings.HasPrefix(w.Value, "~") {
		return strings.Contains(w.Value, "{{") || strings.Contains(w.Value, "__")
	}
	return replaced(strings.Trim(w.Value, "*")) && w.Value != ""
}
