package template

import (
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// number gives the choices their numbers, in the order of the text.
func (t *Template) number() {
	c := &counter{set: map[string]int{}, known: map[string]*node{}}
	c.nodes(t.nodes, 0)
	t.choices = c.choices
	for _, d := range t.defines {
		if d.form == asArms && t.choices == 0 {
			t.choices = 1 // only a rendering shows what is defined where it belongs
		}
	}
}

// counter numbers choices. Two conditions fall out alike if they read alike and
// nothing that they speak of was set between them.
type counter struct {
	choices int
	scopes  int
	set     map[string]int // how often a name was set
	known   map[string]*node
}

var (
	assignment = lazyre.New(`([\w$@.]+(?:\s*,\s*[\w$@.]+)*)\s*(?:[-+*/|&:]|\|\||<<)?=(?:[^=~>]|$)|([\w$@.]+)\s*<<`)
	identifier = lazyre.New(`[A-Za-z_]\w*`)
)

// nodes numbers the choices in a list. A scope is what changes the meaning of
// names: the body of a loop.
func (c *counter) nodes(list []*node, scope int) {
	for _, n := range list {
		switch {
		case n.kind == silentNode && n.about != "":
			for _, m := range assignment.FindAllStringSubmatch(n.about, -1) {
				for _, name := range identifier.FindAllString(m[1]+m[2], -1) {
					c.set[name]++
				}
			}
		case n.kind == blockNode:
			c.block(n, scope)
		}
	}
}

func (c *counter) block(n *node, scope int) {
	switch n.form {
	case asChoice, asFirst:
		c.choice(n, scope)
	case asArms:
	default:
		return
	}
	if n.block != condition || n.name == "with" {
		c.scopes++
		scope = c.scopes
	}
	for _, a := range n.arms {
		c.nodes(a.kids, scope)
	}
}

// choice gives a choice the number of an equal one, or a new one.
func (c *counter) choice(n *node, scope int) {
	key, negative := c.key(n, scope)
	if same := c.known[key]; same != nil && key != "" {
		n.choice, n.turned = same.choice, same.turned != negative
		return
	}
	n.choice, n.turned = c.choices, false
	c.choices++
	if key != "" {
		c.known[key] = &node{choice: n.choice, turned: negative}
	}
}

// key tells which choices fall out alike, and whether one of two ways the other
// way round. It is empty for a choice that is like no other.
func (c *counter) key(n *node, scope int) (key string, negative bool) {
	about := strings.Join(strings.Fields(n.arms[0].about), " ")
	twoWay := n.block == condition && (len(n.arms) == 1 || len(n.arms) == 2 && n.otherwise)
	if about == "" || strings.Contains(about, ".append") || strings.Contains(about, ".pop") {
		return "", false
	}
	if twoWay {
		rest, ok := strings.CutPrefix(about, "not ")
		if !ok {
			rest, ok = strings.CutPrefix(about, "!")
		}
		if ok && !compound.MatchString(rest) {
			about, negative = rest, true
		}
	} else {
		parts := []string{about, strconv.Itoa(int(n.block)), strconv.FormatBool(n.otherwise)}
		for _, a := range n.arms[1:] {
			parts = append(parts, a.about)
		}
		about = strings.Join(parts, "\x00")
	}
	parts := []string{strconv.Itoa(scope), about}
	for _, name := range identifier.FindAllString(about, -1) {
		if k := c.set[name]; k > 0 {
			parts = append(parts, strconv.Itoa(k))
		}
	}
	return strings.Join(parts, "\x00"), negative
}

// compound is a condition of which "not" may cover only a part.
var compound = lazyre.New(`\b(and|or)\b|&&|\|\||==|!=|[<>?]|\bin\b|\bis\b`)

// Render returns the pieces of one rendering, in their order, as far as it is
// known without the template's data. What falls out is for choose(i) to say, for
// each choice i from 0 on: which arm of a condition is there, counted from 0, or
// with a number beyond the arms the last one, if that is for everything else, or
// none; how often the body of a loop is.
func (t *Template) Render(choose func(i int) int) []Piece {
	r := &renderer{t: t, choose: choose, left: 8*len(t.text) + 1<<16}
	r.nodes(t.nodes)
	return r.out
}

// renderer writes a rendering.
type renderer struct {
	t      *Template
	choose func(int) int
	out    []Piece
	// left is how many bytes may still be written before loops are cut short
	// and calls are not followed any more.
	left  int
	calls int
}

// Bounds of a rendering.
const (
	maxCalls = 16 // how deep definitions call each other
	maxTurns = 8  // how often the body of a loop is there
)

func (r *renderer) write(text string, span source.Span) {
	if text == "" {
		return
	}
	r.left -= len(text)
	if n := len(r.out); n > 0 && r.out[n-1].Span.End == span.Start {
		last := &r.out[n-1]
		if whole := r.t.text[last.Span.Start:span.End]; last.Text == whole[:len(last.Text)] && text == whole[len(last.Text):] {
			last.Text, last.Span.End = whole, span.End
			return
		}
	}
	r.out = append(r.out, Piece{text, span})
}

func (r *renderer) nodes(list []*node) {
	r.left -= len(list) + 1
	for _, n := range list {
		switch n.kind {
		case textNode:
			r.write(r.t.text[n.real.Start:n.real.End], n.real)
		case silentNode:
		case valueNode, linesNode:
			r.value(n)
		case blockNode:
			r.block(n)
		}
	}
}

// value writes the mask of a tag, or what it calls.
func (r *renderer) value(n *node) {
	d := r.t.defines[n.about]
	if n.form != asLine || d == nil || d.form != asArms || r.calls >= maxCalls || r.left < 0 {
		r.write(n.mask(r.t.text), n.masked())
		return
	}
	r.calls++
	r.nodes(d.arms[0].kids)
	r.calls--
}

func (r *renderer) block(n *node) {
	switch n.form {
	case asArms:
		if n.block == define {
			return
		}
		for _, a := range n.arms {
			r.nodes(a.kids)
		}
	case asChoice, asFirst:
		r.arm(n, max(r.choose(n.choice), 0))
	case asBlank, asNothing:
	case asWord, asLine, asSetting:
		r.write(n.mask(r.t.text), n.masked())
	}
}

// arm writes the arms of a choice that fell out as v.
func (r *renderer) arm(n *node, v int) {
	last := len(n.arms) - 1
	if n.block == loop {
		if v == 0 && n.otherwise {
			r.nodes(n.arms[last].kids)
		}
		for i := range min(v, maxTurns) {
			if i > 0 && r.left < 0 {
				return
			}
			r.nodes(n.arms[0].kids)
		}
		return
	}
	if n.turned {
		v = 1 - min(v, 1)
	}
	switch {
	case v <= last:
		r.nodes(n.arms[v].kids)
	case n.otherwise:
		r.nodes(n.arms[last].kids)
	}
}
