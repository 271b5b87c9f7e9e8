package lsp

import (
	"fmt"
	"testing"
)

// TestKeystrokeWork counts what a keystroke costs in a repository of 1,000 files.
func TestKeystrokeWork(t *testing.T) {
	t.Parallel()
	files := map[string]string{"repo/.git/HEAD": ""}
	const hosts = 500
	for i := range hosts {
		files[fmt.Sprintf("repo/%d/nginx.conf", i)] = mainConf
		files[fmt.Sprintf("repo/%d/conf.d/app.conf", i)] = appConf
	}
	e := start(t, files, "")
	const file = "/repo/7/conf.d/app.conf"
	e.open(file, appConf)
	e.wait("the first check", func() bool { v, ok := e.said[address(file)].Version.Get(); return ok && v == 1 })
	count := func() (built, parsed, judged int64) {
		w := e.server.current().ws.Work()
		return w.Built.Load(), w.Parsed.Load(), int64(e.server.cache.Judged())
	}
	b, p, j := count()
	e.edit(file, "16", "17")
	e.wait("the second check", func() bool { v, ok := e.said[address(file)].Version.Get(); return ok && v == 2 })
	b2, p2, j2 := count()
	if b2-b != 1 || p2-p != 1 || j2-j != 1 {
		t.Errorf("a keystroke: %d hosts built, %d files parsed, %d hosts judged; want 1 of each", b2-b, p2-p, j2-j)
	}
}
