package rules

import (
	"fmt"
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

const (
	portRangeKey  = "net.ipv4.ip_local_port_range"
	unprivileged  = "net.ipv4.ip_unprivileged_port_start"
	lastPort      = 65535
	fewPorts      = 10000
	timeWait      = 60 // seconds, include/net/tcp.h, TCP_TIMEWAIT_LEN
	portRangeWide = "1024 65535"
)

var sysctlPortRange = lint.Rule{
	ID:       "sysctl-port-range",
	Title:    "a range of ephemeral ports that the kernel refuses, or one with few ports",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `An outgoing connection takes its local port from ip_local_port_range, 32768 to 60999 unless something else is set. The kernel refuses a range whose low end is above the high one, and one that begins below ip_unprivileged_port_start, 1024 by default: "1000 65535" changes nothing at all. It refuses an ip_unprivileged_port_start above the low end, too. Both are compared as they are at that moment, so the order of the lines decides: "range 80 65535", then "start 80", is a range that is refused and a start that is taken (measured with procps 3.3.17 to 4.0.7 and systemd 252 to 262; Linux 4.11 and later).

The side that closes first holds the port in TIME_WAIT for 60 seconds, so to one address and port there are ports / 60 new connections a second, for longer than a moment: 470 with the default, 1075 with "1024 65535", and 166 with 10,000 ports.

Measured (experiment 8, 201 ports): 201 of 2000 requests succeed, the rest fail at once with "99: Cannot assign requested address".

The range says nothing of how many clients a server can accept: these all come to one port.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/sysctl_net_ipv4.c",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name: "the wrong way round",
			Bad: `net.ipv4.ip_local_port_range = 65000 1024
                              #^^^^^^^^^^ the kernel refuses the range 65000 to 1024: it ends before it begins
`,
			Good: `net.ipv4.ip_local_port_range = 1024 65000
`,
		},
		{
			Name: "below 1024",
			Bad: `net.ipv4.ip_local_port_range = 1000 65535
                              #^^^^^^^^^^ the kernel refuses a range that begins at 1000: ports below 1024 are privileged
`,
			Good: `net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name: "the low end alone",
			Bad: `net.ipv4.ip_local_port_range = 500
                              #^^^ a range that begins at 500
`,
			Good: `net.ipv4.ip_local_port_range = 1024 60999
`,
		},
		{
			Name: "the ports are freed too late",
			Bad: `net.ipv4.ip_local_port_range = 80 65535
                              #^^^^^^^^ the kernel refuses a range that begins at 80: ports below 1024 are privileged when it is written
net.ipv4.ip_unprivileged_port_start = 80
`,
			Good: `net.ipv4.ip_unprivileged_port_start = 80
net.ipv4.ip_local_port_range = 80 65535
`,
		},
		{
			Name: "ports of the range are made privileged",
			Bad: `net.ipv4.ip_local_port_range = 1024 65535
net.ipv4.ip_unprivileged_port_start = 2000
                                     #^^^^ the kernel refuses 2000 for ip_unprivileged_port_start: ip_local_port_range begins at 1024
`,
			Good: `net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name: "a line between them is written by procps alone",
			Bad: `net.ipv4.ip_unprivileged_port_start = 80
net.ipv4.ip_local_port_range = 80 65535
                              #^^^^^^^^ under systemd, the kernel refuses a range that begins at 80
net.ipv4.ip_unprivileged_port_start = 1024
                                     #^^^^ under procps, the kernel refuses 1024 for ip_unprivileged_port_start
`,
			Good: `net.ipv4.ip_unprivileged_port_start = 80
net.ipv4.ip_local_port_range = 80 65535
`,
		},
		{
			Name: "few ports",
			Bad: `net.ipv4.ip_local_port_range = 50000 52000
                              #^^^^^^^^^^^ 2001 ports allow 33 new connections a second to one address
`,
			Good: `net.ipv4.ip_local_port_range = 1024 65535
`,
		},
		{
			Name: "silent: nothing is privileged",
			Bad: `net.ipv4.ip_unprivileged_port_start = 0
net.ipv4.ip_local_port_range = 1 65535
`,
		},
		{
			Name: "silent: sysctl-value speaks of what is no range",
			Bad: `net.ipv4.ip_local_port_range = 1024-65535
net.ipv4.ip_local_port_range = 0 65535
net.ipv4.ip_local_port_range = 10000 65536
`,
		},
		{
			Name: "silent: overwritten",
			Bad: `net.ipv4.ip_local_port_range = 50000 52000
net.ipv4.ip_local_port_range = 1024 65535
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		loaders := p.Host.Sysctl.Loaders()
		for i, l := range loaders {
			writes := p.Host.Sysctl.PortWrites(l)
			for n, w := range writes {
				if !w.Refused || i > 0 && refusedIn(p.Host.Sysctl.PortWrites(loaders[0]), w) {
					continue
				}
				f := refusedPorts(w, writes[n+1:])
				if len(loaders) > 1 && i == 0 && !refusedIn(p.Host.Sysctl.PortWrites(loaders[1]), w) || i > 0 {
					f.Msg, f.Fix = "under "+l.String()+", "+f.Msg, nil
				}
				p.Report(f)
			}
		}
		fewPortsLeft(p)
	},
}

var _ = add(&sysctlPortRange)

// refusedIn reports whether a line is refused in one of the same place.
func refusedIn(writes []model.PortWrite, w model.PortWrite) bool {
	return slices.ContainsFunc(writes, func(o model.PortWrite) bool { return o.Entry == w.Entry && o.Refused })
}

// refusedPorts says why the kernel refuses a line, given those that are written
// behind it.
func refusedPorts(w model.PortWrite, later []model.PortWrite) lint.Finding {
	f := lint.Finding{At: lint.AtValue(w.Assignment)}
	if w.Key.Value == unprivileged {
		first, _, _ := model.ReadNumber(w.Value.Value)
		f.Msg = fmt.Sprintf("the kernel refuses %s for ip_unprivileged_port_start: ip_local_port_range begins at %d when it is written", first, w.Low)
		for _, o := range later {
			if low, _, ok := portRange(o.Assignment); ok && o.Key.Value == portRangeKey && low >= int(first.Size) {
				f.Notes = append(f.Notes, lint.Note{Msg: "put this line in front of it", At: lint.AtLine(o.Assignment)})
				f.Fix = swapLines(w.Assignment, o.Assignment)
				break
			}
		}
		return f
	}
	low, high, _ := portRange(w.Assignment)
	if len(w.Fields()) < 2 {
		high = w.High
	}
	if low > high {
		f.Msg = fmt.Sprintf("the kernel refuses the range %d to %d: it ends before it begins", low, high)
		f.Fix = setValue(w.Assignment, fmt.Sprintf("%d %d", high, low))
		return f
	}
	f.Msg = fmt.Sprintf("the kernel refuses a range that begins at %d: ports below %d are privileged", low, w.First)
	f.Fix = setValue(w.Assignment, fmt.Sprintf("%d %d", w.First, high))
	for _, o := range later {
		if first, ok := model.ParseInt(o.Value.Value); ok && o.Key.Value == unprivileged && first <= int64(low) {
			f.Msg += " when it is written"
			f.Notes = append(f.Notes, lint.Note{Msg: "put ip_unprivileged_port_start in front of it", At: lint.AtLine(o.Assignment)})
			f.Fix = swapLines(w.Assignment, o.Assignment)
			break
		}
	}
	return f
}

// swapLines puts a later line in front of an earlier one. It is nil for lines of
// two files, where the names of the files decide.
func swapLines(early, late model.Assignment) *lint.Fix {
	if early.Tree != late.Tree || early.Glob || late.Glob {
		return nil
	}
	t := early.Tree
	return &lint.Fix{
		Title: "put " + short(late.Key.Value) + " in front of " + short(early.Key.Value), Safety: lint.Unsafe,
		Edits: lint.InSysctl(t,
			source.Edit{Span: early.Line, New: t.File.Slice(late.Line)},
			source.Edit{Span: late.Line, New: t.File.Slice(early.Line)}),
	}
}

// fewPortsLeft looks at the range that is in force.
func fewPortsLeft(p *lint.Pass) {
	v := p.Host.Sysctl.Get(portRangeKey)
	low, high, by, ok := p.Host.Sysctl.PortRange()
	ports := high - low + 1
	if !v.Set || !v.Sure || !ok || by.Entry != v.Entry || len(v.Fields()) < 2 || ports >= fewPorts {
		return
	}
	p.ReportMild(lint.Warning, lint.Finding{
		At:    lint.AtValue(v.Assignment),
		Msg:   fmt.Sprintf("%d ports allow %d new connections a second to one address: each port is held for %d seconds", ports, ports/timeWait, timeWait),
		Notes: []lint.Note{{Msg: "that is on the side that closes first; connections that are kept open take one port for many requests"}},
		Fix:   setNumber(v, portRangeWide),
	})
}

// portRange reads a range of ports that the kernel takes for numbers. Of one
// number alone it is the low end; the high one is then taken to be the highest.
func portRange(a model.Assignment) (low, high int, ok bool) {
	k, known := facts.ParamOf(portRangeKey)
	fields := a.Fields()
	if !known || len(fields) == 0 {
		return 0, 0, false
	}
	ends := [2]int{0, lastPort}
	for i := range ends[:min(len(fields), len(ends))] {
		n, _, ok := model.ReadNumber(a.Tree.File.Slice(fields[i]))
		if in, _ := n.Refused(k, facts.KernelWindow()); !ok || !in.Empty() {
			return 0, 0, false
		}
		ends[i] = int(n.Size)
	}
	return ends[0], ends[1], true
}

// ephemeral is the range of ports in force on a host: the one that its files set
// or the kernel's default. ok is false if it is not known.
func ephemeral(h *model.Host) (low, high int, v model.SysctlValue, ok bool) {
	v = h.Sysctl.Get(portRangeKey)
	if h.Sysctl == nil {
		k, known := facts.ParamOf(portRangeKey)
		if !known {
			return 0, 0, v, false
		}
		text, one := facts.OneDefault(k.Defaults, h.Target.Kernel)
		_, err := fmt.Sscan(text, &low, &high)
		return low, high, v, one && err == nil
	}
	low, high, by, ok := h.Sysctl.PortRange()
	if !v.Sure || v.Set && by.Entry != v.Entry {
		ok = false // a line that is refused, or that another one stands in for
	}
	return low, high, v, ok
}
