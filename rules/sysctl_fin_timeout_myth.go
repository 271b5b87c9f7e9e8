package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

const (
	finTimeout = "net.ipv4.tcp_fin_timeout"
	lowFin     = 10 // seconds; nobody needs less for FIN_WAIT_2
)

var sysctlFinTimeoutMyth = lint.Rule{
	ID:       "sysctl-fin-timeout-myth",
	Title:    "tcp_fin_timeout is lowered against TIME_WAIT, which it does not touch",
	Severity: lint.Info,
	Written:  true,
	Fix:      lint.NoFix,
	AnyText:  true,
	Since:    "0.1",
	Why: `TIME_WAIT lasts 60 seconds. That is a constant of the kernel (TCP_TIMEWAIT_LEN), and no setting of mainline Linux changes it. tcp_fin_timeout is how long a connection stays in FIN_WAIT_2 that no process holds any more: closed on this side, while the other side has not sent its FIN yet. Both are 60 seconds by default, which is where the mistake comes from.

Measured (experiment 19): with tcp_fin_timeout=3 an orphaned FIN_WAIT_2 was gone after 3 seconds and TIME_WAIT was still there after 18; with 5, 201 connections in TIME_WAIT were still there after 12 seconds (experiment 8).

It is reported where a comment speaks of TIME_WAIT, where the line stands among the settings for TIME_WAIT, or where the value is below 10.

Ignore it where FIN_WAIT_2 is what you mean.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/net/tcp.h",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name: "a comment says so",
			Bad: `# get rid of TIME_WAIT sooner
net.ipv4.tcp_fin_timeout = 30
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_fin_timeout = 30 does not shorten TIME_WAIT, which lasts 60 seconds
`,
			Good: `# get rid of TIME_WAIT sooner
net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "the company says so",
			Bad: `net.ipv4.tcp_tw_reuse = 1
net.ipv4.tcp_fin_timeout = 30
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^ does not shorten TIME_WAIT
`,
			Good: `net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "silent: FIN_WAIT_2 is what is meant",
			Bad: `# orphans in FIN_WAIT_2
net.ipv4.tcp_fin_timeout = 5
`,
		},
		{
			Name: "silent: nothing speaks of TIME_WAIT",
			Bad: `net.core.somaxconn = 4096
net.ipv4.tcp_fin_timeout = 30

net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "silent: the author knows",
			Bad: `# not for TIME_WAIT
net.ipv4.tcp_fin_timeout = 15
`,
		},
	},
	Check: func(p *lint.Pass) {
		v := p.Host.Sysctl.Get(finTimeout)
		n, ok := v.Int()
		if !ok || n < 0 || n >= timeWait {
			return
		}
		why := ""
		switch said := remark(v.Assignment); {
		case saysFinWait.MatchString(said), saysNot.MatchString(said):
			return
		case saysTimeWait.MatchString(said), saysPort.MatchString(said):
			why = "the comment speaks of TIME_WAIT"
		case amongTimeWait(v.Assignment):
			why = "it stands among the settings for TIME_WAIT"
		case n < lowFin:
			why = "a value as low as this is seldom meant for anything else"
		default:
			return
		}
		p.Report(lint.Finding{
			At:  lint.AtLine(v.Assignment),
			Msg: fmt.Sprintf("tcp_fin_timeout = %d does not shorten TIME_WAIT, which lasts %d seconds", n, timeWait),
			Notes: []lint.Note{
				{Msg: why},
				{Msg: "it ends connections in FIN_WAIT_2 that no process holds any more"},
			},
		})
	},
}

var _ = add(&sysctlFinTimeoutMyth)

// amongTimeWait reports whether the line above or below sets something that
// people set because of TIME_WAIT.
func amongTimeWait(a model.Assignment) bool {
	for i, e := range a.Tree.Entries {
		if e != a.Entry {
			continue
		}
		for _, j := range []int{i - 1, i + 1} {
			if j < 0 || j >= len(a.Tree.Entries) {
				continue
			}
			other := a.Tree.Entries[j]
			apart := a.Tree.File.Position(other.Line.Start).Line - a.Tree.File.Position(a.Line.Start).Line
			if apart != j-i {
				continue
			}
			switch short(other.Key.Value) {
			case "tcp_tw_reuse", "tcp_tw_recycle", "tcp_max_tw_buckets":
				return true
			}
		}
	}
	return false
}
