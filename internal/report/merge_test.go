package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

const (
	repoA = `{"schema":1,"findings":[
{"rule":"r","severity":"warning","message":"backlog 511 is capped at 128","file":"a.conf","range":{"start":{"line":3,"column":1},"end":{"line":3,"column":2}}},
{"rule":"r","severity":"warning","message":"backlog 1024 is capped at 128","file":"b.conf","range":{"start":{"line":4,"column":1},"end":{"line":4,"column":2}}}],
"suppressed":[{"rule":"k","severity":"error","message":"known","file":"a.conf","reason":"known in base.json"}],
"notChecked":[],"summary":{"files":2,"errors":0,"warnings":2,"infos":0,"fixable":0}}`
	repoB = `{"schema":1,"findings":[{"rule":"k","severity":"error","message":"known","file":"x.conf","range":{"start":{"line":1,"column":1},"end":{"line":1,"column":2}}}],
"suppressed":[],"notChecked":[],"summary":{"files":1,"errors":1,"warnings":0,"infos":0,"fixable":0}}`
	hosts = `{"schema":1,"hosts":[{"name":"web-1"},{"name":"web-2"},{"name":"web-3"}],"causes":[
{"rule":"r","severity":"warning","message":"backlog 511 is capped at 64","hosts":["web-1","web-2"],"variants":[{"message":"","file":"etc/nginx.conf","range":{"start":{"line":7,"column":1},"end":{"line":7,"column":2}},"findings":2}]}],
"summary":{"hosts":3,"errors":0,"warnings":2,"infos":0}}`
)

func TestMergeKeepsHostsAndBaselinesApart(t *testing.T) {
	m, err := report.Merge([]string{"a", "b", "fleet"}, [][]byte{[]byte(repoA), []byte(repoB), []byte(hosts)})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.MergedText(&b, m, report.Options{}); err != nil {
		t.Fatal(err)
	}
	const want = `error: known [k] in 1 of 3 runs: b
      suppressed in: a
warning: backlog 511 is capped at 128 [r] in 2 of 3 runs: a (2 findings), fleet (2 of 3 hosts)

a: 0 errors, 2 warnings, 0 infos; 1 suppressed
b: 1 error, 0 warnings, 0 infos
fleet: 0 errors, 2 warnings, 0 infos on 3 hosts
`
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
	if !m.Fails(lint.Error) {
		t.Error("an error fails")
	}
	b.Reset()
	if err := report.MergedJSON(&b, m, report.Options{}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Causes []struct {
			SuppressedIn []string
			Runs         []struct{ Hosts []string }
		}
		Runs []struct {
			Name   string
			Report struct{ Schema int }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Causes) != 2 || got.Causes[0].SuppressedIn[0] != "a" || len(got.Causes[1].Runs[1].Hosts) != 2 || got.Runs[2].Report.Schema != 1 {
		t.Errorf("%+v", got)
	}
}

func TestMergeRefusesWhatIsNoReport(t *testing.T) {
	for data, says := range map[string]string{"": "no report", "[]": "no report", "{}": "of schema 1", `{"schema":2,"findings":[],"summary":{}}`: "of schema 1"} {
		if _, err := report.Merge([]string{"x"}, [][]byte{[]byte(data)}); err == nil || !strings.Contains(err.Error(), "x is no report") || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

func TestMergedSARIFHasEveryRunUnderItsName(t *testing.T) {
	one := reporttest.Rendered(t, "sarif", reporttest.Sample(t))
	var b bytes.Buffer
	if err := report.MergeSARIF(&b, []string{"a", "b"}, [][]byte{one, one}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Runs []struct {
			AutomationDetails struct{ ID string }
			Results           []json.RawMessage
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Runs) != 2 || got.Runs[0].AutomationDetails.ID != "tcplint/a/" || got.Runs[1].AutomationDetails.ID != "tcplint/b/" || len(got.Runs[1].Results) == 0 {
		t.Errorf("%+v", got.Runs)
	}
	if err := report.MergeSARIF(&b, []string{"a", "c"}, [][]byte{one, []byte(repoA)}); err == nil || !strings.Contains(err.Error(), "c is no SARIF log") {
		t.Errorf("%v", err)
	}
}
