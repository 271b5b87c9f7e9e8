package report

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/tcplint/tcplint/internal/oracle/browser"
)

// open shows a page from a file.
func open(b *browser.Browser, page []byte) {
	b.T.Helper()
	path := filepath.Join(b.T.TempDir(), "page.html")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		b.T.Fatal(err)
	}
	b.Open("file://" + path)
}

// clean checks that the page had nothing to complain about, and asked for nothing but
// itself.
func clean(b *browser.Browser) {
	b.T.Helper()
	b.Clean(func(address string) bool {
		return strings.HasPrefix(address, "file://") && strings.HasSuffix(address, "/page.html")
	})
}
