package collect

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

var errorLine = lazyre.New(`^[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9] \[[a-z]+\] [0-9]+#[0-9]+: (\*[0-9]+ )?`)

// errorBegins are the beginnings of messages on the path of a connection, as
// evidence knows them; one of any other message is taken without its text.
var errorBegins = []string{
	"connect() ", "client timed out", "client prematurely closed", "client closed", "socket() failed", "send() failed",
	"sendfile() failed", "setrlimit(", "signal 1 (SIGHUP)", "sendmsg() failed", "accept4() failed", "accept() failed",
	"an upstream response is buffered", "a client request body is buffered", "bind() ", "bind(", "recv() failed",
	"readv() failed", "recvmsg() failed", "reconfiguring", "writev() failed", "worker process ", "upstream timed out",
	"upstream prematurely closed", "upstream server temporarily disabled", "upstream sent ", "upstream SSL ",
	"upstream rejected request", "no live upstreams", "no resolver defined", "SSL_do_handshake() failed",
	"SSL_read() failed", "SSL_write() failed", "SSL_connect() failed", "peer closed connection in SSL handshake",
	"kevent() reported", "epoll_wait() reported", "host not found in upstream", "gracefully shutting down",
	"limiting ", "open() ", "write() ", "pwrite() ", "pwritev() ", "FastCGI sent in stderr",
}

// errorMarks begin what nginx adds about the request, in its order.
var errorMarks = []string{", client: ", ", server: ", ", request: \"", ", subrequest: \"", ", upstream: \"", ", host: \"", ", referrer: \""}

// ErrorLine returns a line of nginx's error log without what may be a secret: the
// arguments of requests, referrers, what applications write to stderr. A line that
// nginx did not write becomes an empty one.
func ErrorLine(line string) string {
	head := errorLine.FindString(line)
	if head == "" {
		return ""
	}
	rest := line[len(head):]
	body := rest
	for _, m := range errorMarks {
		if i := strings.Index(body, m); i >= 0 {
			body = body[:i]
		}
	}
	about := rest[len(body):]
	return head + errorBody(body) + errorAbout(about)
}

func errorBody(s string) string {
	if strings.HasPrefix(s, "FastCGI sent in stderr") {
		phase := ""
		if i := strings.LastIndex(s, "\" while "); i >= 0 && isPhase(s[i+2:]) {
			phase = s[i+1:]
		}
		return `FastCGI sent in stderr: "-"` + phase
	}
	known := strings.Contains(s, " worker_connections are not enough") || strings.Contains(s, " could not be resolved (")
	for _, b := range errorBegins {
		known = known || strings.HasPrefix(s, b)
	}
	if !known {
		return "-"
	}
	f := strings.Split(s, " ")
	for i, w := range f {
		f[i] = bodyWord(w)
	}
	return strings.Join(f, " ")
}

var phaseShape = lazyre.New(`^while [a-z ,]+$`)

func isPhase(s string) bool { return len(s) <= 80 && phaseShape.MatchString(s) }

var bodyShape = lazyre.New(`^[A-Za-z0-9():,."#/_*;-]*$`)

// bodyWord cleans a word of nginx's own message.
func bodyWord(w string) string {
	bare := strings.Trim(w, `",()`)
	switch {
	case strings.HasPrefix(bare, "/"):
		return strings.Replace(w, bare, cleanPath(bare), 1)
	case schemeURL.MatchString(bare):
		return strings.Replace(w, bare, cleanURL(bare), 1)
	case len(w) <= 48 && bodyShape.MatchString(w), isAddress(bare), unixShape.MatchString(bare):
		return w
	}
	return blank
}

// errorAbout writes what is known about the request again.
func errorAbout(s string) string {
	var b strings.Builder
	for i, m := range errorMarks {
		rest, ok := strings.CutPrefix(s, m)
		if !ok {
			continue
		}
		// The value ends where the next mark begins.
		end := len(rest)
		for _, next := range errorMarks[i+1:] {
			if j := strings.Index(rest, next); j >= 0 && j < end {
				end = j
			}
		}
		value := strings.TrimSuffix(rest[:end], `"`)
		s = rest[end:]
		b.WriteString(m + errorValue(i, value))
		if strings.HasSuffix(m, `"`) {
			b.WriteByte('"')
		}
	}
	return b.String()
}

func errorValue(mark int, v string) string {
	switch mark {
	case 0: // client
		if isAddress(v) || unixShape.MatchString(v) {
			return v
		}
	case 1, 5: // server, host
		if isHost(v) || isAddress(v) {
			return v
		}
	case 2: // request
		f := strings.Split(v, " ")
		if len(f) == 3 && protocol.MatchString(f[2]) && len(f[0]) <= 10 && methodShape.MatchString(f[0]) {
			return f[0] + " " + cleanTarget(f[1]) + " " + f[2]
		}
	case 3: // subrequest
		return cleanPath(v)
	case 4: // upstream
		if isHost(v) {
			return v
		}
		return cleanURL(v)
	}
	return "-"
}
