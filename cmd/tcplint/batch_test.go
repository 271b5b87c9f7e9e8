package main

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

func TestEach(t *testing.T) {
	var sum atomic.Int64
	if err := each(100, func(i int) { sum.Add(int64(i)) }); err != nil || sum.Load() != 4950 {
		t.Errorf("sum is %d, error %v", sum.Load(), err)
	}
	if err := each(0, func(int) { t.Error("called for nothing") }); err != nil {
		t.Error(err)
	}
	var numbers []int
	err := each(3, func(i int) { _ = numbers[i] })
	if err == nil || statusOf(err) != statusFailure || !strings.Contains(err.Error(), "internal error: ") {
		t.Errorf("a panic became %v", err)
	}
}

// TestIslands checks that what shares files is linted together, and nothing else.
func TestIslands(t *testing.T) {
	file := func(name string) *source.File { return source.NewFile(name, "vm.swappiness = 1\n") }
	a, b, c, d := file("a"), file("b"), file("c"), file("d")
	set := &settings{}
	host := func(only map[string]bool, files ...*source.File) *unit {
		return (&unit{set: set, only: only, in: model.Input{Sysctl: files}}).build()
	}
	units := []*unit{
		host(nil, a),
		host(nil, b, c),
		host(map[string]bool{"d": true}, d, c),
		host(nil, d),
	}
	var got strings.Builder
	for _, is := range islands(units) {
		for _, b := range is.batches {
			for _, u := range b.units {
				for _, f := range u.files {
					got.WriteString(f.Path)
				}
			}
			got.WriteString(".")
		}
		got.WriteString(" ")
	}
	// The restricted unit is a batch of its own; the others of its island are one.
	if want := "a. bcd.cd. "; got.String() != want {
		t.Errorf("islands are %q, want %q", got.String(), want)
	}
}

func TestPrintable(t *testing.T) {
	if got, want := printable("a\x1b[31mé\u202e\n"), "a\\x1b[31mé\\u202e\n"; got != want {
		t.Errorf("printable gives %q, want %q", got, want)
	}
}
