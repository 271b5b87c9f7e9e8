package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
)

var conntrackSymptom = Symptom{
	ID:    "conntrack",
	Title: "nf_conntrack: table full, or drops in conntrack -S",
	Why:   `A packet of a connection for which no entry can be made is dropped: connections hang while they are opened, for everybody, and come through when another entry expires. A table at its maximum harms nobody as long as entries can be evicted for new ones (early_drop); drop is what counts.`,
	OneOf: []evidence.Kind{evidence.KernelLog, evidence.Conntrack},
	Helps: []evidence.Kind{evidence.Settings, evidence.AccessLog},
	Refs:  []string{"https://docs.kernel.org/networking/nf_conntrack-sysctl.html"},
	Causes: []Cause{{
		ID: "conntrack-full", At: Kernel, Title: "the table of tracked connections is full, and packets of new ones are dropped", Harm: 3,
		Explains: []string{"lost-syns", "timeout-in-force", "servers-set-aside", "server-unreachable"},
		Rules:    []string{"host-conntrack-small", "sysctl-conntrack"},
		Cure:     "raise net.netfilter.nf_conntrack_max (and the number of buckets with it), shorten nf_conntrack_tcp_timeout_*, or do not track what needs no tracking",
		Cured:    "drop in conntrack -S stays as it is; no \"table full\" in dmesg",
		Decide:   []string{"conntrack -S; conntrack -C; sysctl net.netfilter.nf_conntrack_max; sleep 10; conntrack -S"},
	}},
	Examples: []Example{
		{
			Name: "packets are dropped",
			Files: `-- conntrack-S.txt --
cpu=0   	found=0 invalid=0 insert=0 insert_failed=0 drop=812 early_drop=0 error=0 search_restart=0
-- conntrack-count.txt --
200
-- sysctl.txt --
net.netfilter.nf_conntrack_max = 200
`,
			Want: []string{"conntrack-full proved"},
		},
		{
			Name: "some drops since boot, and room now",
			Files: `-- conntrack-S.txt --
cpu=0   	found=0 invalid=0 insert=0 insert_failed=0 drop=3 early_drop=0 error=0 search_restart=0
-- conntrack-count.txt --
1200
-- sysctl.txt --
net.netfilter.nf_conntrack_max = 262144
`,
		},
		{
			Name: "a full table that makes room",
			Files: `-- conntrack-S.txt --
cpu=0   	found=0 invalid=0 insert=0 insert_failed=0 drop=0 early_drop=4021 error=0 search_restart=0
-- conntrack-count.txt --
200
-- sysctl.txt --
net.netfilter.nf_conntrack_max = 200
`,
		},
	},
	Look: lookConntrack,
}

var _ = add(&conntrackSymptom)

func lookConntrack(p *Pass) {
	logged := p.Kernel(evidence.ConntrackTableFull)
	drop, hasDrop := p.Total(evidence.Conntrack, "conntrack.drop")
	before, hasBefore := p.totalBefore("conntrack.drop")
	count, hasCount := p.Total(evidence.Conntrack, "conntrack.count")
	if n, line, ok := p.Setting("net.netfilter.nf_conntrack_count"); ok && !hasCount {
		count, hasCount = evidence.Total{Line: line, Value: n}, true
	}
	limit, at, hasLimit := p.Setting("net.netfilter.nf_conntrack_max")
	full := hasCount && hasLimit && count.Value*100 >= limit*95
	dropped := drop.Value - before
	if len(logged) == 0 && dropped <= 0 {
		if early, ok := p.Total(evidence.Conntrack, "conntrack.early_drop"); ok && hasDrop && early.Value > 0 && full {
			p.Normal(fmt.Sprintf("the table of tracked connections is full (%d of %d), and makes room for new ones: nothing was dropped", count.Value, limit), early.Line)
		}
		return
	}
	if len(logged) == 0 && !full && !hasBefore {
		p.Normal(fmt.Sprintf("%d packets were dropped for want of an entry since boot, and there is room now", dropped), drop.Line)
		return
	}
	s := p.Suspect("conntrack-full").Weight(dropped)
	message := "packets were dropped because the table of tracked connections is full"
	if hasLimit {
		message += fmt.Sprintf(" (nf_conntrack_max %d)", limit)
	}
	s.Message(message)
	for _, m := range logged {
		s.Sign(evidence.KernelLog, "the kernel says so "+times(m.Count), m.Lines...)
	}
	if dropped > 0 {
		s.Sign(evidence.Conntrack, fmt.Sprintf("%d packets were dropped for want of an entry", dropped), drop.Line)
	}
	if full {
		s.Hint(evidence.Settings, fmt.Sprintf("%d entries of at most %d", count.Value, limit), count.Line, at)
	}
	if n := p.synAgain(); n > 0 {
		s.Hint(evidence.AccessLog, requests(n)+" connected after a SYN was sent again")
	}
}

// totalBefore is a number as an earlier reading shows it.
func (p *Pass) totalBefore(name string) (n int, ok bool) {
	for _, t := range p.evidence.Totals {
		if t.Name == name && t.Moment == evidence.Before {
			return t.Value, true
		}
	}
	return 0, false
}

var neighbourTableSymptom = Symptom{
	ID:    "neighbour-table",
	Title: "neighbour: arp_cache: neighbor table overflow",
	Why:   `Each address on a local network that the host talks to takes an entry. Above gc_thresh3 no new one is made: connections to addresses without an entry fail at once, with 105 (No buffer space available) or as if there were no route, while those that have one go on. Hosts of many containers and flat networks meet it.`,
	OneOf: []evidence.Kind{evidence.KernelLog, evidence.Neighbours},
	Helps: []evidence.Kind{evidence.Settings, evidence.ErrorLog},
	Refs:  []string{"https://man7.org/linux/man-pages/man7/arp.7.html"},
	Causes: []Cause{{
		ID: "neighbour-table-full", At: Kernel, Title: "the neighbour table is full, so new neighbours cannot be reached", Harm: 3,
		Explains: []string{"server-unreachable", "lost-syns", "timeout-in-force", "servers-set-aside"},
		Cure:     "raise net.ipv4.neigh.default.gc_thresh3 (and 1 and 2 with it) above the number of neighbours; the same for ipv6",
		Cured:    "table_fulls in /proc/net/stat/arp_cache stays as it is; no \"neighbor table overflow\" in dmesg",
		Decide:   []string{"ip -4 neigh | wc -l; sysctl net.ipv4.neigh.default.gc_thresh3; cat /proc/net/stat/arp_cache"},
	}},
	Examples: []Example{{
		Name: "1024 of 1024",
		Files: `-- dmesg.txt --
[  101.200000] neighbour: arp_cache: neighbor table overflow!
-- arp-cache.txt --
entries  allocs   destroys hash_grows lookups  hits     res_failed rcv_probes_mcast rcv_probes_ucast periodic_gc_runs forced_gc_runs unresolved_discards table_fulls
00000400 00000500 00000100 00000002 00001000 00000900 00000000 00000000 00000000 00000010 00000020 00000000 00000190
-- sysctl.txt --
net.ipv4.neigh.default.gc_thresh3 = 1024
`,
		Want: []string{"neighbour-table-full proved"},
	}},
	Look: lookNeighbours,
}

var _ = add(&neighbourTableSymptom)

func lookNeighbours(p *Pass) {
	logged := p.Kernel(evidence.NeighbourOverflow)
	fulls, ok := p.Total(evidence.Neighbours, "neighbours.table_fulls")
	before, hasBefore := p.totalBefore("neighbours.table_fulls")
	grown := fulls.Value - before
	if len(logged) == 0 && (!ok || grown <= 0) {
		return
	}
	s := p.Suspect("neighbour-table-full").Weight(grown)
	limit, at, hasLimit := p.Setting("net.ipv4.neigh.default.gc_thresh3")
	entries, shownAny := p.Total(evidence.Neighbours, "neighbours.entries")
	if shown, has := p.Total(evidence.Neighbours, "neighbours.shown"); has && shown.Value > entries.Value {
		entries, shownAny = shown, true
	}
	full := shownAny && hasLimit && entries.Value*10 >= limit*9
	if len(logged) == 0 && !full && !hasBefore {
		p.Normal(fmt.Sprintf("the neighbour table overflowed %s since boot, and there is room now", times(grown)), fulls.Line)
		return
	}
	message := "the neighbour table overflowed"
	if hasLimit {
		message += fmt.Sprintf(" (gc_thresh3 %d)", limit)
	}
	s.Message(message)
	for _, m := range logged {
		s.Sign(evidence.KernelLog, "the kernel says so "+times(m.Count), m.Lines...)
	}
	if grown > 0 {
		s.Sign(evidence.Neighbours, fmt.Sprintf("table_fulls is %d: so often no entry could be made", grown), fulls.Line)
	}
	if full {
		s.Hint(evidence.Settings, fmt.Sprintf("%d entries of at most %d", entries.Value, limit), entries.Line, at)
	}
	for _, g := range p.Errors(evidence.ConnectFailed, evidence.WriteFailed) {
		if g.Errno == 105 || g.Errno == 113 {
			s.Hint(evidence.ErrorLog, fmt.Sprintf("%s connect() to %s failed with %d", times(g.Count), g.Host(), g.Errno), g.Lines...)
		}
	}
}

var tcpMemorySymptom = Symptom{
	ID:    "tcp-memory",
	Title: "TCP: out of memory -- consider tuning tcp_mem, or too many orphaned sockets",
	Why:   `All sockets of TCP share a budget, tcp_mem, in pages. Above its second number the kernel shrinks buffers, above its third it drops what comes and breaks connections off. Slow clients with large buffers, and many of them, use it up; so does a backend that does not read. Orphans are sockets that no process holds and that still have bytes to send; above tcp_max_orphans they are reset.`,
	OneOf: []evidence.Kind{evidence.KernelLog, evidence.Counters, evidence.Totals},
	Helps: []evidence.Kind{evidence.Settings},
	Refs:  []string{"https://docs.kernel.org/networking/ip-sysctl.html"},
	Causes: []Cause{
		{
			ID: "tcp-memory", At: Kernel, Title: "the memory for TCP is used up", Harm: 3,
			Explains: []string{"timeout-in-force", "lost-syns", "path-mtu", "backend-broke-off"},
			Rules:    []string{"sysctl-tcp-mem-unit", "sysctl-buffer-limits"},
			Cure:     "raise net.ipv4.tcp_mem (in pages of 4096 bytes), lower tcp_wmem and tcp_rmem, or find who does not read",
			Cured:    "mem of TCP in /proc/net/sockstat stays below the second number of tcp_mem; TCPMemoryPressures and TCPAbortOnMemory stay as they are",
			Decide:   []string{"cat /proc/net/sockstat; sysctl net.ipv4.tcp_mem; ss -tanm | sort -k2,3n | tail"},
		},
		{
			ID: "too-many-orphans", At: Kernel, Title: "orphaned sockets are more than tcp_max_orphans, and are reset", Harm: 2,
			Cure:  "raise net.ipv4.tcp_max_orphans, lower tcp_orphan_retries, and see why clients stop reading",
			Cured: "orphan in /proc/net/sockstat stays below tcp_max_orphans",
		},
	},
	Examples: []Example{{
		Name: "above the third number",
		Files: `-- dmesg.txt --
[  101.200000] TCP: out of memory -- consider tuning tcp_mem
-- sockstat.txt --
sockets: used 25
TCP: inuse 22 orphan 0 tw 3395 alloc 23 mem 4100
-- sysctl.txt --
net.ipv4.tcp_mem = 1000	2000	4000
`,
		Want: []string{"tcp-memory proved"},
	}},
	Look: lookMemory,
}

var _ = add(&tcpMemorySymptom)

func lookMemory(p *Pass) {
	mem, hasMem := p.Total(evidence.Totals, "TCP.mem")
	low, pressure, high, at, known := p.tcpMem()
	_ = low
	above := hasMem && known && mem.Value >= pressure
	logged := p.Kernel(evidence.OutOfTCPMemory)
	aborted, hasAborted := p.Grew("TcpExtTCPAbortOnMemory")
	pressed, hasPressed := p.Grew("TcpExtTCPMemoryPressures")
	orphans, hasOrphans := p.Total(evidence.Totals, "TCP.orphan")
	limit, orphanAt, hasLimit := p.Setting("net.ipv4.tcp_max_orphans")
	tooMany := p.Kernel(evidence.TooManyOrphans)
	if len(tooMany) > 0 || hasAborted && hasOrphans && hasLimit && orphans.Value*2 >= limit && !above {
		s := p.Suspect("too-many-orphans").Message(fmt.Sprintf("there are more orphaned sockets than tcp_max_orphans (%d) allows", limit))
		for _, m := range tooMany {
			s.Sign(evidence.KernelLog, "the kernel says so", m.Lines...)
		}
		if hasOrphans && hasLimit && orphans.Value*2 >= limit {
			s.Sign(evidence.Totals, fmt.Sprintf("%d orphans of at most %d", orphans.Value, limit), orphans.Line, orphanAt)
		}
		if hasAborted {
			s.Hint(evidence.Counters, fmt.Sprintf("TCPAbortOnMemory grew by %d", aborted.By), aborted.To.Line)
		}
		return
	}
	if len(logged) == 0 && !hasAborted && (!hasPressed || !above) && (!hasMem || !known || mem.Value < high) {
		return
	}
	s := p.Suspect("tcp-memory")
	message := "the memory for TCP is used up"
	if hasMem && known {
		message += fmt.Sprintf(": %d pages, while tcp_mem is %d %d %d", mem.Value, low, pressure, high)
	}
	s.Message(message)
	for _, m := range logged {
		s.Sign(evidence.KernelLog, "the kernel says so "+times(m.Count), m.Lines...)
	}
	if hasAborted {
		s.Sign(evidence.Counters, fmt.Sprintf("TCPAbortOnMemory grew by %d: connections were broken off", aborted.By), aborted.To.Line)
	}
	if hasPressed {
		s.Sign(evidence.Counters, fmt.Sprintf("TCPMemoryPressures grew by %d", pressed.By), pressed.To.Line)
	}
	if above {
		s.Sign(evidence.Totals, fmt.Sprintf("%d pages are in use; above %d the kernel shrinks buffers, above %d it drops", mem.Value, pressure, high), mem.Line, at)
	}
}

// tcpMem reads the three numbers of tcp_mem.
func (p *Pass) tcpMem() (low, pressure, high int, at evidence.Line, ok bool) {
	s, ok := p.SettingText("net.ipv4.tcp_mem")
	f := strings.Fields(s.Value)
	if !ok || len(f) != 3 {
		return 0, 0, 0, at, false
	}
	n := [3]int{}
	for i := range f {
		v, err := strconv.Atoi(f[i])
		if err != nil {
			return 0, 0, 0, at, false
		}
		n[i] = v
	}
	return n[0], n[1], n[2], s.Line, true
}
