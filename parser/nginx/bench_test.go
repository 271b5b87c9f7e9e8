package nginx_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/gen"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// benchText has 1,000 servers with 10 locations each, as a large hosting
// company's configuration has.
func benchText() string { return gen.Nginx(1000, 10, 500) }

func BenchmarkTokens(b *testing.B) {
	text := benchText()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for range nginx.Tokens(text) {
		}
	}
}

func BenchmarkParse(b *testing.B) {
	file := source.NewFile("nginx.conf", benchText())
	b.SetBytes(int64(len(file.Text)))
	b.ReportAllocs()
	for b.Loop() {
		nginx.Parse(file)
	}
}
