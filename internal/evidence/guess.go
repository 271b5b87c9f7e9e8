package evidence

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
)

// guessLimit is after how many lines of a log its format is guessed no more.
const guessLimit = 2000

// guessFormat makes a format from one line of an access log whose log_format is not
// at hand: by what values look like, by the labels before them ("rt=0.004"), and by
// the order that everybody writes times in. Values that may be several things stay
// unused.
func guessFormat(line []byte) (LogFormat, bool) {
	var fields [useCache + 1][]byte
	if hasPrefix(line, "{") {
		f, ok := guessJSON(string(line))
		return f, ok && f.match(line, &fields)
	}
	g := guess{fields: splitFields(string(line))}
	g.request()
	if g.at(useRequest) < 0 {
		return LogFormat{}, false
	}
	g.status()
	if g.at(useStatus) < 0 {
		return LogFormat{}, false
	}
	g.upstream()
	g.times()
	f := g.format()
	if !f.match(line, &fields) {
		return LogFormat{}, false
	}
	return f, true
}

// guess reads a line of which no format is known. A line without an upstream tells
// less than one with it: then the format is guessed again.
func (a *accessReader) guess(r *reader, text []byte) bool {
	if a.guessed == nil && r.since() > guessLimit {
		return false // this is another log, and a long one
	}
	if i := bytes.IndexByte(text[:min(len(text), prefixLimit)], '{'); i > 0 && text[len(text)-1] == '}' {
		text = text[i:] // behind what containers' logs write in front of JSON
	}
	if len(text) > maxText*16 || text[0] != '{' && !bytes.Contains(text, []byte(" HTTP/")) || !r.mayBeNginx() {
		return false
	}
	if a.guessed != nil {
		a.fields = [useCache + 1][]byte{}
		fits := a.guessed.match(text, &a.fields) && a.plausible()
		if fits && (a.fields[useUpstreamAddr] != nil || r.since() > guessLimit) {
			a.take(r, text)
			return true
		}
	}
	if r.since() <= guessLimit {
		if f, ok := guessFormat(text); ok {
			a.fields = [useCache + 1][]byte{}
			f.match(text, &a.fields)
			if a.guessed == nil || a.fields[useUpstreamAddr] != nil {
				a.guessed = &f
			}
			r.source.is(nginxAccessLog)
			r.source.note("its own log_format, which is not at hand: it was guessed from the lines; give the configuration for certainty")
			a.take(r, text)
			return true
		}
	}
	return false
}

// mayBeNginx reports whether nothing else than nginx's logs was seen so far, which
// containers write into one another.
func (r *reader) mayBeNginx() bool {
	return r.source.Formats == nil || slices.Contains(r.source.Formats, nginxAccessLog) || slices.Contains(r.source.Formats, nginxErrorLog)
}

// guessedField is a value in a line, with what stands before it.
type guessedField struct {
	before string // blanks, quotes, brackets, and a label
	label  string
	value  string
	use    use
}

type guess struct {
	fields []guessedField
}

// splitFields divides a line at blanks outside quotes and brackets. Lists of
// upstreams ("a, b") are one field.
func splitFields(line string) []guessedField {
	var out []guessedField
	before := ""
	for line != "" {
		switch c := line[0]; c {
		case ' ', '\t', ']':
			before, line = before+line[:1], line[1:]
			continue
		case '"', '[':
			until := map[byte]byte{'"': '"', '[': ']'}[c]
			if c == '[' && len(line) > 1 && line[1] == '[' { // [[::1]:3000]
				if i := strings.Index(line, "] "); i > 0 {
					out = append(out, guessedField{before: before + "[", value: line[1:i]})
					before, line = "", line[i:]
					continue
				}
			}
			i := strings.IndexByte(line[1:], until)
			if i < 0 {
				return nil
			}
			out = append(out, guessedField{before: before + line[:1], value: line[1 : 1+i]})
			before, line = line[1+i:2+i], line[2+i:]
			continue
		}
		end := valueStop(line)
		f := guessedField{before: before, value: line[:end]}
		before, line = "", line[end:]
		if label, value, ok := labelled(f.value); ok {
			f.before, f.label, f.value = f.before+f.value[:len(f.value)-len(value)], label, value
			if strings.HasPrefix(value, "\"") && len(value) > 1 {
				quoted := value[1:] + line
				inner, rest, closed := strings.Cut(quoted, `"`)
				if !closed {
					return nil
				}
				f.before, f.value = f.before+"\"", inner
				before, line = "\"", rest
			}
		}
		out = append(out, f)
	}
	if before != "" && len(out) > 0 {
		out = append(out, guessedField{before: before})
	}
	return out
}

// valueStop is where a bare value ends: at a blank that does not go on a list.
func valueStop(line string) int {
	for i := range len(line) {
		if line[i] != ' ' {
			continue
		}
		if i > 0 && line[i-1] == ',' || strings.HasPrefix(line[i:], " : ") || i > 1 && line[i-2:i] == " :" {
			continue
		}
		return i
	}
	return len(line)
}

// labelled divides "rt=0.004" and "rt:0.004".
func labelled(text string) (label, value string, ok bool) {
	i := strings.IndexAny(text, "=:")
	if i < 2 || i == len(text)-1 {
		return "", "", false
	}
	for _, c := range text[:i] {
		if c != '_' && (c < 'a' || c > 'z') {
			return "", "", false
		}
	}
	if text[:i] == "unix" {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// at is where a value of some use is; -1 if it is nowhere.
func (g *guess) at(u use) int {
	return slices.IndexFunc(g.fields, func(f guessedField) bool { return f.use == u })
}

// request finds what was asked for and when.
func (g *guess) request() {
	for i := range g.fields {
		f := &g.fields[i]
		switch {
		case f.use == unused && g.at(useTimeLocal) < 0 && len(f.value) >= 20 && f.value[2] == '/' && isMonth([]byte(f.value[3:6]+" ")):
			f.use = useTimeLocal
		case f.use == unused && g.at(useTimeISO) < 0 && len(f.value) >= 19 && f.value[4] == '-' && f.value[7] == '-' && f.value[10] == 'T':
			f.use = useTimeISO
		case g.at(useRequest) < 0 && strings.HasSuffix(f.before, "\"") && isRequest(f.value):
			f.use = useRequest
		}
	}
}

func isRequest(text string) bool {
	word, rest, ok := strings.Cut(text, " ")
	return ok && word != "" && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && strings.Contains(rest, " HTTP/")
}

// status finds the status and the bytes, which follow the request.
func (g *guess) status() {
	for i := g.at(useRequest) + 1; i < len(g.fields); i++ {
		f := &g.fields[i]
		if !isStatus(f.value) || f.label != "" && f.label != "status" && f.label != "st" {
			continue
		}
		f.use = useStatus
		if i+1 < len(g.fields) && isDigits(g.fields[i+1].value) && g.fields[i+1].label == "" {
			g.fields[i+1].use = useBytes
		}
		return
	}
}

func isStatus(text string) bool {
	return len(text) == 3 && text[0] >= '1' && text[0] <= '5' && isDigits(text)
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// upstream finds the address and the status of the server behind. A value that is
// not alone in its kind says nothing.
func (g *guess) upstream() {
	address, status := -1, -1
	addresses, statuses := 0, 0
	for i := g.at(useRequest) + 1; i < len(g.fields); i++ {
		f := g.fields[i]
		if f.use != unused {
			continue
		}
		switch {
		case every(f.value, isUpstream) && (f.label == "" || strings.HasPrefix(f.label, "up") || f.label == "ua" || f.label == "uaddr" || f.label == "backend"):
			address, addresses = i, addresses+1
		case every(f.value, isStatus) && (f.label == "" || f.label == "us" || f.label == "ustatus" || f.label == "upstream_status" || f.label == "ups"):
			status, statuses = i, statuses+1
		}
	}
	if addresses == 1 {
		g.fields[address].use = useUpstreamAddr
	}
	if statuses == 1 && addresses == 1 {
		g.fields[status].use = useUpstreamStatus
	}
}

// every reports whether all values of a list are such.
func every(value string, is func(string) bool) bool {
	all := list(value)
	return len(all) > 0 && !slices.ContainsFunc(all, func(v string) bool { return !is(v) })
}

func isUpstream(text string) bool {
	if strings.HasPrefix(text, "unix:/") {
		return true
	}
	_, err := netip.ParseAddrPort(text)
	return err == nil
}

// timeLabels are what people write before times.
var timeLabels = map[string]use{
	"rt": useRequestTime, "request_time": useRequestTime, "req_time": useRequestTime, "reqtime": useRequestTime,
	"uct": useConnectTime, "upstream_connect_time": useConnectTime,
	"uht": useHeaderTime, "upstream_header_time": useHeaderTime,
	"urt": useResponseTime, "upstream_response_time": useResponseTime, "upstream_time": useResponseTime,
}

// times finds times, by their labels or else by their order: of the request first,
// then of its parts at the upstream in the order in which they end.
func (g *guess) times() {
	var order []int
	var ms []int
	for i := g.at(useRequest) + 1; i < len(g.fields); i++ {
		f := &g.fields[i]
		if f.use != unused || !every(f.value, func(v string) bool { return isSeconds([]byte(v)) }) {
			continue
		}
		n, _ := milliseconds(lastOf([]byte(f.value)))
		switch u, known := timeLabels[f.label]; {
		case known && g.at(u) < 0:
			f.use = u
		case f.label == "" && n < 1_000_000_000: // more is $msec
			order, ms = append(order, i), append(ms, n)
		}
	}
	var uses []use
	switch len(order) {
	case 1:
		uses = []use{useRequestTime}
	case 2:
		uses = []use{useRequestTime, useResponseTime}
	case 3:
		uses = []use{useRequestTime, unused, useResponseTime}
	case 4:
		uses = []use{useRequestTime, useConnectTime, useHeaderTime, useResponseTime}
	}
	const rounding = 2
	for i := 1; i < len(uses); i++ {
		if !strings.Contains(g.fields[order[i]].value, ",") && (ms[i] > ms[0]+rounding || i > 1 && ms[i] < ms[i-1]-rounding) {
			return // another order
		}
	}
	for i, u := range uses {
		if u != unused && g.at(u) < 0 {
			g.fields[order[i]].use = u
		}
	}
}

// format writes the fields as a format.
func (g *guess) format() LogFormat {
	f := LogFormat{Name: "guessed"}
	for i, field := range g.fields {
		if field.before != "" {
			f.parts = append(f.parts, formatPart{text: field.before})
		}
		if i < len(g.fields)-1 || field.value != "" {
			f.parts = append(f.parts, formatPart{variable: "v", use: field.use})
		}
	}
	return f
}
