package facts

import (
	"iter"
	"math"
	"slices"
	"sort"
	"strings"
)

// OldestKernel is where the supported window of Linux kernels begins. A claim for
// "every kernel" is checked from here on.
var OldestKernel = Version{4, 18, 0}

// KernelWindow is the range of kernels that findings speak of where no version is
// given: the oldest supported one and later.
func KernelWindow() Range { return Since(OldestKernel) }

// ParamKind is the shape of a kernel parameter's value.
type ParamKind uint8

// The kinds. Where the kernel checks a number's range, Param.Limits has it.
const (
	Int    ParamKind = iota // one integer
	Bool                    // one integer meant as 0 or 1; the kernel seldom checks
	Enum                    // one integer with a few meanings
	Triple                  // three integers: min default max, or low pressure high
	Pair                    // two integers: low high
	List                    // several values in a form of the key's own
	String                  // text
)

// String names the kind for a message.
func (k ParamKind) String() string {
	return [...]string{"a number", "0 or 1", "a number", "three numbers", "two numbers", "a list", "text"}[k]
}

// Values is how many numbers a value has: 1, 2 or 3, and 0 where the count is not fixed.
func (k ParamKind) Values() int {
	return [...]int{1, 1, 1, 3, 2, 0, 0}[k]
}

// Bound is one end of the range that the kernel accepts, if it checks one.
type Bound struct {
	Known bool
	N     int64
}

// NoBound is what an upper Bound holds for the unsigned 64-bit keys, whose true
// limit no int64 can hold.
const NoBound = math.MaxInt64

// Limit is what the kernel accepts for each number of the value, for a span of
// kernels; anything else is EINVAL. Where the limit depends on how the kernel was
// built, the widest one is given.
type Limit struct {
	In       Range
	Min, Max Bound
}

// Param is one kernel parameter, or one row for all network interfaces
// ("net.ipv4.conf.*.rp_filter").
type Param struct {
	Key      string    // with dots; "*" stands for an interface, "all" or "default"
	Kind     ParamKind // shape of the value
	Unit     string    // "seconds", "pages", "0/1/2"; "" if not recorded
	Limits   []Limit   // what the kernel accepts, by version; nil if it checks nothing or that is not known
	Defaults []Default // by version; nil if computed at boot or not known
	// In is every kernel that may have the key: outside it no mainline kernel has
	// it. Sure is the part of In for which that is certain. They differ where no
	// kernel between two was looked at, and where stable branches took a backport.
	// Distributions that carry features back (RHEL) are in neither.
	In, Sure   Range
	NoopSince  Version // from here on it is accepted without effect; zero: it works
	NoopUnless string  // a setting with which it works after all ("net.ipv4.tcp_syncookies=0"), or ""
	Noop       string  // why it has no effect
	Instead    string  // what to set in place of a key without effect, or ""
	ReadOnly   bool    // it shows something and cannot be set
	Netns      bool    // every network namespace has its own; "default" under neigh is the host's alone
	HostOnly   bool    // a network namespace other than the host's lacks it or cannot write it; with Netns false too: not known
	SafeSince  string  // the Kubernetes release from which a pod may set it as a safe sysctl, or ""
	Doc        string  // what it does, in a few words; "" if not recorded
	Ref        string  // kernel source of the table entry, https
}

// GoneParam is a key that mainline kernels of today do not have.
type GoneParam struct {
	Key string // may hold one "*", for any text
	// Removed is the first kernel that lacks the key for certain, RemovedEarliest
	// the first that may lack it. Both are zero where mainline never had it.
	Removed, RemovedEarliest Version
	Vendor                   string // whose kernels have it; "" if mainline's
	Detail                   string // what it did, and why it went
	Instead                  string // what to use today; "" if nothing is needed
	Evidence                 string // where this was seen
}

type misspelling struct{ wrong, right string }

// Takes says in words what is written as the value of the parameter, and in which unit
// its numbers are; "" if they have none or that is not recorded.
func (p *Param) Takes() (what, unit string) {
	what = p.Kind.String()
	low, high, isRange := strings.Cut(p.Unit, "-")
	switch values := strings.Split(p.Unit, "/"); {
	case p.Unit == "" || p.Unit == "flag":
		return what, ""
	case p.Unit == "write-only" || p.Unit == "write":
		return what + ", which can be written and not read", ""
	case p.Unit == "bitmap":
		return what + ", each bit of which is a switch", ""
	case p.Kind == Enum && len(values) > 1:
		last := len(values) - 1
		return strings.Join(values[:last], ", ") + " or " + values[last], ""
	case p.Kind == Enum && isRange:
		return what + " from " + low + " to " + high, ""
	case p.Kind == String || p.Kind == List:
		return what + ": " + p.Unit, ""
	}
	return what, p.Unit
}

// Params are all parameters, in the order of their keys. What it yields must not be
// changed.
func Params() iter.Seq[*Param] {
	return func(yield func(*Param) bool) {
		for i := range params {
			if !yield(&params[i]) {
				return
			}
		}
	}
}

// perInterface are the folders whose next part is an interface, all or default.
var perInterface = [...]string{"net.ipv4.conf.", "net.ipv4.neigh.", "net.ipv6.conf.", "net.ipv6.neigh."}

// ParamOf finds the row of a key in dot notation. A key of one interface, of
// "all" or of "default" finds the row of all interfaces, also where the
// interface's own name has dots or slashes ("net.ipv4.conf.eth0.100.rp_filter").
// What it returns must not be changed.
func ParamOf(key string) (*Param, bool) {
	if p := paramAt(key); p != nil {
		return p, true
	}
	for _, folder := range perInterface {
		rest, ok := strings.CutPrefix(key, folder)
		dot := strings.LastIndexByte(rest, '.')
		if ok && dot > 0 {
			p := paramAt(folder + "*" + rest[dot:])
			return p, p != nil
		}
	}
	return nil, false
}

// completeFolders are those of which every key of the kernels that were read is in
// the table, and nothing was missing on a running 6.18.
var completeFolders = [...]string{"net.core.", "net.ipv4.", "net.ipv6.", "net.mptcp.", "net.netfilter.", "net.unix."}

// ParamsComplete reports whether the table holds every mainline key of the key's
// folder, so that one it lacks is unknown to the kernel. Elsewhere (kernel, vm, fs,
// dev, drivers and file systems) keys exist that it does not have.
func ParamsComplete(key string) bool {
	for _, folder := range completeFolders {
		if strings.HasPrefix(key, folder) {
			return !strings.HasPrefix(key, "net.netfilter.nf_log.") // a key per protocol family
		}
	}
	return false
}

func paramAt(key string) *Param {
	i := sort.Search(len(params), func(i int) bool { return params[i].Key >= key })
	if i == len(params) || params[i].Key != key {
		return nil
	}
	return &params[i]
}

// GoneParamOf finds what is known of a key that mainline kernels lost or never had.
func GoneParamOf(key string) (*GoneParam, bool) {
	for i := range goneParams {
		if matchStar(goneParams[i].Key, key) {
			return &goneParams[i], true
		}
	}
	return nil, false
}

// matchStar compares s with a pattern in which one "*" stands for one or more bytes.
func matchStar(pattern, s string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	return len(s) > len(before)+len(after) && strings.HasPrefix(s, before) && strings.HasSuffix(s, after)
}

// MisspeltParam is the right key for one that is often written wrongly.
func MisspeltParam(key string) (right string, ok bool) {
	i, found := slices.BinarySearchFunc(misspelt, key, func(m misspelling, key string) int {
		return strings.Compare(m.wrong, key)
	})
	if !found {
		return "", false
	}
	return misspelt[i].right, true
}
