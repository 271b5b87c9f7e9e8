// Package evidence reads what a machine printed or shows: sockets, counters,
// limits and lines of logs, as typed values with the place that they come from.
//
// A text is recognised by its content. Several outputs may stand in one text, in
// any order, cut off or among other things. Tables are read by their header, or
// without one by the nature of their words, never by position. Whatever is read
// is streamed: of logs only sums and a few lines are kept. A line that is not
// understood is counted with its place, so that the lines that were read and the
// lines that were not are all lines.
//
// The package opens no file and judges nothing.
package evidence

import (
	"slices"
	"strings"
)

// Kind is a sort of evidence that a diagnosis can ask for.
type Kind uint8

// The kinds of evidence. Each is what one command brings, whatever tool printed
// it.
const (
	// Sockets are connections with their states.
	Sockets Kind = iota
	// Owners are the processes that hold sockets.
	Owners
	// Listeners are listening sockets with their accept queues.
	Listeners
	// Counters are the kernel's counters of a network namespace.
	Counters
	// ErrorLog is the error log of nginx.
	ErrorLog
	// AccessLog is the access log of nginx.
	AccessLog
	// KernelLog is what the kernel said.
	KernelLog
	// Limits are those of a process of nginx.
	Limits
	// Processes are command lines of processes, with what nginx writes there.
	Processes
	// Settings are the kernel's parameters in force.
	Settings
	// Conntrack is the table of tracked connections.
	Conntrack
	// Totals are the numbers of sockets and pages in use.
	Totals
	// Neighbours are the entries of the neighbour tables.
	Neighbours
	// Names are addresses of names, as of /etc/hosts.
	Names
	// Status is nginx's stub_status.
	Status
	// BackendLog is the log of a server behind nginx.
	BackendLog
	// Routes are those of the kernel.
	Routes
	// Configuration is that of nginx, which is no evidence of what happened but
	// says what ought to.
	Configuration
)

// kinds has the name of each kind for people, and the command that brings it.
var kinds = []struct{ name, command string }{
	Sockets:       {"connections and their states", "ss -tan"},
	Owners:        {"the processes that hold the connections", "ss -tanp (as root)"},
	Listeners:     {"listening sockets and their queues", "ss -ltn; ss -xl"},
	Counters:      {"the kernel's counters, twice", "nstat -az > nstat-before.txt; sleep 30; nstat -az > nstat.txt"},
	ErrorLog:      {"nginx's error log", "tail -n 100000 /var/log/nginx/error.log"},
	AccessLog:     {"nginx's access log with $upstream_addr, $upstream_status and the times", "tail -n 100000 /var/log/nginx/access.log"},
	KernelLog:     {"the kernel's messages", "dmesg -T"},
	Limits:        {"the limits of a worker of nginx", "cat /proc/$(pgrep -f 'nginx: worker' | head -n 1)/limits"},
	Processes:     {"the processes of nginx", "ps -eo pid,ppid,lstart,args"},
	Settings:      {"the kernel's parameters in force", "sysctl -a"},
	Conntrack:     {"the table of tracked connections", "conntrack -S; conntrack -C"},
	Totals:        {"numbers of sockets in use", "cat /proc/net/sockstat"},
	Neighbours:    {"the neighbour tables", "ip -s neigh; cat /proc/net/stat/arp_cache"},
	Names:         {"the addresses of names", "cat /etc/hosts; getent ahosts NAME"},
	Status:        {"nginx's stub_status", "curl -s http://127.0.0.1/nginx_status"},
	BackendLog:    {"the log of the backend", "tail -n 10000 of the backend's own log"},
	Routes:        {"the routes", "ip route; ip rule"},
	Configuration: {"the configuration of nginx", "nginx -T"},
}

// Kinds are all kinds of evidence.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// String is the kind's name for people.
func (k Kind) String() string { return kinds[k].name }

// Command is what brings evidence of the kind.
func (k Kind) Command() string { return kinds[k].command }

// Moment says when something was read.
type Moment uint8

// The moments. Two readings of the same counters give growth.
const (
	Unknown Moment = iota
	Before
	After
)

// MomentOf reads a moment from a file's name: "nstat-before.txt".
func MomentOf(name string) Moment {
	words := strings.FieldsFunc(strings.ToLower(name[strings.LastIndexByte(name, '/')+1:]), func(r rune) bool {
		return r < 'a' || r > 'z'
	})
	switch {
	case slices.Contains(words, "before"):
		return Before
	case slices.Contains(words, "after"):
		return After
	}
	return Unknown
}

// Line is a line of a source.
type Line struct {
	// File is the name of the source, Number the line's, from 1.
	File   string
	Number int
	// Text is the line, at most maxText bytes of it.
	Text string
}

// maxText is how much of a line is kept; maxUnread how many lines that are not
// understood are kept of a source.
const (
	maxText   = 400
	maxUnread = 5
)

// Source is a text that was read.
type Source struct {
	Name   string
	Moment Moment
	// Formats are the formats that were recognised, in the order in which they
	// came, such as "ss" and "nginx error log".
	Formats []string
	// Lines is the number of lines, Read that of those which were understood.
	Lines, Read int
	// Bytes is the size.
	Bytes int64
	// Unread are the first of the lines that were not understood; there are
	// Lines - Read of them.
	Unread []Line
	// Problems say what keeps the source from being used as a whole: cut off,
	// names in place of numbers, a language other than English.
	Problems []string
}

// note adds a problem, once.
func (s *Source) note(problem string) {
	if !slices.Contains(s.Problems, problem) {
		s.Problems = append(s.Problems, problem)
	}
}

func (s *Source) is(format string) {
	if !slices.Contains(s.Formats, format) {
		s.Formats = append(s.Formats, format)
	}
}

// Set is all evidence of a host.
type Set struct {
	// Sources are what was read, in order.
	Sources []*Source
	// Tables are tables of sockets, one for each that was printed.
	Tables []*Table
	// Readings are readings of counters.
	Readings []*Reading
	// Errors are the messages of nginx's error logs, by what they have in common.
	Errors *Errors
	// Access are the requests of nginx's access logs, likewise.
	Access *Access
	// Kernel are messages of the kernel, Backends those of servers behind nginx.
	Kernel, Backends *Messages
	// Limits are limits of processes, Processes what ps or cmdline shows.
	Limits    []Limit
	Processes []Process
	// Settings are the kernel's parameters in force, by key.
	Settings map[string]Setting
	// Totals are numbers that describe the moment: of sockstat, "ss -s",
	// conntrack and the neighbour tables, by a name such as "TCP.orphan".
	Totals []Total
	// Names are the addresses of names.
	Names []Name
	// Status are readings of stub_status.
	Status []StubStatus
	// Routes are lines of "ip route" that say what has no way.
	Routes []Line
}

// NewSet returns a set without evidence.
func NewSet() *Set {
	return &Set{Errors: newErrors(), Access: newAccess(), Kernel: newMessages(), Backends: newMessages(), Settings: map[string]Setting{}}
}

// Has reports whether there is evidence of a kind. An empty error log is
// evidence: that nothing went wrong which nginx would have logged.
func (s *Set) Has(k Kind) bool {
	format := func(names ...string) bool {
		return slices.ContainsFunc(s.Sources, func(src *Source) bool {
			return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(src.Formats, n) })
		})
	}
	switch k {
	case Sockets:
		return slices.ContainsFunc(s.Tables, func(t *Table) bool { return !t.ListenersOnly })
	case Owners:
		return slices.ContainsFunc(s.Tables, func(t *Table) bool { return t.Owners && !t.ListenersOnly })
	case Listeners:
		return slices.ContainsFunc(s.Tables, func(t *Table) bool { return len(t.Listeners) > 0 || t.ListenersOnly })
	case Counters:
		return len(s.Readings) > 0
	case ErrorLog:
		return format(nginxErrorLog)
	case AccessLog:
		return format(nginxAccessLog)
	case KernelLog:
		return format(kernelLog)
	case Limits:
		return len(s.Limits) > 0
	case Processes:
		return len(s.Processes) > 0
	case Settings:
		return len(s.Settings) > 0
	case Conntrack:
		_, count := s.Total("conntrack.count")
		_, found := s.Total("conntrack.drop")
		return count || found
	case Totals:
		return format("sockstat", "ss -s")
	case Neighbours:
		return format("neighbours")
	case Names:
		return len(s.Names) > 0
	case Status:
		return len(s.Status) > 0
	case BackendLog:
		return format(backendLog)
	case Routes:
		return format("routes")
	default: // the configuration is no evidence
		return false
	}
}

// Setting is a parameter of the kernel in force.
type Setting struct {
	Line
	Value string
}

// Total is a number that describes a moment.
type Total struct {
	Line
	Name   string
	Value  int
	Moment Moment
}

// Total returns the last number of a name that was read; ok is false if there is
// none.
func (s *Set) Total(name string) (t Total, ok bool) {
	for _, t := range slices.Backward(s.Totals) {
		if t.Name == name && t.Moment != Before {
			return t, true
		}
	}
	return Total{}, false
}

// Name is an address of a name.
type Name struct {
	Line
	Name, Address string
}

// StubStatus is a reading of the page of stub_status.
type StubStatus struct {
	Line
	Moment                            Moment
	Active, Reading, Writing, Waiting int
	Accepts, Handled, Requests        int
}
