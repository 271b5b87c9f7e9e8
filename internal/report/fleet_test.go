package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

func fleetOutput(t *testing.T, format string) string {
	t.Helper()
	write, _ := report.LookupFleet(format)
	if write == nil {
		t.Fatalf("no format %s", format)
	}
	var b bytes.Buffer
	if err := write(&b, reporttest.Fleet(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFleetTextSaysACauseOnceWithItsHosts(t *testing.T) {
	const want = `etc/nginx/nginx.conf:4:9: warning: backlog 511 is capped at 128 [nginx-proxy-http10] on 4 of 10 hosts: web-1 to web-3, <script>␛[31m
    4 | listen 80;
      note: set here: a<b:1:1
      fix: raise it (safe)
      but: <script>␛[31m: etc/nginx/nginx.conf:4:9: backlog 511 is capped at 64

hosts that differ from their group
  web-9: http: keepalive_timeout: 5s (x:3); not set on 8 of the 9 hosts web-#

the running kernel has another value than the files
  net.core.somaxconn: 128, not 4096 as in etc/sysctl.conf:2 on 1 of 10 hosts: web-5

settings of the repository that are not in force
  http > server a: the block of nginx/a.conf:1 is not there on 1 of 10 hosts: web-4

1 cause of 9 findings (9 warnings) on 9 of 10 hosts; 1 snapshot skipped
`
	if got := fleetOutput(t, "text"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestFleetJSONNamesTheHosts(t *testing.T) {
	var got struct {
		Causes []struct {
			Hosts    []string
			Variants []struct{ Hosts []string }
		}
		Differences []struct {
			Usual  *string
			Others []struct{ Value *string }
		}
		Drift   []struct{ Wanted, Value *string }
		Summary struct{ Hosts, Skipped, Causes, Warnings int }
	}
	if err := json.Unmarshal([]byte(fleetOutput(t, "json")), &got); err != nil {
		t.Fatal(err)
	}
	if c := got.Causes[0]; len(c.Hosts) != 4 || c.Hosts[3] != "<script>\x1b[31m" || len(c.Variants) != 2 || len(c.Variants[0].Hosts) != 3 {
		t.Errorf("causes %+v", got.Causes)
	}
	if d := got.Differences[0]; d.Usual != nil || *d.Others[0].Value != "5s" || got.Drift[0].Wanted != nil {
		t.Errorf("differences %+v, drift %+v", got.Differences, got.Drift)
	}
	if s := got.Summary; s.Hosts != 10 || s.Skipped != 1 || s.Causes != 1 || s.Warnings != 9 {
		t.Errorf("summary %+v", s)
	}
}

func TestFleetPageHoldsNoMarkupOfHosts(t *testing.T) {
	page := fleetOutput(t, "html")
	if strings.Count(page, "<script>") != 1 || strings.Contains(page, "\x1b") || strings.Contains(page, "a<b") {
		t.Error("what a host calls itself is markup")
	}
	for _, want := range []string{"4 of 10 hosts", "web-1 to web-3", `data-hosts="web-1 web-2 web-3 `, "not set on 8 of the 9 hosts", "bad.tar.gz", `<option value="web-9">`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestFleetSARIFHasAResultForEachCause(t *testing.T) {
	text := fleetOutput(t, "sarif")
	var got struct {
		Runs []struct {
			Results []struct {
				RuleID     string
				Properties struct{ Hosts []string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, x := range got.Runs[0].Results {
		rules = append(rules, fmt.Sprintf("%s %d", x.RuleID, len(x.Properties.Hosts)))
	}
	if want := "nginx-proxy-http10 4, fleet-not-in-force 1, fleet-drift 1"; strings.Join(rules, ", ") != want {
		t.Errorf("%v, want %s", rules, want)
	}
}
