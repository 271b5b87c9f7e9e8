package gen_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

func TestNginx(t *testing.T) {
	text := gen.Nginx(3, 4, 2)
	if text != gen.Nginx(3, 4, 2) {
		t.Error("two calls with the same numbers differ")
	}
	tree := nginx.Parse(source.NewFile("nginx.conf", text))
	if len(tree.Errors) > 0 {
		t.Fatalf("the text does not parse: %v", tree.Errors[0])
	}
	got := map[string]int{}
	for d := range tree.Root.Walk() {
		if d.Body() != nil {
			got[d.Name()]++
		}
	}
	for name, want := range map[string]int{"server": 3, "location": 12, "upstream": 2} {
		if got[name] != want {
			t.Errorf("%d blocks named %s, want %d", got[name], name, want)
		}
	}
}
