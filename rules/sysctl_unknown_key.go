package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/sysctl"
)

var sysctlUnknownKey = lint.Rule{
	ID:       "sysctl-unknown-key",
	Title:    "a key that no kernel has, or that the target kernel does not have yet",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `A key that the kernel does not have sets nothing. "sysctl -p" prints "cannot stat" and exits with 1, which ends a deployment or a container's start; "sysctl --system" and systemd-sysctl print a line that nobody reads and exit with 0.

Most are slips: net.ipv4.somaxconn for net.core.somaxconn, tcp_timestamp, tcp_keepalive_interval. There is no net.ipv6.tcp_* at all: the TCP settings below net.ipv4 hold for IPv6, too.

Measured (experiment 17): an unknown key in the middle of a file makes the exit status 1, and the lines around it take effect all the same.

A key is called unknown only where the table of keys is known to be complete: net.core, net.ipv4, net.ipv6, net.netfilter, net.unix and net.mptcp of 69 kernels, 2.6.18 to 7.3. Kernels with a vendor's patches may have more.

Ignore it for a kernel of your own.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/sysctl_net_ipv4.c",
	},
	Examples: []lint.Example{
		{
			Name: "slips",
			Bad: `net.ipv4.somaxconn = 4096
#^^^^^^^^^^^^^^^^^ no kernel has net.ipv4.somaxconn: did you mean net.core.somaxconn?
net.ipv4.tcp_timestamp = 1
#^^^^^^^^^^^^^^^^^^^^^ did you mean net.ipv4.tcp_timestamps?
net.ipv4_timestamps = 1
#^^^^^^^^^^^^^^^^^^ did you mean net.ipv4.tcp_timestamps?
net.ipv6.tcp_syncookies = 1
#^^^^^^^^^^^^^^^^^^^^^^ did you mean net.ipv4.tcp_syncookies?
net.ipv4.conf.all.rp_filtre = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^ did you mean net.ipv4.conf.all.rp_filter?
fs.file_max = 1000000
#^^^^^^^^^^ did you mean fs.file-max?
`,
			Good: `net.core.somaxconn = 4096
net.ipv4.tcp_timestamps = 1
net.ipv4.tcp_timestamps = 1
net.ipv4.tcp_syncookies = 1
net.ipv4.conf.all.rp_filter = 1
fs.file-max = 1000000
`,
		},
		{
			Name: "a key of copied files only",
			Bad: `net.ipv4.tcp_tw_len = 10
#^^^^^^^^^^^^^^^^^^ no kernel has net.ipv4.tcp_tw_len
net.core.somaxconn = 4096
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name:   "not yet",
			Kernel: "5.10",
			Bad: `net.ipv4.tcp_tw_reuse_delay = 100
#^^^^^^^^^^^^^^^^^^^^^^^^^^ net.ipv4.tcp_tw_reuse_delay does not exist before Linux 6.14
net.core.somaxconn = 4096
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "a folder forgotten, and a letter",
			Bad: `nmi_watchdog = 0
#^^^^^^^^^^^ no kernel has nmi_watchdog: did you mean kernel.nmi_watchdog?
vm.swappines = 10
#^^^^^^^^^^^ no kernel has vm.swappines: did you mean vm.swappiness?
vm.max_map_cout = 262144
#^^^^^^^^^^^^^^ did you mean vm.max_map_count?
`,
			Good: `kernel.nmi_watchdog = 0
vm.swappiness = 10
vm.max_map_count = 262144
`,
		},
		{
			Name: "silent: known, of a module, or where keys exist that nobody listed",
			Bad: `net.ipv4.tcp_tw_reuse_delay = 100
net.ipv4.conf.eth0/100.rp_filter = 1
net.ipv4.conf.eth0.100.rp_filter = 1
net.netfilter.nf_log.2 = ipt_LOG
net.ipv4.vs.conn_reuse_mode = 0
kernel.some_vendor_key = 1
dev.raid.speed_limit_max = 100000
net.ipv4.conf.*.rp_filter = 1
`,
		},
		{
			Name: "silent: sysctl-removed-key, sysctl-vendor-key, sysctl-syntax and sysctl-ignore-prefix speak of it",
			Bad: `net.ipv4.tcp_tw_recycle = 1
net.ipv4.tcp_frto_response = 0
net.ipv4.tcp_tw_timeout = 10
NET.IPV4.TCP_SYNCOOKIES = 1
sysctl -w net.ipv4.tcp_nonsense = 1
-net.ipv4.from_a_patch_of_ours = 1
`,
		},
	},
	Check: func(p *lint.Pass) {
		for a := range settings(p.Host) {
			if a.Glob || !sensible(a) {
				continue
			}
			key := a.Key.Value
			if k, ok := facts.ParamOf(key); ok {
				keyToCome(p, a, k)
				continue
			}
			if g, ok := facts.GoneParamOf(key); ok && (!g.Removed.IsZero() || g.Vendor != "") {
				continue // sysctl-removed-key, sysctl-vendor-key
			}
			unknownKey(p, a)
		}
	},
}

var _ = add(&sysctlUnknownKey)

// keyToCome reports a key that came after the target kernel.
func keyToCome(p *lint.Pass, a model.Assignment, k *facts.Param) {
	target := p.Host.Target.Kernel
	if a.Ignore || target.Before.IsZero() || k.In.From.Compare(target.Before) < 0 || !facts.ParamsComplete(a.Key.Value) {
		return
	}
	p.Report(lint.Finding{
		At:  lint.AtKey(a),
		Msg: fmt.Sprintf("%s does not exist before Linux %s: %s", a.Key.Value, k.In.From, refusal(p.Host)),
	})
}

// unknownKey reports a key that is in no table.
func unknownKey(p *lint.Pass, a model.Assignment) {
	key := a.Key.Value
	near, sure := nearKey(key)
	_, slip := facts.MisspeltParam(key)
	// /proc/sys holds folders only; and of a long name with one letter wrong there is
	// little doubt, even where the table does not have all.
	slip = slip || !strings.Contains(key, ".") || near != "" && oneSlip(key, near)
	if !slip && !facts.ParamsComplete(key) && (near == "" || !brokenFolder(key)) || near == "" && a.Ignore {
		return
	}
	f := lint.Finding{At: lint.AtKey(a), Msg: fmt.Sprintf("no kernel has %s: %s", key, refusal(p.Host))}
	if g, ok := facts.GoneParamOf(key); ok && g.Detail != "" {
		f.Notes = append(f.Notes, lint.Note{Msg: g.Detail})
	}
	if near != "" {
		f.Msg = fmt.Sprintf("no kernel has %s: did you mean %s?", key, near)
		safety := lint.Shown
		if sure {
			safety = lint.Unsafe
		}
		if takes(p.Host.Target.Kernel, near, a) {
			f.Fix = &lint.Fix{
				Title: "write " + near, Safety: safety,
				// The line takes effect now, and with it what is wrong about it.
				Leads: lint.EveryRule,
				Edits: lint.InSysctl(a.Tree, sysctl.SetKey(a.Entry, near)),
			}
		}
	}
	p.Report(f)
}

// takes reports whether a key surely takes the value of a line that was written
// for another one: the right count of numbers, none of which the kernel refuses.
func takes(target facts.Range, key string, a model.Assignment) bool {
	k, ok := facts.ParamOf(key)
	if !ok || k.ReadOnly || !model.Numeric(k) {
		return false
	}
	fields := a.Fields()
	if len(fields) < k.Kind.Values() {
		return false
	}
	for _, span := range fields[:k.Kind.Values()] {
		n, _, ok := model.ReadNumber(a.Tree.File.Slice(span))
		if !ok {
			return false
		}
		if in, _ := n.Refused(k, target); !in.Empty() {
			return false
		}
	}
	return true
}

// brokenFolder reports whether a key lacks a dot behind one of the folders
// below net: "net.ipv4_timestamps". Nothing else begins so.
func brokenFolder(key string) bool {
	for _, folder := range []string{"net.core", "net.ipv4", "net.ipv6"} {
		if rest, ok := strings.CutPrefix(key, folder); ok && rest != "" && rest[0] != '.' {
			return true
		}
	}
	return false
}

// nearKey is the key that was probably meant. sure says that it differs by a slip
// only.
func nearKey(key string) (near string, sure bool) {
	if right, ok := facts.MisspeltParam(key); ok {
		return right, true
	}
	if brokenFolder(key) {
		var keys []string
		for k := range facts.Params() {
			if !strings.Contains(k.Key, "*") && facts.ParamsComplete(k.Key) {
				keys = append(keys, k.Key)
			}
		}
		near, _ = lint.Nearest(key, keys)
		return near, true
	}
	dot := strings.LastIndexByte(key, '.')
	if dot < 0 {
		return onlyNamed(key)
	}
	folder, base := key[:dot], key[dot+1:]
	if key := otherFolder(folder, base); key != "" {
		return key, true
	}
	name, ok := lint.Nearest(base, namesIn(folder))
	if !ok {
		return "", false
	}
	return folder + "." + name, !strings.Contains(name, base) || len(name)*2 < len(base)*3
}

// onlyNamed is the only key whose last part is a name.
func onlyNamed(name string) (key string, sure bool) {
	for k := range facts.Params() {
		if !strings.HasSuffix(k.Key, "."+name) || strings.Contains(k.Key, "*") {
			continue
		}
		if key != "" {
			return "", false
		}
		key = k.Key
	}
	return key, key != ""
}

// oneSlip reports whether two long keys of one folder differ by one letter: one too
// many, one too few, another one, or two that changed places.
func oneSlip(a, b string) bool {
	const long = 8
	dot := strings.LastIndexByte(a, '.')
	if dot != strings.LastIndexByte(b, '.') || a[:dot+1] != b[:dot+1] || len(a)-dot <= long {
		return false
	}
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	wrong, right := a[start:len(a)-end], b[start:len(b)-end]
	return len(wrong) <= 1 && len(right) <= 1 || len(wrong) == 2 && len(right) == 2 && wrong[0] == right[1] && wrong[1] == right[0]
}

// otherFolder finds the one key of another folder with the same last part. Of a
// key that every interface has, it is the one for all.
func otherFolder(folder, base string) string {
	family := "net.ipv4."
	if strings.HasPrefix(folder, "net.ipv6.") {
		family = "net.ipv6."
	}
	var found []string
	for k := range facts.Params() {
		if i := strings.LastIndexByte(k.Key, '.'); k.Key[i+1:] != base || !strings.HasPrefix(k.Key, "net.") {
			continue
		}
		if strings.Contains(k.Key, "*") && !strings.HasPrefix(k.Key, family) {
			continue // rp_filter of the other protocol
		}
		found = append(found, k.Key)
	}
	if len(found) != 1 || strings.Count(folder, ".") > 1 && strings.Contains(found[0], "*") {
		return ""
	}
	return strings.Replace(found[0], "*", "all", 1)
}

// namesIn are the last parts of the keys in a folder, or in that of an
// interface.
func namesIn(folder string) []string {
	var names []string
	for k := range facts.Params() {
		dot := strings.LastIndexByte(k.Key, '.')
		rows := k.Key[:dot]
		own := rows == folder
		if prefix, ok := strings.CutSuffix(rows, "*"); ok {
			own = strings.HasPrefix(folder, prefix) && len(folder) > len(prefix)
		}
		if own {
			names = append(names, k.Key[dot+1:])
		}
	}
	return names
}
