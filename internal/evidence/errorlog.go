package evidence

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// nginxErrorLog and its like are the names of formats.
const (
	nginxErrorLog  = "nginx error log"
	nginxAccessLog = "nginx access log"
	kernelLog      = "kernel log"
	backendLog     = "backend log"
)

// Event is what a line of nginx's error log tells.
type Event uint8

// The events on the path of a request, and of the processes.
const (
	OtherEvent Event = iota
	ConnectFailed
	SocketFailed
	AcceptFailed
	BindFailed
	ReadFailed
	WriteFailed
	UpstreamTimedOut
	PrematurelyClosed
	NoLiveUpstreams
	ServerDisabled
	WorkerConnections
	TLSFailed
	ClientTimedOut
	ClientClosed
	ResponseBuffered
	RequestBuffered
	HeaderTooBig
	InvalidResponse
	NotResolved
	HostNotFound
	LimitNotSet
	OpenFailed
	Limited
	ProcessExited
	Reconfigured
	StoppingGracefully
	StderrOfBackend
	lastEvent
)

var eventNames = [lastEvent]string{
	"other", "connect failed", "socket failed", "accept failed", "bind failed", "read failed", "write failed",
	"upstream timed out", "upstream prematurely closed", "no live upstreams", "server temporarily disabled",
	"worker_connections are not enough", "TLS to the upstream failed", "client timed out", "client closed",
	"response buffered to a file", "request buffered to a file", "header too big", "invalid response",
	"name not resolved", "host not found in upstream", "setrlimit failed", "open failed", "limited",
	"process exited on a signal", "reconfiguring", "gracefully shutting down", "stderr of the backend",
}

// String is the event's name for people.
func (e Event) String() string { return eventNames[e] }

// errorKey is what messages of one group have in common.
type errorKey struct {
	Event    Event
	Errno    int
	Phase    string
	Upstream string
	Detail   string
}

// ErrorGroup is a number of messages that say the same.
type ErrorGroup struct {
	Event Event
	// Level is that of the first.
	Level string
	// Errno is the error's number; 0 if none is written.
	Errno int
	// Phase is what nginx was doing: "connecting to upstream", "reading response
	// header from upstream"; empty if it does not say.
	Phase string
	// Upstream is the address with its scheme, "http://127.0.0.1:8000" or
	// "fastcgi://unix:/run/x.sock", or the name of the upstream block; empty if
	// the message names none.
	Upstream string
	// Detail is what tells messages of one event apart: a limit, a name, an alert
	// of TLS, a system call.
	Detail string
	Count  int
	// First and Last are when the messages were written, in the time of the log.
	First, Last time.Time
	// Lines are the first of them.
	Lines []Line
	// Methods counts the methods of requests, Paths their URIs up to some number,
	// then their paths without arguments.
	Methods, Paths map[string]int
	// Workers counts the processes that wrote.
	Workers map[int]int
}

// Host is the upstream's address or name without its scheme.
func (g *ErrorGroup) Host() string {
	_, host, ok := strings.Cut(g.Upstream, "://")
	if !ok {
		return g.Upstream
	}
	return host
}

// Errors are the messages of error logs.
type Errors struct {
	// Lines is their number, First and Last the times of the first and the last.
	Lines       int
	First, Last time.Time
	groups      map[errorKey]*ErrorGroup
	order       []*ErrorGroup
}

// Bounds of what is kept of a log, whatever it holds.
const (
	maxGroups = 4096
	maxLines  = 3
	maxPaths  = 32
)

func newErrors() *Errors { return &Errors{groups: map[errorKey]*ErrorGroup{}} }

// Groups returns the groups of events in the order in which they first came.
func (e *Errors) Groups(events ...Event) []*ErrorGroup {
	var out []*ErrorGroup
	for _, g := range e.order {
		if slices.Contains(events, g.Event) {
			out = append(out, g)
		}
	}
	return out
}

// All returns all groups, the largest first.
func (e *Errors) All() []*ErrorGroup {
	out := slices.Clone(e.order)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Count > out[j].Count })
	return out
}

// errorReader reads lines of nginx's error log wherever they stand.
type errorReader struct {
	head errorHead
	last [4]lastGroup
	next int
}

// lastGroup is the group of a message that came lately: in an incident, the same
// message comes again and again.
type lastGroup struct {
	event     Event
	body, url []byte
	group     *ErrorGroup
}

func (e *errorReader) known(event Event, body, url []byte) *ErrorGroup {
	url = hostPart(url)
	for i := range e.last {
		if l := &e.last[i]; l.group != nil && l.event == event && bytes.Equal(l.body, body) && bytes.Equal(l.url, url) {
			return l.group
		}
	}
	return nil
}

func (e *errorReader) remember(event Event, body, url []byte, g *ErrorGroup) {
	l := &e.last[e.next]
	e.next = (e.next + 1) % len(e.last)
	l.event, l.group = event, g
	l.body, l.url = append(l.body[:0], body...), append(l.url[:0], hostPart(url)...)
}

// hostPart is a URL without what follows the host.
func hostPart(url []byte) []byte {
	i := bytes.Index(url, []byte("://"))
	if i < 0 || bytes.HasPrefix(url[i+3:], []byte("unix:")) {
		return url
	}
	if j := bytes.IndexAny(url[i+3:], "/?"); j >= 0 {
		return url[:i+3+j]
	}
	return url
}

// errorHead is where the parts of a line lie.
type errorHead struct {
	at      int // where the date begins
	level   []byte
	pid     []byte
	message []byte // with what follows it
}

func (e *errorReader) line(r *reader, text []byte) bool {
	if !e.head.find(text) {
		return false
	}
	r.source.is(nginxErrorLog)
	log := r.set.Errors
	log.Lines++
	msg := e.head.message
	event, body := classify(msg)
	if event == OtherEvent {
		return true
	}
	url := field(msg, `, upstream: "`)
	g := e.known(event, body, url)
	if g == nil {
		g = log.group(event, body, url)
		e.remember(event, body, url, g)
	}
	if g.Count == 0 {
		g.Level = string(e.head.level)
	}
	g.Count++
	var when time.Time
	if e.head.at >= 0 {
		when = errorTime(text[e.head.at:])
	}
	if g.First.IsZero() || when.Before(g.First) && !when.IsZero() {
		g.First = when
	}
	if when.After(g.Last) {
		g.Last = when
	}
	if log.First.IsZero() || when.Before(log.First) && !when.IsZero() {
		log.First = when
	}
	if when.After(log.Last) {
		log.Last = when
	}
	if len(g.Lines) < maxLines {
		g.Lines = append(g.Lines, r.line(text))
	}
	if pid, err := strconv.Atoi(string(e.head.pid)); err == nil {
		countIn(&g.Workers, pid)
	}
	if request := field(msg, `, request: "`); request != nil {
		method, path, _ := bytes.Cut(request, []byte(" "))
		path, _, _ = bytes.Cut(path, []byte(" "))
		countBytes(&g.Methods, method)
		countURI(&g.Paths, path)
	}
	return true
}

// countIn counts a value in a map that does not grow without bound.
func countIn[K comparable](m *map[K]int, key K) {
	if *m == nil {
		*m = map[K]int{}
	}
	if _, known := (*m)[key]; known || len(*m) < maxPaths {
		(*m)[key]++
	}
}

// countBytes does the same without making a string of one that is known.
func countBytes(m *map[string]int, key []byte) {
	if *m == nil {
		*m = map[string]int{}
	}
	if n, known := (*m)[string(key)]; known {
		(*m)[string(key)] = n + 1
	} else if len(*m) < maxPaths {
		(*m)[clean(key)] = 1
	}
}

// countURI counts a URI with its arguments, since these may be what makes a kind of
// request; where there are too many, without.
func countURI(m *map[string]int, uri []byte) {
	if _, known := (*m)[string(uri)]; !known && len(*m) >= maxPaths/2 {
		uri, _, _ = bytes.Cut(uri, []byte("?"))
	}
	countBytes(m, uri)
}

// find looks for the head of a line: "2026/11/30 01:27:28 [crit] 15940#15940: ".
// syslog, containers' logs and the journal write something in front of it.
func (h *errorHead) find(text []byte) bool {
	at := 0
	if !isErrorDate(text) {
		if at = findErrorDate(text); at < 0 {
			return h.started(text)
		}
	}
	rest := text[at+20:] // from the "["
	end := bytes.IndexByte(rest, ']')
	if end < 4 || end > 7 || len(rest) < end+3 || rest[end+1] != ' ' {
		return false
	}
	h.at, h.level = at, rest[1:end]
	for _, c := range h.level {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	rest = rest[end+2:]
	hash := bytes.IndexByte(rest, '#')
	if hash < 1 || hash > 10 || !digits(rest[:hash]) {
		return false
	}
	h.pid = rest[:hash]
	colon := bytes.Index(rest[hash:], []byte(": "))
	if colon < 2 || colon > 12 || !digits(rest[hash+1:hash+colon]) {
		return false
	}
	rest = rest[hash+colon+2:]
	if len(rest) > 0 && rest[0] == '*' {
		if blank := bytes.IndexByte(rest, ' '); blank > 1 && digits(rest[1:blank]) {
			rest = rest[blank+1:]
		}
	}
	h.message = rest
	return true
}

// started takes what nginx writes to the terminal at its start, without a date:
// "nginx: [emerg] bind() to ...".
func (h *errorHead) started(text []byte) bool {
	rest, ok := bytes.CutPrefix(text, []byte("nginx: ["))
	end := bytes.IndexByte(rest[:min(len(rest), 8)], ']')
	if !ok || end < 4 || len(rest) < end+3 {
		return false
	}
	h.at, h.level, h.pid, h.message = -1, rest[:end], nil, rest[end+2:]
	return true
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// isErrorDate reports whether a text begins with "2026/11/30 01:27:28 [".
func isErrorDate(t []byte) bool {
	if len(t) < 32 || t[4] != '/' || t[7] != '/' || t[10] != ' ' || t[13] != ':' || t[16] != ':' || t[19] != ' ' || t[20] != '[' {
		return false
	}
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18} {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
	}
	return true
}

// prefixLimit is how much others may write in front of a line.
const prefixLimit = 160

func findErrorDate(text []byte) int {
	head := text[:min(len(text), prefixLimit)]
	for from := 0; ; {
		i := bytes.IndexByte(head[from:], '/')
		if i < 0 {
			return -1
		}
		if at := from + i - 4; at > 0 && isErrorDate(text[at:]) {
			return at
		}
		from += i + 1
	}
}

// errorTime reads the date that isErrorDate found.
func errorTime(t []byte) time.Time {
	two := func(i int) int { return int(t[i]-'0')*10 + int(t[i+1]-'0') }
	return time.Date(two(0)*100+two(2), time.Month(two(5)), two(8), two(11), two(14), two(17), 0, time.UTC)
}

// eventWords are the beginnings of messages, or what must stand in them, by
// their first byte.
var eventWords = [256][]eventWord{
	'c': {
		{"connect() ", ConnectFailed},
		{"client timed out", ClientTimedOut},
		{"client prematurely closed", ClientClosed},
		{"client closed", ClientClosed},
	},
	's': {{"socket() failed", SocketFailed}, {"send() failed", WriteFailed}, {"sendfile() failed", WriteFailed}, {"setrlimit(", LimitNotSet}, {"signal 1 (SIGHUP)", Reconfigured}, {"sendmsg() failed", WriteFailed}},
	'a': {
		{"accept4() failed", AcceptFailed},
		{"accept() failed", AcceptFailed},
		{"an upstream response is buffered", ResponseBuffered},
		{"a client request body is buffered", RequestBuffered},
	},
	'b': {{"bind() ", BindFailed}, {"bind(", BindFailed}},
	'r': {{"recv() failed", ReadFailed}, {"readv() failed", ReadFailed}, {"recvmsg() failed", ReadFailed}, {"reconfiguring", Reconfigured}},
	'w': {{"writev() failed", WriteFailed}, {"worker process ", ProcessExited}},
	'u': {
		{"upstream timed out", UpstreamTimedOut},
		{"upstream prematurely closed", PrematurelyClosed},
		{"upstream server temporarily disabled", ServerDisabled},
		{"upstream sent too big header", HeaderTooBig},
		{"upstream sent ", InvalidResponse},
		{"upstream SSL ", TLSFailed},
		{"upstream rejected request", InvalidResponse},
	},
	'n': {{"no live upstreams", NoLiveUpstreams}, {"no resolver defined", NotResolved}},
	'S': {{"SSL_do_handshake() failed", TLSFailed}, {"SSL_read() failed", ReadFailed}, {"SSL_write() failed", WriteFailed}, {"SSL_connect() failed", TLSFailed}},
	'p': {{"peer closed connection in SSL handshake", TLSFailed}},
	'k': {{"kevent() reported that client", ClientClosed}, {"kevent() reported that connect() failed", ConnectFailed}},
	'e': {{"epoll_wait() reported that client", ClientClosed}},
	'h': {{"host not found in upstream", HostNotFound}},
	'g': {{"gracefully shutting down", StoppingGracefully}},
	'l': {{"limiting ", Limited}},
	'o': {{"open() ", OpenFailed}},
	'F': {{"FastCGI sent in stderr", StderrOfBackend}},
}

type eventWord struct {
	begin string
	event Event
}

// classify tells what a message is about. body is the message without what
// nginx adds about the request.
func classify(msg []byte) (event Event, body []byte) {
	if len(msg) == 0 {
		return OtherEvent, nil
	}
	for _, w := range eventWords[msg[0]] {
		if len(msg) >= len(w.begin) && string(msg[:len(w.begin)]) == w.begin {
			event = w.event
			break
		}
	}
	if event == OtherEvent {
		// A number or a name stands in front of these.
		switch {
		case msg[0] >= '0' && msg[0] <= '9' && bytes.Contains(msg, []byte(" worker_connections are not enough")):
			event = WorkerConnections
		case bytes.Contains(msg[:min(len(msg), 300)], []byte(" could not be resolved (")):
			event = NotResolved
		default:
			return OtherEvent, nil
		}
	}
	body = msg
	for _, end := range [...]string{", client: ", ", server: ", ", upstream: ", " while sending to client, ", ", context: "} {
		if i := bytes.Index(body, []byte(end)); i >= 0 {
			body = body[:i]
		}
	}
	// A file that is missing is a page that is not there, and not of the path.
	switch event {
	case OpenFailed:
		if n := errnoOf(body); n != 23 && n != 24 {
			return OtherEvent, nil
		}
	case ProcessExited:
		if !bytes.Contains(body, []byte("exited on signal")) {
			return OtherEvent, nil
		}
	case TLSFailed:
		// With clients, handshakes fail every day.
		if !bytes.Contains(body, []byte("to upstream")) && !bytes.HasPrefix(body, []byte("upstream SSL")) {
			return OtherEvent, nil
		}
	default:
	}
	return event, body
}

// errnoOf reads the number in "(111: Connection refused)".
func errnoOf(body []byte) int {
	for from := 0; ; {
		i := bytes.IndexByte(body[from:], '(')
		if i < 0 {
			return 0
		}
		from += i + 1
		n, j := 0, from
		for j < len(body) && '0' <= body[j] && body[j] <= '9' && n < 1e6 {
			n = n*10 + int(body[j]-'0')
			j++
		}
		if j > from && j < len(body) && body[j] == ':' {
			return n
		}
	}
}

// phaseOf is what follows the last " while ".
func phaseOf(body []byte) string {
	i := bytes.LastIndex(body, []byte(" while "))
	if i < 0 {
		return ""
	}
	phase := body[i+len(" while "):]
	if j := bytes.IndexByte(phase, ','); j >= 0 {
		phase = phase[:j]
	}
	return clean(phase[:min(len(phase), 80)])
}

// field returns the text between a name such as `, request: "` and the next
// quote; nil if the name is not there.
func field(msg []byte, name string) []byte {
	i := bytes.Index(msg, []byte(name))
	if i < 0 {
		return nil
	}
	rest := msg[i+len(name):]
	if before, _, ok := bytes.Cut(rest, []byte{'"'}); ok {
		return before
	}
	return rest
}

// upstreamOf cuts the URI off: "http://127.0.0.1:8000/x" is
// "http://127.0.0.1:8000", "http://unix:/run/x.sock:/x" is "http://unix:/run/x.sock".
func upstreamOf(url []byte) string {
	s := clean(url)
	i := strings.Index(s, "://")
	if i < 0 {
		return s
	}
	rest := s[i+3:]
	if strings.HasPrefix(rest, "unix:") {
		path := rest[len("unix:"):]
		if j := strings.IndexByte(path, ':'); j >= 0 {
			path = path[:j]
		}
		return s[:i+3] + "unix:" + path
	}
	if j := strings.IndexAny(rest, "/?"); j >= 0 {
		rest = rest[:j]
	}
	return s[:i+3] + rest
}

func (e *Errors) group(event Event, body, url []byte) *ErrorGroup {
	key := errorKey{Event: event, Errno: errnoOf(body), Phase: phaseOf(body), Detail: detailOf(event, body)}
	if url != nil {
		key.Upstream = upstreamOf(url)
	}
	g := e.groups[key]
	if g == nil {
		if len(e.order) >= maxGroups {
			key.Upstream, key.Detail = "", "" // there are too many to tell apart
			if g = e.groups[key]; g != nil {
				return g
			}
		}
		g = &ErrorGroup{Event: event, Errno: key.Errno, Phase: key.Phase, Upstream: key.Upstream, Detail: key.Detail}
		e.groups[key] = g
		e.order = append(e.order, g)
	}
	return g
}

// detailOf is what else tells messages of an event apart.
func detailOf(event Event, body []byte) string {
	s := string(body[:min(len(body), 1000)])
	between := func(begin, end string) string {
		_, rest, ok := strings.Cut(s, begin)
		if !ok {
			return ""
		}
		inner, _, _ := strings.Cut(rest, end)
		return clean([]byte(inner))
	}
	switch event {
	case WorkerConnections:
		n, _, _ := strings.Cut(s, " ")
		return n
	case LimitNotSet:
		return between(", ", ")")
	case BindFailed:
		if strings.HasPrefix(s, "bind() to ") {
			return between("bind() to ", " failed")
		}
		return between("bind(", ")")
	case ConnectFailed:
		return between("connect() to ", " failed")
	case NotResolved:
		name, _, _ := strings.Cut(s, " could not be resolved")
		return clean([]byte(name))
	case HostNotFound:
		return between(`upstream "`, `"`)
	case TLSFailed:
		return tlsDetail(s)
	case ReadFailed, WriteFailed, AcceptFailed:
		call, _, _ := strings.Cut(s, "()")
		return call
	case Limited:
		return between("by zone ", ",")
	case ProcessExited:
		return between("exited on ", "(")
	case InvalidResponse, HeaderTooBig:
		if i := strings.Index(s, " while "); i > 0 {
			return clean([]byte(s[:min(i, 60)]))
		}
	default:
	}
	return ""
}

// tlsDetail finds the alert or the reason in what OpenSSL says.
func tlsDetail(s string) string {
	switch {
	case strings.Contains(s, "SSL alert number "):
		_, n, _ := strings.Cut(s, "SSL alert number ")
		end := strings.IndexFunc(n, func(r rune) bool { return r < '0' || r > '9' })
		if end >= 0 {
			n = n[:end]
		}
		return "alert " + n
	case strings.Contains(s, "verify"):
		return "certificate not verified"
	case strings.Contains(s, "does not match"):
		return "certificate of another name"
	case strings.Contains(s, "wrong version number"), strings.Contains(s, "packet length too long"), strings.Contains(s, "unknown protocol"):
		return "no TLS there"
	case strings.Contains(s, "peer closed"), strings.Contains(s, "unexpected eof"):
		return "closed in the handshake"
	}
	return ""
}
