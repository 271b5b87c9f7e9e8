package evidence

import (
	"bytes"
	"time"
)

// errorHead is where the parts of a line lie.
type errorHead struct {
	at      int // where the date begins
	level   []byte
	pid     []byte
	message []byte // with what follows it
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
