package evidence

import (
	"bytes"
	"slices"
	"strings"
)

// Topic is what a message of the kernel or of a server behind nginx is about.
type Topic string

// The topics that diagnoses use.
const (
	ConntrackTableFull Topic = "conntrack table full"
	NeighbourOverflow  Topic = "neighbour table overflow"
	SynFlooding        Topic = "possible SYN flooding"
	OutOfTCPMemory     Topic = "out of memory for TCP"
	TooManyOrphans     Topic = "too many orphaned sockets"
	TimeWaitOverflow   Topic = "time wait bucket table overflow"
	FileTableFull      Topic = "file-max limit reached"
	OutOfMemoryKill    Topic = "killed for want of memory"
	Segfault           Topic = "segfault"
	MartianSource      Topic = "martian source"
	LinkDown           Topic = "link down"

	MaxChildren       Topic = "pm.max_children reached"
	ListenQueueFull   Topic = "listen queue full"
	WorkerTimeout     Topic = "worker timed out"
	WorkerRecycled    Topic = "worker recycled"
	WorkerCrashed     Topic = "worker crashed"
	BackendFiles      Topic = "too many open files"
	MaxWorkers        Topic = "MaxRequestWorkers reached"
	ExecutionTimedOut Topic = "execution timed out"
)

// Message is a number of messages of one topic.
type Message struct {
	Topic Topic
	// Detail is a port, a path or a pool.
	Detail string
	Count  int
	Lines  []Line
}

// Messages are those of a sort of log.
type Messages struct {
	Lines int
	all   []*Message
}

func newMessages() *Messages { return &Messages{} }

// Of returns the messages of topics.
func (m *Messages) Of(topics ...Topic) []*Message {
	var out []*Message
	for _, g := range m.all {
		if slices.Contains(topics, g.Topic) {
			out = append(out, g)
		}
	}
	return out
}

func (m *Messages) add(topic Topic, detail string, l Line) {
	for _, g := range m.all {
		if g.Topic == topic && g.Detail == detail {
			if g.Count++; len(g.Lines) < maxLines {
				g.Lines = append(g.Lines, l)
			}
			return
		}
	}
	if len(m.all) < maxGroups {
		m.all = append(m.all, &Message{Topic: topic, Detail: detail, Count: 1, Lines: []Line{l}})
	}
}

// pattern is a message by a text that must stand in it, and by what stands
// between two others.
type pattern struct {
	topic  Topic
	text   string
	begin  string // of the detail
	end    string
	second string // must stand in it, too
}

// kernelPatterns are messages of Linux: nf_conntrack_core.c, neighbour.c,
// tcp_input.c, tcp.c, inet_timewait_sock.c, file_table.c, oom_kill.c,
// fib_frontend.c.
var kernelPatterns = []pattern{
	{topic: ConntrackTableFull, text: "nf_conntrack: ", second: "table full"},
	{topic: ConntrackTableFull, text: "ip_conntrack: table full"},
	{topic: NeighbourOverflow, text: "neighbor table overflow"},
	{topic: NeighbourOverflow, text: "eighbour table overflow"},
	{topic: SynFlooding, text: "Possible SYN flooding on port ", begin: "on port ", end: ". "},
	{topic: OutOfTCPMemory, text: "out of memory -- consider tuning tcp_mem"},
	{topic: TooManyOrphans, text: "too many orphaned sockets"},
	{topic: TimeWaitOverflow, text: "time wait bucket table overflow"},
	{topic: FileTableFull, text: "file-max limit "},
	{topic: OutOfMemoryKill, text: "Killed process ", begin: "(", end: ")"},
	{topic: Segfault, text: "segfault at "},
	{topic: MartianSource, text: "martian source "},
	{topic: LinkDown, text: "NIC Link is Down"},
}

// backendPatterns are messages of php-fpm, Apache, uWSGI, gunicorn and others.
var backendPatterns = []pattern{
	{topic: MaxChildren, text: "server reached pm.max_children setting", begin: "[pool ", end: "]"},
	{topic: MaxChildren, text: "server reached max_children setting", begin: "[pool ", end: "]"},
	{topic: ExecutionTimedOut, text: "execution timed out (", begin: "[pool ", end: "]"},
	{topic: WorkerCrashed, text: "exited on signal", second: "child", begin: "[pool ", end: "]"},
	{topic: WorkerRecycled, text: "exited with code 0 after ", second: "child", begin: "[pool ", end: "]"},
	{topic: MaxWorkers, text: "server reached MaxRequestWorkers setting"},
	{topic: MaxWorkers, text: "server is within MinSpareThreads of MaxRequestWorkers"},
	{topic: ListenQueueFull, text: "*** uWSGI listen queue of socket", begin: "socket \"", end: "\""},
	{topic: WorkerRecycled, text: "The work of process", second: "is done"},
	{topic: WorkerTimeout, text: "HARAKIRI ON WORKER"},
	{topic: WorkerTimeout, text: "WORKER TIMEOUT (pid:"},
	{topic: WorkerRecycled, text: "Autorestarting worker after current request"},
	{topic: WorkerRecycled, text: "Maximum request limit of", second: "exceeded"},
	{topic: WorkerCrashed, text: "was sent SIGKILL! Perhaps out of memory"},
	{topic: WorkerCrashed, text: "DAMN ! worker "},
	{topic: BackendFiles, text: "too many open files"},
	{topic: BackendFiles, text: "Too many open files"},
	{topic: BackendFiles, text: "EMFILE"},
}

func findPattern(all []pattern, text []byte) (p pattern, detail string, ok bool) {
	for _, p := range all {
		if !bytes.Contains(text, []byte(p.text)) || p.second != "" && !bytes.Contains(text, []byte(p.second)) {
			continue
		}
		if p.begin != "" {
			if _, rest, found := strings.Cut(string(text), p.begin); found {
				detail, _, _ = strings.Cut(rest, p.end)
			}
		}
		return p, clean([]byte(detail)), true
	}
	return pattern{}, "", false
}

func openKernelLog(r *reader, text []byte) (section, bool) {
	s := kernelSection{}
	if s.line(r, text) != yes {
		return nil, false
	}
	return s, true
}

type kernelSection struct{}

func (kernelSection) line(r *reader, text []byte) verdict {
	if !kernelHead(text) && !kernelStart(text) {
		return no
	}
	p, detail, found := findPattern(kernelPatterns, text)
	if !found {
		if p, detail, ok := findPattern(backendPatterns, text); ok { // the journal has them all
			r.source.is(backendLog)
			r.set.Backends.add(p.topic, detail, r.line(text))
			return yes
		}
	}
	r.source.is(kernelLog)
	r.set.Kernel.Lines++
	if found {
		if p.topic == SynFlooding && strings.Contains(detail, ":") { // [::]:80 since 6.6
			detail = detail[strings.LastIndexByte(detail, ':')+1:]
		}
		r.set.Kernel.add(p.topic, detail, r.line(text))
	}
	return yes
}

// kernelStart recognises a message of the kernel without a time in front of it.
func kernelStart(text []byte) bool {
	for _, s := range [...]string{"nf_conntrack: ", "ip_conntrack: ", "neighbour: ", "TCP: ", "VFS: file-max", "possible SYN flooding"} {
		if len(text) > len(s) && string(text[:len(s)]) == s {
			return true
		}
	}
	return false
}

// kernelHead recognises the beginnings of lines of dmesg and of the journal:
// "[  123.456789] ", "[Mon Nov 30 01:25:23 2026] ", "<4>[...]", "kern  :warn  : [...]",
// "Nov 30 01:25:23 host kernel: ", "2026-11-30T01:25:23+00:00 host kernel: ".
func kernelHead(text []byte) bool {
	if len(text) < 10 {
		return false
	}
	switch c := text[0]; {
	case c == '<':
		end := bytes.IndexByte(text[:min(len(text), 8)], '>')
		return end > 0 && len(text) > end+1 && (text[end+1] == '[' || bytes.Contains(text[:min(len(text), 80)], []byte(" kernel: ")))
	case c == '[':
		return isUptime(text) || isDmesgTime(text)
	case c == 'k':
		return bytes.HasPrefix(text, []byte("kern ")) && bytes.Contains(text[:min(len(text), 30)], []byte(": ["))
	case c == '-':
		return bytes.HasPrefix(text, []byte("-- ")) && bytes.Contains(text, []byte("ogs begin"))
	case isMonth(text):
		return isSyslogTime(text)
	case len(text) > 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':':
		head := text[:min(len(text), 120)]
		return bytes.Contains(head, []byte(" kernel: ")) || bytes.Contains(head, []byte("]: "))
	}
	return false
}

// isUptime recognises "[  123.456789] ".
func isUptime(text []byte) bool {
	i := 1
	for i < len(text) && text[i] == ' ' {
		i++
	}
	digits, dot := 0, false
	for ; i < len(text) && i < 24; i++ {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c == '.' && !dot:
			dot = true
		case c == ']':
			return dot && digits > 1 && len(text) > i+1 && text[i+1] == ' '
		default:
			return false
		}
	}
	return false
}

// isDmesgTime recognises "[Mon Nov 30 01:25:23 2026] ".
func isDmesgTime(text []byte) bool {
	return len(text) > 27 && text[4] == ' ' && isMonth(text[5:]) && text[14] == ':' && text[17] == ':' && text[25] == ']'
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

func isMonth(text []byte) bool {
	if len(text) < 4 || text[3] != ' ' || text[0] < 'A' || text[0] > 'S' {
		return false
	}
	i := strings.Index(months, string(text[:3]))
	return i >= 0 && i%3 == 0
}

// isSyslogTime recognises "Nov 30 01:25:23 host name: ".
func isSyslogTime(text []byte) bool {
	return len(text) > 20 && text[6] == ' ' && text[9] == ':' && text[12] == ':' && bytes.Contains(text[15:min(len(text), 160)], []byte(": "))
}

// backendHead recognises the beginnings of lines of php-fpm
// ("[30-Nov-2026 01:25:23] WARNING: "), Apache
// ("[Mon Nov 30 01:25:23.123456 2026] [mpm_event:error] "), gunicorn
// ("[2026-11-30 01:25:23 +0000] [123] [INFO] ") and uWSGI ("[pid: 1|app: 0|req: ",
// "*** ").
func backendHead(text []byte) bool {
	switch {
	case len(text) < 24:
		return false
	case text[0] == '*':
		return bytes.HasPrefix(text, []byte("*** "))
	case text[0] == 'D':
		return bytes.HasPrefix(text, []byte("DAMN ! worker"))
	case text[0] != '[':
		return false
	}
	head := text[:min(len(text), 60)]
	switch {
	case text[3] == '-' && text[7] == '-' && text[12] == ' ':
		return bytes.Contains(head, []byte("] WARNING: ")) || bytes.Contains(head, []byte("] NOTICE: ")) || bytes.Contains(head, []byte("] ERROR: ")) || bytes.Contains(head, []byte("] ALERT: ")) || bytes.Contains(head, []byte("] DEBUG: "))
	case text[4] == ' ' && isMonth(text[5:]):
		return bytes.Contains(head, []byte("] ["))
	case text[5] == '-' && text[8] == '-' && text[11] == ' ' && text[14] == ':':
		return bytes.Contains(head, []byte("] ["))
	}
	return bytes.HasPrefix(text, []byte("[pid: ")) && bytes.Contains(head, []byte("|app: "))
}

func openBackendLog(r *reader, text []byte) (section, bool) {
	s := backendSection{}
	if s.line(r, text) != yes {
		return nil, false
	}
	return s, true
}

type backendSection struct{}

func (backendSection) line(r *reader, text []byte) verdict {
	if !backendHead(text) {
		// Servers that write lines as they like say this all the same.
		if (bytes.Contains(text, []byte("oo many open files")) || bytes.Contains(text, []byte("EMFILE"))) && bytes.Contains(text, []byte("ccept")) && !bytes.Contains(text, []byte(" failed (24")) {
			r.source.is(backendLog)
			r.set.Backends.Lines++
			r.set.Backends.add(BackendFiles, "", r.line(text))
			return yes
		}
		if isOtherUWSGI(text) {
			r.source.is(backendLog)
			r.set.Backends.Lines++
			p, detail, _ := findPattern(backendPatterns, text)
			r.set.Backends.add(p.topic, detail, r.line(text))
			return yes
		}
		return no
	}
	p, detail, found := findPattern(backendPatterns, text)
	r.source.is(backendLog)
	r.set.Backends.Lines++
	if found {
		r.set.Backends.add(p.topic, detail, r.line(text))
	}
	return yes
}

// isOtherUWSGI recognises messages of uWSGI that begin with a date alone.
func isOtherUWSGI(text []byte) bool {
	if len(text) < 30 || text[3] != ' ' || !bytes.Contains(text[:min(len(text), 60)], []byte(" - ")) {
		return bytes.HasPrefix(text, []byte("The work of process "))
	}
	_, _, ok := findPattern(backendPatterns, text)
	return ok
}
