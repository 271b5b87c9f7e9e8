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
