// Package web tries the playground (the folder web) in Chromium, as "npm run build" has made it.
package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/oracle/browser"
	"github.com/tcplint/tcplint/internal/page"
)

// dist is the built page.
const dist = "../../../web/dist"

// playground is the page in a browser.
type playground struct {
	*browser.Browser

	host string // the page's own address
}

func browse(t *testing.T) *playground {
	t.Helper()
	return &playground{Browser: browser.Start(t)}
}

// open shows a page, and waits until it has checked what it begins with.
func (b *playground) open(address string) {
	b.T.Helper()
	b.host = strings.SplitN(address, "#", 2)[0]
	b.Open(address)
	b.Until(`Number(document.body.dataset.checks ?? 0) > 0`)
}

// after runs JavaScript, and waits for the check that follows.
func (b *playground) after(text string) {
	b.T.Helper()
	b.Do(browser.Script("{ window.before = document.body.dataset.checks; " + text + " }"))
	b.Until(`document.body.dataset.checks !== window.before`)
}

// state is what the page's link holds.
func (b *playground) state() page.Request {
	b.T.Helper()
	b.Do(browser.Script(`history.replaceState(null, '', location.pathname); document.getElementById('share').click()`))
	b.Until(`location.hash.length > 3`)
	packed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(browser.Get[string](b.Browser, `location.hash`), "#1."))
	if err != nil {
		b.T.Fatal(err)
	}
	var r page.Request
	if err := json.NewDecoder(flate.NewReader(bytes.NewReader(packed))).Decode(&r); err != nil {
		b.T.Fatal(err)
	}
	return r
}

// clean checks that the page had nothing to complain about, and asked for nothing but
// itself.
func (b *playground) clean() {
	b.T.Helper()
	b.Clean(func(address string) bool {
		return strings.HasPrefix(address, b.host) || strings.HasPrefix(address, "data:") || address == "about:blank"
	})
}
