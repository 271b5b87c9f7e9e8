package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/oracle/browser"
	"github.com/tcplint/tcplint/internal/page"
)

// serve hands out the built page, or skips the test where it is not built.
func serve(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(dist + "/index.html"); err != nil {
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatal("the page is not built: cd web && npm ci && npm run build")
		}
		t.Skip("the page is not built (cd web && npm ci && npm run build): it is not tried in a browser")
	}
	s := httptest.NewServer(http.FileServer(http.Dir(dist)))
	t.Cleanup(s.Close)
	return s.URL
}

// incident is one of the page's examples, as native code checks it.
func incident(t *testing.T, name string) (files map[string]string, checked page.Checked) {
	t.Helper()
	files = map[string]string{}
	for _, f := range []string{"nginx.conf", "sysctl.conf", "service.env"} {
		if text, err := os.ReadFile(filepath.Join("../../../testdata/incidents", name, f)); err == nil {
			files[f] = string(text)
		}
	}
	ask(t, page.Request{Op: "check", Files: files}, &checked)
	return files, checked
}

func ask(t *testing.T, r page.Request, into any) {
	t.Helper()
	question, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(page.NewSession().Ask(question), into); err != nil {
		t.Fatal(err)
	}
}

// The page finds in the browser what native code finds, in every incident.
func TestIncidents(t *testing.T) {
	b := browse(t)
	b.open(serve(t))
	for i, name := range []string{"1-event-stream", "2-time-wait", "3-starved-health-checks", "4-random-502"} {
		b.after(fmt.Sprintf(`const s = document.getElementById('example'); s.value = '%d'; s.dispatchEvent(new Event('change'))`, i))
		_, want := incident(t, name)
		got := browser.Get[[]string](b.Browser, `[...document.querySelectorAll('#findings .finding')].map(f => f.querySelector('.severity').textContent + ' ' + f.querySelector('.message').textContent)`)
		if len(want.Findings) == 0 || len(got) != len(want.Findings) {
			t.Fatalf("%s: the page has %d findings, native code has %d", name, len(got), len(want.Findings))
		}
		for i, f := range want.Findings {
			if line := f.Severity + " " + f.Message; got[i] != line {
				t.Errorf("%s: finding %d is %q, want %q", name, i, got[i], line)
			}
		}
		if n := browser.Get[int](b.Browser, `document.querySelectorAll('#nginx .cm-lint-marker').length`); n == 0 {
			t.Errorf("%s: nothing is in the margin", name)
		}
		if n := browser.Get[int](b.Browser, `document.querySelectorAll('#picture .node').length`); n < 4 {
			t.Errorf("%s: the picture has %d nodes", name, n)
		}
		if n := browser.Get[int](b.Browser, `document.querySelectorAll('#show tbody tr').length`); n == 0 {
			t.Errorf("%s: no setting is shown", name)
		}
		b.Picture("incident-" + name)
	}
	b.clean()
}

// A click makes a patch: the text is what native code makes of it, the diff is shown,
// and the finding is gone.
func TestPatch(t *testing.T) {
	b := browse(t)
	b.open(serve(t))
	files, checked := incident(t, "1-event-stream")
	index := -1
	for i, f := range checked.Findings {
		if f.Rule == "nginx-sse-buffered" {
			index = i
		}
	}
	if index < 0 {
		t.Fatal("native code does not find nginx-sse-buffered")
	}
	var want page.Patched
	ask(t, page.Request{Op: "patch", Files: files, Finding: index}, &want)
	if len(want.Changes) != 1 || want.Diff == "" {
		t.Fatalf("native code makes no patch: %+v", want)
	}
	b.after(fmt.Sprintf(`document.querySelector('#finding-%d .apply').click()`, index))
	// The editor draws only what is in sight; the link holds all of the text.
	if got := b.state().Files["nginx.conf"]; got != want.Changes[0].Text {
		t.Errorf("the text is\n%s\nwant\n%s", got, want.Changes[0].Text)
	}
	if diff := browser.Get[string](b.Browser, `document.querySelector('#patched .diff').textContent`); !strings.Contains(diff, "+            proxy_buffering off;") {
		t.Errorf("the diff is %q", diff)
	}
	if rest := browser.Get[string](b.Browser, `document.getElementById('findings').textContent`); strings.Contains(rest, "are held back") {
		t.Error("the finding is still there")
	}
	b.Picture("patched")
	b.clean()
}

// All that was entered comes back from a link, and nothing is asked of any server
// after the page was loaded.
func TestShare(t *testing.T) {
	b := browse(t)
	b.open(serve(t))
	b.after(`const s = document.getElementById('example'); s.value = '4'; s.dispatchEvent(new Event('change'))`)
	loaded := len(b.Asked())
	b.after(`const s = document.getElementById('server'); s.value = '1.26.3'; s.dispatchEvent(new Event('input'))`)
	if said := browser.Get[string](b.Browser, `document.getElementById('status').textContent`); !strings.Contains(said, "cause") {
		t.Errorf("after all is done the page says %q", said)
	}
	first := b.state()
	if len(first.Evidence) == 0 || first.Server != "1.26.3" {
		t.Fatalf("the link holds %+v", first)
	}
	if n := browser.Get[int](b.Browser, `document.querySelectorAll('#diagnosis .answer').length`); n == 0 {
		t.Error("nothing is diagnosed")
	}
	b.Do(browser.Script(`document.getElementById('tab-explain').click(); document.querySelector('#findings .buttons .link').click()`))
	b.Until(`document.querySelectorAll('#explain pre').length > 0`)
	if now := len(b.Asked()); now != loaded {
		t.Errorf("the page has asked for %d things while it was used", now-loaded)
	}
	b.Do(browser.Script(`document.getElementById('tab-diagnosis').click()`))
	b.Picture("diagnosis")
	link := browser.Get[string](b.Browser, `location.href`)
	b.Do(chromedp.Navigate("about:blank"))
	b.open(link)
	if second := b.state(); fmt.Sprint(second) != fmt.Sprint(first) {
		t.Errorf("the link gives %+v, want %+v", second, first)
	}
	b.clean()
}

// Nothing is wider than a phone, in light and dark.
func TestPhone(t *testing.T) {
	b := browse(t)
	address := serve(t)
	for _, theme := range []string{"light", "dark"} {
		browser.Call(b.Browser, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 360, Height: 740, DeviceScaleFactor: 1, Mobile: true})
		b.open(address)
		b.Do(browser.Script(fmt.Sprintf(`document.documentElement.dataset.theme = %q`, theme)))
		for _, view := range []string{"findings", "picture", "show", "explain", "diagnosis"} {
			b.Do(browser.Script(fmt.Sprintf(`document.getElementById('tab-%s').click()`, view)))
			if w := browser.Get[int](b.Browser, `document.documentElement.scrollWidth`); w > 360 {
				t.Errorf("%s, %s: the page is %d pixels wide", theme, view, w)
			}
		}
		b.Do(browser.Script(`document.getElementById('tab-findings').click()`))
		b.Picture("phone-" + theme)
		b.Do(browser.Script(`document.querySelector('.results').scrollIntoView()`))
		b.Picture("phone-findings-" + theme)
		browser.Call(b.Browser, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1340, Height: 920, DeviceScaleFactor: 1})
		b.Do(browser.Script(`scrollTo(0, 0); document.getElementById('tab-picture').click()`))
		b.Picture("picture-" + theme)
	}
	b.clean()
}
