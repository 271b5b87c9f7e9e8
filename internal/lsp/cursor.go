package lsp

import (
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// cursor is where one writes in an nginx text, which is seldom complete then: it is
// told by what stands in front alone.
type cursor struct {
	// open are the opening words of the blocks around it, outermost first.
	open [][]string
	// words are those of the directive in front of the cursor, without the one that it
	// is in.
	words []string
	// word is what of that word stands in front of the cursor, span that part and the
	// rest of the word behind it.
	word string
	span source.Span
	// quiet says that it is in a comment or in Lua.
	quiet bool
}

// cursorAt reads a text up to an offset.
func cursorAt(text string, offset int) cursor {
	c := cursor{span: source.Span{Start: offset, End: offset}}
	for t := range nginx.Tokens(text) {
		if t.Span.Start >= offset && (t.Kind != nginx.Word || t.Span.Start != offset) {
			break
		}
		in := t.Span.Start <= offset && offset <= t.Span.End
		switch t.Kind {
		case nginx.Word:
			if in {
				c.word, c.span = text[t.Span.Start:offset], t.Span
				return c
			}
			c.words = append(c.words, text[t.Span.Start:t.Span.End])
		case nginx.Semi:
			c.words = nil
		case nginx.Open:
			c.open, c.words = append(c.open, c.words), nil
		case nginx.Close:
			if len(c.open) > 0 {
				c.open = c.open[:len(c.open)-1]
			}
			c.words = nil
		case nginx.Comment, nginx.Lua:
			c.quiet = in
		case nginx.Space:
		}
	}
	return c
}

// context is the context of the cursor in a file of a host, and whether it is in a block
// of data; zero if that is not known.
func (c *cursor) context(h *model.Host, t *nginx.Tree) (in facts.Context, data bool) {
	in = rootContext(h, t, 0)
	for _, words := range c.open {
		if in, data = opens(in, words); data {
			return in, true
		}
	}
	return in, false
}

// opens is the context that a block opens in another one.
func opens(in facts.Context, words []string) (inner facts.Context, data bool) {
	if len(words) == 0 {
		return 0, false
	}
	for _, row := range facts.Directives(words[0]) {
		if !row.Block || in != 0 && !row.Contexts.Has(in) {
			continue
		}
		switch {
		case row.Data:
			return in, true
		case row.Opens == facts.ServerIf|facts.If && in == facts.Server:
			return facts.ServerIf, false
		case row.Opens == facts.ServerIf|facts.If:
			return facts.If, false
		}
		return row.Opens, false
	}
	return 0, false
}

// rootContext is the context of a file's top level: that of the include which brings
// it, or what its directives tell.
func rootContext(h *model.Host, t *nginx.Tree, depth int) facts.Context {
	const most = 20 // includes in includes; more is a circle
	for _, i := range h.Nginx.Includes {
		if depth > most || !slices.Contains(i.Files, t.File) {
			continue
		}
		var open [][]string
		for b := i.Dir.In; b.Owner() != nil; b = b.Owner().In {
			words := make([]string, b.Owner().Words().Len())
			for i := range words {
				words[i] = b.Owner().Words().At(i).Value
			}
			open = append([][]string{words}, open...)
		}
		in := rootContext(h, i.Dir.In.Tree, depth+1)
		for _, words := range open {
			in, _ = opens(in, words)
		}
		return in
	}
	if !h.Nginx.Fragment && len(h.Nginx.Trees) > 0 && h.Nginx.Trees[0] == t {
		return facts.Main
	}
	return facts.ParseContext(model.InferKind(t).String())
}
