package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// mostTurns is how many turns of a loop are read one by one.
const mostTurns = 100

// array is a variable with the words of a list, in the world in which it is assigned.
type array struct {
	world string
	words []carrier.Phrase
}

// begin forgets what is known of variables: a script has its own.
func (s *Reader) begin(list []*syntax.Stmt) {
	s.assigned, s.arrays, s.bound = assignments(s, list), map[string]array{}, map[string]carrier.Phrase{}
}

// remember notes the arrays that a command assigns, of those that are assigned once.
func (s *Reader) remember(assigned []*syntax.Assign, world string) {
	for _, a := range assigned {
		if a.Name == nil || a.Array == nil || a.Append || a.Index != nil || s.assigned[a.Name.Value] != 1 {
			continue
		}
		var words []carrier.Phrase
		for _, e := range a.Array.Elems {
			if e.Index != nil || e.Value == nil {
				words = nil
				break
			}
			words = append(words, s.word(e.Value))
		}
		if literal(words) {
			s.arrays[a.Name.Value] = array{world, words}
		}
	}
}

// assignments counts how often each variable is assigned, be it by a command that reads.
func assignments(s *Reader, list []*syntax.Stmt) map[string]int {
	count := map[string]int{}
	for _, st := range list {
		syntax.Walk(st, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.Assign:
				if n.Name != nil {
					count[n.Name.Value]++
				}
			case *syntax.CallExpr:
				name, args := program(s.words(n.Args))
				switch name {
				case "read", "mapfile", "readarray", "unset", "eval", "source", ".":
					for _, a := range args {
						count[a.String()] += 2
					}
				}
			}
			return true
		})
	}
	return count
}

// literal reports whether words are known, and none of them becomes several.
func literal(words []carrier.Phrase) bool {
	for _, w := range words {
		if text := w.String(); !w.Known() || text == "" || strings.ContainsAny(text, "*?[") {
			return false
		}
	}
	return len(words) > 0 && len(words) <= mostTurns
}

// leavesLoop are commands after which a turn of a loop may be cut short, and signs that
// it does more than to set something at once.
var leavesLoop = lazyre.New(`\b(break|continue|return|exit|shift|read)\b|>|\btee\b`)

// loop reads a loop. One over words that are known, which sets something in each turn, is
// read turn by turn, as the shell runs it.
func (s *Reader) loop(c *syntax.ForClause, world string) {
	iter, ok := c.Loop.(*syntax.WordIter)
	if ok && iter.Name != nil && len(c.Do) > 0 && s.loops < 2 {
		start, _ := spanOf(s.In, c.Do[0])
		_, end := spanOf(s.In, c.Do[len(c.Do)-1])
		body := s.In.Text[start:end]
		if words := s.turns(iter, world); words != nil && strings.Contains(body, "sysctl") && !leavesLoop.MatchString(body) && s.assigned[iter.Name.Value] == 0 {
			before, had := s.bound[iter.Name.Value]
			s.loops++
			for _, w := range words {
				s.bound[iter.Name.Value] = w
				s.list(c.Do, world, Output{})
			}
			s.loops--
			if delete(s.bound, iter.Name.Value); had {
				s.bound[iter.Name.Value] = before
			}
			return
		}
	}
	s.list(c.Do, s.Branch(world, "loop"), Output{})
}

// turns are the words that a loop goes over; nil if they are not known.
func (s *Reader) turns(iter *syntax.WordIter, world string) []carrier.Phrase {
	if len(iter.Items) == 1 && len(iter.Items[0].Parts) == 1 {
		if q, ok := iter.Items[0].Parts[0].(*syntax.DblQuoted); ok && len(q.Parts) == 1 {
			if p, ok := q.Parts[0].(*syntax.ParamExp); ok && wholeArray(p) {
				if a, ok := s.arrays[p.Param.Value]; ok && (a.world == world || a.world == "") {
					return a.words
				}
			}
		}
	}
	if words := s.words(iter.Items); literal(words) {
		return words
	}
	return nil
}

// wholeArray reports whether an expansion is "${name[@]}".
func wholeArray(p *syntax.ParamExp) bool {
	if p.Param == nil || p.Index == nil || p.Length || p.Excl || p.Exp != nil || p.Slice != nil || p.Repl != nil {
		return false
	}
	start, end := p.Pos().Offset(), p.End().Offset()
	return end-start == uint(len("${[@]}")+len(p.Param.Value)) //nolint:gosec // a name's length
}

// variable returns the value that a variable has in the turn of a loop that is read.
func (s *Reader) variable(part syntax.WordPart, q quoting) (carrier.Phrase, bool) {
	p, ok := part.(*syntax.ParamExp)
	if !ok || len(s.bound) == 0 || p.Param == nil || p.Index != nil || p.Length || p.Excl || p.Exp != nil || p.Slice != nil || p.Repl != nil {
		return nil, false
	}
	value, ok := s.bound[p.Param.Value]
	if !ok || q != doubleQuoted && strings.ContainsAny(value.String(), " \t\n") {
		return nil, false // without quotes it is several words
	}
	return value, true
}
