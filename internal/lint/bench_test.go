package lint_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// longTimeout finds every location that waits 120 seconds; there is one in each
// of 10 locations a server. The rule does next to nothing, so that the
// benchmarks show what the engine costs.
var longTimeout = &lint.Rule{
	ID: "nginx-long-timeout", Severity: lint.Warning, Fix: lint.Safe,
	Check: func(p *lint.Pass) {
		for _, s := range p.Host.Nginx.Scopes {
			if set, ok := s.Own("proxy_read_timeout"); ok && set.Arg(0) == "120s" {
				p.Report(lint.Finding{
					At: lint.At(set.Directive), Msg: "waits long",
					Fix: &lint.Fix{
						Title: "wait less", Safety: lint.Safe, Edits: lint.In(set.Directive, nginx.SetArg(set.Directive, 0, "30s")),
						Changes: []string{"proxy_read_timeout"}, Scopes: []*model.Scope{s},
					},
				})
			}
		}
	},
}

func benchInput(servers int) model.Input {
	return model.Input{
		Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()},
		Main:   source.NewFile("nginx.conf", gen.Nginx(servers, 10, servers/2)),
	}
}

// BenchmarkRun collects, sorts and filters 10,000 findings.
func BenchmarkRun(b *testing.B) {
	in := benchInput(1000)
	host, o := model.Build(in), lint.Options{Rules: []*lint.Rule{longTimeout}}
	b.SetBytes(int64(len(in.Main.Text)))
	b.ReportAllocs()
	for b.Loop() {
		if res := lint.Run([]*model.Host{host}, o); len(res.Findings) != 10000 {
			b.Fatalf("%d findings", len(res.Findings))
		}
	}
}

// BenchmarkFixAll makes and verifies 1,000 fixes.
func BenchmarkFixAll(b *testing.B) {
	in, o := benchInput(100), lint.Options{Rules: []*lint.Rule{longTimeout}}
	b.SetBytes(int64(len(in.Main.Text)))
	b.ReportAllocs()
	for b.Loop() {
		in.Trees = model.NewTrees()
		if out := lint.FixAll([]model.Input{in}, o, lint.Safe); len(out.Applied) != 1000 {
			b.Fatalf("%d fixes applied, %v", len(out.Applied), out.Dropped[:1])
		}
	}
}

// TestRulesInParallel makes sure that rules which run at the same time share
// what one of them makes, that their order decides nothing, and that a panic of
// one leaves the others alone and is told.
func TestRulesInParallel(t *testing.T) {
	t.Parallel()
	host := model.Build(benchInput(2))
	var made atomic.Int64
	var many []*lint.Rule
	for i := range 64 {
		id := fmt.Sprintf("nginx-rule-%02d", i)
		many = append(many, &lint.Rule{ID: id, Check: func(p *lint.Pass) {
			value, _ := p.Shared("value", func() any { return made.Add(1) }).(int64)
			if value == 1 {
				longTimeout.Check(p)
			}
		}})
	}
	res := lint.Run([]*model.Host{host}, lint.Options{Rules: many})
	if want := len(many) * 20; len(res.Findings) != want || made.Load() != 1 {
		t.Errorf("%d findings, want %d; the shared value was made %d times", len(res.Findings), want, made.Load())
	}
	if !slices.IsSortedFunc(res.Findings, func(a, b lint.Finding) int {
		return cmp.Or(cmp.Compare(a.At.Span.Start, b.At.Span.Start), cmp.Compare(a.Rule.ID, b.Rule.ID))
	}) {
		t.Error("the findings are not sorted")
	}

	made.Store(0)
	many[40].Check = func(*lint.Pass) { panic("a broken rule") } //nolint:forbidigo // that is what is tested
	res = lint.Run([]*model.Host{host}, lint.Options{Rules: many})
	if want := (len(many) - 1) * 20; len(res.Findings) != want {
		t.Errorf("beside a broken rule there are %d findings, want %d", len(res.Findings), want)
	}
	if len(res.Broken) != 1 || res.Broken[0].Rule != "nginx-rule-40" || !strings.Contains(res.Broken[0].Text, "a broken rule") || !strings.Contains(res.Broken[0].Text, "bench_test.go") {
		t.Errorf("broken are %v", res.Broken)
	}
	if len(res.NotChecked) != 1 || res.NotChecked[0].Rule != "nginx-rule-40" {
		t.Errorf("not checked is %v", res.NotChecked)
	}
}
