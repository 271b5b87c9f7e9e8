package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

const (
	portRangeKey  = "net.ipv4.ip_local_port_range"
	unprivileged  = "net.ipv4.ip_unprivileged_port_start"
	firstPort     = 1024 // the default of ip_unprivileged_port_start
	lastPort      = 65535
	fewPorts      = 10000
	timeWait      = 60 // seconds, include/net/tcp.h, TCP_TIMEWAIT_LEN
	portRangeWide = "1024 65535"
)

var _ = add(lint.Rule{
	ID:       "sysctl-port-range",
	Title:    "a range of ephemeral ports that the kernel refuses, or one with few ports",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `An outgoing connection takes its local port from ip_local_port_range, 32768 to 60999 unless something else is set. The kernel refuses a range whose low end is above the high one, and one that begins below ip_unprivileged_port_start, 1024 by default: "1000 65535" changes nothing at all.

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
			Good: `net.ipv4.ip_local_port_range = 1024 65535
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
		for _, a := range assignments(p.Host, portRangeKey) {
			low, high, ok := portRange(a)
			if !ok {
				continue
			}
			switch {
			case low > high:
				p.Report(lint.Finding{
					At:  lint.AtValue(a),
					Msg: fmt.Sprintf("the kernel refuses the range %d to %d: it ends before it begins", low, high),
					Fix: setValue(a, fmt.Sprintf("%d %d", high, low)),
				})
			case low < lowestPort(p.Host):
				p.Report(lint.Finding{
					At:       lint.AtValue(a),
					Msg:      fmt.Sprintf("the kernel refuses a range that begins at %d: ports below %d are privileged", low, lowestPort(p.Host)),
					Versions: p.KernelVersions(p.Host.Target.Kernel.Intersect(facts.Since(facts.V(4, 11, 0))), ""),
					Fix:      setValue(a, fmt.Sprintf("%d %d", lowestPort(p.Host), high)),
				})
			}
		}
		fewPortsLeft(p)
	},
})

// fewPortsLeft looks at the range that is in force.
func fewPortsLeft(p *lint.Pass) {
	v := p.Host.Sysctl.Get(portRangeKey)
	if !v.Set || !v.Sure {
		return
	}
	low, high, ok := portRange(v.Assignment)
	ports := high - low + 1
	if !ok || len(v.Fields()) < 2 || low < lowestPort(p.Host) || ports < 1 || ports >= fewPorts {
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
		n, _, ok := readNumber(a.Tree.File.Slice(fields[i]))
		if in, _ := n.refused(k, facts.KernelWindow()); !ok || !in.Empty() {
			return 0, 0, false
		}
		ends[i] = int(n.size)
	}
	return ends[0], ends[1], true
}

// lowestPort is where the range may begin: at the default of
// ip_unprivileged_port_start, or wherever a line may have moved it.
func lowestPort(h *model.Host) int {
	v := h.Sysctl.Get(unprivileged)
	if !v.Set {
		return firstPort
	}
	if n, ok := v.Int(); ok {
		return int(n)
	}
	return 0
}

// ephemeral is the range of ports in force on a host: the one that its files set
// or the kernel's default. ok is false if it is not known.
func ephemeral(h *model.Host) (low, high int, v model.SysctlValue, ok bool) {
	v = h.Sysctl.Get(portRangeKey)
	switch {
	case !v.Sure:
		return 0, 0, v, false
	case v.Set:
		low, high, ok = portRange(v.Assignment)
		return low, high, v, ok && len(v.Fields()) > 1 && low <= high && low >= lowestPort(h)
	}
	k, known := facts.ParamOf(portRangeKey)
	if !known {
		return 0, 0, v, false
	}
	text, ok := facts.OneDefault(k.Defaults, h.Target.Kernel)
	if !ok {
		return 0, 0, v, false
	}
	_, err := fmt.Sscan(text, &low, &high)
	return low, high, v, err == nil
}
