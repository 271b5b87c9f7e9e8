package evidence

import (
	"bytes"
	"slices"
	"sort"
	"strings"
)

// Times are durations in milliseconds: how many there are of each, rounded to
// three digits.
type Times struct {
	Count int
	// Max is the longest.
	Max   int
	count map[int]int
}

func (t *Times) add(ms int) {
	if t.count == nil {
		t.count = map[int]int{}
	}
	t.Count++
	t.Max = max(t.Max, ms)
	unit := 1
	for ms/unit >= 1000 {
		unit *= 10
	}
	t.count[ms/unit*unit]++
}

// Between returns how many are at least from and below to, in milliseconds.
func (t *Times) Between(from, to int) (n int) {
	for ms, c := range t.count {
		if from <= ms && ms < to {
			n += c
		}
	}
	return n
}

// Quantile returns the value below which a share of the times lies, in
// milliseconds; 0 if there are none.
func (t *Times) Quantile(share float64) int {
	keys := make([]int, 0, len(t.count))
	for ms := range t.count {
		keys = append(keys, ms)
	}
	sort.Ints(keys)
	left := int(share * float64(t.Count))
	for _, ms := range keys {
		if left -= t.count[ms]; left < 0 {
			return ms
		}
	}
	return t.Max
}

// Merge adds other times.
func (t *Times) Merge(o *Times) {
	if t.count == nil {
		t.count = map[int]int{}
	}
	t.Count += o.Count
	t.Max = max(t.Max, o.Max)
	for ms, n := range o.count {
		t.count[ms] += n
	}
}

// accessKey is what requests of one group have in common.
type accessKey struct {
	status                   int
	upstream, upstreamStatus string
	method                   string
}

// AccessGroup is a number of requests that ended the same way.
type AccessGroup struct {
	// Status is what the client got.
	Status int
	// Upstream is $upstream_addr, a list if several were tried, "-" if none was;
	// empty if the format does not tell.
	Upstream string
	// UpstreamStatus is $upstream_status, likewise.
	UpstreamStatus string
	Method         string
	Count          int
	Lines          []Line
	// Request, Connect, Header and Response are $request_time and the times of
	// the upstream that was tried last.
	Request, Connect, Header, Response Times
	// Bytes are those sent: the largest number seen, Upstream bytes likewise.
	MaxBytes, MaxUpstreamBytes int
	// Paths counts the URIs of requests up to some number, then their paths without
	// arguments.
	Paths map[string]int

	first, last []byte // when they were written, as the log writes it
}

// First and Last are when the first and the last were written, as the log writes
// it.
func (g *AccessGroup) First() string { return string(g.first) }

// Last is when the last was written.
func (g *AccessGroup) Last() string { return string(g.last) }

// Upstreams are the addresses that were tried.
func (g *AccessGroup) Upstreams() []string { return list(g.Upstream) }

// UpstreamStatuses are what they answered.
func (g *AccessGroup) UpstreamStatuses() []string { return list(g.UpstreamStatus) }

func list(s string) []string {
	if s == "" || s == "-" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(s, " : ", ", "), ", ")
}

// Access are the requests of access logs.
type Access struct {
	Lines int
	// Upstreams and UpstreamTimes say that the format tells about these.
	Upstreams, UpstreamTimes, RequestTimes bool

	groups map[accessKey]*AccessGroup
	order  []*AccessGroup
	lately [8]*AccessGroup // those of the last requests
	next   int
}

func newAccess() *Access { return &Access{groups: map[accessKey]*AccessGroup{}} }

// Groups returns all groups in the order in which they first came.
func (a *Access) Groups() []*AccessGroup { return a.order }

// Where returns the groups for which a condition holds, the largest first.
func (a *Access) Where(is func(*AccessGroup) bool) []*AccessGroup {
	var out []*AccessGroup
	for _, g := range a.order {
		if is(g) {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(x, y *AccessGroup) int { return y.Count - x.Count })
	return out
}

// Count is the number of requests for which a condition holds.
func (a *Access) Count(is func(*AccessGroup) bool) (n int) {
	for _, g := range a.order {
		if is(g) {
			n += g.Count
		}
	}
	return n
}

// Times adds up times of groups.
func (a *Access) Times(of func(*AccessGroup) *Times) Times {
	var all Times
	for _, g := range a.order {
		if t := of(g); t != nil {
			all.Merge(t)
		}
	}
	return all
}

// accessReader reads lines of access logs. The format that fitted last is tried
// first.
type accessReader struct {
	formats []LogFormat
	fields  [useCache + 1][]byte
	// fitted says that a line fitted, prefixed that one did behind what somebody
	// else wrote in front of it.
	fitted, prefixed bool
	// guessed is the format of a log whose format is not at hand; nil if none was
	// guessed yet.
	guessed *LogFormat
}

func newAccessReader(r *reader, formats []LogFormat) *accessReader {
	_ = r
	// The longest first: "combined" is the beginning of many others.
	all := append(slices.Clone(formats), packaged(), Combined())
	slices.SortStableFunc(all, func(a, b LogFormat) int { return len(b.parts) - len(a.parts) })
	return &accessReader{formats: all}
}

func (a *accessReader) line(r *reader, text []byte) bool {
	if len(text) < 8 {
		return false
	}
	if !a.fitted && r.since() > guessLimit && r.source.Formats != nil && !slices.Contains(r.source.Formats, nginxAccessLog) {
		return false // this is another log, and a long one
	}
	for i := range a.formats {
		a.fields = [useCache + 1][]byte{}
		if !a.formats[i].match(text, &a.fields) || !a.plausible() {
			continue
		}
		if i > 0 {
			a.formats[0], a.formats[i] = a.formats[i], a.formats[0]
		}
		a.fitted = true
		r.source.is(nginxAccessLog)
		a.take(r, text)
		return true
	}
	if (a.prefixed || r.since() <= guessLimit) && a.behindPrefix(r, text) {
		return true
	}
	return !a.fitted && a.guess(r, text)
}

// behindPrefix looks behind what containers' logs write in front of a line.
func (a *accessReader) behindPrefix(r *reader, text []byte) bool {
	head := text[:min(len(text), prefixLimit)]
	for _, mark := range [...]string{" | ", "]: ", "nginx: ", " stdout F ", " stderr F "} {
		if i := bytes.Index(head, []byte(mark)); i > 0 {
			for k := range a.formats {
				a.fields = [useCache + 1][]byte{}
				if rest := text[i+len(mark):]; a.formats[k].match(rest, &a.fields) && a.plausible() {
					a.prefixed = true
					r.source.is(nginxAccessLog)
					a.take(r, rest)
					return true
				}
			}
		}
	}
	return false
}

// plausible reports whether what was found in place of a status is one.
func (a *accessReader) plausible() bool {
	s := a.fields[useStatus]
	if s == nil {
		return a.fields[useRequestTime] != nil && isSeconds(a.fields[useRequestTime])
	}
	return len(s) == 3 && '0' <= s[0] && s[0] <= '9' && '0' <= s[1] && s[1] <= '9' && '0' <= s[2] && s[2] <= '9'
}

func isSeconds(b []byte) bool { _, ok := milliseconds(b); return ok }

// noValue is what nginx writes for a variable that has none, unless its log_format says
// how to escape.
var noValue = []byte("-")

func (a *accessReader) take(r *reader, text []byte) {
	f, log := &a.fields, r.set.Access
	log.Lines++
	for _, u := range [...]use{useUpstreamAddr, useUpstreamStatus} {
		if f[u] != nil && len(f[u]) == 0 {
			f[u] = noValue // which "escape=json" and "escape=none" leave out
		}
	}
	key := accessKey{status: decimal(f[useStatus])}
	if f[useMethod] != nil {
		key.method = method(f[useMethod])
	} else {
		key.method = method(f[useRequest])
	}
	g := log.find(key, f)
	g.Count++
	if len(g.Lines) < maxLines {
		g.Lines = append(g.Lines, r.line(text))
	}
	log.Upstreams = log.Upstreams || f[useUpstreamAddr] != nil
	addTime := func(t *Times, value []byte, has *bool) {
		if value == nil {
			return
		}
		*has = true
		if ms, ok := milliseconds(lastOf(value)); ok {
			t.add(ms)
		}
	}
	addTime(&g.Request, f[useRequestTime], &log.RequestTimes)
	addTime(&g.Connect, f[useConnectTime], &log.UpstreamTimes)
	addTime(&g.Header, f[useHeaderTime], &log.UpstreamTimes)
	addTime(&g.Response, f[useResponseTime], &log.UpstreamTimes)
	g.MaxBytes = max(g.MaxBytes, decimal(f[useBytes]))
	g.MaxUpstreamBytes = max(g.MaxUpstreamBytes, decimal(lastOf(f[useUpstreamBytes])))
	when := f[useTimeLocal]
	if when == nil {
		when = f[useTimeISO]
	}
	if g.first == nil {
		g.first = bytes.Clone(when)
	}
	g.last = append(g.last[:0], when...)
	path := f[useURI]
	if path == nil {
		if _, rest, ok := bytes.Cut(f[useRequest], []byte(" ")); ok {
			path = rest
		}
	}
	if i := bytes.IndexByte(path, ' '); i >= 0 {
		path = path[:i]
	}
	countURI(&g.Paths, path)
}

// find returns the group of a request; strings are made for a new one only.
func (a *Access) find(key accessKey, f *[useCache + 1][]byte) *AccessGroup {
	for _, g := range a.lately {
		if g != nil && g.Status == key.status && g.Method == key.method && g.Upstream == string(f[useUpstreamAddr]) && g.UpstreamStatus == string(f[useUpstreamStatus]) {
			return g
		}
	}
	g := a.slow(key, f)
	a.lately[a.next] = g
	a.next = (a.next + 1) % len(a.lately)
	return g
}

// slow looks among all groups.
func (a *Access) slow(key accessKey, f *[useCache + 1][]byte) *AccessGroup {
	if len(a.order) >= maxGroups {
		f[useUpstreamAddr], f[useUpstreamStatus] = nil, nil // too many to tell apart
	}
	key.upstream, key.upstreamStatus = string(f[useUpstreamAddr]), string(f[useUpstreamStatus])
	if g := a.groups[key]; g != nil {
		return g
	}
	g := &AccessGroup{Status: key.status, Method: key.method, Upstream: key.upstream, UpstreamStatus: key.upstreamStatus}
	a.groups[key] = g
	a.order = append(a.order, g)
	return g
}

// method keeps the methods that matter and puts the rest together.
func method(request []byte) string {
	word, _, _ := bytes.Cut(request, []byte(" "))
	for _, m := range [...]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		if string(word) == m {
			return m
		}
	}
	return "other"
}

// lastOf is the last value of a list of upstreams.
func lastOf(value []byte) []byte {
	if i := bytes.LastIndexByte(value, ' '); i >= 0 {
		return value[i+1:]
	}
	return value
}

func decimal(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<52 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// milliseconds reads "0.123" as nginx writes times.
func milliseconds(b []byte) (int, bool) {
	dot := bytes.IndexByte(b, '.')
	if dot < 1 || len(b) != dot+4 {
		return 0, false
	}
	ms := 0
	for i, c := range b {
		if i == dot {
			continue
		}
		if c < '0' || c > '9' || ms > 1<<40 {
			return 0, false
		}
		ms = ms*10 + int(c-'0')
	}
	return ms, true
}

func indexString(b []byte, s string) int {
	if len(s) == 1 {
		return bytes.IndexByte(b, s[0])
	}
	return bytes.Index(b, []byte(s))
}
