package web

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/page"
)

// browser is Chromium without a window.
type browser struct {
	context.Context

	t      *testing.T
	mu     sync.Mutex
	errors []string
	asked  []string // addresses that the page asked for
	host   string   // the page's own address
}

// browse starts Chromium, or skips the test where there is none.
func browse(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatal("chromium is not installed")
		}
		t.Skip("chromium is not installed: the page is not tried in a browser")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1340, 920), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	// A browser that hangs must not hang the tests.
	limit, stop := context.WithTimeout(t.Context(), 6*time.Minute)
	t.Cleanup(stop)
	allocator, stop := chromedp.NewExecAllocator(limit, options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t}
	err := chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.errors = append(b.errors, e.ExceptionDetails.Text+fmt.Sprintf(" (line %d)", e.ExceptionDetails.LineNumber))
		case *runtime.EventConsoleAPICalled:
			b.errors = append(b.errors, fmt.Sprintf("console.%s", e.Type))
		case *log.EventEntryAdded:
			b.errors = append(b.errors, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			b.asked = append(b.asked, e.Request.URL)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	return b
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// call sends a command of the protocol.
func call[P any](b *browser, command cdp.Command[P, cdp.Empty], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// open shows a page, and waits until it has checked what it begins with.
func (b *browser) open(address string) {
	b.t.Helper()
	b.host = strings.SplitN(address, "#", 2)[0]
	b.do(chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("body")))
	b.until(`Number(document.body.dataset.checks ?? 0) > 0`)
}

// until waits for an expression to become true.
func (b *browser) until(expression string) {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if get[bool](b, expression) {
			return
		}
	}
	b.t.Fatalf("in vain: %s; the page says %q", expression, get[string](b, `document.getElementById('status').textContent`))
}

// after runs JavaScript, and waits for the check that follows.
func (b *browser) after(text string) {
	b.t.Helper()
	b.do(script("{ window.before = document.body.dataset.checks; " + text + " }"))
	b.until(`document.body.dataset.checks !== window.before`)
}

// state is what the page's link holds.
func (b *browser) state() page.Request {
	b.t.Helper()
	b.do(script(`history.replaceState(null, '', location.pathname); document.getElementById('share').click()`))
	b.until(`location.hash.length > 3`)
	packed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(get[string](b, `location.hash`), "#1."))
	if err != nil {
		b.t.Fatal(err)
	}
	var r page.Request
	if err := json.NewDecoder(flate.NewReader(bytes.NewReader(packed))).Decode(&r); err != nil {
		b.t.Fatal(err)
	}
	return r
}

// requests is how much was asked of servers.
func (b *browser) requests() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.asked)
}

// script runs JavaScript.
func script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](text)
}

// get evaluates JavaScript.
func get[T any](b *browser, script string) T {
	b.t.Helper()
	out, err := chromedp.Run(b, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// clean checks that the page had nothing to complain about, and asked for nothing
// but itself.
func (b *browser) clean() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.t.Errorf("the page complains: %s", e)
	}
	for _, a := range b.asked {
		if !strings.HasPrefix(a, b.host) && !strings.HasPrefix(a, "data:") && a != "about:blank" {
			b.t.Errorf("the page asks for %s", a)
		}
	}
}

// picture keeps what is on the screen in the folder that TCPLINT_SCREENSHOTS names.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("TCPLINT_SCREENSHOTS")
	if dir == "" {
		return
	}
	data, err := chromedp.Run(b, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
		b.t.Error(err)
	}
}
