package model

import (
	"slices"
	"strings"
)

// Most keys of the kernel hold their own value and nothing else. These do more:
// writing one changes another, or what another may be set to. A family is a set
// of keys that have to be looked at together; a key on its own is one, too.

// aliases are keys that are another one under a second name.
var aliases = map[string]string{
	"net.ipv4.ip_forward":  "net.ipv4.conf.all.forwarding",
	"net.nf_conntrack_max": "net.netfilter.nf_conntrack_max",
}

// partners are sets of keys of which one changes or bounds another in ways that
// are not followed here.
var partners = [][]string{
	{"vm.dirty_bytes", "vm.dirty_ratio"},
	{"vm.dirty_background_bytes", "vm.dirty_background_ratio"},
	{"vm.overcommit_kbytes", "vm.overcommit_ratio"},
	{"kernel.sched_rt_period_us", "kernel.sched_rt_runtime_us"},
	{"kernel.nmi_watchdog", "kernel.soft_watchdog", "kernel.watchdog", "kernel.watchdog_thresh"},
	{"net.ipv4.neigh.*.base_reachable_time", "net.ipv4.neigh.*.base_reachable_time_ms"},
	{"net.ipv4.neigh.*.retrans_time", "net.ipv4.neigh.*.retrans_time_ms"},
	{"net.ipv4.neigh.*.unres_qlen", "net.ipv4.neigh.*.unres_qlen_bytes"},
	{"net.ipv6.neigh.*.base_reachable_time", "net.ipv6.neigh.*.base_reachable_time_ms"},
	{"net.ipv6.neigh.*.retrans_time", "net.ipv6.neigh.*.retrans_time_ms"},
	{"net.ipv6.neigh.*.unres_qlen", "net.ipv6.neigh.*.unres_qlen_bytes"},
	{"net.ipv6.conf.*.addr_gen_mode", "net.ipv6.conf.*.stable_secret"},
	{"net.ipv4.tcp_allowed_congestion_control", "net.ipv4.tcp_congestion_control"},
}

// deeds are keys of which every line counts: some do something when they are
// written, some cannot be set back.
var deeds = []string{
	"kernel.kexec_load_disabled", "kernel.modules_disabled", "kernel.unprivileged_bpf_disabled", "kernel.yama.ptrace_scope",
	"net.ipv4.route.flush", "net.ipv6.route.flush", "vm.compact_memory", "vm.drop_caches",
}

// The two keys that the kernel compares when either is written.
const (
	portRangeKey  = "net.ipv4.ip_local_port_range"
	privilegedKey = "net.ipv4.ip_unprivileged_port_start"
)

// An interfaceKey is a key of which every interface has one, and "all" and
// "default" besides.
type interfaceKey struct{ folder, name, leaf string }

func (k interfaceKey) of(name string) string { return k.folder + name + "." + k.leaf }

// splitInterface takes a key apart; ok is false if it is none of an interface.
func splitInterface(key string) (k interfaceKey, ok bool) {
	for _, folder := range []string{"net.ipv4.conf.", "net.ipv4.neigh.", "net.ipv6.conf.", "net.ipv6.neigh."} {
		rest, ok := strings.CutPrefix(key, folder)
		if dot := strings.LastIndexByte(rest, '.'); ok && dot > 0 {
			return interfaceKey{folder, rest[:dot], rest[dot+1:]}, true
		}
	}
	return interfaceKey{}, false
}

// toAll are the keys of net.ipv6.conf that "all" hands to every interface and to
// "default" (net/ipv6/addrconf.c). The others of "all" stay where they are.
var toAll = []string{"addr_gen_mode", "disable_ipv6", "force_forwarding", "forwarding", "ignore_routes_with_linkdown"}

// family names the keys that a key has to be looked at with.
func family(key string) string {
	if other, ok := aliases[key]; ok {
		key = other
	}
	if key == portRangeKey || key == privilegedKey {
		return portRangeKey
	}
	row := rowOf(key)
	if row == "net.ipv4.conf.*.accept_redirects" {
		return "net.ipv4.conf.*.forwarding" // which switches it
	}
	for _, p := range partners {
		if slices.Contains(p, row) {
			return p[0]
		}
	}
	return row
}

// rowOf is a key with "*" in place of an interface.
func rowOf(key string) string {
	if k, ok := splitInterface(key); ok {
		return k.of("*")
	}
	return key
}

// isPartner reports whether a row changes others in ways that are not followed.
func isPartner(row string) bool {
	return slices.ContainsFunc(partners, func(p []string) bool { return slices.Contains(p, row) })
}
