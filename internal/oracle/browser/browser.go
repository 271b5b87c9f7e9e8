// Package browser is Chromium without a window, as the tests of pages drive it.
package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tcplint/tcplint/internal/lint/linttest"
)

// Browser is Chromium without a window.
type Browser struct {
	context.Context

	// T is the test that the browser is for: what fails fails it.
	T *testing.T

	mu     sync.Mutex
	errors []string
	asked  []string // addresses that the page asked for
}

// Start starts Chromium, or skips the test where there is none.
func Start(t *testing.T) *Browser {
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
	b := &Browser{Context: ctx, T: t}
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
	Call(b, log.Enable, cdp.Empty{})
	Call(b, network.Enable, network.EnableParams{})
	return b
}

// Do runs actions.
func (b *Browser) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.T.Fatal(err)
	}
}

// Call sends a command of the protocol.
func Call[P any](b *Browser, command cdp.Command[P, cdp.Empty], params P) {
	b.T.Helper()
	if _, err := chromedp.Call(b, command, params); err != nil {
		b.T.Fatal(err)
	}
}

// Open shows the page at an address.
func (b *Browser) Open(address string) {
	b.T.Helper()
	b.Do(chromedp.Navigate(address), chromedp.WaitReady(chromedp.CSS("body")))
}

// Until waits for an expression of JavaScript to become true.
func (b *Browser) Until(expression string) {
	b.T.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if Get[bool](b, expression) {
			return
		}
	}
	b.T.Fatalf("in vain: %s", expression)
}

// Script runs JavaScript.
func Script(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](text)
}

// Get evaluates JavaScript.
func Get[T any](b *Browser, script string) T {
	b.T.Helper()
	out, err := chromedp.Run(b, chromedp.Evaluate[T](script))
	if err != nil {
		b.T.Fatal(err)
	}
	return out
}

// Asked are the addresses that the page asked for.
func (b *Browser) Asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// Clean checks that the page had nothing to complain about, and asked for nothing but
// what is allowed.
func (b *Browser) Clean(allowed func(address string) bool) {
	b.T.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.T.Errorf("the page complains: %s", e)
	}
	for _, a := range b.asked {
		if !allowed(a) {
			b.T.Errorf("the page asks for %s", a)
		}
	}
}

// Set gives a control a value, as its user would.
func (b *Browser) Set(id, value, event string) {
	b.T.Helper()
	b.Do(Script(fmt.Sprintf(`(() => { const el = document.getElementById(%q); el.value = %q; el.dispatchEvent(new Event(%q)); })()`, id, value, event)))
}

// Picture returns what is on the screen. TCPLINT_SCREENSHOTS names a folder to
// keep it in.
func (b *Browser) Picture(name string) image.Image {
	b.T.Helper()
	data, err := chromedp.Run(b, chromedp.CaptureScreenshot())
	if err != nil {
		b.T.Fatal(err)
	}
	if dir := os.Getenv("TCPLINT_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), data, 0o644); err != nil {
			b.T.Error(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		b.T.Fatal(err)
	}
	return img
}
