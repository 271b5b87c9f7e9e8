package rules

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
)

var sysctlBufferLimits = lint.Rule{
	ID:       "sysctl-buffer-limits",
	Title:    "rmem_max and wmem_max do not bound the buffers of TCP",
	Severity: lint.Info,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `TCP sizes its buffers by itself, up to the third number of tcp_rmem and tcp_wmem. net.core.rmem_max and wmem_max do not bound that: they bound what an application asks for with SO_RCVBUF and SO_SNDBUF, and asking switches the automatic sizing off. The sentence of the kernel's documentation that the third number "does not override net.core.rmem_max" misleads.

Measured on Linux 6.18: with rmem_max at 4 MiB the buffer of a TCP socket grew to 15 MiB; an application that asked for 64 MiB got 8, less than the automatic sizing gave.

They do count for UDP, and so for QUIC and DNS: a comment that names one of these silences the rule.

It is reported where they are raised beyond what TCP reaches by itself (6 MiB to receive, 4 to send) and tcp_rmem or tcp_wmem is not set at all, or where a comment speaks of TCP and the third number is smaller.`,
	Refs: []string{
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/tcp_input.c",
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
	},
	Examples: []lint.Example{
		{
			Name: "alone",
			Bad: `net.core.rmem_max = 16777216
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ net.core.rmem_max does not raise the buffers of TCP: the third number of tcp_rmem does
net.core.wmem_max = 16777216
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ the third number of tcp_wmem does
`,
			Good: `net.ipv4.tcp_rmem = 4096 131072 16777216
net.ipv4.tcp_wmem = 4096 16384 16777216
`,
		},
		{
			Name: "a smaller third number",
			Bad: `# largest TCP receive window
net.core.rmem_max = 67108864
#^^^^^^^^^^^^^^^^^^^^^^^^^^^ the buffers of TCP end at 6291456, the third number of tcp_rmem
net.ipv4.tcp_rmem = 4096 131072 6291456
`,
			Good: `net.ipv4.tcp_rmem = 4096 131072 67108864
`,
		},
		{
			Name: "silent: both are set, or UDP is meant",
			Bad: `net.core.rmem_max = 16777216
net.ipv4.tcp_rmem = 4096 131072 16777216

# for QUIC
net.core.wmem_max = 7500000
`,
		},
		{
			Name: "silent: less than TCP takes by itself, so it is not meant",
			Bad: `net.core.rmem_max = 4194304
net.core.wmem_max = 1048576
`,
		},
	},
	Check: func(p *lint.Pass) {
		bufferLimit(p, "net.core.rmem_max", "net.ipv4.tcp_rmem", mostReceived)
		bufferLimit(p, "net.core.wmem_max", "net.ipv4.tcp_wmem", mostSent)
	},
}

var _ = add(&sysctlBufferLimits)

// What TCP reaches by itself on a machine of some size, before Linux 6.15
// (net/ipv4/tcp.c, tcp_init).
const (
	mostReceived = 6 << 20
	mostSent     = 4 << 20
)

var (
	saysTCP = lazyre.New(`(?i)\btcp\b|\bwindows?\b`)
	saysUDP = lazyre.New(`(?i)\budp\b|quic|http/?3|\bdns\b|multicast|syslog|netlink|SO_(?:RCV|SND)BUF|setsockopt`)
)

func bufferLimit(p *lint.Pass, key, tcp string, usual int64) {
	v, auto := p.Host.Sysctl.Get(key), p.Host.Sysctl.Get(tcp)
	n, ok := v.Int()
	if !ok || n <= usual || !auto.Sure {
		return
	}
	said := remark(v.Assignment)
	if saysUDP.MatchString(said) {
		return
	}
	if !auto.Set {
		p.Report(lint.Finding{
			At:    lint.AtLine(v.Assignment),
			Msg:   fmt.Sprintf("%s does not raise the buffers of TCP: the third number of %s does", key, short(tcp)),
			Notes: []lint.Note{{Msg: "it bounds what an application asks for itself, and the buffers of UDP"}},
		})
		return
	}
	if most, ok := third(auto.Assignment); ok && most < n && saysTCP.MatchString(said) {
		p.Report(lint.Finding{
			At:    lint.AtLine(v.Assignment),
			Msg:   fmt.Sprintf("the buffers of TCP end at %d, the third number of %s, whatever %s is", most, short(tcp), key),
			Notes: []lint.Note{{Msg: "set here", At: lint.AtLine(auto.Assignment)}},
		})
	}
}

// third is the third number of a value.
func third(a model.Assignment) (int64, bool) {
	fields := a.Fields()
	const count = 3
	if len(fields) < count {
		return 0, false
	}
	n, _, ok := model.ReadNumber(a.Tree.File.Slice(fields[count-1]))
	if !ok {
		return 0, false
	}
	return n.Signed()
}
