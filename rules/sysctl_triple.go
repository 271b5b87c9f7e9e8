package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var sysctlTriple = lint.Rule{
	ID:       "sysctl-triple",
	Title:    "too few or too many numbers, or three that are out of order",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `tcp_rmem, tcp_wmem, tcp_mem and udp_mem take three numbers: minimum, default and maximum, or the thresholds low, pressure and high. ip_local_port_range takes two. The kernel stores what it gets one by one and says nothing of the rest: "tcp_rmem = 16777216" makes 16 MiB the minimum of every socket and leaves default and maximum as they were, and of "net.core.somaxconn = 4096 8192" only the first number counts.

Nor does it compare them. "tcp_rmem = 6291456 131072 4096" is accepted, and a socket then starts with a buffer above its own maximum.

Measured on Linux 6.18: two numbers change two, a fourth is ignored, and any order is taken. This is a warning and no error because the kernel accepts the line.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/kernel/sysctl.c",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name: "too few",
			Bad: `net.ipv4.tcp_rmem = 16777216
                   #^^^^^^^^ tcp_rmem takes three numbers and gets 1: the other 2 stay as they are
net.ipv4.ip_local_port_range = 1024
                              #^^^^ ip_local_port_range takes two numbers and gets 1: the other one stays as it is
`,
			Good: `net.ipv4.tcp_rmem = 4096 131072 16777216
net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name: "out of order",
			Bad: `net.ipv4.tcp_rmem = 4096 16777216 6291456
                   #^^^^^^^^^^^^^^^^^^^^^ the default of tcp_rmem, 16777216, is above the maximum, 6291456
net.ipv4.tcp_mem = 262144 131072 524288
                  #^^^^^^^^^^^^^^^^^^^^ the low threshold of tcp_mem, 262144, is above the pressure threshold, 131072
`,
			Good: `net.ipv4.tcp_rmem = 4096 131072 16777216
net.ipv4.tcp_mem = 131072 262144 524288
`,
		},
		{
			Name: "too many",
			Bad: `net.core.somaxconn = 4096 8192
                         #^^^^ the kernel reads one number of net.core.somaxconn and ignores "8192"
net.ipv4.ip_local_port_range = 1024 65535 5
                                         #^ the kernel reads two numbers of ip_local_port_range and ignores "5"
`,
			Good: `net.core.somaxconn = 4096
net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name: "silent: comments, and keys of which the count is not known",
			Bad: `net.core.somaxconn = 4096 # was 128
net.ipv4.tcp_rmem = 4096	131072 6291456 ; three
net.sctp.sctp_rmem = 4096 865500 4194304
kernel.sem = 250 32000 100 128
net.ipv4.tcp_allowed_congestion_control = reno cubic
net.ipv4.ping_group_range = 1 0
`,
		},
		{
			Name: "silent: sysctl-value speaks of what the kernel refuses",
			Bad: `net.ipv4.tcp_rmem = 4096 16777216 6M
net.ipv4.tcp_wmem = 1M
`,
		},
	},
	Check: func(p *lint.Pass) {
		for a := range settings(p.Host) {
			k, ok := facts.ParamOf(a.Key.Value)
			if ok && model.Numeric(k) && !k.ReadOnly && sensible(a) {
				countValues(p, a, k)
			}
		}
	},
}

var _ = add(&sysctlTriple)

// countValues compares what stands there with what the kernel reads.
func countValues(p *lint.Pass, a model.Assignment, k *facts.Param) {
	want := k.Kind.Values()
	var numbers []model.KernelNumber
	fields := a.Fields()
	for i, span := range fields {
		word := a.Tree.File.Slice(span)
		if word[0] == '#' || word[0] == ';' {
			if i < want {
				return // sysctl-inline-comment says that it is taken for a number
			}
			fields = fields[:i]
			break
		}
		if i < want {
			n, _, ok := model.ReadNumber(word)
			if in, _ := n.Refused(k, p.Host.Target.Kernel); !ok || !in.Empty() {
				return
			}
			numbers = append(numbers, n)
		}
	}
	key := short(a.Key.Value)
	switch got := len(numbers); {
	case got == 0:
	case got < want:
		rest := fmt.Sprintf("the other %d stay as they are", want-got)
		if want-got == 1 {
			rest = "the other one stays as it is"
		}
		p.Report(lint.Finding{
			At: part(a, fields[0], fields[got-1]), Msg: fmt.Sprintf("%s takes %s and gets %d: %s", key, k.Kind, got, rest),
		})
	case len(fields) > want:
		if want == 1 && (!facts.ParamsComplete(a.Key.Value) || len(k.Limits) == 0 && k.Unit == "") {
			return // it may hold more, of which the table does not know
		}
		at := part(a, fields[want], fields[len(fields)-1])
		count := k.Kind.String()
		if want == 1 {
			count = "one number"
		}
		p.ReportMild(lint.Info, lint.Finding{
			At: at, Msg: fmt.Sprintf("the kernel reads %s of %s and ignores %q", count, key, at.File.Slice(at.Span)),
		})
	case k.Kind == facts.Triple:
		outOfOrder(p, a, key, numbers)
	}
}

// part is the place of the words of a value from one to another.
func part(a model.Assignment, from, to source.Span) lint.Place {
	return lint.Place{File: a.Tree.File, Span: source.Span{Start: from.Start, End: to.End}}
}

// outOfOrder looks at three numbers of which none may be above the next.
func outOfOrder(p *lint.Pass, a model.Assignment, key string, n []model.KernelNumber) {
	names := []string{"minimum", "default", "maximum"}
	if strings.HasSuffix(key, "_mem") && key != "tcp_rmem" && key != "tcp_wmem" {
		names = []string{"low threshold", "pressure threshold", "high threshold"}
	}
	for i := range 2 {
		if n[i].Size > n[i+1].Size {
			p.Report(lint.Finding{
				At:  lint.AtValue(a),
				Msg: fmt.Sprintf("the %s of %s, %d, is above the %s, %d", names[i], key, n[i].Size, names[i+1], n[i+1].Size),
			})
			return
		}
	}
}
