package lint_test

import (
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
