package report_test

import (
	"bytes"
	"testing"

	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

func TestFleetDiagnosisText(t *testing.T) {
	var b bytes.Buffer
	if err := report.FleetDiagnosisText(&b, reporttest.FleetDiagnosis(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"likely: it is full [", "] on 3 of 10 hosts: web-1, web-2, <script>␛[31m\n", "      shown: as it is on web-2\n", "          evidence/dmesg.txt:3: table full\n",
		"      but: <script>␛[31m: possible: it was full\n", "nothing here explains a fault on 6 of 10 hosts: web-4 to web-9\n", "2 causes on 4 of 10 hosts; 1 snapshot skipped\n",
	} {
		if !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestFleetCapacityText(t *testing.T) {
	var b bytes.Buffer
	if err := report.FleetCapacityText(&b, reporttest.FleetCapacity(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	const want = `for requests of 100ms, at 10 requests per second, with 5 clients

accept queue
  value    511 connections on 1 of 10 hosts: web-1: nginx's default of backlog
  value    128 connections on 1 of 10 hosts: web-2
  reached  first on web-2 (*:80), at 1,280 new connections per second
  needs    more than there is on 1 of 10 hosts: web-2
  now      64 of 128 (50.0 %) on web-2 (*:80)  evidence/ss.txt:2

orphaned sockets
  unknown  on 1 of 10 hosts: web-3: sysctl -a

2 limits of 10 hosts; 1 snapshot skipped
`
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
}
