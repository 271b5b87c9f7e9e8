package evidence

import (
	"bytes"
	"strconv"
	"strings"
)

func (r *reader) total(name string, value int, text []byte) {
	r.set.Totals = append(r.set.Totals, Total{Line: r.line(text), Name: name, Value: value, Moment: r.source.Moment})
}

// sockstatSection reads /proc/net/sockstat and sockstat6: names and numbers in
// turn behind the name of a protocol.
type sockstatSection struct{}

func openSockstat(r *reader, text []byte) (section, bool) {
	if !readSockstat(r, text) {
		return nil, false
	}
	r.source.is("sockstat")
	return sockstatSection{}, true
}

func (sockstatSection) line(r *reader, text []byte) verdict {
	if readSockstat(r, text) {
		return yes
	}
	return no
}

func readSockstat(r *reader, text []byte) bool {
	if len(text) < 8 || !bytes.ContainsRune([]byte("sTURF"), rune(text[0])) {
		return false
	}
	head, rest, ok := strings.Cut(string(text), ": ")
	f := strings.Fields(rest)
	if !ok || len(f) < 2 || len(f)%2 != 0 {
		return false
	}
	switch strings.TrimSuffix(head, "6") {
	case "sockets", "TCP", "UDP", "UDPLITE", "RAW", "FRAG":
	default:
		return false
	}
	for i := 0; i < len(f); i += 2 {
		if !isCount(f[i+1]) || isCount(f[i]) {
			return false
		}
	}
	for i := 0; i < len(f); i += 2 {
		r.total(head+"."+f[i], limit(f[i+1]), text)
	}
	return true
}

// summarySection reads "ss -s".
type summarySection struct{}

func openSocketSummary(r *reader, text []byte) (section, bool) {
	if rest, ok := bytes.CutPrefix(text, []byte("Total: ")); ok && len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9' {
		r.source.is("ss -s")
		return summarySection{}, true
	}
	if summaryTCP(r, text) {
		r.source.is("ss -s")
		return summarySection{}, true
	}
	return nil, false
}

// summaryTCP reads "TCP:   3410 (estab 20, closed 3388, orphaned 0, timewait 3387)";
// older versions put synrecv and "ports" into it.
func summaryTCP(r *reader, text []byte) bool {
	if !bytes.HasPrefix(text, []byte("TCP:")) {
		return false
	}
	rest, ok := strings.CutPrefix(string(text), "TCP:")
	_, list, found := strings.Cut(rest, "(estab ")
	if !ok || !found {
		return false
	}
	list, _, _ = strings.Cut("estab "+list, ")")
	for part := range strings.SplitSeq(list, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), " ")
		value, _, _ = strings.Cut(value, "/") // timewait 3/0
		if n, err := strconv.Atoi(value); err == nil {
			r.total("summary."+name, n, text)
		}
	}
	return true
}

func (summarySection) line(r *reader, text []byte) verdict {
	if summaryTCP(r, text) {
		return yes
	}
	f := strings.Fields(string(text))
	if len(f) < 3 {
		return no
	}
	switch f[0] {
	case "Transport", "RAW", "UDP", "TCP", "INET", "FRAG", "*":
		return yes
	}
	return no
}

// openConntrack reads "conntrack -S", the files below nf_conntrack, and a count.
func openConntrack(r *reader, text []byte) (section, bool) {
	if !readConntrack(r, text) {
		if n, ok := loneNumber(r, text); ok {
			r.source.is("conntrack")
			r.total("conntrack.count", n, text)
			return nil, true
		}
		if names, ok := statNames(text); ok {
			return &statSection{names: names, prefix: statPrefix(r.source.Name, names)}, true
		}
		return nil, false
	}
	r.source.is("conntrack")
	return conntrackSection{}, true
}

// loneNumber recognises the count that "conntrack -C" prints, or the file
// nf_conntrack_count has: a number alone, in a text whose name says what it is.
func loneNumber(r *reader, text []byte) (int, bool) {
	if r.number != 1 {
		return 0, false
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(text)))
	name := strings.ToLower(r.source.Name[strings.LastIndexByte(r.source.Name, '/')+1:])
	return n, err == nil && r.number == 1 && strings.Contains(name, "conntrack") && !strings.Contains(name, "max")
}

type conntrackSection struct{}

func (conntrackSection) line(r *reader, text []byte) verdict {
	if readConntrack(r, text) {
		return yes
	}
	return no
}

// readConntrack adds up what the processors counted.
func readConntrack(r *reader, text []byte) bool {
	if !bytes.HasPrefix(text, []byte("cpu=")) {
		return false
	}
	for _, word := range strings.Fields(string(text))[1:] {
		name, value, ok := strings.Cut(word, "=")
		n, err := strconv.Atoi(value)
		if !ok || err != nil {
			return false
		}
		r.sum("conntrack."+name, n, text)
	}
	return true
}

// sum adds to a total of the same source, and keeps the line that added most.
func (r *reader) sum(name string, n int, text []byte) {
	for i := range r.set.Totals {
		if t := &r.set.Totals[i]; t.Name == name && t.File == r.source.Name {
			t.Value += n
			if n > 0 {
				t.Line = r.line(text)
			}
			return
		}
	}
	r.total(name, n, text)
}

// statSection reads the files in /proc/net/stat: a line of names, then a line of
// hexadecimal numbers for each processor.
type statSection struct {
	names  []string
	prefix string
}

func statNames(text []byte) ([]string, bool) {
	if !bytes.HasPrefix(text, []byte("entries")) {
		return nil, false
	}
	names := strings.Fields(string(text))
	return names, len(names) > 4
}

func statPrefix(file string, names []string) string {
	for _, n := range names {
		if n == "table_fulls" || n == "forced_gc_runs" {
			return "neighbours"
		}
	}
	_ = file
	return "conntrack"
}

func (s *statSection) line(r *reader, text []byte) verdict {
	f := strings.Fields(string(text))
	if len(f) != len(s.names) {
		return no
	}
	r.source.is(s.prefix)
	for i, w := range f {
		n, err := strconv.ParseUint(w, 16, 63)
		if err != nil {
			return bad
		}
		if s.names[i] == "entries" { // the same on every processor
			name := map[string]string{"conntrack": "conntrack.count"}[s.prefix]
			if name == "" {
				name = s.prefix + ".entries"
			}
			if _, ok := r.set.Total(name); !ok {
				r.total(name, int(n), text)
			}
			continue
		}
		r.sum(s.prefix+"."+s.names[i], int(n), text)
	}
	return yes
}

// openNeighbours reads "ip neigh": an address, a device, a state at the end.
func openNeighbours(r *reader, text []byte) (section, bool) {
	if !readNeighbour(r, text) {
		return nil, false
	}
	r.source.is("neighbours")
	return neighbourSection{}, true
}

type neighbourSection struct{}

func (neighbourSection) line(r *reader, text []byte) verdict {
	if readNeighbour(r, text) {
		return yes
	}
	return no
}

var neighbourStates = []string{"REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "INCOMPLETE", "NOARP", "PERMANENT", "NONE"}

func readNeighbour(r *reader, text []byte) bool {
	if !beginsWithAddress(text) || !bytes.Contains(text, []byte(" dev ")) {
		return false
	}
	f := strings.Fields(string(text))
	if len(f) < 4 || f[1] != "dev" || !strings.ContainsAny(f[0], ".:") {
		return false
	}
	state := f[len(f)-1]
	for _, s := range neighbourStates {
		if state == s {
			r.sum("neighbours.shown", 1, text)
			r.sum("neighbours."+strings.ToLower(s), 1, text)
			return true
		}
	}
	return false
}

// openRoutes reads what "ip route" and "ip rule" say.
func openRoutes(r *reader, text []byte) (section, bool) {
	if len(text) < 3 || (text[0] < '0' || text[0] > '9') && text[0] != 'd' && text[0] != 'u' && text[0] != 'b' {
		return nil, false
	}
	switch {
	case bytes.Contains(text, []byte(" dev ")), bytes.Contains(text, []byte(" via ")), bytes.HasPrefix(text, []byte("unreachable ")), bytes.HasPrefix(text, []byte("blackhole ")):
	case len(text) > 0 && '0' <= text[0] && text[0] <= '9' && bytes.Contains(text, []byte(":\tfrom ")):
	default:
		return nil, false
	}
	f := strings.Fields(string(text))
	if len(f) < 3 {
		return nil, false
	}
	switch first := f[0]; {
	case first == "default" && (f[1] == "via" || f[1] == "dev"), strings.Contains(first, "/") && f[1] == "dev":
	case first == "unreachable", first == "blackhole", strings.HasSuffix(first, ":") && f[1] == "from":
	default:
		return nil, false
	}
	r.source.is("routes")
	if len(r.set.Routes) < 1000 {
		r.set.Routes = append(r.set.Routes, r.line(text))
	}
	return nil, true
}
