package rules

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/sysctl"
)

const reservedPorts = "net.ipv4.ip_local_reserved_ports"

var hostPortRangeOverlap = lint.Rule{
	ID:       "host-port-range-overlap",
	Title:    "outgoing connections may take a port that a server of this host must bind",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `The kernel takes the local port of an outgoing connection from ip_local_port_range. If a port on which nginx or a local backend listens lies in that range, an outgoing connection may have it at the moment when the service starts. bind() then fails with "98: Address already in use", for as long as the connection lives and for 60 seconds of TIME_WAIT behind it. SO_REUSEADDR does not help, since the outgoing socket has not set it. While the service runs the kernel passes over its port, so the trouble comes with a restart, now and then.

Measured on Linux 6.18 with a range of two ports: bind() fails while the connection is there and while it is in TIME_WAIT, with and without SO_REUSEADDR.

ip_local_reserved_ports takes ports out of the range: they can still be bound by name. With the kernel's own range, 32768 to 60999, this is info.`,
	Refs: []string{
		"https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/net/ipv4/inet_connection_sock.c",
	},
	Examples: []lint.Example{
		{
			Name: "a listener and a local backend",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server 127.0.0.1:9000;
    }
    server {
        listen 8080;
    }
}
-- sysctl.conf --
net.ipv4.ip_local_port_range = 1024 65535
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ outgoing connections may take ports 8080 and 9000, on which this host listens
`,
			Good: `-- sysctl.conf --
net.ipv4.ip_local_port_range = 1024 65535
net.ipv4.ip_local_reserved_ports = 8080,9000
`,
		},
		{
			Name: "some are reserved",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 8080;
        listen 8443;
    }
}
-- sysctl.conf --
net.ipv4.ip_local_port_range = 1024 65535
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ outgoing connections may take port 8443, on which this host listens
net.ipv4.ip_local_reserved_ports = 8000-8100
`,
			Good: `-- sysctl.conf --
net.ipv4.ip_local_port_range = 1024 65535
net.ipv4.ip_local_reserved_ports = 8000-8100,8443
`,
		},
		{
			Name: "the kernel's own range",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 50051;
       #^^^^^^^^^^^^^ outgoing connections may take port 50051
    }
}
-- sysctl.conf --
net.core.somaxconn = 4096
`,
			Good: `-- sysctl.conf --
net.core.somaxconn = 4096
net.ipv4.ip_local_reserved_ports = 50051
`,
		},
		{
			Name: "silent: below the range, reserved, or on another host",
			Bad: `-- nginx.conf --
events {}
http {
    upstream app {
        server 10.0.0.5:9000;
        server unix:/run/app.sock;
    }
    server {
        listen 80;
        listen [::]:443;
        listen 8080;
        listen unix:/run/nginx.sock;
    }
}
-- sysctl.conf --
net.ipv4.ip_local_port_range = 1024 65535
net.ipv4.ip_local_reserved_ports = 8080
`,
		},
		{
			Name: "silent: the range is refused, so another one is in force",
			Bad: `-- nginx.conf --
events {}
http {
    server {
        listen 8080;
    }
}
-- sysctl.conf --
net.ipv4.ip_local_port_range = 1000 65535
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil {
			return
		}
		low, high, v, ok := ephemeral(p.Host)
		spared, known := reserved(p.Host)
		if !ok || !known {
			return
		}
		taken := map[int]lint.Place{}
		for port, at := range boundPorts(p.Host) {
			if low <= port && port <= high && !spared(port) {
				taken[port] = at
			}
		}
		if len(taken) > 0 {
			reportOverlap(p, v, low, high, taken)
		}
	},
}

var _ = add(&hostPortRangeOverlap)

func reportOverlap(p *lint.Pass, v model.SysctlValue, low, high int, taken map[int]lint.Place) {
	list := slices.Sorted(maps.Keys(taken))
	f := lint.Finding{
		Msg: fmt.Sprintf("outgoing connections may take %s, on which this host listens", portsInWords(list)),
		Fix: reserve(p.Host, v, list),
	}
	if !v.Set {
		f.At = taken[list[0]]
		f.Notes = append(f.Notes, lint.Note{Msg: fmt.Sprintf("%d to %d is the kernel's own range", low, high)})
		p.ReportMild(lint.Info, f)
		return
	}
	f.At = lint.AtLine(v.Assignment)
	for i, port := range list {
		if i == 3 {
			break
		}
		f.Notes = append(f.Notes, lint.Note{Msg: "port " + strconv.Itoa(port), At: taken[port]})
	}
	p.Report(f)
}

// portsInWords writes "port 80", "ports 80 and 443", "ports 80, 443 and 2 more".
func portsInWords(list []int) string {
	s := make([]string, 0, len(list))
	for _, port := range list {
		s = append(s, strconv.Itoa(port))
	}
	const most = 3
	switch n := len(s); {
	case n == 1:
		return "port " + s[0]
	case n <= most:
		return "ports " + strings.Join(s[:n-1], ", ") + " and " + s[n-1]
	default:
		return "ports " + strings.Join(s[:most], ", ") + " and " + strconv.Itoa(n-most) + " more"
	}
}

// reserve takes ports out of the range.
func reserve(h *model.Host, line model.SysctlValue, list []int) *lint.Fix {
	s := make([]string, 0, len(list))
	for _, port := range list {
		s = append(s, strconv.Itoa(port))
	}
	value := strings.Join(s, ",")
	v := h.Sysctl.Get(reservedPorts)
	switch {
	case v.Set && !v.Glob && v.Value.Value != "":
		value = strings.TrimSuffix(v.Value.Value, ",") + "," + value
	case !v.Set && line.Set && !line.Glob:
		return &lint.Fix{
			Title: "reserve " + portsInWords(list), Safety: lint.Unsafe,
			Edits: lint.InSysctl(line.Tree, sysctl.AddAfter(line.Tree, line.Entry, reservedPorts+" = "+value)),
		}
	}
	fix := setOrAppend(h, v, reservedPorts, value)
	fix.Title = "reserve " + portsInWords(list)
	return fix
}

// reserved says which ports are kept out of the range; known is false if that
// cannot be told.
func reserved(h *model.Host) (spared func(int) bool, known bool) {
	v := h.Sysctl.Get(reservedPorts)
	if !v.Sure {
		return nil, false
	}
	type span struct{ low, high uint64 }
	var spans []span
	if v.Set {
		for item := range strings.SplitSeq(v.Value.Value, ",") {
			if item == "" {
				continue
			}
			from, to, ranged := strings.Cut(item, "-")
			if !ranged {
				to = from
			}
			low, _, ok := model.ReadNumber(from)
			high, _, ok2 := model.ReadNumber(to)
			if !ok || !ok2 {
				return nil, false // sysctl-value
			}
			spans = append(spans, span{low.Size, high.Size})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.low, b.low) })
	for i := 1; i < len(spans); i++ { // the furthest that any span reaches that begins no later
		spans[i].high = max(spans[i].high, spans[i-1].high)
	}
	return func(port int) bool {
		after, _ := slices.BinarySearchFunc(spans, uint64(port)+1, func(s span, n uint64) int { return cmp.Compare(s.low, n) })
		return after > 0 && uint64(port) <= spans[after-1].high
	}, true
}

// boundPorts are the ports that nginx listens on and those of the backends on
// the loopback interface, with a place of each.
func boundPorts(h *model.Host) map[int]lint.Place {
	out := map[int]lint.Place{}
	for key, l := range h.Nginx.Listeners() {
		port, err := strconv.Atoi(key[strings.LastIndexByte(key, ':')+1:])
		if err != nil {
			continue
		}
		at := listenPlace(l)
		if old, ok := out[port]; !ok || at.File == old.File && at.Span.Start < old.Span.Start {
			out[port] = at
		}
	}
	note := func(host, port string, at lint.Place) {
		n, err := strconv.Atoi(port)
		if _, known := out[n]; err == nil && !known && isLoopback(host) {
			out[n] = at
		}
	}
	for _, s := range h.Nginx.Scopes {
		if s.Is(model.Upstream, model.StreamUpstream) {
			for set := range s.All("server") {
				host, port := hostPort(set.Arg(0))
				note(host, port, lint.At(set.Directive))
			}
		}
	}
	for _, pass := range h.Nginx.Passes() {
		if pass.Target.Kind == model.TargetAddress {
			note(pass.Target.Host, pass.Target.Port, lint.At(pass.Directive))
		}
	}
	return out
}

// hostPort divides the address of an upstream's server.
func hostPort(s string) (host, port string) {
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		return strings.Trim(s[:i], "[]"), s[i+1:]
	}
	return strings.Trim(s, "[]"), ""
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
