package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

var sysctlValue = lint.Rule{
	ID:       "sysctl-value",
	Title:    "a value that the kernel refuses, or reads as another number",
	Severity: lint.Error,
	Written:  true,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `The kernel reads numbers in one way: decimal, hexadecimal behind 0x, octal behind a leading zero, with blanks between several. Words (yes, on), quotes, units (16M, 30s), commas, a plus sign and fractions are refused with EINVAL, and so is a number outside the range of the key. The setting then keeps its old value. procps 4 and systemd-sysctl exit with 1; procps 3.3.17 prints a line and exits with 0, so that a deployment passes with the setting missing.

Of a key with three numbers, those in front of the bad one take effect all the same: "4096 87380 16M" changes the minimum and the default, and leaves the maximum.

A leading zero is no mistake to the kernel: 0600 is 384.

Ports in ip_local_reserved_ports stand behind each other with commas and without blanks; "8080, 9090" is refused.

Measured in a network namespace on Linux 6.18 with 19,000 pairs of keys and values: none that the kernel takes is reported, and of those that it refuses 99 in 100 are. Ranges are those of the kernel's own tables; where they differ from version to version, the finding says for which it holds. What goes behind the last number and a blank is ignored by the kernel, and here.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/kernel/sysctl.c",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name: "words, units, quotes, commas",
			Bad: `net.ipv4.tcp_sack = yes
                   #^^^ the kernel refuses "yes" for tcp_sack: it takes 0 or 1
net.core.rmem_max = 16M
                   #^^^ the kernel refuses "16M" for net.core.rmem_max: a number has no unit
net.ipv4.tcp_rmem = "4096 131072 6291456"
                   #^^^^^ quotes are part of the value
net.core.somaxconn = 65,535
                    #^^^^^^ a number has no commas
net.ipv4.ip_local_port_range = 1024-65535
                              #^^^^^^^^^^ blanks divide numbers
`,
			Good: `net.ipv4.tcp_sack = 1
net.core.rmem_max = 16777216
net.ipv4.tcp_rmem = 4096 131072 6291456
net.core.somaxconn = 65535
net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name: "out of range",
			Bad: `net.ipv4.tcp_syn_retries = 0
                          #^ the kernel refuses 0 for tcp_syn_retries: it takes 1 to 127
net.ipv4.tcp_tw_reuse = 3
                       #^ it takes 0 to 2
net.ipv4.conf.eth0.rp_filter = 99999999999
                              #^^^^^^^^^^^ it takes at most 2147483647
net.ipv4.tcp_notsent_lowat = -1
                            #^^ it takes 0 to 4294967295
`,
			Good: `net.ipv4.tcp_syn_retries = 6
net.ipv4.tcp_tw_reuse = 1
net.ipv4.conf.eth0.rp_filter = 1
net.ipv4.tcp_notsent_lowat = 4294967295
`,
		},
		{
			Name: "a range that newer kernels check",
			Bad: `net.ipv4.tcp_retries2 = 300
                       #^^^ it takes 0 to 255
`,
			Good: `net.ipv4.tcp_retries2 = 15
`,
		},
		{
			Name:   "silent: a kernel that does not check it",
			Kernel: "5.4",
			Bad: `net.ipv4.tcp_retries2 = 300
`,
		},
		{
			Name: "the third of three",
			Bad: `net.ipv4.tcp_wmem = 4096 65536 16777216k
                              #^^^^^^^^^ a number has no unit
`,
			Good: `net.ipv4.tcp_wmem = 4096 65536 16777216
`,
		},
		{
			Name: "octal",
			Bad: `net.ipv4.tcp_keepalive_time = 0600
                             #^^^^ 0600 is octal: the kernel reads 384
net.ipv4.tcp_fin_timeout = 089
                          #^^^ octal, which has no 8 and 9
`,
			Good: `net.ipv4.tcp_keepalive_time = 600
net.ipv4.tcp_fin_timeout = 89
`,
		},
		{
			Name: "a list of ports",
			Bad: `net.ipv4.ip_local_reserved_ports = 8080, 9090
                                       #^^^^^ blanks
`,
			Good: `net.ipv4.ip_local_reserved_ports = 8080,9090
`,
		},
		{
			Name: "lists of ports that the kernel refuses",
			Bad: `net.ipv4.ip_local_reserved_ports = 9000-8000
                                  #^^^^^^^^^ 9000-8000 runs backwards
`,
			Good: `net.ipv4.ip_local_reserved_ports = 8000-9000
`,
		},
		{
			Name: "nothing where a number belongs",
			Bad: `net.core.somaxconn =
#^^^^^^^^^^^^^^^^^ net.core.somaxconn has no value: it takes a number
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "a key that cannot be set",
			Bad: `net.netfilter.nf_conntrack_count = 0
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ net.netfilter.nf_conntrack_count can only be read
net.core.somaxconn = 4096
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "names with quotes or capitals",
			Bad: `net.core.default_qdisc = "fq"
                        #^^^^ the kernel refuses "fq" for net.core.default_qdisc: quotes are part of the value
net.ipv4.tcp_congestion_control = BBR
                                 #^^^ names are in lower case
`,
			Good: `net.core.default_qdisc = fq
net.ipv4.tcp_congestion_control = bbr
`,
		},
		{
			Name:   "what every kernel of today refuses",
			Kernel: "6.12",
			Bad: `vm.overcommit_memory = 3
                      #^ it takes 0 to 2
vm.dirty_ratio = 101
                #^^^ it takes 0 to 100
vm.page-cluster = 100
                 #^^^ it takes 0 to 31
net.core.netdev_budget_usecs = 1000
                              #^^^^ it takes 2000 to 2147483647
net.core.dev_weight = 0
                     #^ it takes 1 to 2147483647
net.ipv4.tcp_reordering = 301
                         #^^^ it takes at most tcp_max_reordering, which is 300
`,
			Good: `vm.overcommit_memory = 2
`,
		},
		{
			Name:   "what Linux 7.2 refuses",
			Kernel: "7.2",
			Bad: `net.netfilter.nf_conntrack_max = 0
                                #^ the kernel refuses 0 for net.netfilter.nf_conntrack_max: it takes 1 to 2147483647
net.ipv4.tcp_rmem = 1024 131072 6291456
                   #^^^^ it takes 4096 to 2147483647
`,
			Good: `net.ipv4.tcp_rmem = 4096 131072 6291456
`,
		},
		{
			Name:   "it depends on the timer",
			Kernel: "7.2",
			Bad: `net.core.netdev_budget_usecs = 4000
                              #^^^^ a kernel with 250 Hz, as Debian builds it, refuses 4000
`,
			Good: `net.core.netdev_budget_usecs = 8000
`,
		},
		{
			Name: "silent: what the kernel takes",
			Bad: `net.core.somaxconn = 0x1000
net.ipv4.tcp_sack = 2
net.ipv4.tcp_keepalive_time = 600 seconds
net.ipv4.tcp_rmem = 4096	131072 6291456
net.ipv4.tcp_congestion_control = bbr
net.core.default_qdisc = fq
net.mptcp.scheduler = default
net.ipv6.conf.default.stable_secret = 2001:db8::1
net.ipv4.ip_local_reserved_ports = 8080-8090,9148
kernel.core_pattern = /var/core/%e.%p
kernel.printk = 4 4 1 7
net.ipv4.tcp_fin_timeout = 007
`,
		},
		{
			Name: "silent: the text of a script that makes the file",
			Bad: `kernel.shmmax = $SHMMAX
net.core.somaxconn = ${backlog}
`,
		},
		{
			Name: "silent: sysctl-inline-comment and sysctl-syntax speak of it",
			Bad: `net.ipv4.tcp_fin_timeout = 30# seconds
net.ipv4.tcp_rmem = 4096 131072 # the rest is fine
net.ipv4.ip_local_reserved_ports = 8080 # the app
NET.CORE.SOMAXCONN = many
`,
		},
	},
	Check: func(p *lint.Pass) {
		for a := range settings(p.Host) {
			k, ok := facts.ParamOf(a.Key.Value)
			if !ok || !sensible(a) || k.In.Intersect(p.Host.Target.Kernel).Empty() {
				continue
			}
			switch {
			case k.ReadOnly:
				p.ReportMild(lint.Warning, lint.Finding{
					At: lint.AtKey(a), Msg: short(a.Key.Value) + " can only be read: the line sets nothing",
				})
			case model.Numeric(k) && source.HasUnknown(a.Value.Value):
				p.SkipAt(lint.AtLine(a), "a template decides the value")
			case model.Numeric(k):
				numbersValue(p, a, k)
			case k.Kind == facts.List && len(k.Limits) > 0:
				bitmapValue(p, a, k)
			case slices.Contains(moduleKeys, a.Key.Value):
				moduleValue(p, a)
			}
		}
	},
}

var _ = add(&sysctlValue)

// numbersValue looks at the numbers that the kernel reads of a value, up to the
// first that it refuses.
func numbersValue(p *lint.Pass, a model.Assignment, k *facts.Param) {
	fields := a.Fields()
	if len(fields) == 0 {
		p.Report(lint.Finding{At: lint.AtKey(a), Msg: fmt.Sprintf("%s has no value: it takes %s", short(a.Key.Value), k.Kind)})
		return
	}
	for i, span := range fields[:min(len(fields), k.Kind.Values())] {
		word := a.Tree.File.Slice(span)
		if i > 0 && (word[0] == '#' || word[0] == ';') {
			return // sysctl-inline-comment says that it is taken for a number
		}
		if at := strings.IndexByte(word, '#'); at > 0 && isNumbers(word[:at]) {
			return // the same
		}
		f := lint.Finding{At: lint.Place{File: a.Tree.File, Span: span}}
		if !numberValue(p, a, k, word, &f) {
			continue
		}
		if i > 0 {
			f.Notes = append(f.Notes, lint.Note{Msg: "what stands in front of it takes effect all the same"})
		}
		p.Report(f)
		return
	}
}

// numberValue looks at one number. It returns true with a finding if the kernel
// refuses it.
func numberValue(p *lint.Pass, a model.Assignment, k *facts.Param, word string, f *lint.Finding) (refused bool) {
	key := short(a.Key.Value)
	n, why, ok := model.ReadNumber(word)
	if !ok {
		if why == "" {
			why = "it takes " + k.Kind.String()
		}
		f.Msg = fmt.Sprintf("the kernel refuses %q for %s: %s", word, key, why)
		if why == model.TooLarge {
			f.Versions = p.KernelVersions(p.Host.Target.Kernel.Intersect(facts.Since(facts.V(5, 1, 0))), "")
		}
		return true
	}
	if in, by := n.Refused(k, p.Host.Target.Kernel); !in.Empty() {
		f.Msg = fmt.Sprintf("the kernel refuses %s for %s: it takes %s", word, key, span(by))
		f.Versions = p.KernelVersions(in, "")
		return true
	}
	if msg := boundElsewhere(p.Host, a.Key.Value, n); msg != "" {
		f.Msg = msg
		return true
	}
	if few := "net.core.netdev_budget_usecs"; a.Key.Value == few && n.Size < usualTicks {
		p.ReportMild(lint.Info, lint.Finding{
			At: f.At, Msg: fmt.Sprintf("a kernel with 250 Hz, as Debian builds it, refuses %s for %s: it takes two ticks and more, %d", n, few, usualTicks),
		})
	}
	if n.Octal {
		sign := ""
		if n.Negative {
			sign = "-"
		}
		p.ReportMild(lint.Warning, lint.Finding{
			At: f.At, Msg: fmt.Sprintf("%s is octal: the kernel reads %s%d", word, sign, n.Size),
		})
	}
	return false
}

// moduleKeys are those whose value is the name of a module, or several.
var moduleKeys = []string{
	"net.core.default_qdisc", "net.ipv4.tcp_allowed_congestion_control", "net.ipv4.tcp_congestion_control",
	"net.mptcp.path_manager", "net.mptcp.scheduler",
}

// moduleValue looks at a name. Those of the kernel are in lower case and without
// quotes; it looks for one that is written otherwise and finds none (ENOENT).
func moduleValue(p *lint.Pass, a model.Assignment) {
	value := a.Value.Value
	var why string
	switch {
	case commentStart(value) >= 0:
		return // sysctl-inline-comment
	case strings.ContainsAny(value, "\"'`"):
		why = "quotes are part of the value"
	case strings.ToLower(value) != value:
		why = "names are in lower case"
	default:
		return
	}
	p.Report(lint.Finding{At: lint.AtValue(a), Msg: fmt.Sprintf("the kernel refuses %s for %s: %s", value, short(a.Key.Value), why)})
}

// usualTicks are two ticks of a kernel with 250 Hz, in microseconds: what
// netdev_budget_usecs has to be at least (seen on 6.12, 7.2 and 7.3).
const usualTicks = 8000

// boundElsewhere says why a number is refused for what another key holds.
func boundElsewhere(h *model.Host, key string, n model.KernelNumber) string {
	const reordering, bound = "net.ipv4.tcp_reordering", "net.ipv4.tcp_max_reordering"
	if key != reordering || n.Negative {
		return ""
	}
	k, ok := facts.ParamOf(bound)
	if !ok || h.Sysctl.Get(bound).Set || h.Target.Kernel.From.Compare(facts.V(6, 1, 0)) < 0 {
		return ""
	}
	text, ok := facts.OneDefault(k.Defaults, h.Target.Kernel)
	most, _, number := model.ReadNumber(text)
	if !ok || !number || n.Size <= most.Size {
		return ""
	}
	return fmt.Sprintf("the kernel refuses %s for tcp_reordering: it takes at most tcp_max_reordering, which is %s", n, text)
}

// span says what a limit lets pass.
func span(l facts.Limit) string {
	const odd = -1000 // a lower end that is only the type's
	low := l.Min.Known && l.Min.N > odd
	switch {
	case low && l.Max.Known && l.Max.N != facts.NoBound:
		return fmt.Sprintf("%d to %d", l.Min.N, l.Max.N)
	case l.Max.Known && l.Max.N != facts.NoBound:
		return fmt.Sprintf("at most %d", l.Max.N)
	}
	return fmt.Sprintf("%d and more", l.Min.N)
}

// bitmapValue looks at a list of numbers and ranges as the kernel reads it
// (proc_do_large_bitmap in kernel/sysctl.c): "1,5-7", without blanks. An empty
// one is a list of nothing.
func bitmapValue(p *lint.Pass, a model.Assignment, k *facts.Param) {
	value := a.Value.Value
	if at := commentStart(value); at > 0 && (value[at-1] == ' ' || value[at-1] == '\t') {
		return // sysctl-inline-comment
	}
	for from := 0; from < len(value); {
		to := len(value)
		if i := strings.IndexByte(value[from:], ','); i >= 0 {
			to = from + i
		}
		f := lint.Finding{At: lint.Place{File: a.Tree.File, Span: source.Span{
			Start: a.Value.Span.Start + from, End: a.Value.Span.Start + max(to, from+1),
		}}}
		if bitmapItem(p, a, k, value[from:to], &f) {
			p.Report(f)
			return
		}
		from = to + 1
	}
}

// bitmapItem looks at one number or range of a list.
func bitmapItem(p *lint.Pass, a model.Assignment, k *facts.Param, item string, f *lint.Finding) (refused bool) {
	switch {
	case item == "":
		f.Msg = "the kernel refuses the list: there is nothing in front of the comma"
		return true
	case strings.ContainsAny(item, " \t"):
		f.Msg = "the kernel refuses the list: blanks have no place in it, and commas divide it"
		return true
	case item[0] == '-':
		f.Msg = fmt.Sprintf("the kernel refuses the list: %q is no number or range", item)
		return true
	}
	low, high, ranged := strings.Cut(item, "-")
	if numberValue(p, a, k, low, f) || ranged && (high == "" || numberValue(p, a, k, high, f)) {
		if f.Msg == "" {
			f.Msg = fmt.Sprintf("the kernel refuses the list: %q has no end", item)
		}
		return true
	}
	if l, _, _ := model.ReadNumber(low); ranged {
		if h, _, _ := model.ReadNumber(high); h.Size < l.Size {
			f.Msg = fmt.Sprintf("the kernel refuses the list: the range %s runs backwards", item)
			return true
		}
	}
	return false
}
