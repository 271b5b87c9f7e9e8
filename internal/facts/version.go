// Package facts holds what is known about nginx and the Linux kernel: versions,
// directives and kernel parameters, each with its source. It is data; nothing
// here reads a file.
package facts

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a release number such as nginx 1.29.7 or Linux 5.15. The zero
// Version stands for "no bound" in a Range.
type Version struct{ Major, Minor, Patch int }

// V makes a Version.
func V(major, minor, patch int) Version { return Version{major, minor, patch} }

// ParseVersion reads "1.25", "1.25.3", "6.1.0-18-amd64" or "5.15.0-91-generic":
// up to three numbers with dots, and whatever a distribution adds behind a "-"
// or "+". The error names the text that is no version.
func ParseVersion(s string) (Version, error) {
	bad := fmt.Errorf("%q is not a version: want up to three numbers, such as 1.28.0 or 6.1", s)
	core, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(s), "v"), "-")
	core, _, _ = strings.Cut(core, "+")
	parts := strings.Split(core, ".")
	if len(parts) > 3 {
		return Version{}, bad
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || p[0] == '+' {
			return Version{}, bad
		}
		n[i] = v
	}
	if n == [3]int{} {
		return Version{}, bad
	}
	return Version{n[0], n[1], n[2]}, nil
}

// IsZero reports whether v is the zero Version, which bounds nothing.
func (v Version) IsZero() bool { return v == Version{} }

// Compare is negative if v is older than o, 0 if equal, positive if newer.
func (v Version) Compare(o Version) int {
	if v.Major != o.Major {
		return v.Major - o.Major
	}
	if v.Minor != o.Minor {
		return v.Minor - o.Minor
	}
	return v.Patch - o.Patch
}

// String writes nginx's and the kernel's usual form; a zero patch level is left
// out ("6.1"), as kernel releases are known by two numbers.
func (v Version) String() string {
	if v.Patch == 0 {
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Range is a half-open span of versions: From is in it, Before is not. A zero
// bound is no bound; the zero Range holds every version.
type Range struct{ From, Before Version }

// Since is every version from v on.
func Since(v Version) Range { return Range{From: v} }

// Until is every version before v.
func Until(v Version) Range { return Range{Before: v} }

// Only is the single version v.
func Only(v Version) Range {
	return Range{From: v, Before: Version{v.Major, v.Minor, v.Patch + 1}}
}

// Never is the empty range.
var Never = Range{From: Version{0, 0, 2}, Before: Version{0, 0, 1}}

// Empty reports whether no version lies in r.
func (r Range) Empty() bool {
	return !r.Before.IsZero() && r.From.Compare(r.Before) >= 0
}

// Intersect is the range of the versions in both.
func (r Range) Intersect(o Range) Range {
	if r.From.IsZero() || (!o.From.IsZero() && o.From.Compare(r.From) > 0) {
		r.From = o.From
	}
	if r.Before.IsZero() || (!o.Before.IsZero() && o.Before.Compare(r.Before) < 0) {
		r.Before = o.Before
	}
	if r.Empty() {
		return Never
	}
	return r
}

// Contains reports whether every version of o lies in r.
func (r Range) Contains(o Range) bool { return o.Empty() || r.Intersect(o) == o }

// Span is the range from the first version in either to the last.
func (r Range) Span(o Range) Range {
	switch {
	case r.Empty():
		return o
	case o.Empty():
		return r
	}
	if o.From.Compare(r.From) < 0 {
		r.From = o.From
	}
	if o.Before.IsZero() || !r.Before.IsZero() && o.Before.Compare(r.Before) > 0 {
		r.Before = o.Before
	}
	return r
}

// Without takes the versions of o out of r. o must have no end or begin no later
// than r; of a range that it cuts in two, the later part is left.
func (r Range) Without(o Range) Range {
	switch {
	case r.Intersect(o).Empty():
		return r
	case o.Contains(r):
		return Never
	case o.Before.IsZero():
		return r.Intersect(Until(o.From))
	}
	return r.Intersect(Since(o.Before))
}

// Describe says the range in words, for a product: "nginx before 1.29.7".
func (r Range) Describe(product string) string {
	switch {
	case r.Empty():
		return "no " + product
	case r.From.IsZero() && r.Before.IsZero():
		return "every " + product
	case r.From.IsZero():
		return product + " before " + r.Before.String()
	case r.Before.IsZero():
		return product + " " + r.From.String() + " and later"
	case r == Only(r.From):
		return product + " " + r.From.String()
	default:
		return product + " " + r.From.String() + " to before " + r.Before.String()
	}
}
