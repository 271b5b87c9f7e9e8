package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
)

var sysctlTCPMemUnit = lint.Rule{
	ID:       "sysctl-tcp-mem-unit",
	Title:    "tcp_mem or udp_mem in bytes, where pages count",
	Severity: lint.Error,
	Fix:      lint.Shown,
	Since:    "0.1",
	Why: `tcp_mem and udp_mem bound the memory that all sockets of the host use together. Their unit is the page, 4 KiB on most machines, and not the byte as with tcp_rmem and tcp_wmem. The kernel checks neither an upper end nor the order, so a value in bytes is accepted and switches the limit off: "94500000 915000000 927000000", which guides have copied for years, is 360 GiB, 3.4 TiB and 3.5 TiB. The kernel then never comes under pressure, and nothing bounds what all sockets take together.

The kernel's own values are 4.68, 6.25 and 9.37 percent of the free pages at boot, which are right for nearly every machine: remove the line.

A value is taken for bytes if its highest threshold is 128 GiB and more, 1 TiB where a comment speaks of pages, or if it is also the value of a key that does count bytes, such as tcp_rmem or rmem_max.

Ignore it on a machine with terabytes of memory.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp.c",
	},
	Examples: []lint.Example{
		{
			Name: "the line of the guides",
			Bad: `net.ipv4.tcp_mem = 94500000 915000000 927000000
                  #^^^^^^^^^^^^^^^^^^^^^^^^^^^^ tcp_mem counts pages of 4 KiB, not bytes: this is 360 GiB, 3.4 TiB and 3.5 TiB
net.ipv4.tcp_rmem = 4096 131072 6291456
`,
			Good: `net.ipv4.tcp_rmem = 4096 131072 6291456
`,
		},
		{
			Name: "the same numbers as a key in bytes",
			Bad: `net.core.rmem_max = 16777216
net.ipv4.tcp_mem = 16777216 16777216 16777216
                  #^^^^^^^^^^^^^^^^^^^^^^^^^^ this is 64 GiB
`,
			Good: `net.core.rmem_max = 16777216
`,
		},
		{
			Name: "silent: pages",
			Bad: `net.ipv4.tcp_mem = 786432 1048576 1572864
net.ipv4.udp_mem = 65536 131072 262144
net.core.rmem_max = 16777216
`,
		},
		{
			Name: "silent: a large machine whose owner knows the unit",
			Bad: `# pages of 4096 bytes
net.ipv4.tcp_mem = 16777216 33554432 50331648
`,
		},
	},
	Check: func(p *lint.Pass) {
		for a := range settings(p.Host) {
			if key := short(a.Key.Value); key == "tcp_mem" || key == "udp_mem" {
				memInBytes(p, a, key)
			}
		}
	},
}

var _ = add(&sysctlTCPMemUnit)

const (
	pageSize = 4096
	muchMem  = 128 << 30 / pageSize // 128 GiB
	hugeMem  = 1 << 40 / pageSize   // 1 TiB
	someMem  = 4 << 30 / pageSize   // 4 GiB
)

var saysPages = lazyre.New(`(?i)\bpages?\b|页`)

func memInBytes(p *lint.Pass, a model.Assignment, key string) {
	var n []uint64
	for i, span := range a.Fields() {
		if i == facts.Triple.Values() {
			break
		}
		x, _, ok := model.ReadNumber(a.Tree.File.Slice(span))
		if !ok || x.Negative {
			return
		}
		n = append(n, x.Size)
	}
	if len(n) < facts.Triple.Values() {
		return // sysctl-triple
	}
	most, knows := max(n[0], n[1], n[2]), saysPages.MatchString(remark(a))
	twin, copied := bytesOf(p.Host, a, n[2])
	switch {
	case most >= hugeMem, most >= muchMem && !knows:
	case copied && most >= someMem && !knows:
	default:
		return
	}
	sizes := make([]string, len(n))
	for i, x := range n {
		sizes[i] = memory(x * pageSize)
	}
	// The same bytes in pages would put the whole host under pressure: nobody who
	// copied them meant that.
	fix := removeLine(a)
	fix.Safety = lint.Shown
	f := lint.Finding{
		At:  lint.AtValue(a),
		Msg: fmt.Sprintf("%s counts pages of 4 KiB, not bytes: this is %s", key, sizesInWords(sizes)),
		Fix: fix,
	}
	if copied {
		f.Notes = append(f.Notes, lint.Note{Msg: "the same number of bytes is set here", At: lint.AtLine(twin)})
	}
	f.Notes = append(f.Notes, lint.Note{Msg: "the kernel's own values follow the memory of the machine: without the line they hold"})
	p.Report(f)
}

// sizesInWords writes three sizes, or the one that they all are.
func sizesInWords(s []string) string {
	if s[0] == s[1] && s[1] == s[2] {
		return s[0]
	}
	return s[0] + ", " + s[1] + " and " + s[2]
}

// bytesOf finds a line that gives the same number to a key which counts bytes.
func bytesOf(h *model.Host, a model.Assignment, n uint64) (model.Assignment, bool) {
	for _, key := range []string{"net.core.rmem_max", "net.core.wmem_max", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"} {
		v := h.Sysctl.Get(key)
		if !v.Set || v.Entry == a.Entry {
			continue
		}
		fields := v.Fields()
		if len(fields) == 0 {
			continue
		}
		if x, _, ok := model.ReadNumber(v.Tree.File.Slice(fields[len(fields)-1])); ok && !x.Negative && x.Size == n {
			return v.Assignment, true
		}
	}
	return model.Assignment{}, false
}

// memory writes a number of bytes with a unit that people read.
func memory(bytes uint64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"}
	size, i := float64(bytes), 0
	for ; size >= 1024 && i < len(units)-1; i++ {
		size /= 1024
	}
	if size < 10 && size != float64(int(size)) {
		return fmt.Sprintf("%.1f %s", size, units[i])
	}
	return fmt.Sprintf("%.0f %s", size, units[i])
}
