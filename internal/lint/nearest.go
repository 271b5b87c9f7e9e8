package lint

import (
	"math/bits"
	"strings"
)

// Nearest returns the name that is closest to a misspelt one: the one with the
// fewest changed letters, if these are at most a third of it, else one that
// contains it.
func Nearest(name string, names []string) (near string, ok bool) {
	best := len(name)/3 + 1
	for _, n := range names {
		if d := distance(name, n, best); d < best {
			best, near = d, n
		}
	}
	if near != "" {
		return near, true
	}
	for _, n := range names {
		if len(name) > 2 && strings.Contains(n, name) {
			return n, true
		}
	}
	return "", false
}

// Slip reports whether one name may be the other, mistyped: a letter that is
// wrong, missing or too much, two in a long name.
func Slip(a, b string) bool {
	const long = 8
	most := 1
	if min(len(a), len(b)) >= long {
		most = 2
	}
	return distance(a, b, most+1) <= most
}

// distance is the Levenshtein distance of two names, or at least limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	// Each letter that only one of them has takes a change.
	if in, of := letters(a), letters(b); bits.OnesCount64(in&^of) >= limit || bits.OnesCount64(of&^in) >= limit {
		return limit
	}
	const usual = 64
	var buf [usual]int
	row := buf[:0]
	for j := range len(b) + 1 {
		row = append(row, j)
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost = 1 + min(diag, row[j], row[j+1])
			}
			diag, row[j+1] = row[j+1], cost
			least = min(least, cost)
		}
		if least >= limit {
			return limit
		}
	}
	return row[len(b)]
}

// letters has a bit for each letter of a name; some letters share one.
func letters(s string) (set uint64) {
	const size = 64
	for i := range len(s) {
		set |= 1 << (s[i] % size)
	}
	return set
}
