package evidence

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// lsofSection reads what "lsof -nP -iTCP" prints. It shows no queues.
type lsofSection struct {
	table     *Table
	listeners map[netip.AddrPort]*Listener
	ends      map[[2]netip.AddrPort]*Connection
}

func openLsof(r *reader, text []byte) (section, bool) {
	f := bytes.Fields(text)
	if len(f) < 8 || string(f[0]) != "COMMAND" || string(f[1]) != "PID" || string(f[len(f)-1]) != "NAME" {
		return nil, false
	}
	s := &lsofSection{table: r.newTable("lsof"), listeners: map[netip.AddrPort]*Listener{}, ends: map[[2]netip.AddrPort]*Connection{}}
	s.table.Owners, s.table.ListenersOnly = true, true // until a connection is seen
	return s, true
}

// lsofStates are the states as lsof names them, where they differ from netstat's.
var lsofStates = map[string]State{"CLOSED": Closed, "SYN_RCVD": SynRecv}

func (s *lsofSection) line(r *reader, text []byte) verdict {
	f := strings.Fields(string(text))
	if len(f) < 8 {
		return no
	}
	pid, err := strconv.Atoi(f[1])
	if err != nil {
		return no
	}
	at := -1
	for i, word := range f {
		if word == "TCP" {
			at = i
		}
	}
	if at < 0 || at+1 >= len(f) {
		return yes // a file, or a socket of another kind
	}
	owner := Owner{Name: f[0], PID: pid}
	for _, word := range f[2:at] {
		if n := strings.TrimRight(word, "rwuW"); n != word && digits([]byte(n)) {
			owner.FD, _ = strconv.Atoi(n) // it has digits only
			break
		}
	}
	if at+2 >= len(f) {
		return yes // a socket that is not connected
	}
	state, known := lsofStates[strings.Trim(f[at+2], "()")]
	if !known {
		if state, known = stateOf(strings.Trim(f[at+2], "()")); !known {
			return bad
		}
	}
	if rest, ok := strings.CutPrefix(f[at+1], "*:"); ok {
		f[at+1] = "0.0.0.0:" + rest
		if slices.Contains(f[:at], "IPv6") {
			f[at+1] = "[::]:" + rest
		}
	}
	local, remote, connected := strings.Cut(f[at+1], "->")
	here, both, ok := endpoint(local)
	if !ok {
		return bad // a name in place of a number: without -nP
	}
	if !connected {
		if state != listen {
			return yes
		}
		l := s.listeners[here]
		if l == nil {
			l = &Listener{Line: r.line(text), Address: here, Both: both}
			s.listeners[here] = l
			s.table.Listeners = append(s.table.Listeners, l)
		}
		l.Owners = append(l.Owners, owner)
		return yes
	}
	there, _, ok := endpoint(remote)
	if !ok {
		return bad
	}
	s.table.ListenersOnly = false
	c := s.ends[[2]netip.AddrPort{here, there}]
	if c == nil {
		c = &Connection{Line: r.line(text), State: state, Local: here, Remote: there}
		s.ends[[2]netip.AddrPort{here, there}] = c
		s.table.Connections = append(s.table.Connections, c)
	}
	c.Owners = append(c.Owners, owner)
	return yes
}
