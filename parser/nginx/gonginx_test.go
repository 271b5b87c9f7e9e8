package nginx_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tufanbarisyildirim/gonginx/config"
	"github.com/tufanbarisyildirim/gonginx/parser"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// What may differ between gonginx, which shares no code with this package, and
// Parse. The numbers were measured over the corpus and must not grow.
const (
	// maxDifferent is how many files both accept and read differently.
	maxDifferent = 0
	// maxOnlyParse is how many files only Parse accepts: four with a lone brace
	// in a string or comment of Lua, one with an escaped brace in a word, and
	// one in which the regular expression of a location stands on two lines,
	// which makes it two arguments: their number is the rules' business.
	maxOnlyParse = 6
	// maxOnlyGonginx is how many files only gonginx accepts and nginx refuses:
	// four with a "}" too many, at which gonginx stops reading, and one with a
	// word directly behind a closing quote.
	maxOnlyGonginx = 5
)

// TestGonginx checks over the corpus that gonginx finds the same directives
// with the same number of parameters.
func TestGonginx(t *testing.T) {
	var same, different, onlyParse, onlyGonginx int
	for _, f := range plain(corpus(t)) {
		tree := nginx.Parse(source.NewFile(f.path, f.text))
		c, err := gonginxParse(f.text)
		switch {
		case err != nil && len(tree.Errors) == 0:
			onlyParse++
			t.Logf("%s: only gonginx says: %v", f.path, err)
		case err == nil && len(tree.Errors) > 0:
			onlyGonginx++
			t.Logf("%s: only Parse says: %s", f.path, tree.Errors[0].Msg)
		case err == nil:
			if diff := cmp.Diff(census(tree), gonginxCensus(c.GetDirectives())); diff != "" {
				different++
				t.Logf("%s (-Parse +gonginx):\n%s", f.path, diff)
			} else {
				same++
			}
		}
	}
	t.Logf("%d files alike, %d different, %d accepted by Parse only, %d by gonginx only", same, different, onlyParse, onlyGonginx)
	if different > maxDifferent || onlyParse > maxOnlyParse || onlyGonginx > maxOnlyGonginx {
		t.Errorf("more than the %d, %d and %d that are known", maxDifferent, maxOnlyParse, maxOnlyGonginx)
	}
}

func gonginxParse(text string) (c *config.Config, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return parser.NewStringParser(text, parser.WithSkipValidDirectivesErr()).Parse()
}

// kindOf is a directive's name, as it is written, and the number of its
// parameters. gonginx leaves the quotes on a name, and it moves directives in
// an upstream, so neither values nor order are compared.
type kindOf struct {
	name   string
	params int
}

func census(tree *nginx.Tree) map[kindOf]int {
	count := map[kindOf]int{}
	for d := range tree.Root.Walk() {
		count[kindOf{tree.File.Slice(d.Words().At(0).Span), d.Args().Len()}]++
	}
	return count
}

func gonginxCensus(directives []config.IDirective) map[kindOf]int {
	count := map[kindOf]int{}
	for _, d := range directives {
		count[kindOf{d.GetName(), len(d.GetParameters())}]++
		if d.GetBlock() == nil {
			continue
		}
		for k, n := range gonginxCensus(d.GetBlock().GetDirectives()) {
			count[k] += n
		}
	}
	return count
}
