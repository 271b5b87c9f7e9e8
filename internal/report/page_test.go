package report_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// TestPageData checks that no text of a file ends the data, and that the data is
// what the picture is made of.
func TestPageData(t *testing.T) {
	t.Parallel()
	text, graph, _ := reporttest.Page(t, reporttest.Tagged, "")
	_, rest, _ := strings.Cut(string(text), `<script type="application/json" id="data">`)
	data, _, _ := strings.Cut(rest, "</script>")
	var hosts []struct {
		Nodes []struct{ Label string }
	}
	if err := json.Unmarshal([]byte(data), &hosts); err != nil {
		t.Fatal(err)
	}
	if len(hosts) != 1 || len(hosts[0].Nodes) != len(graph.Nodes) || !slices.ContainsFunc(hosts[0].Nodes, func(n struct{ Label string }) bool { return n.Label == "</script><b>x" }) {
		t.Errorf("the data is %s", data)
	}
}

func BenchmarkHTML(b *testing.B) {
	h := model.Build(model.Input{Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()}, Main: source.NewFile("nginx.conf", gen.Nginx(100, 10, 50))})
	r := lint.Run([]*model.Host{h}, lint.Options{Rules: rules.All()})
	for b.Loop() {
		if err := report.HTML(&bytes.Buffer{}, r, report.Options{Hosts: func() []*model.Host { return []*model.Host{h} }}); err != nil {
			b.Fatal(err)
		}
	}
}
