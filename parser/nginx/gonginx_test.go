package nginx_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/tufanbarisyildirim/gonginx/config"
	"github.com/tufanbarisyildirim/gonginx/parser"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

func gonginxParse(text string) (c *config.Config, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return parser.NewStringParser(text, parser.WithSkipValidDirectivesErr()).Parse()
}

func TestGonginx(t *testing.T) {
	agree := 0
	for _, f := range plain(corpus(t)) {
		tree := nginx.Parse(source.NewFile(f.path, f.text))
		c, err := gonginxParse(f.text)
		if (err != nil) != (len(tree.Errors) > 0) {
			if err != nil {
				t.Logf("%s: gonginx says %v", f.path, err)
			} else {
				t.Logf("%s: we say %v", f.path, tree.Errors[0])
			}
		}
		if err != nil || len(tree.Errors) > 0 {
			continue
		}
		ours := map[string]int{}
		for d := range tree.Root.Walk() {
			ours[fmt.Sprint(d.Name(), " ", len(d.Args()))]++
		}
		theirs := map[string]int{}
		var walk func(ds []config.IDirective)
		walk = func(ds []config.IDirective) {
			for _, d := range ds {
				theirs[fmt.Sprint(d.GetName(), " ", len(d.GetParameters()))]++
				if d.GetBlock() != nil {
					walk(d.GetBlock().GetDirectives())
				}
			}
		}
		walk(c.GetDirectives())
		if maps.Equal(ours, theirs) {
			agree++
			continue
		}
		t.Logf("== %s", f.path)
		for _, k := range slices.Sorted(maps.Keys(ours)) {
			if theirs[k] != ours[k] {
				t.Logf("   %q ours %d theirs %d", k, ours[k], theirs[k])
			}
		}
		for _, k := range slices.Sorted(maps.Keys(theirs)) {
			if ours[k] == 0 {
				t.Logf("   %q theirs %d", k, theirs[k])
			}
		}
	}
	t.Log(agree)
}
