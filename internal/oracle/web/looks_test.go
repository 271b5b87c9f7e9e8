package web

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/tcplint/tcplint/internal/oracle/browser"
	"github.com/tcplint/tcplint/internal/page"
)

var views = []string{"findings", "picture", "show", "explain", "diagnosis", "capacity"}

// fill opens the page so that every view holds something: findings with a patch that is
// looked at, what a machine printed, a rule that is explained, a load that is too much.
func (b *playground) fill(address string) {
	b.T.Helper()
	files, _ := incident(b.T, "1-event-stream")
	log, err := os.ReadFile("../../diagnose/testdata/recorded/worker-connections/error.log")
	if err != nil {
		b.T.Fatal(err)
	}
	b.open(address + "#1." + packed(b.T, page.Request{Files: files, Evidence: map[string]string{"error.log": string(log)}}))
	b.Until(`document.querySelector('#diagnosis .answer') !== null`)
	b.Do(browser.Script(`document.querySelector('#findings .see').click()`))
	b.Until(`document.querySelector('#findings .diff') !== null`)
	b.Do(browser.Script(`document.getElementById('tab-capacity').click(); document.getElementById('rate').value = '1e9'; document.getElementById('rate').dispatchEvent(new Event('input', { bubbles: true }))`))
	b.Until(`document.querySelector('#limits .limit.error') !== null`)
	b.Do(browser.Script(`document.querySelector('#findings .buttons .link').click()`))
	b.Until(`document.querySelector('#explained pre') !== null`)
	b.Do(browser.Script(`document.getElementById('share').click()`))
	b.Until(`document.querySelector('#shared input') !== null`)
}

// packed is a state as a link holds it.
func packed(t *testing.T, r page.Request) string {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

// contrasts are the ratios of WCAG 2.2 (1.4.3) of all text that is seen, each with the
// ratio that it needs: 3 for large text, 4.5 for other.
const contrasts = `(() => {
  const colour = (text) => {
    const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    c.fillStyle = text;
    c.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = c.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (el) => {
    const layers = [];
    for (let e = el; e; e = e.parentElement) {
      const box = e.namespaceURI.endsWith('svg') && e.parentElement?.querySelector(':scope > rect, :scope > circle.badge');
      const c = colour(box && e.tagName === 'text' ? getComputedStyle(e.classList.contains('count') ? e.parentElement.querySelector('circle') : box).fill : getComputedStyle(e).backgroundColor);
      layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const out = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const el = node.parentElement;
    if (!node.data.trim() || !el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || el.closest('script, style, title, option, datalist, noscript')) continue;
    const style = getComputedStyle(el);
    const below = behind(el);
    const front = over(colour(el.tagName === 'text' ? style.fill : style.color), below);
    const [a, b] = [luminance(front), luminance(below)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const need = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700 ? 3 : 4.5;
    const ratio = (a + 0.05) / (b + 0.05);
    const key = el.tagName.toLowerCase() + '.' + [...el.classList].join('.') + ' ' + front.map(Math.round) + ' on ' + below.map(Math.round);
    if (!out.has(key)) out.set(key, { what: key + ' "' + node.data.trim().slice(0, 30) + '"', ratio, need });
  }
  return [...out.values()];
})()`

// TestContrast works out the contrast of all text, in light and dark, in every view.
func TestContrast(t *testing.T) {
	b := browse(t)
	b.fill(serve(t))
	type contrast struct {
		What        string
		Ratio, Need float64
	}
	for _, theme := range []string{"light", "dark"} {
		b.Do(browser.Script(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, theme)))
		least, seen := 21.0, map[string]bool{}
		for _, view := range views {
			b.Do(browser.Script(fmt.Sprintf(`document.getElementById('tab-%s').click()`, view)))
			for _, c := range browser.Get[[]contrast](b.Browser, contrasts) {
				least = min(least, c.Ratio)
				if c.Ratio < c.Need && !seen[c.What] {
					t.Errorf("%s, %s: %s has %.2f:1, and needs %.1f:1", theme, view, c.What, c.Ratio, c.Need)
				}
				seen[c.What] = true
			}
		}
		if len(seen) < 30 {
			t.Errorf("%s: only %d colours were seen", theme, len(seen))
		}
		t.Logf("%s: %d texts, the least contrast is %.2f:1", theme, len(seen), least)
	}
	b.clean()
}

// TestNames asks for what a screen reader is told: all that can be used has a name.
func TestNames(t *testing.T) {
	b := browse(t)
	b.fill(serve(t))
	need := []string{"button", "link", "textbox", "combobox", "spinbutton", "tab", "tabpanel", "tablist", "ComboBoxMenuList"}
	used := 0
	for _, view := range views {
		b.Do(browser.Script(fmt.Sprintf(`document.getElementById('tab-%s').click()`, view)))
		tree, err := chromedp.Call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range tree.Nodes {
			if n.Ignored || n.Role == nil || !slices.Contains(need, strings.Trim(string(n.Role.Value), `"`)) {
				continue
			}
			used++
			if n.Name == nil || strings.Trim(string(n.Name.Value), `" `) == "" {
				t.Errorf("%s: a %s has no name", view, n.Role.Value)
			}
		}
	}
	if used < 100 {
		t.Errorf("only %d things can be used", used)
	}
	if heads := browser.Get[int](b.Browser, `[...document.querySelectorAll('h1')].length`); heads != 1 {
		t.Errorf("the page has %d first headings", heads)
	}
	b.clean()
}

// TestKeyboard goes through the answers by keys alone.
func TestKeyboard(t *testing.T) {
	b := browse(t)
	b.open(serve(t))
	key := func(where, name string) {
		b.Do(browser.Script(fmt.Sprintf(`(%s).dispatchEvent(new KeyboardEvent('keydown', { key: %q, code: %q, bubbles: true, cancelable: true }))`, where, name, name)))
	}
	b.Do(browser.Script(`document.getElementById('tab-findings').focus()`))
	for i := range views {
		key(`document.activeElement`, "ArrowRight")
		want := "tab-" + views[(i+1)%len(views)]
		if got := browser.Get[string](b.Browser, `document.activeElement.id`); got != want {
			t.Errorf("after %d keys %s has the focus, want %s", i+1, got, want)
		}
	}
	b.Do(browser.Script(`[...document.querySelectorAll('#findings h3 .link')].find((x) => x.textContent.startsWith('nginx.conf')).click()`))
	if !browser.Get[bool](b.Browser, `document.activeElement.closest('#nginx') !== null`) {
		t.Error("a place does not lead into the editor")
	}
	// F8 leads through the findings of a file, then on to those of the next one.
	last := `document.activeElement.getAttribute('aria-label') ?? ''`
	for n := 0; !strings.Contains(browser.Get[string](b.Browser, last), "sysctl.conf"); n++ {
		if n == 20 {
			t.Fatal("F8 does not leave the first file")
		}
		key(`document.activeElement`, "F8")
	}
	key(`document.querySelector('#nginx .cm-content')`, "F1")
	b.Until(`document.querySelector('#explained h2') !== null`)
	b.Do(browser.Script(`document.getElementById('name').value = 'proxy_read_timeout'; document.getElementById('asked').requestSubmit()`))
	b.Until(`document.querySelector('#explained h2').textContent === 'proxy_read_timeout'`)
	if text := browser.Get[string](b.Browser, `document.getElementById('explained').textContent`); !strings.Contains(text, "60s") || !strings.Contains(text, "ngx_http_proxy_module") {
		t.Errorf("proxy_read_timeout is explained by %q", text)
	}
	b.Do(browser.Script(`document.getElementById('name').value = 'no_such_thing'; document.getElementById('asked').requestSubmit()`))
	b.Until(`document.getElementById('explained').textContent.includes('no_such_thing')`)
	b.Do(browser.Script(`document.getElementById('tab-show').click(); [...document.querySelectorAll('#show th .link')].find((x) => x.textContent.includes('.')).click()`))
	b.Until(`/^[a-z0-9_]+\./.test(document.querySelector('#explained h2')?.textContent ?? '')`)
	b.clean()
}

// TestLoaded counts what a visitor loads: the core of the engine once, all of it only
// when something needs it. The times of the browser are written down, not judged.
func TestLoaded(t *testing.T) {
	b := browse(t)
	browser.Call(b.Browser, performance.Enable, performance.EnableParams{})
	b.open(serve(t))
	count := func(what string) (n int) {
		for _, a := range b.Asked() {
			if strings.Contains(a, "/assets/"+what+"-") && strings.HasSuffix(a, ".wasm") {
				n++
			}
		}
		return n
	}
	// What a worker asks for is not told to the page's own session.
	workers := func() []string {
		return browser.Get[[]string](b.Browser, `performance.getEntriesByType('resource').map((e) => e.name)`)
	}
	if n := count("tcplint"); n != 0 || slices.ContainsFunc(workers(), func(a string) bool { return strings.Contains(a, "/tcplint-") }) {
		t.Errorf("all of the engine is loaded %d times, and nothing needs it", n)
	}
	if n := browser.Get[int](b.Browser, `performance.getEntriesByType('resource').filter((e) => /worker/.test(e.name)).length`); n > 1 {
		t.Errorf("%d workers are begun", n)
	}
	took := func() int {
		return browser.Get[int](b.Browser, `parseInt(/\d+/.exec(document.getElementById('time').textContent)[0])`)
	}
	checks := []int{took()}
	for range 3 {
		b.after(`document.getElementById('kernel').value = document.getElementById('kernel').value ? '' : '6.1'; document.getElementById('kernel').dispatchEvent(new Event('input'))`)
		checks = append(checks, took())
	}
	metrics, err := chromedp.Call(b, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics.Metrics {
		switch m.Name {
		case "ScriptDuration", "LayoutDuration", "TaskDuration", "JSHeapUsedSize":
			t.Logf("%s: %.3f", m.Name, m.Value)
		}
	}
	t.Logf("DOMContentLoaded after %.0f ms, load after %.0f ms; checks took %v ms", browser.Get[float64](b.Browser, `performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd`), browser.Get[float64](b.Browser, `performance.getEntriesByType('navigation')[0].loadEventEnd`), checks)
	b.clean()
}

// TestNarrow looks for what is wider than a phone, with all views filled.
func TestNarrow(t *testing.T) {
	b := browse(t)
	browser.Call(b.Browser, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 360, Height: 740, DeviceScaleFactor: 1, Mobile: true})
	b.fill(serve(t))
	for _, view := range views {
		b.Do(browser.Script(fmt.Sprintf(`document.getElementById('tab-%s').click()`, view)))
		if w := browser.Get[int](b.Browser, `document.documentElement.scrollWidth`); w > 360 {
			t.Errorf("%s: the page is %d pixels wide", view, w)
		}
		b.Picture("narrow-" + view)
	}
	b.clean()
}
