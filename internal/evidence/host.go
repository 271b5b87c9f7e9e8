package evidence

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
)

// Limit is a line of /proc/PID/limits.
type Limit struct {
	Line
	Name string
	// Soft and Hard are in the limit's unit; -1 is unlimited.
	Soft, Hard int
}

// MaxOpenFiles returns the limit of descriptors; ok is false if none was read.
func (s *Set) MaxOpenFiles() (l Limit, ok bool) {
	for _, l := range s.Limits {
		if l.Name == "Max open files" {
			return l, true
		}
	}
	return Limit{}, false
}

type limitsSection struct{}

func openLimits(r *reader, text []byte) (section, bool) {
	if !bytes.HasPrefix(text, []byte("Limit ")) || !bytes.Contains(text, []byte("Soft Limit")) {
		return nil, false
	}
	r.source.is("limits")
	return limitsSection{}, true
}

func (limitsSection) line(r *reader, text []byte) verdict {
	if !bytes.HasPrefix(text, []byte("Max ")) {
		return no
	}
	// The name has blanks in it and ends where the first value begins.
	f := strings.Fields(string(text))
	at := 1
	for at < len(f) && !isLimit(f[at]) {
		at++
	}
	if at+1 >= len(f) || !isLimit(f[at+1]) {
		return bad
	}
	r.set.Limits = append(r.set.Limits, Limit{Line: r.line(text), Name: strings.Join(f[:at], " "), Soft: limit(f[at]), Hard: limit(f[at+1])})
	return yes
}

func isLimit(word string) bool { return word == "unlimited" || isCount(word) }

func limit(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		return -1
	}
	return n
}

// sysctlSection reads "sysctl -a".
type sysctlSection struct{}

func openSysctl(r *reader, text []byte) (section, bool) {
	if readSysctl(r, text) {
		r.source.is("sysctl")
		return sysctlSection{}, true
	}
	return nil, false
}

func (sysctlSection) line(r *reader, text []byte) verdict {
	if readSysctl(r, text) || bytes.HasPrefix(text, []byte("sysctl: ")) {
		return yes
	}
	return no
}

var sysctlRoots = []string{"net.", "fs.", "kernel.", "vm.", "user.", "dev.", "abi.", "debug.", "crypto.", "sunrpc."}

func readSysctl(r *reader, text []byte) bool {
	root := false
	for _, p := range sysctlRoots {
		root = root || bytes.HasPrefix(text, []byte(p))
	}
	if !root {
		return false
	}
	key, value, ok := strings.Cut(string(text), "=")
	key = strings.TrimSpace(key)
	if !ok || strings.ContainsAny(key, " \t") {
		return false
	}
	l := r.line(text)
	r.set.Settings[key] = Setting{Line: l, Value: strings.TrimSpace(value)}
	return true
}

// Setting returns a parameter of the kernel in force as a number; ok is false if
// it was not read or is none.
func (s *Set) Setting(key string) (n int, at Line, ok bool) {
	v, found := s.Settings[key]
	if !found {
		return 0, Line{}, false
	}
	n, err := strconv.Atoi(v.Value)
	return n, v.Line, err == nil
}

// Process is a process as ps or /proc/PID/cmdline shows it.
type Process struct {
	Line
	PID, Parent int // 0 if not shown
	Command     string
}

// processSection reads the table of ps by the names in its header.
type processSection struct {
	pid, ppid, command int
	columns            int
}

func openProcesses(r *reader, text []byte) (section, bool) {
	if isCmdline(text) {
		r.source.is("cmdline")
		command := strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
		r.set.Processes = append(r.set.Processes, Process{Line: Line{r.source.Name, r.number, clean([]byte(command))}, Command: command})
		return nil, true
	}
	if !bytes.Contains(text, []byte("PID ")) {
		return nil, false
	}
	f := strings.Fields(string(text))
	s := &processSection{pid: -1, ppid: -1, command: -1, columns: len(f)}
	for i, name := range f {
		switch name {
		case "PID":
			s.pid = i
		case "PPID":
			s.ppid = i
		case "CMD", "COMMAND":
			s.command = i
		}
	}
	if s.pid < 0 || s.command != len(f)-1 {
		return nil, false
	}
	r.source.is("ps")
	return s, true
}

// isCmdline recognises /proc/PID/cmdline of nginx, which ends its words with
// zeros.
func isCmdline(text []byte) bool {
	return bytes.HasPrefix(text, []byte("nginx: ")) && bytes.Contains(text, []byte(" process"))
}

func (s *processSection) line(r *reader, text []byte) verdict {
	f := strings.Fields(string(text))
	if len(f) <= s.pid {
		return no
	}
	pid, err := strconv.Atoi(f[s.pid])
	if err != nil {
		return no
	}
	p := Process{Line: r.line(text), PID: pid}
	if s.ppid >= 0 && s.ppid < len(f) {
		p.Parent, _ = strconv.Atoi(f[s.ppid]) // 0 if it is none
	}
	// lstart prints a time of five words in one column: the command is searched
	// by what begins it.
	if i := bytes.Index(text, []byte("nginx: ")); i >= 0 {
		p.Command = clean(text[i:])
	} else if s.command < len(f) {
		p.Command = strings.Join(f[s.command:], " ")
	}
	r.set.Processes = append(r.set.Processes, p)
	return yes
}

// openStubStatus reads the page of stub_status.
func openStubStatus(r *reader, text []byte) (section, bool) {
	if !bytes.HasPrefix(text, []byte("Active connections: ")) {
		return nil, false
	}
	rest, ok := strings.CutPrefix(string(text), "Active connections: ")
	n, err := strconv.Atoi(strings.TrimSpace(rest))
	if !ok || err != nil {
		return nil, false
	}
	r.source.is("stub_status")
	r.set.Status = append(r.set.Status, StubStatus{Line: r.line(text), Moment: r.source.Moment, Active: n})
	return stubSection{}, true
}

type stubSection struct{}

func (stubSection) line(r *reader, text []byte) verdict {
	st := &r.set.Status[len(r.set.Status)-1]
	f := strings.Fields(string(text))
	switch {
	case strings.HasPrefix(string(text), "server accepts handled requests"):
		return yes
	case len(f) == 3 && isCount(f[0]) && isCount(f[1]) && isCount(f[2]):
		st.Accepts, st.Handled, st.Requests = limit(f[0]), limit(f[1]), limit(f[2])
		return yes
	case len(f) == 6 && f[0] == "Reading:" && f[2] == "Writing:" && f[4] == "Waiting:":
		st.Reading, st.Writing, st.Waiting = limit(f[1]), limit(f[3]), limit(f[5])
		return yes
	}
	return no
}

// hostsSection reads /etc/hosts and what getent prints.
type hostsSection struct{}

func openHosts(r *reader, text []byte) (section, bool) {
	if !readHost(r, text) {
		return nil, false
	}
	r.source.is("hosts")
	return hostsSection{}, true
}

func (hostsSection) line(r *reader, text []byte) verdict {
	if readHost(r, text) || len(text) > 0 && text[0] == '#' {
		return yes
	}
	return no
}

func readHost(r *reader, text []byte) bool {
	if !beginsWithAddress(text) {
		return false
	}
	line, _, _ := strings.Cut(string(text), "#")
	f := strings.Fields(line)
	if len(f) < 2 {
		return false
	}
	addr, err := netip.ParseAddr(f[0])
	if err != nil {
		return false
	}
	for _, name := range f[1:] {
		if name == "STREAM" || name == "DGRAM" || name == "RAW" {
			continue // of getent ahosts
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
			return false
		}
		if _, err := netip.ParseAddr(name); err == nil || isCount(name) {
			return false
		}
		r.set.Names = append(r.set.Names, Name{Line: r.line(text), Name: name, Address: addr.String()})
	}
	return true
}

// beginsWithAddress reports whether the first word may be an address.
func beginsWithAddress(text []byte) bool {
	const longest = 46 // of an IPv6 address
	marks := 0
	for i, c := range text {
		switch {
		case c == ' ' || c == '\t':
			return marks >= 2 && i <= longest
		case c == '.' || c == ':':
			marks++
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return false
}

// Addresses are the addresses of a name that were read.
func (s *Set) Addresses(name string) []Name {
	var all []Name
	for _, n := range s.Names {
		if strings.EqualFold(n.Name, name) {
			all = append(all, n)
		}
	}
	return all
}
