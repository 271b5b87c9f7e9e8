package report

import (
	"bytes"
	"testing"

	"github.com/tcplint/tcplint/internal/oracle/browser"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

// TestFleetPage tries the page about 1,000 hosts as its reader would.
func TestFleetPage(t *testing.T) {
	t.Parallel()
	b := browser.Start(t)
	var page bytes.Buffer
	hosts := reporttest.ManyHosts()
	hosts.Hosts[999].Name = "web-000" // which others begin with; it is on each 3rd, 9th, 27th and 37th
	if err := report.FleetHTML(&page, hosts, report.Options{}); err != nil {
		t.Fatal(err)
	}
	const most = 1 << 20
	if page.Len() > most {
		t.Errorf("the page has %d KB", page.Len()>>10)
	}
	open(b, page.Bytes())
	// All is folded: what is on the screen are lines of causes, not names of hosts.
	const lines, pixels = 80, 60
	if h := browser.Get[int](b, `document.documentElement.scrollHeight`); h > lines*pixels {
		t.Errorf("the page is %d pixels long", h)
	}
	if n := browser.Get[int](b, `document.querySelectorAll("details[open]").length`); n != 0 {
		t.Errorf("%d details are open", n)
	}
	b.Picture("fleet")
	const (
		causes = `[...document.querySelectorAll(".cause")].filter(c => c.offsetParent).length`
		rows   = `[...document.querySelectorAll("section.told tr")].filter(c => c.offsetParent).length`
	)
	shown := func(what string, wantCauses, wantRows int) {
		t.Helper()
		if c, n := browser.Get[int](b, causes), browser.Get[int](b, rows); c != wantCauses || n != wantRows {
			t.Errorf("%s: %d causes and %d rows are shown, want %d and %d", what, c, n, wantCauses, wantRows)
		}
	}
	shown("at first", 60, 2)
	b.Set("host", "web-0007", "input") // only every 7th
	b.Do(browser.Script(`document.getElementById("filter").dispatchEvent(new Event("input"))`))
	shown("one host", 1, 0)
	filter := func(host, text, severity string) {
		for id, value := range map[string]string{"host": host, "text": text, "severity": severity} {
			b.Set(id, value, "input")
		}
		b.Do(browser.Script(`document.getElementById("filter").dispatchEvent(new Event("input"))`))
	}
	filter("web-000", "", "")
	shown("a host whose name others begin with", 4, 0)
	filter("eb-000", "", "")
	shown("a part of names", 60, 2)
	filter("web-0000", "", "")
	shown("the host that has everything", 60, 2)
	filter("", "APP42", "")
	shown("a text", 1, 0)
	filter("", "somaxconn", "")
	shown("a setting", 0, 1)
	filter("", "", "error")
	shown("a severity", 20, 2)
	if got := browser.Get[string](b, `document.getElementById("shown").textContent`); got != "20 of 60 causes" {
		t.Errorf("the page counts %q", got)
	}
	filter("", "", "")
	b.Do(browser.Script(`document.querySelector(".cause summary").click()`))
	if h := browser.Get[int](b, `document.querySelector(".cause .hosts").offsetHeight`); h == 0 || h > 250 {
		t.Errorf("500 hosts are %d pixels high", h)
	}
	clean(b)
}
