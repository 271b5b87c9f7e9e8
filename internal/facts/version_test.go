package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseVersion(t *testing.T) {
	good := map[string]Version{
		"1.28":              V(1, 28, 0),
		"1.25.3":            V(1, 25, 3),
		"v1.25.3":           V(1, 25, 3),
		"\t6.1\n":           V(6, 1, 0),
		"6":                 V(6, 0, 0),
		"6.1.0-18-amd64":    V(6, 1, 0),
		"5.15.0-91-generic": V(5, 15, 0),
		"4.18.0-553.el8":    V(4, 18, 0),
		"1.22.1-9+deb12u1":  V(1, 22, 1),
		"1.22.1+dfsg":       V(1, 22, 1),
	}
	for in, want := range good {
		got, err := ParseVersion(in)
		if err != nil || got != want {
			t.Errorf("ParseVersion(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", ".", "1.", "latest", "1.2.3.4", "0", "0.0.0", "-1", "1.-2", "1.+2", "1..2", "99999999999999999999"} {
		if got, err := ParseVersion(in); err == nil {
			t.Errorf("ParseVersion(%q) = %v, want an error", in, got)
		} else if got != (Version{}) {
			t.Errorf("ParseVersion(%q) = %v beside its error", in, got)
		}
	}
}

func TestVersionString(t *testing.T) {
	for v, want := range map[Version]string{V(6, 1, 0): "6.1", V(1, 29, 7): "1.29.7", V(1, 18, 0): "1.18", {}: "0.0"} {
		if got := v.String(); got != want {
			t.Errorf("%#v.String() = %q, want %q", v, got, want)
		}
		if v.IsZero() {
			continue
		}
		if back, err := ParseVersion(v.String()); err != nil || back != v {
			t.Errorf("%#v is read back as %v, %v", v, back, err)
		}
	}
}

// someVersions are versions on both sides of every bound of someRanges.
func someVersions() []Version {
	return []Version{V(1, 0, 0), V(1, 18, 0), V(1, 18, 1), V(1, 29, 6), V(1, 29, 7), V(1, 29, 8), V(2, 0, 0)}
}

func someRanges() []Range {
	ranges := []Range{{}, Never, Only(V(1, 29, 7)), {From: V(1, 29, 7), Before: V(1, 18, 0)}}
	for _, v := range someVersions() {
		ranges = append(ranges, Since(v), Until(v))
		for _, w := range someVersions() {
			ranges = append(ranges, Range{v, w})
		}
	}
	return ranges
}

func TestCompareIsAnOrder(t *testing.T) {
	versions := someVersions()
	for i, v := range versions {
		for j, w := range versions {
			if got := v.Compare(w); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("%v.Compare(%v) = %d", v, w, got)
			}
		}
	}
}

func TestRangeLaws(t *testing.T) {
	in := func(r Range, v Version) bool { return r.Contains(Only(v)) }
	for _, r := range someRanges() {
		if !(Range{}).Contains(r) || !r.Contains(r) || !r.Contains(Never) {
			t.Errorf("%v: the whole, itself or the empty range is off", r)
		}
		if got := r.Intersect(Never); !got.Empty() {
			t.Errorf("%v and nothing is %v", r, got)
		}
		for _, o := range someRanges() {
			both := r.Intersect(o)
			if diff := cmp.Diff(both, o.Intersect(r)); diff != "" {
				t.Errorf("%v and %v depends on the order:\n%s", r, o, diff)
			}
			for _, v := range someVersions() {
				if in(both, v) != (in(r, v) && in(o, v)) {
					t.Errorf("%v and %v is %v, wrong at %v", r, o, both, v)
				}
				if r.Contains(o) && in(o, v) && !in(r, v) {
					t.Errorf("%v contains %v, but not %v", r, o, v)
				}
			}
		}
	}
}

func TestRangeDescribe(t *testing.T) {
	for _, test := range []struct {
		r    Range
		want string
	}{
		{Range{}, "every nginx"},
		{Never, "no nginx"},
		{Until(V(1, 29, 7)), "nginx before 1.29.7"},
		{Since(V(1, 29, 7)), "nginx 1.29.7 and later"},
		{Only(V(1, 29, 7)), "nginx 1.29.7"},
		{Range{V(1, 18, 0), V(1, 29, 7)}, "nginx 1.18 to before 1.29.7"},
	} {
		if got := test.r.Describe("nginx"); got != test.want {
			t.Errorf("Describe(%v) = %q, want %q", test.r, got, test.want)
		}
	}
}
