package fleet

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

// natural compares names so that web-2 comes before web-10.
func natural(a, b string) int {
	for x, y := a, b; x != "" && y != ""; {
		m, n := digits(x), digits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		one, two := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if c := cmp.Or(cmp.Compare(len(one), len(two)), cmp.Compare(one, two)); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// digits is the number of digits that a text begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

var number = lazyre.New(`[0-9]+`)

// groupOf is what hosts of one kind share in their names: "web-#" of web-01.
func groupOf(host string) string { return number.ReplaceAllLiteralString(host, "#") }

// mostNames is how many names, or ranges of them, Names writes out.
const mostNames = 8

// Names writes the names of hosts for people, numbered ones as ranges: "web-01 to
// web-37, web-40". Of many the first are named and the others counted.
func Names(hosts []string) string { return ranges(hosts, mostNames) }

// AllNames writes all of them.
func AllNames(hosts []string) string { return ranges(hosts, len(hosts)) }

func ranges(hosts []string, most int) string {
	var parts []string
	named := 0
	for i := 0; i < len(hosts); {
		j := i + 1
		for j < len(hosts) && follows(hosts[j-1], hosts[j]) {
			j++
		}
		if len(parts) == most {
			return fmt.Sprintf("%s and %d more", strings.Join(parts, ", "), len(hosts)-named)
		}
		if j-i < 3 { // a range of two is as long as the two
			j = i + 1
		}
		if j-i == 1 {
			parts = append(parts, hosts[i])
		} else {
			parts = append(parts, hosts[i]+" to "+hosts[j-1])
		}
		named += j - i
		i = j
	}
	return strings.Join(parts, ", ")
}

// follows reports whether a name is the one after another: one number in it is larger
// by one.
func follows(a, b string) bool {
	if groupOf(a) != groupOf(b) {
		return false
	}
	x, y := number.FindAllString(a, -1), number.FindAllString(b, -1)
	different := -1
	for i := range x {
		if x[i] == y[i] {
			continue
		}
		if different >= 0 {
			return false
		}
		different = i
	}
	if different < 0 {
		return false
	}
	m, err := strconv.Atoi(x[different])
	n, err2 := strconv.Atoi(y[different])
	padded := strings.HasPrefix(x[different], "0") || strings.HasPrefix(y[different], "0")
	return err == nil && err2 == nil && n == m+1 && (!padded || len(x[different]) == len(y[different]))
}
