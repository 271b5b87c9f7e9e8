package fleet_test

import (
	"fmt"
	"testing"

	"github.com/tcplint/tcplint/internal/fleet"
)

func TestNamesWritesRanges(t *testing.T) {
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf("h%c", 'a'+i))
	}
	for _, c := range []struct {
		hosts []string
		want  string
	}{
		{nil, ""},
		{[]string{"db"}, "db"},
		{[]string{"web-01", "web-02"}, "web-01, web-02"},
		{[]string{"web-08", "web-09", "web-10", "web-12"}, "web-08 to web-10, web-12"},
		{[]string{"web-9", "web-10", "web-11"}, "web-9 to web-11"},
		{[]string{"web-9", "web-010", "web-011"}, "web-9, web-010, web-011"},
		{[]string{"a1-1", "a1-2", "a1-3", "a2-4"}, "a1-1 to a1-3, a2-4"},
		{[]string{"1.a", "2.b", "3.c"}, "1.a, 2.b, 3.c"},
		{many, "ha, hb, hc, hd, he, hf, hg, hh and 12 more"},
	} {
		if got := fleet.Names(c.hosts); got != c.want {
			t.Errorf("%v: %q, want %q", c.hosts, got, c.want)
		}
	}
}
