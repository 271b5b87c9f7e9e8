package evidence

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// ssSection reads the table that ss prints. Columns are known by the header, or
// without one by what they look like: a state, two numbers, two addresses.
type ssSection struct {
	table *Table
	// netid and state say whether the header has these columns: "ss -ltn" of one
	// state leaves State out where a filter names it.
	netid, state bool
	header       bool
	last         *Connection // that "ss -i" tells more about
}

func openSS(r *reader, text []byte) (section, bool) {
	t := bytes.TrimSpace(text)
	if len(t) == 0 || !mayBeginSocket(t[0]) {
		return nil, false
	}
	isHeader := bytes.Contains(t, []byte("Recv-Q")) && bytes.Contains(t, []byte("Local Address:Port"))
	if isHeader {
		s := &ssSection{table: r.newTable("ss"), header: true}
		s.netid = bytes.HasPrefix(t, []byte("Netid"))
		s.state = bytes.Contains(t, []byte("State"))
		s.table.ListenersOnly = true // until a connection is seen
		return s, true
	}
	if !beginsWithState(t) {
		return nil, false
	}
	s := &ssSection{table: &Table{Source: r.source, Tool: "ss", Filtered: true, ListenersOnly: true}, state: true}
	if s.line(r, text) != yes {
		return nil, false
	}
	r.source.is("ss")
	r.set.Tables = append(r.set.Tables, s.table)
	return s, true
}

// mayBeginSocket reports whether a state or a kind of socket may begin with a
// byte, so that noise is passed over soon.
func mayBeginSocket(c byte) bool {
	switch c {
	case 'E', 'S', 'F', 'T', 'U', 'C', 'L', 't', 'u', 'm', 'N', 'R':
		return true
	}
	return false
}

// beginsWithState reports whether the first or the second word is a state, with
// digits of the next column behind it or without.
func beginsWithState(t []byte) bool {
	for range 2 {
		i := bytes.IndexAny(t, " \t")
		if i < 0 || i > 20 {
			return false
		}
		for _, names := range stateNames {
			if bytes.HasPrefix(t[:i], []byte(names[0])) || bytes.HasPrefix(t[:i], []byte(names[1])) {
				return true
			}
		}
		t = bytes.TrimLeft(t[i:], " \t")
	}
	return false
}

func (r *reader) newTable(tool string) *Table {
	t := &Table{Source: r.source, Tool: tool}
	r.set.Tables = append(r.set.Tables, t)
	r.source.is(tool)
	return t
}

func (s *ssSection) line(r *reader, text []byte) verdict {
	if len(text) == 0 {
		return no
	}
	if text[0] == ' ' || text[0] == '\t' {
		of := s.last
		if of == nil {
			of = &Connection{} // of a listener, of which it says nothing of use
		}
		if readInfo(of, string(text)) {
			return yes
		}
		if s.header && s.state {
			if _, isWord := stateOf(string(bytes.TrimSpace(text))); !isWord && !bytes.Contains(text, []byte(":")) {
				return no
			}
		}
	}
	row, ok := s.row(string(text))
	if !ok {
		return no
	}
	return s.add(r, row, text)
}

// ssRow is a row taken apart.
type ssRow struct {
	kind          string // tcp, u_str and so on; empty if not said
	state         State
	recv, send    int
	local, remote string
	rest          string
}

func (s *ssSection) row(line string) (row ssRow, ok bool) {
	next := func() string {
		line = strings.TrimLeft(line, " \t")
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			i = len(line)
		}
		word := line[:i]
		line = line[i:]
		return word
	}
	word := next()
	if isNetid(word) {
		row.kind = word
		word = next()
	}
	if !s.header || s.state {
		var digits string
		if word, digits = splitState(word); digits != "" {
			line = digits + line // Recv-Q may be glued to the state
		}
		if row.state, ok = stateOf(word); !ok {
			return row, false
		}
		word = next()
	} else {
		row.state = Established
	}
	var err1, err2 error
	row.recv, err1 = strconv.Atoi(word)
	row.send, err2 = strconv.Atoi(next())
	row.local, row.remote = next(), ""
	if strings.HasPrefix(row.kind, "u_") { // a path and a number, each with blanks between
		next()
		row.remote = next()
		next()
	} else {
		row.remote = next()
	}
	row.rest = strings.TrimSpace(line)
	return row, err1 == nil && err2 == nil && row.local != ""
}

func isNetid(word string) bool {
	switch word {
	case "tcp", "udp", "raw", "mptcp", "u_str", "u_seq", "u_dgr", "nl", "p_raw", "p_dgr", "icmp6", "v_str", "sctp", "dccp", "tcp6":
		return true
	}
	return false
}

// splitState parts a state from digits that stand directly behind it.
func splitState(word string) (state, digits string) {
	i := len(word)
	for i > 0 && '0' <= word[i-1] && word[i-1] <= '9' {
		i--
	}
	if _, ok := stateOf(word); ok || i == len(word) {
		return word, ""
	}
	return word[:i], word[i:]
}

func (s *ssSection) add(r *reader, row ssRow, text []byte) verdict {
	s.last = nil
	owners := ssOwners(row.rest)
	if owners != nil || strings.Contains(row.rest, "users:") {
		s.table.Owners = true
	}
	if strings.HasPrefix(row.kind, "u_") {
		if row.state == listen {
			s.table.Listeners = append(s.table.Listeners, &Listener{
				Line: r.line(text), Path: row.local, Queued: row.recv, Cap: row.send, Owners: owners,
			})
		}
		return yes
	}
	if row.kind != "" && !strings.HasPrefix(row.kind, "tcp") && row.kind != "mptcp" {
		return yes // not of TCP
	}
	local, both, ok := endpoint(row.local)
	if !ok {
		return s.named(r, row)
	}
	if row.state == listen {
		s.table.Listeners = append(s.table.Listeners, &Listener{
			Line: r.line(text), Address: local, Both: both, Queued: row.recv, Cap: row.send, Owners: owners,
		})
		return yes
	}
	remote, _, ok := endpoint(row.remote)
	if !ok {
		return s.named(r, row)
	}
	s.table.ListenersOnly = false
	c := &Connection{State: row.state, Local: local, Remote: remote, Unread: row.recv, Unacked: row.send, Owners: owners, Timer: ssTimer(row.rest)}
	c.Line = r.connectionLine(s.table, text)
	c.NoInode = strings.Contains(row.rest, " ino:0 ") || strings.HasPrefix(row.rest, "ino:0 ")
	s.table.Connections = append(s.table.Connections, c)
	s.last = c
	return yes
}

// keptTexts is how many connections of a table keep the text of their line.
const keptTexts = 5000

func (r *reader) connectionLine(t *Table, text []byte) Line {
	if len(t.Connections) < keptTexts {
		return r.line(text)
	}
	return Line{File: r.source.Name, Number: r.number}
}

// named is what becomes of a row with names in place of numbers.
func (*ssSection) named(r *reader, row ssRow) verdict {
	if strings.Contains(row.local, ":") || strings.Contains(row.remote, ":") {
		r.source.note("names stand in place of numbers: ask with -n")
		return bad
	}
	return no
}

// endpoint reads an address with its port as ss and netstat write it:
// "127.0.0.1:80", "[::1]:80", ":::80", "*:80", "0.0.0.0%lo:80", with "*" for no
// port. both says that it is the wildcard of both families.
func endpoint(s string) (a netip.AddrPort, both, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return a, false, false
	}
	host, portText := s[:i], s[i+1:]
	port := uint64(0)
	if portText != "*" {
		var err error
		if port, err = strconv.ParseUint(portText, 10, 16); err != nil {
			return a, false, false
		}
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if host == "*" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(port)), true, true
	}
	host, _, _ = strings.Cut(host, "%") // of an interface
	host = strings.TrimSuffix(host, "]")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return a, false, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), false, true
}

// ssOwners reads users:(("nginx",pid=13390,fd=5),...) and the older form without
// names for the numbers.
func ssOwners(rest string) []Owner {
	_, list, ok := strings.Cut(rest, "users:(")
	if !ok {
		return nil
	}
	var owners []Owner
	for strings.HasPrefix(strings.TrimPrefix(list, ","), "(\"") {
		list = strings.TrimPrefix(list, ",")[2:]
		name, after, ok := strings.Cut(list, "\",")
		if !ok {
			break
		}
		pid, end, ok := strings.Cut(after, ",")
		if !ok {
			break
		}
		n, err := strconv.Atoi(strings.TrimPrefix(pid, "pid="))
		if err != nil {
			break
		}
		fd, next, ok := strings.Cut(end, ")")
		if !ok {
			break
		}
		list = next
		o := Owner{Name: name, PID: n, FD: -1}
		if _, number, ok := strings.Cut("="+fd, "fd="); ok {
			fd = number
		}
		if f, err := strconv.Atoi(fd); err == nil {
			o.FD = f
		}
		owners = append(owners, o)
	}
	return owners
}

// ssTimer reads timer:(on,1.2sec,3), with sec, ms, min and the odd mixtures of
// them that ss writes ("1min3sec", "1.040ms" for a second and 40 thousandths).
func ssTimer(rest string) Timer {
	_, text, ok := strings.Cut(rest, "timer:(")
	if !ok {
		return Timer{}
	}
	text, _, _ = strings.Cut(text, ")")
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return Timer{}
	}
	t := Timer{Name: parts[0]}
	t.Retries, _ = strconv.Atoi(parts[2]) // 0 if it is none
	left := parts[1]
	if m, after, ok := strings.Cut(left, "min"); ok {
		n, _ := strconv.Atoi(m)
		t.Left += time.Duration(n) * time.Minute
		left = after
	}
	if sec, ok := strings.CutSuffix(left, "sec"); ok {
		n, _ := strconv.ParseFloat(sec, 64)
		t.Left += time.Duration(n * float64(time.Second))
	} else if ms, ok := strings.CutSuffix(left, "ms"); ok {
		whole, thousandths, mixed := strings.Cut(ms, ".")
		n, _ := strconv.Atoi(whole)
		if mixed {
			m, _ := strconv.Atoi(thousandths)
			t.Left += time.Duration(n)*time.Second + time.Duration(m)*time.Millisecond
		} else {
			t.Left += time.Duration(n) * time.Millisecond
		}
	}
	return t
}

// readInfo reads the line that "ss -i" prints below a connection.
func readInfo(c *Connection, line string) bool {
	info := &Info{}
	known := false
	for word := range strings.FieldsSeq(line) {
		name, value, ok := strings.Cut(word, ":")
		if !ok {
			continue
		}
		ms := func(s string) time.Duration {
			f, _ := strconv.ParseFloat(strings.TrimSuffix(s, "ms"), 64)
			return time.Duration(f * float64(time.Millisecond))
		}
		number := func(s string) int { n, _ := strconv.Atoi(s); return n }
		switch name {
		case "rto":
			info.RTO, known = ms(value), true
		case "rtt":
			avg, _, _ := strings.Cut(value, "/")
			info.RTT, known = ms(avg), true
		case "mss":
			info.MSS, known = number(value), true
		case "pmtu":
			info.PMTU = number(value)
		case "backoff":
			info.Backoff = number(value)
		case "lost":
			info.Lost = number(value)
		case "lastrcv":
			info.LastReceived = ms(value)
		case "retrans":
			now, total, _ := strings.Cut(value, "/")
			info.Retransmits, info.RetransmitTotal = number(now), number(total)
		case "cwnd", "segs_out", "skmem", "bytes_acked":
			known = true
		}
	}
	if known || strings.Contains(line, "skmem:(") {
		c.Info = info
		return true
	}
	return false
}
