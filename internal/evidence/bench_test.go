package evidence

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// repeat is a reader of a text that comes again and again.
type repeat struct {
	text []byte
	left int64
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.left)]
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	r.left -= int64(n)
	return n, nil
}

func benchmarkRead(b *testing.B, line func(i int) string) {
	b.Helper()
	var text bytes.Buffer
	for i := range 2000 {
		text.WriteString(line(i))
	}
	const size = 64 << 20
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if err := NewSet().Read("error.log", &repeat{text: text.Bytes(), left: size}, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkErrorLog reads an error log of pages that are not there.
func BenchmarkErrorLog(b *testing.B) {
	benchmarkRead(b, func(i int) string {
		return fmt.Sprintf("2026/11/30 01:27:%02d [error] 15940#15940: *%d open() \"/usr/share/nginx/html/%d.png\" failed (2: No such file or directory), client: 192.0.2.7, server: shop.example, request: \"GET /%d.png HTTP/1.1\", host: \"shop.example\"\n", i%60, i, i, i)
	})
}

// BenchmarkNoise reads a log of something else.
func BenchmarkNoise(b *testing.B) {
	benchmarkRead(b, func(i int) string {
		return fmt.Sprintf("level=info ts=2026-11-30T01:27:28Z caller=server.go:%d msg=\"request handled\" path=/api/v1/items/%d duration=%dms status=200 bytes=%d\n", i%500, i, i%90, i*3)
	})
}

// BenchmarkAccessLog reads an access log, of which every line counts.
func BenchmarkAccessLog(b *testing.B) {
	benchmarkRead(b, func(i int) string {
		return fmt.Sprintf("192.0.2.%d - - [30/Nov/2026:01:25:%02d +0000] \"GET /items/%d HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n", i%200, i%60, i, i*7)
	})
}

// BenchmarkMatches reads an error log of which every line tells something.
func BenchmarkMatches(b *testing.B) {
	line := "2026/11/30 01:26:11 [error] 13786#13786: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , request: \"GET /x HTTP/1.1\", upstream: \"http://127.0.0.1:3000/x\", host: \"a\"\n"
	benchmarkRead(b, func(int) string { return line })
}

// TestMemory holds that a long log does not stay in memory: what is kept does not
// grow with it.
func TestMemory(t *testing.T) {
	kept := func(n int64) int {
		s := NewSet()
		var text strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&text, "2026/11/30 01:26:11 [error] 1#1: *%d connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , request: \"GET /%d HTTP/1.1\", upstream: \"http://192.0.2.%d:%d/\", host: \"a\"\n", i, i, i%250, i)
		}
		if err := s.Read("error.log", &repeat{text: []byte(text.String()), left: n}, Options{}); err != nil {
			t.Fatal(err)
		}
		size := len(s.Errors.All())
		for _, g := range s.Errors.All() {
			size += len(g.Lines) + len(g.Paths) + len(g.Methods) + len(g.Workers)
		}
		return size
	}
	small, large := kept(4<<20), kept(64<<20)
	if large > small*2 {
		t.Errorf("%d values are kept of 4 MB, %d of 64 MB", small, large)
	}
}
