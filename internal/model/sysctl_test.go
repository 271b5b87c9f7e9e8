package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/model"
)

// kernelValue is what a test expects of a SysctlValue.
type kernelValue struct {
	Line   string // the file and the value that wins; empty if none does
	Unsure bool
}

func TestSysctlGet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, archive, key string
		want               kernelValue
	}{
		{"nothing", "-- sysctl.conf --\n", "net.core.somaxconn", kernelValue{}},
		{"the last line wins", "-- sysctl.conf --\na.b = 1\na.b = 2\n", "a.b", kernelValue{Line: "sysctl.conf 2"}},
		{"slashes are dots", "-- sysctl.conf --\na.b = 1\na/b = 2\n", "a.b", kernelValue{Line: "sysctl.conf 2"}},
		{"a dot inside a name", "-- sysctl.conf --\nnet/ipv4/conf/eth0.100/rp_filter = 2\n", "net.ipv4.conf.eth0/100.rp_filter", kernelValue{Line: "sysctl.conf 2"}},
		{"a minus changes nothing", "-- sysctl.conf --\na.b = 1\n-a.b = 2\n", "a.b", kernelValue{Line: "sysctl.conf 2"}},
		{"files by their base names", "-- etc/sysctl.d/20-a.conf --\na.b = 2\n-- lib/sysctl.d/10-z.conf --\na.b = 1\n", "a.b", kernelValue{Line: "etc/sysctl.d/20-a.conf 2"}},
		{"100 comes before 20", "-- sysctl.d/20.conf --\na.b = 2\n-- sysctl.d/100.conf --\na.b = 1\n", "a.b", kernelValue{Line: "sysctl.d/20.conf 2"}},
		{"sysctl.conf comes last", "-- etc/sysctl.conf --\na.b = 1\n-- etc/sysctl.d/zz.conf --\na.b = 1\n", "a.b", kernelValue{Line: "etc/sysctl.conf 1"}},
		{"loaders that disagree", "-- etc/sysctl.conf --\na.b = 1\n-- etc/sysctl.d/10.conf --\na.b = 2\n", "a.b", kernelValue{Line: "etc/sysctl.conf 1", Unsure: true}},
		{"loaders that agree but for blanks", "-- etc/sysctl.conf --\na.b = 1  2\n-- etc/sysctl.d/10.conf --\na.b = 1\t2\n", "a.b", kernelValue{Line: "etc/sysctl.conf 1  2"}},
		{"loaders that agree in the end", "-- etc/sysctl.conf --\na.b = 0\na.b = 1\n-- etc/sysctl.d/10.conf --\na.b = 2\n-- etc/sysctl.d/20.conf --\na.b = 1\n", "a.b", kernelValue{Line: "etc/sysctl.conf 1"}},
		{"a link 99-sysctl.conf is a file like others", "-- etc/sysctl.d/99-sysctl.conf --\na.b = 1\n-- etc/sysctl.d/10.conf --\na.b = 2\n", "a.b", kernelValue{Line: "etc/sysctl.d/99-sysctl.conf 1"}},
		{"sysctl.d/sysctl.conf is a file like others", "-- sysctl.d/sysctl.conf --\na.b = 1\n-- sysctl.d/z.conf --\na.b = 2\n", "a.b", kernelValue{Line: "sysctl.d/z.conf 2"}},
		{"a wildcard", "-- sysctl.conf --\nnet.ipv4.conf.*.rp_filter = 1\n", "net.ipv4.conf.lo.rp_filter", kernelValue{Line: "sysctl.conf 1"}},
		{"a wildcard for something else", "-- sysctl.conf --\nnet.ipv4.conf.*.rp_filter = 1\n", "net.ipv4.conf.lo.forwarding", kernelValue{}},
		{"the last wildcard wins", "-- sysctl.conf --\na.* = 1\na.? = 2\n", "a.b", kernelValue{Line: "sysctl.conf 2"}},
		{"a name wins over a later wildcard", "-- sysctl.conf --\na.b = 1\na.* = 2\n", "a.b", kernelValue{Line: "sysctl.conf 1"}},
		{"excluded from wildcards", "-- sysctl.conf --\n-a.b\na.* = 2\n", "a.b", kernelValue{}},
		{"excluded below the wildcard", "-- sysctl.conf --\na.* = 2\n-a/b\n", "a.b", kernelValue{}},
		{"excluded and named", "-- sysctl.conf --\n-a.b\na.b = 1\na.* = 2\n", "a.b", kernelValue{Line: "sysctl.conf 1"}},
		{"another one is excluded", "-- sysctl.conf --\n-a.b\na.* = 2\n", "a.c", kernelValue{Line: "sysctl.conf 2"}},
		{"an exclusion with a wildcard", "-- sysctl.conf --\n-a.b*\na.* = 2\n", "a.c", kernelValue{Line: "sysctl.conf 2", Unsure: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := build(t, tt.archive).Sysctl.Get(tt.key)
			got := kernelValue{Unsure: !v.Sure}
			if v.Set {
				got.Line = v.Tree.File.Path + " " + v.Value.Value
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, ok := v.Int(); ok && (!v.Set || !v.Sure) {
				t.Error("Int says something of a value that is not set or not sure")
			}
		})
	}
	var none *model.Sysctl
	if v := none.Get("a.b"); v.Set || !v.Sure {
		t.Errorf("without files: %+v", v)
	}
}

func TestSysctlLists(t *testing.T) {
	t.Parallel()
	h := build(t, "-- sysctl.d/10.conf --\nb = 1\n-c\na.* = 1\n-- sysctl.conf --\na = 2\nb = 3\n")
	if diff := cmp.Diff([]string{"a", "b"}, h.Sysctl.Keys()); diff != "" {
		t.Errorf("Keys (-want +got):\n%s", diff)
	}
	var got []string
	for _, a := range h.Sysctl.Assignments("b") {
		got = append(got, a.Tree.File.Path+" "+a.Value.Value)
	}
	if diff := cmp.Diff([]string{"sysctl.d/10.conf 1", "sysctl.conf 3"}, got); diff != "" {
		t.Errorf("Assignments (-want +got):\n%s", diff)
	}
}

func TestParseInt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"1024", 1024, true},
		{"-1", -1, true},
		{"0x10", 16, true},
		{"010", 8, true},
		{" 5 ", 5, true},
		{"1 # why", 1, true},
		{"4096\t87380", 4096, true},
		{"08", 0, false},
		{"", 0, false},
		{"on", 0, false},
		{"1,000", 0, false},
		{"1_000", 0, false},
		{"+1", 0, false},
		{"0b1", 0, false},
		{"0o7", 0, false},
		{"64k", 0, false},
		{`"1"`, 0, false},
		{"1.5", 0, false},
		{"99999999999999999999", 0, false},
	}
	for _, tt := range tests {
		if n, ok := model.ParseInt(tt.text); ok != tt.ok || ok && n != tt.want {
			t.Errorf("ParseInt(%q) = %d, %v", tt.text, n, ok)
		}
	}
}

func TestLoopbackWithoutIPv6(t *testing.T) {
	t.Parallel()
	const all, lo, def, any = "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.lo.disable_ipv6", "net.ipv6.conf.default.disable_ipv6", "net.ipv6.conf.*.disable_ipv6"
	tests := []struct {
		name, text string
		want       string // the key of the line; empty if ::1 is there
	}{
		{"nothing", "", ""},
		{"all", all + " = 1\n", all},
		{"lo", lo + " = 1\n", lo},
		{"default alone does not touch lo", def + " = 1\n", ""},
		{"all, and lo gets it back", all + " = 1\n" + lo + " = 0\n", ""},
		{"lo gets it back, but all comes later", lo + " = 0\n" + all + " = 1\n", all},
		{"both", all + " = 1\n" + lo + " = 1\n", lo},
		{"given back for all", lo + " = 1\n" + all + " = 0\n", ""},
		{"any number but 0", all + " = 2\n", all},
		{"no number", all + " = yes\n", ""},
		{"no number takes nothing back", all + " = 1\n" + lo + " = no\n", all},
		{"a wildcard", any + " = 1\n", any},
		{"a wildcard, and lo named above it", lo + " = 0\n" + any + " = 1\n", any}, // it sets all, and that lo
		{"a wildcard, and lo named below it", any + " = 1\n" + lo + " = 0\n", ""},
		{"a wildcard, and all named above it", all + " = 0\n" + any + " = 1\n", any}, // it sets lo
		{"a wildcard, and both named", lo + " = 0\n" + all + " = 0\n" + any + " = 1\n", ""},
		{"a wildcard, and both excluded", "-" + lo + "\n-" + all + "\n" + any + " = 1\n", ""},
		{"with slashes", "net/ipv6/conf/all/disable_ipv6 = 1\n", all},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, ok := build(t, "-- sysctl.conf --\n"+tt.text).Sysctl.LoopbackWithoutIPv6()
			got := ""
			if ok {
				got = a.Key.Value
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	masked := build(t, "-- usr/lib/sysctl.d/10.conf --\n"+all+" = 1\n-- etc/sysctl.d/10.conf --\n# nothing\n")
	if a, ok := masked.Sysctl.LoopbackWithoutIPv6(); ok {
		t.Errorf("a line of a masked file counts: %v", a.Key.Value)
	}
	var none *model.Sysctl
	if _, ok := none.LoopbackWithoutIPv6(); ok {
		t.Error("without files")
	}
}
