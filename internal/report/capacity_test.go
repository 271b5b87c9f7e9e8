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
