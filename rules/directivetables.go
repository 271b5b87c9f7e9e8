package rules

import (
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/nginx"
)

// tables are what is known of the directives of a server in its releases, as far as
// somebody asked: hosts with the same target share them, one after the other.
type tables struct {
	server facts.Flavour
	target facts.Range
	byName map[string]*named
	near   map[string]string // what an unknown name may mean
	// scopes counts those that a judge has been in, for named.in.
	scopes int
	// good counts the entries of all judged.good.
	good int
}

// named is what is known of the directives of one name.
type named struct {
	rows   []facts.Directive
	judged []judged
	// sometimes says that a second use may be right; see sometimes.
	sometimes bool
	// once is the directive that may stand only once in a block, and in the scope in
	// which it was seen last.
	once *nginx.Directive
	in   int
}

func (t *tables) of(name string) *named {
	n := t.byName[name]
	if n == nil {
		n = &named{rows: facts.Directives(name), sometimes: sometimes[name]}
		t.byName[name] = n
	}
	return n
}

// tablesOf is the name under which tables are lent.
type tablesOf struct {
	server string
	target facts.Range
}

func borrowTables(p *lint.Pass) *tables {
	server, target := p.Host.Target.Server, p.Host.Target.Nginx
	t, _ := p.Borrow(tablesOf{server.Name, target}, func() any {
		return &tables{server: server, target: target, byName: map[string]*named{}, near: map[string]string{}}
	}).(*tables)
	return t
}

func (t *tables) giveBack(p *lint.Pass) { p.GiveBack(tablesOf{t.server.Name, t.target}, t) }

// shape is what nginx's tables judge the directives of a name by, their flags apart.
// Most directives of a large configuration have the same few shapes.
type shape struct {
	context facts.Context
	words   int
	block   bool
}

// judged is what directive knows of a shape that nginx takes: what it returns as once,
// and the rows that the arguments are still to be held against, if any.
type judged struct {
	shape

	once bool
	// flag says that the arguments decide whether the shape is right.
	flag bool
	rows []facts.Directive
	// good are arguments, as they are written, that were taken: many directives have
	// the same.
	good map[string]bool
}
