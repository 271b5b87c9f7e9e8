package evidence

import (
	"bytes"
	"strings"
)

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
	'w': {{"writev() failed", WriteFailed}, {"worker process ", ProcessExited}, {"write() ", WriteFailed}},
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
	'p': {{"pwrite() ", WriteFailed}, {"pwritev() ", WriteFailed}, {"peer closed connection in SSL handshake", TLSFailed}},
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
		if n := errnoOf(body); n != 23 && n != 24 && n != 28 {
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
		zone := between("by zone ", ",")
		if i := strings.IndexByte(zone, ' '); i > 0 {
			zone = zone[:i]
		}
		return strings.Trim(zone, `"`)
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
