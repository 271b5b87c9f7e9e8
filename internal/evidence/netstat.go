package evidence

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// netstatSection reads the table of netstat, that of net-tools and that of
// busybox.
type netstatSection struct {
	table *Table
	unix  bool // the table of Unix sockets
}

func openNetstat(r *reader, text []byte) (section, bool) {
	t := bytes.TrimSpace(text)
	switch {
	case bytes.HasPrefix(t, []byte("Active Internet connections")):
		s := &netstatSection{table: r.newTable("netstat")}
		s.table.ListenersOnly = bytes.Contains(t, []byte("only servers"))
		return s, true
	case bytes.HasPrefix(t, []byte("Active UNIX domain sockets")):
		return &netstatSection{table: r.newTable("netstat"), unix: true}, true
	case bytes.HasPrefix(t, []byte("Proto Recv-Q Send-Q")):
		s := &netstatSection{table: r.newTable("netstat")}
		s.table.Owners = bytes.Contains(t, []byte("PID/Program"))
		return s, true
	case bytes.HasPrefix(t, []byte("tcp")):
		s := &netstatSection{table: &Table{Source: r.source, Tool: "netstat", Filtered: true}}
		if s.line(r, text) != yes {
			return nil, false
		}
		r.source.is("netstat")
		r.set.Tables = append(r.set.Tables, s.table)
		return s, true
	}
	return nil, false
}

func (s *netstatSection) line(r *reader, text []byte) verdict {
	t := bytes.TrimSpace(text)
	switch {
	case bytes.HasPrefix(t, []byte("Proto ")):
		s.unix = bytes.HasPrefix(t, []byte("Proto RefCnt"))
		s.table.Owners = bytes.Contains(t, []byte("PID/Program"))
		return yes
	case bytes.HasPrefix(t, []byte("udp")), bytes.HasPrefix(t, []byte("raw")):
		return yes
	case bytes.HasPrefix(t, []byte("unix ")):
		return yes // netstat shows no queue of them
	case !bytes.HasPrefix(t, []byte("tcp")):
		return no
	}
	f := strings.Fields(string(t))
	if len(f) < 6 {
		return bad
	}
	state, ok := stateOf(f[5])
	recv, err1 := strconv.Atoi(f[1])
	send, err2 := strconv.Atoi(f[2])
	if !ok || err1 != nil || err2 != nil {
		if _, _, isAddress := endpoint(f[3]); err1 == nil && err2 == nil && isAddress {
			r.source.note("states are written in a language other than English: ask with LC_ALL=C")
		}
		if !ok && err1 != nil {
			return no // of another table
		}
		return bad
	}
	local, both, ok1 := endpoint(f[3])
	remote, _, ok2 := endpoint(f[4])
	if !ok1 || !ok2 {
		r.source.note("names stand in place of numbers: ask with -n")
		return bad
	}
	owners := netstatOwners(f[6:])
	s.table.Owners = s.table.Owners || owners != nil
	if state == listen {
		s.table.Listeners = append(s.table.Listeners, &Listener{
			Line: r.line(text), Address: local, Both: both || f[0] == "tcp6" && local.Addr().IsUnspecified(), Queued: recv, Cap: send, Owners: owners,
		})
		return yes
	}
	s.table.Connections = append(s.table.Connections, &Connection{
		Line: r.connectionLine(s.table, text), State: state, Local: local, Remote: remote, Unread: recv, Unacked: send, Owners: owners,
	})
	return yes
}

// netstatOwners reads "15938/nginx: master" among the columns behind the state:
// "-o" has a timer there, "-e" a user and an inode.
func netstatOwners(columns []string) []Owner {
	for i, c := range columns {
		pid, name, ok := strings.Cut(c, "/")
		n, err := strconv.Atoi(pid)
		if !ok || err != nil || strings.HasPrefix(c, "(") {
			continue
		}
		if i+1 < len(columns) && strings.HasSuffix(name, ":") {
			name += " " + columns[i+1]
		}
		return []Owner{{Name: name, PID: n, FD: -1}}
	}
	return nil
}

// procNetSection reads /proc/net/tcp and tcp6 by the names in their header.
type procNetSection struct{ table *Table }

func openProcNet(r *reader, text []byte) (section, bool) {
	t := bytes.TrimSpace(text)
	if bytes.HasPrefix(t, []byte("sl ")) && bytes.Contains(t, []byte("local_address")) && bytes.Contains(t, []byte("retrnsmt")) {
		return &procNetSection{table: r.newTable("/proc/net")}, true
	}
	return nil, false
}

func (s *procNetSection) line(r *reader, text []byte) verdict {
	f := strings.Fields(string(text))
	if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
		return no
	}
	local, ok1 := hexEndpoint(f[1])
	remote, ok2 := hexEndpoint(f[2])
	state, ok3 := procStates[f[3]]
	send, recv, ok4 := hexPair(f[4])
	kind, ticks, ok5 := hexPair(f[5])
	retries, err := strconv.ParseInt(f[6], 16, 64)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || err != nil {
		return bad
	}
	if state == listen {
		s.table.Listeners = append(s.table.Listeners, &Listener{
			Line: r.line(text), Address: local, Both: len(f[1]) > 20 && local.Addr().IsUnspecified(), Queued: recv,
		})
		return yes
	}
	c := &Connection{Line: r.connectionLine(s.table, text), State: state, Local: local, Remote: remote, Unread: recv, Unacked: send, NoInode: f[9] == "0"}
	if kind > 0 && kind < len(procTimers) {
		// USER_HZ is 100 on every platform that nginx runs on in practice.
		c.Timer = Timer{Name: procTimers[kind], Left: time.Duration(ticks) * 10 * time.Millisecond, Retries: int(retries)}
	}
	s.table.Connections = append(s.table.Connections, c)
	return yes
}

// procTimers are the timers as tcp4_seq_show numbers them (net/ipv4/tcp_ipv4.c).
var procTimers = [...]string{1: "on", 2: "keepalive", 3: "timewait", 4: "persist"}

func hexPair(s string) (a, b int, ok bool) {
	x, y, found := strings.Cut(s, ":")
	m, err1 := strconv.ParseUint(x, 16, 32)
	n, err2 := strconv.ParseUint(y, 16, 32)
	return int(m), int(n), found && err1 == nil && err2 == nil
}

// hexEndpoint reads "0100007F:1F90": the address in words of the machine's byte
// order, which is little-endian wherever this is likely to be read.
func hexEndpoint(s string) (a netip.AddrPort, ok bool) {
	host, port, _ := strings.Cut(s, ":")
	b, err1 := hex.DecodeString(host)
	p, err2 := strconv.ParseUint(port, 16, 16)
	if err1 != nil || err2 != nil || len(b) != 4 && len(b) != 16 {
		return a, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], binary.LittleEndian.Uint32(b[i:]))
	}
	addr, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr.Unmap(), uint16(p)), ok
}
