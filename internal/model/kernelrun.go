package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// A kernelRun is a kernel while a loader writes the lines of one family of keys
// to it. It begins with what the kernel itself sets.
type kernelRun struct {
	loader Loader
	target facts.Range
	names  []string // interfaces

	values map[string][]string // the numbers of a key, or its text
	by     map[string]Assignment
	own    map[string]bool // an interface's key that "default" does not change any more
	deeds  []string        // writes of which each counts
	joined bool            // the family has more than one key that changes others
	guess  bool            // a value was written that nobody can judge
	// unordered says that nobody knows in which order systemd writes the lines: two
	// of a key may say the same.
	unordered bool
	ports     []PortWrite
	live      bool // the lines are what a kernel shows, in the order of their names
}

// start is what a key holds that nothing is known of.
const start = "as it was"

// other stands for the interfaces that no line names.
const other = "any other"

// get is what a key holds: as many words as are known to matter.
func (r *kernelRun) get(key string) []string {
	if v, ok := r.values[key]; ok {
		return v
	}
	if k, ok := facts.ParamOf(key); ok {
		if text, ok := facts.OneDefault(k.Defaults, r.target); ok {
			return strings.Fields(text)
		}
	}
	return nil
}

// word is one of the numbers of a key.
func (r *kernelRun) word(key string, i int) string {
	if v := r.get(key); i < len(v) {
		return v[i]
	}
	return start
}

// run writes the lines of a key's family.
func (r *kernelRun) run(key string, lines []Assignment) {
	named, rows := map[string]bool{}, map[string]bool{rowOf(key): true}
	for _, a := range lines {
		if key := keyFor(a.Entry, r.loader); !a.Glob {
			named[key] = true
			rows[rowOf(key)] = true
		}
	}
	r.unordered = r.loader == Systemd && len(named) > 1 && slices.ContainsFunc(lines, func(a Assignment) bool {
		return waits(a.Value.Value) && slices.ContainsFunc(lines, func(o Assignment) bool {
			return o.Entry != a.Entry && keyFor(o.Entry, Systemd) == keyFor(a.Entry, Systemd)
		})
	})
	r.joined = len(rows) > 1 && isPartner(rowOf(key))
	for _, a := range program(lines, r.loader) {
		key := keyFor(a.Entry, r.loader)
		if !a.Glob {
			r.write(key, a)
			continue
		}
		for _, k := range r.matches(key, rows) {
			if !named[k] {
				r.write(k, a)
			}
		}
	}
}

// matches are the keys that a wildcard stands for, of those that matter to the
// family: each of its rows for every interface.
func (r *kernelRun) matches(pattern string, rows map[string]bool) []string {
	var keys []string
	add := func(key string) {
		if sysctl.Match(pattern, key) {
			keys = append(keys, key)
		}
	}
	for row := range rows {
		k, ok := splitInterface(row)
		if !ok {
			add(row)
			continue
		}
		for _, name := range []string{"all", "default"} {
			add(k.of(name))
		}
		for _, name := range r.names {
			add(k.of(name))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// write gives a key a value, as far as the kernel takes it.
func (r *kernelRun) write(key string, a Assignment) {
	if other, ok := aliases[key]; ok {
		key = other
	}
	k, _ := facts.ParamOf(key)
	if k != nil && k.ReadOnly {
		return
	}
	// Switching IPv6 off takes addresses away, which switching it on does not
	// bring back.
	takesAway := strings.HasSuffix(key, ".disable_ipv6") && a.Value.Value != "0"
	if r.joined || takesAway || slices.Contains(deeds, key) {
		r.deeds = append(r.deeds, key+"="+a.Value.Value)
	}
	if r.loader == Systemd && len(r.get(key)) == 1 && r.get(key)[0] == a.Value.Value {
		return // it does not write what it reads
	}
	old := r.get(key)
	taken := r.judge(k, key, a)
	if len(taken) == 0 {
		return
	}
	if key == portRangeKey || key == privilegedKey {
		w := r.portWrite(key, a, taken)
		r.ports = append(r.ports, w)
		if w.Refused {
			return
		}
		if !w.Known { // whether it is taken depends on the other key
			taken[0] += " beside " + r.word(portRangeKey, 0) + " " + r.word(portRangeKey, 1) + " " + r.word(privilegedKey, 0)
		}
	}
	value := slices.Clone(old)
	for i, w := range taken {
		if i < len(value) {
			value[i] = w
		} else {
			value = append(value, w)
		}
	}
	r.set(key, value, a)
	r.spread(key, old, value, a)
}

func (r *kernelRun) set(key string, value []string, a Assignment) {
	r.values[key], r.by[key] = value, a
}

// spread does what writing one key does to others.
func (r *kernelRun) spread(key string, old, value []string, a Assignment) {
	k, ok := splitInterface(key)
	if !ok {
		return
	}
	everywhere := func() {
		r.set(k.of("default"), value, a)
		for _, name := range r.names {
			r.set(k.of(name), value, a)
		}
	}
	switch {
	case k.folder == "net.ipv4.conf." && k.leaf == "forwarding":
		if k.name == "all" && !slices.Equal(old, value) { // net/ipv4/devinet.c, inet_forward_change
			everywhere()
			redirects := "1"
			if value[0] != "0" {
				redirects = "0"
			}
			r.set("net.ipv4.conf.all.accept_redirects", []string{redirects}, a)
		}
	case k.folder == "net.ipv6.conf.":
		if k.name == "all" && slices.Contains(toAll, k.leaf) {
			everywhere()
		}
	case k.name == "default": // devinet_copy_dflt_conf, neigh_copy_dflt_parms
		for _, name := range r.names {
			if !r.own[k.of(name)] {
				r.set(k.of(name), value, a)
			}
		}
	default:
		r.own[key] = true
	}
}

// judge reads a value as the kernel does and returns the words that it takes. Of
// a word that some kernels take and others do not, what the key held before stays
// in it.
func (r *kernelRun) judge(k *facts.Param, key string, a Assignment) []string {
	value := a.Value.Value
	either := func(i int, w string) string { return r.word(key, i) + " or " + w }
	switch {
	case waits(value):
		r.guess = true
		return []string{either(0, value)}
	case k != nil && k.Kind == facts.List && len(k.Limits) > 0:
		if text, ok := portList(value); ok {
			return []string{text}
		}
		return nil
	case k != nil && Numeric(k):
		return r.numbers(k, key, value)
	}
	words := strings.Fields(value)
	r.guess = true
	for i, w := range words {
		n, _, ok := ReadNumber(w)
		if !ok {
			return []string{either(0, strings.Join(words, " "))} // text, or a name that has to be known
		}
		words[i] = n.String()
	}
	return words
}

// waits reports whether a value is not known before something fills it in.
func waits(value string) bool { return source.HasUnknown(value) || strings.Contains(value, "$") }

// numbers is judge for a key of which the count of numbers is known.
func (r *kernelRun) numbers(k *facts.Param, key, value string) []string {
	var taken []string
	for i, w := range strings.Fields(value) {
		if i == k.Kind.Values() {
			break
		}
		n, _, ok := ReadNumber(w)
		in, _ := n.Refused(k, r.target)
		if !ok || in.Contains(r.target) && !in.Empty() {
			if k.Kind == facts.Pair {
				return nil // a range is taken whole or not at all
			}
			break
		}
		text := n.String()
		if !in.Empty() {
			text = r.word(key, i) + " or " + text
		}
		taken = append(taken, text)
	}
	return taken
}

// portList checks a list of ports as proc_do_large_bitmap does.
func portList(value string) (text string, ok bool) {
	if value == "" {
		return "none", true
	}
	for item := range strings.SplitSeq(value, ",") {
		from, to, ranged := strings.Cut(item, "-")
		if !ranged {
			to = from
		}
		low, _, ok := ReadNumber(from)
		high, _, ok2 := ReadNumber(to)
		if !ok || !ok2 || low.Negative || high.Negative || low.Size > high.Size || high.Size > 65535 {
			return "", false
		}
	}
	return value, true
}

// same reports whether two runs end with the same kernel.
func (r *kernelRun) same(o *kernelRun) bool {
	if r.unordered || o.unordered || !slices.Equal(r.deeds, o.deeds) {
		return false
	}
	for key := range maps.Keys(r.values) {
		if !slices.Equal(r.get(key), o.get(key)) {
			return false
		}
	}
	for key := range maps.Keys(o.values) {
		if !slices.Equal(r.get(key), o.get(key)) {
			return false
		}
	}
	return true
}
