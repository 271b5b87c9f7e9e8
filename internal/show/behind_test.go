package show_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/parser/source"
)

// Of several files that may be meant and say the same, the first one is shown, and that
// there are others.
func TestBehindAlike(t *testing.T) {
	pool := "[www]\nlisten = /run/php.sock\npm.max_children = 4\n"
	files := []*source.File{source.NewFile("8.3/php-fpm.d/a.conf", pool), source.NewFile("8.4/php-fpm.d/a.conf", pool)}
	h := show.Describe(model.Build(model.Input{
		Main:     source.NewFile("nginx.conf", "events {}\nhttp { server { location / { fastcgi_pass unix:/var/run/php.sock; } } }\n"),
		Services: service.Read(files, nil),
	}))
	var b strings.Builder
	if err := show.Text(&b, []*show.Host{h}); err != nil {
		t.Fatal(err)
	}
	want := "behind unix:/var/run/php.sock: php-fpm, and 1 more that say the same  (8.3/php-fpm.d/a.conf:2:1)\n"
	if !strings.Contains(b.String(), want) {
		t.Errorf("missing:\n%s\ngot:\n%s", want, b.String())
	}
}
