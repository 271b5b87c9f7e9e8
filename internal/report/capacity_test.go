package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

func TestCapacityText(t *testing.T) {
	var b bytes.Buffer
	if err := report.CapacityText(&b, reporttest.Capacity(t, capacity.Question{Rate: 1000, Clients: 2000})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"for requests of 100ms (assumed: --latency), at 1,000 requests per second, with 2,000 clients\n",
		"connections of nginx: 2,048 connections\n  from     nginx.conf:2, nginx.conf:1\n  reached  at 1,023 connected clients\n",
		"  needs    4,002 (195.4 %): more than there is\n",
		"descriptors of nginx: not known\n  missing  the limit of a worker",
		"files of the whole machine: 5,000 files\n", "  now      100 (2.0 %)  sysctl-a.txt:3\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &b)
		}
	}
}

// TestCapacityHTML holds the page: every limit with its numbers, the one that is
// overrun marked, nothing fetched, and nothing of a name that is markup.
func TestCapacityHTML(t *testing.T) {
	r := reporttest.Capacity(t, capacity.Question{Rate: 1000, Clients: 2000})
	r.Hosts[0].Name = "<script>alert(1)</script>"
	var b bytes.Buffer
	if err := report.CapacityHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"for requests of 100ms (assumed: --latency), at 1,000 requests per second, with 2,000 clients",
		"<b>2,048 connections</b><small>nginx.conf:2, nginx.conf:1</small>", "1,023 connected clients", `class="overrun"`,
		"4,002 (195.4 %)", "not known<small>the limit of a worker", "100 (2.0 %)", "<code>sysctl-a.txt:3</code>", "&lt;script&gt;alert(1)",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &b)
		}
	}
	for _, never := range []string{"<script", "http://", "https://", "ZgotmplZ"} {
		if strings.Contains(b.String(), never) {
			t.Errorf("%q is in the page", never)
		}
	}
}
