package model_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// BenchmarkBuild builds the model of a large hosting company's configuration:
// 1,000 servers with 10 locations each, and 500 upstreams. Parsing is not part
// of it; BenchmarkReadAndBuild has both.
func BenchmarkBuild(b *testing.B) {
	in := benchInput(1000)
	in.Trees = model.NewTrees()
	in.Trees.Nginx(in.Main)
	b.SetBytes(int64(len(in.Main.Text)))
	b.ReportAllocs()
	for b.Loop() {
		model.Build(in)
	}
}

func BenchmarkReadAndBuild(b *testing.B) {
	in := benchInput(1000)
	b.SetBytes(int64(len(in.Main.Text)))
	b.ReportAllocs()
	for b.Loop() {
		model.Build(in)
	}
}

func benchInput(servers int) model.Input {
	return model.Input{
		Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()},
		Main:   source.NewFile("nginx.conf", gen.Nginx(servers, 10, servers/2)),
	}
}
