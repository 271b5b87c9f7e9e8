package rules_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// generated is a large configuration of 10 locations a server and half as many
// upstreams as servers.
func generated(servers int) string { return gen.Nginx(servers, 10, servers/2) }

// faulty is the same without what makes connections reusable, so that every
// location has a finding with a fix.
func faulty(servers int) string {
	text := strings.ReplaceAll(generated(servers), "            proxy_http_version 1.1;\n", "")
	return strings.ReplaceAll(text, "            proxy_set_header Connection \"\";\n", "")
}

// faultyAbove is the same with the headers at http level, where one line cures
// all locations.
func faultyAbove(servers int) string {
	var b strings.Builder
	for line := range strings.Lines(faulty(servers)) {
		if !strings.Contains(line, "proxy_set_header") {
			b.WriteString(line)
		}
	}
	return strings.Replace(b.String(), "http {\n", "http {\n    proxy_set_header Host $host;\n    proxy_set_header X-Real-IP $remote_addr;\n", 1)
}

// trapped is the same with the map of the WebSocket tutorials in every location.
func trapped(servers int) string {
	text := strings.ReplaceAll(generated(servers), `proxy_set_header Connection "";`, "proxy_set_header Connection $connection_upgrade;")
	return strings.Replace(text, "        '' '';\n", "        '' close;\n", 1)
}

func benchInput(text string) model.Input {
	return model.Input{Target: window, Main: source.NewFile("nginx.conf", text)}
}

// check does all that "tcplint check" does with a configuration.
func check(in model.Input) { lint.Run([]*model.Host{model.Build(in)}, options) }

// BenchmarkRun runs all rules over a model that is built.
func BenchmarkRun(b *testing.B) {
	for _, size := range []struct {
		name, text string
	}{{"sound", generated(1000)}, {"faulty", faulty(1000)}, {"faulty above", faultyAbove(1000)}, {"trapped", trapped(1000)}} {
		b.Run(size.name, func(b *testing.B) {
			host := model.Build(benchInput(size.text))
			b.SetBytes(int64(len(size.text)))
			b.ReportAllocs()
			for b.Loop() {
				lint.Run([]*model.Host{host}, options)
			}
		})
	}
}

// BenchmarkCheck reads, builds and runs all rules.
func BenchmarkCheck(b *testing.B) {
	text := generated(1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		check(benchInput(text))
	}
}

// BenchmarkCheckSmall does the same with a file of 100 lines.
func BenchmarkCheckSmall(b *testing.B) {
	text := gen.Nginx(1, 4, 2)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		check(benchInput(text))
	}
}

// BenchmarkFix cures every location of 100 servers.
func BenchmarkFix(b *testing.B) {
	for _, size := range []struct {
		name, text string
	}{{"faulty", faulty(100)}, {"faulty above", faultyAbove(100)}, {"trapped", trapped(100)}} {
		b.Run(size.name, func(b *testing.B) {
			b.SetBytes(int64(len(size.text)))
			b.ReportAllocs()
			for b.Loop() {
				in := benchInput(size.text)
				in.Trees = model.NewTrees()
				if out := lint.FixAll([]model.Input{in}, options, lint.Safe); len(out.Applied) == 0 {
					b.Fatal("nothing was fixed")
				}
			}
		})
	}
}

// BenchmarkCorpus checks every file of the corpus alone.
func BenchmarkCorpus(b *testing.B) {
	var inputs []model.Input
	size := 0
	for _, f := range corpus(b) {
		in := corpusInput(b, f, window)
		in.Trees = nil // parsed anew each time
		if in.Main != nil {
			size += len(in.Main.Text)
		}
		for _, s := range in.Sysctl {
			size += len(s.Text)
		}
		inputs = append(inputs, in)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, in := range inputs {
			check(in)
		}
	}
}

// TestScaling logs how the time grows with the configuration. It asserts
// nothing: machines differ, and share their time with others. The largest size
// takes its time and is only looked at with TCPLINT_SCALING=1.
func TestScaling(t *testing.T) {
	large := os.Getenv("TCPLINT_SCALING") == "1"
	for _, shape := range []struct {
		name string
		text func(int) string
		fix  bool
	}{
		{"check, sound", generated, false},
		{"check, faulty", faulty, false},
		{"check, faulty above", faultyAbove, false},
		{"check, trapped", trapped, false},
		{"fix, faulty", faulty, true},
		{"fix, faulty above", faultyAbove, true},
		{"fix, trapped", trapped, true},
	} {
		sizes := []int{250, 1000, 4000}
		if shape.fix {
			sizes = []int{25, 100, 400}
		}
		if !large {
			sizes = sizes[:2]
		}
		var line strings.Builder
		for _, servers := range sizes {
			text := shape.text(servers)
			best := time.Duration(0)
			for range 3 {
				start := time.Now()
				in := benchInput(text)
				if shape.fix {
					in.Trees = model.NewTrees()
					lint.FixAll([]model.Input{in}, options, lint.Safe)
				} else {
					check(in)
				}
				if took := time.Since(start); best == 0 || took < best {
					best = took
				}
			}
			fmt.Fprintf(&line, "  %d servers: %.1f ns a byte (%v)", servers, float64(best.Nanoseconds())/float64(len(text)), best.Round(time.Millisecond/10))
		}
		t.Logf("%s:%s", shape.name, line.String())
	}
}
