package report_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/parser/source"
)

// manyHosts has 1,000 hosts: cause i is on each (i+2)th of them.
func manyHosts() *fleet.Report {
	const hosts, causes = 1000, 60
	r := &fleet.Report{}
	for i := range hosts {
		r.Hosts = append(r.Hosts, fleet.Host{Name: fmt.Sprintf("web-%04d", i), Nginx: "nginx 1.28", Kernel: "Linux 6.1"})
	}
	every := func(n int) (out []int) {
		for i := 0; i < hosts; i += n {
			out = append(out, i)
		}
		return out
	}
	for i := range causes {
		on := every(i + 2)
		f := fleet.Finding{
			Rule: http10Rule, Severity: lint.Severity(i % 3), Message: fmt.Sprintf("fault of app%d", i), File: "etc/nginx/nginx.conf", Line: "    proxy_pass http://app;",
			Start: source.Position{Line: i + 1, Column: 1}, End: source.Position{Line: i + 1, Column: 2},
		}
		r.Causes = append(r.Causes, fleet.Cause{Rule: http10Rule, Severity: f.Severity, Hosts: on, Variants: []fleet.Variant{{Finding: f, Hosts: on, Count: len(on)}}})
	}
	r.Differences = []fleet.Difference{
		{Group: "web-#", Size: hosts, Key: "net.core.somaxconn", Usual: "4096", Hosts: every(1)[7:], Others: []fleet.OtherValue{{Value: "128", Hosts: []int{0, 1, 2, 3, 4, 5, 6}}}},
		{Group: "web-#", Size: hosts, Key: "nginx", Usual: "nginx 1.28", Hosts: every(1)[1:], Others: []fleet.OtherValue{{Value: "nginx 1.24", Hosts: []int{0}}}},
	}
	return r
}

// TestFleetPage tries the page about 1,000 hosts as its reader would.
func TestFleetPage(t *testing.T) {
	t.Parallel()
	b := browse(t)
	var page bytes.Buffer
	if err := report.FleetHTML(&page, manyHosts(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	const most = 1 << 20
	if page.Len() > most {
		t.Errorf("the page has %d KB", page.Len()>>10)
	}
	b.open(page.Bytes())
	// All is folded: what is on the screen are lines of causes, not names of hosts.
	const lines, pixels = 80, 60
	if h := get[int](b, `document.documentElement.scrollHeight`); h > lines*pixels {
		t.Errorf("the page is %d pixels long", h)
	}
	if n := get[int](b, `document.querySelectorAll("details[open]").length`); n != 0 {
		t.Errorf("%d details are open", n)
	}
	b.picture("fleet")
	const (
		causes = `[...document.querySelectorAll(".cause")].filter(c => c.offsetParent).length`
		rows   = `[...document.querySelectorAll("section.told tr")].filter(c => c.offsetParent).length`
	)
	shown := func(what string, wantCauses, wantRows int) {
		t.Helper()
		if c, n := get[int](b, causes), get[int](b, rows); c != wantCauses || n != wantRows {
			t.Errorf("%s: %d causes and %d rows are shown, want %d and %d", what, c, n, wantCauses, wantRows)
		}
	}
	shown("at first", 60, 2)
	b.set("host", "web-0007", "input") // only every 7th
	b.do(script(`document.getElementById("filter").dispatchEvent(new Event("input"))`))
	shown("one host", 1, 0)
	filter := func(host, text, severity string) {
		for id, value := range map[string]string{"host": host, "text": text, "severity": severity} {
			b.set(id, value, "input")
		}
		b.do(script(`document.getElementById("filter").dispatchEvent(new Event("input"))`))
	}
	filter("web-0000", "", "")
	shown("the host that has everything", 60, 2)
	filter("", "APP42", "")
	shown("a text", 1, 0)
	filter("", "somaxconn", "")
	shown("a setting", 0, 1)
	filter("", "", "error")
	shown("a severity", 20, 2)
	if got := get[string](b, `document.getElementById("shown").textContent`); got != "20 of 60 causes" {
		t.Errorf("the page counts %q", got)
	}
	filter("", "", "")
	b.do(script(`document.querySelector(".cause summary").click()`))
	if h := get[int](b, `document.querySelector(".cause .hosts").offsetHeight`); h == 0 || h > 250 {
		t.Errorf("500 hosts are %d pixels high", h)
	}
	b.clean()
}
