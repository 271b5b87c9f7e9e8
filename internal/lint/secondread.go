package lint

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tufanbarisyildirim/gonginx/config"
	"github.com/tufanbarisyildirim/gonginx/parser"

	"github.com/tcplint/tcplint/parser/nginx"
)

// secondRead lets a parser that shares no code with ours read a file before and
// after a patch. If it accepted the file before, it must accept it after, and
// the statements that it sees come and go must be the ones that our parser sees
// come and go. A file that it could not read before is not judged: it is
// stricter than nginx in places.
func secondRead(before, after *nginx.Tree) error {
	theirsBefore, err := readStatements(before.File.Text)
	if err != nil {
		return nil //nolint:nilerr // the gate is off for a file that the second reader never accepted
	}
	theirsAfter, err := readStatements(after.File.Text)
	if err != nil {
		return fmt.Errorf("a second parser refuses the result: %w", err)
	}
	ours := difference(statements(before), statements(after))
	theirs := difference(theirsBefore, theirsAfter)
	if !maps.Equal(ours, theirs) {
		return errors.New("a second parser reads the result differently")
	}
	return nil
}

// difference counts how many of each statement came (positive) or went.
func difference(before, after map[string]int) map[string]int {
	diff := map[string]int{}
	for s, n := range after {
		if d := n - before[s]; d != 0 {
			diff[s] = d
		}
	}
	for s, n := range before {
		if after[s] == 0 {
			diff[s] = -n
		}
	}
	return diff
}

// statement writes a directive so that both parsers agree: quotes removed and
// the arguments sorted, since gonginx keeps quotes here and there and moves the
// parameters of an upstream's servers.
func statement(name string, args []string) string {
	for i, a := range args {
		args[i] = strings.Trim(a, `"'`)
	}
	slices.Sort(args)
	return strings.Trim(name, `"'`) + " " + strings.Join(args, " ")
}

func statements(t *nginx.Tree) map[string]int {
	out := map[string]int{}
	for d := range t.Root.Walk() {
		args := make([]string, d.Words().Len()-1)
		for i, w := range d.Args().All() {
			args[i] = t.File.Slice(w.Span)
		}
		out[statement(t.File.Slice(d.Words().At(0).Span), args)]++
	}
	return out
}

// readStatements reads a text with gonginx. A panic there is its refusal.
func readStatements(text string) (out map[string]int, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("gonginx: %v", r)
		}
	}()
	conf, err := parser.NewStringParser(text, parser.WithSkipValidDirectivesErr(), parser.WithSkipComments()).Parse()
	if err != nil {
		return nil, fmt.Errorf("gonginx: %w", err)
	}
	out = map[string]int{}
	count(conf.Block, out)
	return out, nil
}

func count(b config.IBlock, out map[string]int) {
	for _, d := range b.GetDirectives() {
		params := d.GetParameters()
		args := make([]string, len(params))
		for i := range params {
			args[i] = params[i].GetValue()
		}
		out[statement(d.GetName(), args)]++
		if inner := d.GetBlock(); inner != nil {
			count(inner, out)
		}
	}
}
