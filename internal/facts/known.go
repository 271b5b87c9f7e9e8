package facts

import "fmt"

// lastMinor is the last series of a major number of Linux that has ended
// (https://www.kernel.org/pub/linux/kernel/).
func lastMinor(major int) (minor int, ended bool) {
	switch major {
	case 2:
		return 6, true
	case 3, 5, 6:
		return 19, true
	case 4:
		return 20, true
	}
	return 0, major < 2
}

// lastPatch is the last release of each branch of nginx that has long ended, from 1.18
// (https://nginx.org/download/).
var lastPatch = [...]int{0, 10, 2, 6, 1, 4, 0, 5, 3, 5}

// DoubtKernel says why little can be said of a version of Linux: it is newer than any
// that is known, older than the window, or none that there ever was. It is empty for
// the rest. A patch level beyond the newest known is no news.
func DoubtKernel(v Version) string {
	series := V(v.Major, v.Minor, 0)
	last, ended := lastMinor(v.Major)
	switch {
	case ended && v.Minor > last:
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
	branch := v.Minor - OldestNginx.Minor
	ended := v.Major == 1 && branch >= 0 && branch < len(lastPatch)
	switch {
	case v.Major == 0 && v.Minor > 9 || ended && v.Patch > lastPatch[branch]:
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
