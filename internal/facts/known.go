package facts

import (
	"fmt"
	"maps"
	"slices"
)

// lastMinor is the last series of each major number of Linux that has ended
// (https://www.kernel.org/pub/linux/kernel/).
var lastMinor = map[int]int{2: 6, 3: 19, 4: 20, 5: 19, 6: 19}

// lastPatch is the last release of each branch of nginx that has long ended
// (https://nginx.org/download/).
var lastPatch = map[int]int{18: 0, 19: 10, 20: 2, 21: 6, 22: 1, 23: 4, 24: 0, 25: 5, 26: 3, 27: 5}

// DoubtKernel says why little can be said of a version of Linux: it is newer than any
// that is known, older than the window, or none that there ever was. It is empty for
// the rest. A patch level beyond the newest known is no news.
func DoubtKernel(v Version) string {
	series := V(v.Major, v.Minor, 0)
	last, ended := lastMinor[v.Major]
	switch {
	case v.Major < slices.Min(slices.Collect(maps.Keys(lastMinor))) || ended && v.Minor > last:
		return fmt.Sprintf("there is no Linux %s", v)
	case series.Compare(V(NewestKernel.Major, NewestKernel.Minor, 0)) > 0:
		return tooNew("Linux", v, V(NewestKernel.Major, NewestKernel.Minor, 0))
	case v.Compare(OldestKernel) < 0:
		return tooOld("Linux", v, OldestKernel)
	}
	return ""
}

// DoubtServer is the same for what ParseServer takes. It is empty where that fails.
func DoubtServer(s string) string {
	f, v, err := parseServer(s)
	switch {
	case err != nil:
		return ""
	case !f.newest.IsZero(): // one that counts its releases otherwise
		if V(v.Major, v.Minor, 0).Compare(f.newest) > 0 {
			return tooNew(f.Title, v, f.newest)
		}
		return ""
	}
	last, ended := lastPatch[v.Minor]
	switch {
	case v.Major == 0 && v.Minor > 9 || v.Major == 1 && ended && v.Patch > last:
		return fmt.Sprintf("there is no %s %s", f.Title, v)
	case v.Compare(NewestNginx) > 0:
		return tooNew(f.Title, v, NewestNginx)
	case v.Compare(OldestNginx) < 0:
		return tooOld(f.Title, v, OldestNginx)
	}
	return ""
}

func tooNew(product string, v, newest Version) string {
	return fmt.Sprintf("%s %s is newer than %s, the newest that is known: what came after that is judged as if nothing had changed", product, v, newest)
}

func tooOld(product string, v, oldest Version) string {
	return fmt.Sprintf("%s %s is older than %s, the oldest that the rules are about: some of them may be wrong about it", product, v, oldest)
}
