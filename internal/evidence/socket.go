package evidence

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// State is the state of a connection. LISTEN is none: what listens is a Listener.
type State uint8

// The states of a connection.
const (
	Established State = iota
	SynSent
	SynRecv
	FinWait1
	FinWait2
	TimeWait
	Closed
	CloseWait
	LastAck
	Closing
	listen // of the tables only
)

// stateNames has the names that ss writes, then those of netstat.
var stateNames = [...][2]string{
	Established: {"ESTAB", "ESTABLISHED"},
	SynSent:     {"SYN-SENT", "SYN_SENT"},
	SynRecv:     {"SYN-RECV", "SYN_RECV"},
	FinWait1:    {"FIN-WAIT-1", "FIN_WAIT1"},
	FinWait2:    {"FIN-WAIT-2", "FIN_WAIT2"},
	TimeWait:    {"TIME-WAIT", "TIME_WAIT"},
	Closed:      {"UNCONN", "CLOSE"},
	CloseWait:   {"CLOSE-WAIT", "CLOSE_WAIT"},
	LastAck:     {"LAST-ACK", "LAST_ACK"},
	Closing:     {"CLOSING", "CLOSING"},
	listen:      {"LISTEN", "LISTEN"},
}

// String is the state's name as ss writes it.
func (s State) String() string { return stateNames[s][0] }

// stateOf reads a state as ss and netstat write it.
func stateOf(word string) (State, bool) {
	for s, names := range stateNames {
		if word == names[0] || word == names[1] {
			return State(s), true
		}
	}
	return 0, false
}

// procStates are the states as /proc/net/tcp numbers them (include/net/tcp_states.h);
// 0C is NEW_SYN_RECV.
var procStates = map[string]State{
	"01": Established, "02": SynSent, "03": SynRecv, "04": FinWait1, "05": FinWait2, "06": TimeWait,
	"07": Closed, "08": CloseWait, "09": LastAck, "0A": listen, "0B": Closing, "0C": SynRecv,
}

// Owner is a process that holds a socket.
type Owner struct {
	Name string
	PID  int
	// FD is the descriptor; -1 if the tool does not print it, as netstat.
	FD int
}

// Listener is a listening socket. Its queue holds connections that are complete
// and that nobody has accepted: a number of connections, not of bytes.
type Listener struct {
	Line
	// Address is where it listens; of a Unix socket it is not valid.
	Address netip.AddrPort
	// Both says that an IPv6 wildcard takes IPv4 as well.
	Both bool
	// Path is that of a Unix socket.
	Path string
	// Queued is how many connections wait.
	Queued int
	// Cap is how many may wait; 0 if the tool does not print it, as netstat.
	// One more than Cap fits (net/ipv4: sk_acceptq_is_full).
	Cap    int
	Owners []Owner
}

// Name is the address or path for people.
func (l *Listener) Name() string {
	if l.Path != "" {
		return "unix:" + l.Path
	}
	return l.Address.String()
}

// Takes reports whether connections to an address come to the listener.
func (l *Listener) Takes(to netip.AddrPort) bool {
	if l.Path != "" || l.Address.Port() != to.Port() {
		return false
	}
	a := l.Address.Addr()
	switch {
	case a == to.Addr().Unmap(), a == to.Addr():
		return true
	case a.IsUnspecified():
		return a.Is4() == to.Addr().Unmap().Is4() || l.Both
	}
	return false
}

// Connection is a socket that talks to another. Its queues hold bytes.
type Connection struct {
	Line
	State         State
	Local, Remote netip.AddrPort
	// Unread is what came and the process has not taken, Unacked what was sent
	// and not acknowledged.
	Unread, Unacked int
	Timer           Timer
	Owners          []Owner
	// Info is what "ss -i" adds; nil without it.
	Info *Info
	// NoInode says that no process holds the socket: it is orphaned, or was never
	// accepted. Only /proc/net/tcp and "ss -e" tell.
	NoInode bool
}

// Timer is what the kernel waits for on a connection.
type Timer struct {
	// Name is that of ss: "on" for retransmission, "keepalive", "timewait",
	// "persist", or empty.
	Name    string
	Left    time.Duration
	Retries int
}

// Info is of the metrics of a connection what a diagnosis uses.
type Info struct {
	RTO, RTT        time.Duration
	MSS, PMTU       int
	Retransmits     int // in flight
	RetransmitTotal int
	Lost            int
	LastReceived    time.Duration
	Backoff         int
}

// Owned reports whether a process of that name holds the connection.
func (c *Connection) Owned(name string) bool { return owned(c.Owners, name) }

// Owned reports whether a process of that name holds the listener.
func (l *Listener) Owned(name string) bool { return owned(l.Owners, name) }

// owned takes Angie for nginx, which it goes by the name of otherwise; OpenResty and
// Tengine are called nginx themselves.
func owned(owners []Owner, name string) bool {
	for _, o := range owners {
		owner, _, _ := strings.Cut(o.Name, ":")
		if owner == name || owner == "angie" && name == "nginx" {
			return true
		}
	}
	return false
}

// Table is a table of sockets as one command printed it.
type Table struct {
	Source *Source
	// Tool is "ss", "netstat" or "/proc/net".
	Tool string
	// Owners says that the tool shows processes, so that a socket without one has
	// none that the user who asked may see.
	Owners bool
	// ListenersOnly says that the table holds no connections because none were
	// asked for.
	ListenersOnly bool
	// Filtered says that there was no header: lines may have been picked.
	Filtered    bool
	Listeners   []*Listener
	Connections []*Connection
}

// String writes a connection as ss does, without widths.
func (c *Connection) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %d %s %s", c.State, c.Unread, c.Unacked, c.Local, c.Remote)
	writeOwners(&b, c.Owners)
	return b.String()
}

// String writes a listener as ss does, without widths.
func (l *Listener) String() string {
	var b strings.Builder
	local, remote := l.Address.String(), "0.0.0.0:*"
	switch {
	case l.Path != "":
		fmt.Fprintf(&b, "u_str LISTEN %d %d %s 0 * 0", l.Queued, l.Cap, l.Path)
		writeOwners(&b, l.Owners)
		return b.String()
	case l.Both:
		local, remote = fmt.Sprintf("*:%d", l.Address.Port()), "*:*"
	case l.Address.Addr().Is6():
		remote = "[::]:*"
	}
	fmt.Fprintf(&b, "LISTEN %d %d %s %s", l.Queued, l.Cap, local, remote)
	writeOwners(&b, l.Owners)
	return b.String()
}

func writeOwners(b *strings.Builder, owners []Owner) {
	for i, o := range owners {
		b.WriteString([]string{" users:(", ","}[min(i, 1)])
		fmt.Fprintf(b, "(%q,pid=%d,fd=%d)", o.Name, o.PID, o.FD)
	}
	if len(owners) > 0 {
		b.WriteByte(')')
	}
}
