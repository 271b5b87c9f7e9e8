package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

var sysctlIgnorePrefix = lint.Rule{
	ID:       "sysctl-ignore-prefix",
	Title:    `a "-" in front of a key that may be missing`,
	Severity: lint.Info,
	Written:  true,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `The manual says that a "-" in front of a key makes sysctl ignore it if it cannot be set. systemd-sysctl does so. procps does not where the key does not exist: "sysctl -p" prints "cannot stat" and exits with 1 all the same, in 4.0.2, 4.0.4 and 4.0.7, and with 255 in 3.3.17. Only a value that cannot be written is passed over, and that in 4.0.7 alone.

Measured with these releases (experiment 17: an unknown key with a leading "-" makes the exit status 1). What does silence it is "sysctl -e -p", and "sysctl --system" exits with 0 in any case.

It is reported for keys that come with a module, that only some kernels of the target have, or that no kernel has.

Ignore it where only systemd reads the file.`,
	Refs: []string{
		"https://gitlab.com/procps-ng/procps/-/blob/master/src/sysctl.c",
		"https://man7.org/linux/man-pages/man5/sysctl.conf.5.html",
	},
	Examples: []lint.Example{
		{
			Bad: `-net.bridge.bridge-nf-call-iptables = 1
 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "sysctl -p" fails where net.bridge.bridge-nf-call-iptables is missing
-net.ipv4.from_a_patch_of_ours = 1
 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ is missing, whatever the "-" says
-net.ipv4.tcp_tw_reuse_delay = 100
 ^^^^^^^^^^^^^^^^^^^^^^^^^^^ is missing, whatever the "-" says
`,
			Good: `net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "silent: the key is there",
			Bad: `-net.ipv4.tcp_tw_reuse = 1
-net.ipv4.conf.all.rp_filter = 2
-net.ipv4.ping_group_range = 0 2147483647
`,
		},
		{
			Name: "silent: an exclusion, or another rule speaks of the key",
			Bad: `net.ipv4.conf.*.rp_filter = 2
-net.ipv4.conf.lo.rp_filter
-net.ipv4.tcp_tw_recycle = 0
-net.ipv4.somaxconn = 4096
-net.ipv4.tcp_tw_timeout = 5
`,
		},
	},
	Check: func(p *lint.Pass) {
		for a := range settings(p.Host) {
			if a.Ignore && !a.Glob && sensible(a) && mayBeMissing(p, a) {
				p.Report(lint.Finding{
					At:    lint.AtKey(a),
					Msg:   fmt.Sprintf(`"sysctl -p" fails where %s is missing, whatever the "-" says`, a.Key.Value),
					Notes: []lint.Note{{Msg: `systemd-sysctl passes over it; so does "sysctl -e -p"`}},
				})
			}
		}
	},
}

var _ = add(&sysctlIgnorePrefix)

// mayBeMissing reports whether a key is one that not every kernel of the target
// has, and of which no other rule speaks.
func mayBeMissing(p *lint.Pass, a model.Assignment) bool {
	key := a.Key.Value
	if k, ok := facts.ParamOf(key); ok {
		return moduleOf(key) != "" || !k.Sure.Contains(p.Host.Target.Kernel)
	}
	if g, ok := facts.GoneParamOf(key); ok && (!g.Removed.IsZero() || g.Vendor != "") {
		return false
	}
	near, _ := nearKey(key)
	return near == "" && facts.ParamsComplete(key)
}
