package evidence

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Reading is one reading of the kernel's counters of a network namespace.
type Reading struct {
	Source *Source
	// Tool is "nstat", "/proc/net" or "netstat -s".
	Tool   string
	Moment Moment
	// Increments says that the tool printed growth since it was last asked, as
	// nstat does without -a.
	Increments bool
	values     map[string]counter
}

type counter struct {
	value  uint64
	number int
	text   string
}

// Count is what a counter shows.
type Count struct {
	Line
	Name  string
	Value uint64
}

// Get returns a counter by the name that nstat gives it, such as
// "TcpExtListenOverflows"; ok is false if the reading does not have it. Tools that
// leave out zeros, as nstat without -z and netstat do, say 0 by saying nothing.
func (r *Reading) Get(name string) (c Count, ok bool) {
	v, ok := r.values[name]
	if !ok && r.whole() {
		return Count{Line: Line{File: r.Source.Name}, Name: name}, true
	}
	return Count{Line: Line{File: r.Source.Name, Number: v.number, Text: v.text}, Name: name, Value: v.value}, ok
}

// whole reports whether all counters were asked for, and not some by name.
func (r *Reading) whole() bool {
	_, ok := r.values["TcpInSegs"]
	return ok && r.Tool != "/proc/net"
}

func (r *Reading) add(name string, value uint64, number int, text string) {
	r.values[name] = counter{value, number, text}
}

func (r *reader) newReading(tool string) *Reading {
	for _, old := range r.set.Readings { // of one source: /proc/net/snmp and netstat are one
		if tool != "nstat" && old.Tool == tool && old.Moment == r.source.Moment && old.Source == r.source {
			return old
		}
	}
	n := &Reading{Source: r.source, Tool: tool, Moment: r.source.Moment, values: map[string]counter{}}
	r.set.Readings = append(r.set.Readings, n)
	r.source.is(tool)
	return n
}

// Growth is how much a counter grew between two readings, or since boot.
type Growth struct {
	// By is the growth, To the later count.
	By uint64
	To Count
	// Since says what it is counted from: an earlier reading, or the boot of the
	// machine (the birth of the namespace), of which nothing can be concluded
	// but that it never happened.
	Measured bool
}

// Growth returns how much a counter grew. Readings of one tool are compared, the
// first that has both moments; where there is none, the counter itself is
// returned, and Measured is false. ok is false if no reading has the counter.
func (s *Set) Growth(name string) (g Growth, ok bool) {
	for _, after := range slices.Backward(s.Readings) {
		if after.Moment == Before {
			continue
		}
		to, has := after.Get(name)
		if !has {
			continue
		}
		if after.Increments && after.Tool == "nstat" {
			return Growth{By: to.Value, To: to, Measured: true}, true
		}
		if from, found := s.before(after, name); found && from.Value <= to.Value {
			return Growth{By: to.Value - from.Value, To: to, Measured: true}, true
		}
		if !ok {
			g, ok = Growth{By: to.Value, To: to}, true
		}
	}
	return g, ok
}

// before finds the earlier reading of a counter: one that is named so, or the
// first of several by the same tool.
func (s *Set) before(after *Reading, name string) (Count, bool) {
	for _, r := range s.Readings {
		if r != after && r.Tool == after.Tool && r.Moment == Before {
			if c, ok := r.Get(name); ok {
				return c, true
			}
		}
	}
	return Count{}, false
}

// nstatSection reads nstat's lines: a name, a count, a rate.
type nstatSection struct{ reading *Reading }

func openNstat(r *reader, text []byte) (section, bool) {
	if !isCounterName(text) {
		return nil, false
	}
	s := &nstatSection{&Reading{Source: r.source, Tool: "nstat", Moment: r.source.Moment, values: map[string]counter{}}}
	if s.line(r, text) != yes {
		return nil, false
	}
	r.set.Readings = append(r.set.Readings, s.reading)
	r.source.is("nstat")
	return s, true
}

func isCounterName(text []byte) bool {
	for _, p := range []string{"Ip", "Tcp", "Udp", "Icmp", "MPTcp"} {
		if bytes.HasPrefix(text, []byte(p)) {
			return true
		}
	}
	return false
}

func (s *nstatSection) line(_ *reader, text []byte) verdict {
	if !isCounterName(text) {
		return no
	}
	f := strings.Fields(string(text))
	if len(f) != 3 || strings.ContainsAny(f[0], ":()") {
		return no
	}
	n, err1 := strconv.ParseFloat(f[1], 64) // counts may be negative: TcpMaxConn
	_, err2 := strconv.ParseFloat(f[2], 64)
	if err1 != nil || err2 != nil {
		return no
	}
	s.reading.add(f[0], uint64(max(n, 0)), s.reading.Source.Lines, clean(text))
	return yes
}

// pairsSection reads /proc/net/snmp and netstat: a line of names and a line of
// counts, joined by name and by nothing else.
type pairsSection struct {
	reading *Reading
	prefix  string
	names   []string
}

func openPairs(r *reader, text []byte) (section, bool) {
	if _, names, ok := pairLine(text); !ok || len(names) == 0 || isCount(names[0]) {
		return nil, false
	}
	s := &pairsSection{reading: r.newReading("/proc/net")}
	s.line(r, text)
	return s, true
}

var pairPrefixes = []string{"Ip:", "Icmp:", "IcmpMsg:", "Tcp:", "Udp:", "UdpLite:", "TcpExt:", "IpExt:", "MPTcpExt:"}

func pairLine(text []byte) (prefix string, words []string, ok bool) {
	i := bytes.IndexByte(text, ':')
	if i < 0 || i > 10 || len(text) < i+3 || text[i+1] != ' ' {
		return "", nil, false
	}
	if !slices.Contains(pairPrefixes, string(text[:i+1])) {
		return "", nil, false
	}
	return string(text[:i]), strings.Fields(string(text[i+1:])), true
}

func isCount(word string) bool {
	_, err := strconv.ParseInt(word, 10, 64)
	return err == nil
}

func (s *pairsSection) line(r *reader, text []byte) verdict {
	prefix, words, ok := pairLine(text)
	if !ok {
		return no
	}
	if len(words) == 0 || !isCount(words[0]) {
		s.prefix, s.names = prefix, words
		return yes
	}
	if prefix != s.prefix || len(words) > len(s.names) {
		return bad
	}
	if len(words) < len(s.names) {
		r.source.note("a line of counts is cut off")
		words = words[:max(len(words)-1, 0)] // the last one may be half a number
	}
	for i, w := range words {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return bad
		}
		s.reading.add(prefix+s.names[i], uint64(max(n, 0)), r.number, prefix+": "+s.names[i]+" "+w)
	}
	s.names = nil
	return yes
}

// statisticsSection reads "netstat -s": English sentences below the name of a
// protocol, or names where the tool has no sentence.
type statisticsSection struct {
	reading *Reading
	prefix  string
}

var statisticsHeads = []string{"Ip:", "Icmp:", "IcmpMsg:", "Tcp:", "Udp:", "UdpLite:", "TcpExt:", "IpExt:", "MPTcpExt:", "Ip6:", "Icmp6:", "Udp6:"}

func openNetstatStatistics(r *reader, text []byte) (section, bool) {
	if len(text) == 0 || text[len(text)-1] != ':' || !slices.Contains(statisticsHeads, string(text)) {
		return nil, false
	}
	s := &statisticsSection{reading: r.newReading("netstat -s")}
	s.line(r, text)
	return s, true
}

// openSentence takes a single line of "netstat -s", as grep leaves it, if it can be
// no other counter.
func openSentence(r *reader, text []byte) (section, bool) {
	if len(text) < 20 || len(text) > 120 || text[len(text)-1] < 'a' || text[len(text)-1] > 'z' {
		return nil, false
	}
	first := bytes.TrimLeft(text, " \t")
	if len(first) == 0 || first[0] < '0' || first[0] > '9' {
		return nil, false
	}
	shape, n, ok := sentence(string(first))
	name, known := sentences[shape]
	if !ok || !known {
		return nil, false
	}
	r.newReading("netstat -s").add(name, n, r.number, clean(text))
	return nil, true
}

func (s *statisticsSection) line(r *reader, text []byte) verdict {
	if slices.Contains(statisticsHeads, string(text)) {
		s.prefix = strings.TrimSuffix(string(text), ":")
		return yes
	}
	if len(text) == 0 || text[0] != ' ' && text[0] != '\t' {
		return no
	}
	line := strings.TrimSpace(string(text))
	if name, value, ok := strings.Cut(line, ": "); ok {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && !strings.Contains(name, " ") {
			s.reading.add(s.prefix+name, uint64(max(n, 0)), r.number, clean(text))
			return yes
		}
	}
	shape, n, found := sentence(line)
	if name, ok := sentences[s.prefix+" "+shape]; ok && found {
		s.reading.add(name, n, r.number, clean(text))
		return yes
	}
	if name, ok := sentences[shape]; ok && found {
		s.reading.add(name, n, r.number, clean(text))
		return yes
	}
	switch {
	case strings.HasSuffix(line, ":"), found && isASCII(line):
		return yes // of no use here
	case !isASCII(line):
		r.source.note("the counters are named in a language other than English: ask with LC_ALL=C")
	}
	return bad
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// sentence takes the number out of a sentence and puts # in its place.
func sentence(line string) (shape string, n uint64, ok bool) {
	f := strings.Fields(line)
	for i, w := range f {
		if v, err := strconv.ParseUint(w, 10, 64); err == nil {
			f[i] = "#"
			return strings.Join(f, " "), v, true
		}
	}
	return line, 0, false
}

// sentences are those of net-tools (statistics.c) and busybox that diagnoses use.
var sentences = map[string]string{
	"# active connection openings":                                         "TcpActiveOpens",
	"# active connections openings":                                        "TcpActiveOpens",
	"# passive connection openings":                                        "TcpPassiveOpens",
	"# failed connection attempts":                                         "TcpAttemptFails",
	"# connection resets received":                                         "TcpEstabResets",
	"# connections established":                                            "TcpCurrEstab",
	"Tcp # segments received":                                              "TcpInSegs",
	"# segments sent out":                                                  "TcpOutSegs",
	"# segments send out":                                                  "TcpOutSegs",
	"# segments retransmitted":                                             "TcpRetransSegs",
	"# segments retransmited":                                              "TcpRetransSegs",
	"# resets sent":                                                        "TcpOutRsts",
	"# resets received for embryonic SYN_RECV sockets":                     "TcpExtEmbryonicRsts",
	"# SYN cookies sent":                                                   "TcpExtSyncookiesSent",
	"# SYN cookies received":                                               "TcpExtSyncookiesRecv",
	"# invalid SYN cookies received":                                       "TcpExtSyncookiesFailed",
	"# times the listen queue of a socket overflowed":                      "TcpExtListenOverflows",
	"# SYNs to LISTEN sockets dropped":                                     "TcpExtListenDrops",
	"# SYNs to LISTEN sockets ignored":                                     "TcpExtListenDrops",
	"# TCP sockets finished time wait in fast timer":                       "TcpExtTW",
	"# TCP sockets finished time wait in slow timer":                       "TcpExtTWKilled",
	"# time wait sockets recycled by time stamp":                           "TcpExtTWRecycled",
	"# packets rejected in established connections because of timestamp":   "TcpExtPAWSEstab",
	"# packetes rejected in established connections because of timestamp":  "TcpExtPAWSEstab",
	"# connections aborted due to memory pressure":                         "TcpExtTCPAbortOnMemory",
	"# connections aborted due to timeout":                                 "TcpExtTCPAbortOnTimeout",
	"# connections reset due to unexpected data":                           "TcpExtTCPAbortOnData",
	"# connections reset due to early user close":                          "TcpExtTCPAbortOnClose",
	"# connections aborted after user close in linger timeout":             "TcpExtTCPAbortOnLinger",
	"# times unable to send RST due to no memory":                          "TcpExtTCPAbortFailed",
	"TCP ran low on memory # times":                                        "TcpExtTCPMemoryPressures",
	"# other TCP timeouts":                                                 "TcpExtTCPTimeouts",
	"# fast retransmits":                                                   "TcpExtTCPFastRetrans",
	"# retransmits lost":                                                   "TcpExtTCPLostRetransmit",
	"# retransmits in slow start":                                          "TcpExtTCPSlowStartRetrans",
	"# packets pruned from receive queue because of socket buffer overrun": "TcpExtPruneCalled",
	"# packets collapsed in receive queue due to low socket buffer":        "TcpExtTCPRcvCollapsed",
	"# dropped because of missing route":                                   "IpOutNoRoutes",
	"# outgoing packets dropped":                                           "IpOutDiscards",
	"Ip # incoming packets discarded":                                      "IpInDiscards",
	"Ip # with invalid addresses":                                          "IpInAddrErrors",
	"Ip # total packets received":                                          "IpInReceives",
	"destination unreachable: #":                                           "IcmpInDestUnreachs",
}
