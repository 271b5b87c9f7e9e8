package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Options say how a text is read.
type Options struct {
	// Formats are the formats of access logs that the configuration at hand
	// defines; those that nginx itself has are known.
	Formats []LogFormat
	// Moment is when the text was written, if its name does not say.
	Moment Moment
	// Progress is told how many bytes were read since it was last told; nil if
	// nobody wants to know.
	Progress func(n int)
}

// A section reads the lines that follow the one which opened it.
type section interface {
	// line takes a line that belongs to the section. It returns no if the line
	// may belong to something else, bad if it is of the section and says nothing
	// that is understood.
	line(r *reader, text []byte) verdict
}

type verdict uint8

const (
	no verdict = iota
	yes
	bad
)

// An opener recognises the first line of something, takes it, and returns the
// section that reads on; a nil section for a line that stands alone.
type opener func(r *reader, text []byte) (s section, ok bool)

// reader reads one source.
type reader struct {
	set    *Set
	source *Source
	number int // of the line that is being read
	began  int // the line of the last prompt or heading, behind which something new begins
	now    section
	access *accessReader
	errs   *errorReader
}

// lineSize is the longest line that is looked at as a whole. What is longer is
// one line all the same, of which the beginning counts.
const lineSize = 1 << 20

// Read adds what a text holds to the set. The error is that of the reader, or
// says that the text is no text; what came before it is in the set.
func (s *Set) Read(name string, text io.Reader, o Options) error {
	src := &Source{Name: name, Moment: o.Moment}
	if src.Moment == Unknown {
		src.Moment = MomentOf(name)
	}
	s.Sources = append(s.Sources, src)
	r := &reader{set: s, source: src}
	r.access = newAccessReader(r, o.Formats)
	r.errs = &errorReader{}
	in, err := open(text)
	if err != nil {
		src.note(err.Error())
		return err
	}
	if err := r.start(in); err != nil {
		src.note(err.Error())
		return err
	}
	var long []byte
	for {
		line, err := in.ReadSlice('\n')
		src.Bytes += int64(len(line))
		if o.Progress != nil {
			o.Progress(len(line))
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			if len(long) < lineSize {
				long = append(long, line...)
			}
			continue
		}
		if len(long) > 0 {
			if len(long) < lineSize {
				long = append(long, line...)
			}
			line = long
		}
		if len(line) > 0 {
			if err == io.EOF && r.cutOff() {
				src.note("the last line is cut off")
			}
			r.take(bytes.TrimRight(line, "\r\n"))
		}
		long = long[:0]
		if err == io.EOF {
			r.end()
			return nil
		}
		if err != nil {
			src.note("it could not be read to its end: " + err.Error())
			r.end()
			return err
		}
	}
}

// gzipMagic begins what gzip has packed, zstdMagic what zstd has (RFC 8878, 3.1.1).
var (
	gzipMagic = []byte("\x1f\x8b")
	zstdMagic = []byte("\x28\xb5\x2f\xfd")
)

// open returns the text of a file that may be packed.
func open(text io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(text, 256<<10)
	if head, _ := in.Peek(len(zstdMagic)); bytes.Equal(head, zstdMagic) { // an error comes again
		return unzstd(in)
	}
	if head, _ := in.Peek(len(gzipMagic)); !bytes.Equal(head, gzipMagic) { // an error comes again
		return in, nil
	}
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	return bufio.NewReaderSize(unpacked, 256<<10), nil
}

// ErrBinary says that a file is no text.
var ErrBinary = errors.New("this is no text")

// start looks at the beginning: byte order marks and what is no text at all.
func (r *reader) start(in *bufio.Reader) error {
	head, err := in.Peek(4096)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		_, err := in.Discard(3)
		return err
	}
	if found := bytes.Contains(head, []byte{0}); found && !isCmdline(head) {
		return ErrBinary
	}
	if len(head) == 0 {
		r.emptyNamed()
	}
	return nil
}

// emptyNamed takes an empty file for what its name says, since nothing else can:
// an error log without a line says that nothing was logged.
func (r *reader) emptyNamed() {
	base := r.source.Name[strings.LastIndexByte(r.source.Name, '/')+1:]
	switch {
	case strings.HasPrefix(base, "error") && strings.Contains(base, "log"):
		r.source.is(nginxErrorLog)
	case strings.HasPrefix(base, "access") && strings.Contains(base, "log"):
		r.source.is(nginxAccessLog)
	case strings.HasPrefix(base, "dmesg"), strings.HasPrefix(base, "kern"):
		r.source.is(kernelLog)
	}
}

// cutOff reports whether a last line without its end matters: of what a command
// printed it does not, of a log it is half a line.
func (r *reader) cutOff() bool { return len(r.source.Formats) > 0 && r.source.Lines > 0 }

// take gives a line to whoever understands it.
func (r *reader) take(text []byte) {
	r.number++
	r.source.Lines++
	if message, ok := wrappedMessage(text); ok {
		text = message
	}
	if r.understand(text) {
		r.source.Read++
		return
	}
	if len(r.source.Unread) < maxUnread {
		r.source.Unread = append(r.source.Unread, r.line(text))
	}
}

func (r *reader) understand(text []byte) bool {
	if r.now != nil {
		switch r.now.line(r, text) {
		case yes:
			return true
		case bad:
			return false
		default:
		}
	}
	if isDecoration(text) {
		if len(text) > 0 {
			r.began = r.number
		}
		return true
	}
	if r.errs.line(r, text) || r.access.line(r, text) {
		return true
	}
	for _, open := range openers {
		if s, ok := open(r, text); ok {
			if s != nil {
				r.now = s
			}
			return true
		}
	}
	if isPrompt(text) {
		r.began = r.number
		return true
	}
	return false
}

// isPrompt recognises the line of a command that nothing else has understood: a prompt
// with user and host as distributions set it up, in brackets or not, behind a time,
// coloured or not; and the fence around an output in Markdown.
func isPrompt(text []byte) bool {
	const most = 100
	t := bytes.TrimSpace(withoutColour(text))
	if bytes.HasPrefix(t, []byte("```")) {
		return true
	}
	if first, rest, ok := bytes.Cut(t, []byte(" ")); ok && len(first) >= len("1:02") && bytes.IndexByte(first, ':') > 0 && len(bytes.Trim(first, "0123456789:")) == 0 {
		t = rest // the time of day
	}
	t = bytes.TrimPrefix(t, []byte("["))
	user := bytes.IndexFunc(t, notName)
	if user <= 0 || t[user] != '@' {
		return false
	}
	t = t[user+1:]
	host := bytes.IndexFunc(t, notName)
	if host <= 0 {
		return false
	}
	t = t[host:min(len(t), host+most)]
	end := bytes.IndexAny(t, "$#%>")
	return end >= 0 && (end+1 == len(t) || t[end+1] == ' ')
}

// notName tells what ends the name of a user or a host.
func notName(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-' && r != '.'
}

// withoutColour is a text without the sequences that a terminal acts on.
func withoutColour(text []byte) []byte {
	if bytes.IndexByte(text, 0x1b) < 0 {
		return text
	}
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] != 0x1b || i+1 >= len(text) || text[i+1] != '[' {
			out = append(out, text[i])
			continue
		}
		for i += 2; i < len(text) && (text[i] < '@' || text[i] > '~'); i++ {
			// the numbers in front of the letter
		}
	}
	return out
}

// since is how many lines stand before this one, behind the last prompt or heading.
func (r *reader) since() int { return r.number - r.began }

func (r *reader) end() {
	if f, ok := r.now.(interface{ end(r *reader) }); ok {
		f.end(r)
	}
}

// isDecoration recognises what stands between outputs: empty lines, what a shell
// echoes, what head and tail write above several files.
func isDecoration(text []byte) bool {
	t := bytes.TrimSpace(text)
	switch {
	case len(t) == 0:
		return true
	case t[0] == '=':
		return bytes.HasPrefix(t, []byte("==> ")) || bytes.Trim(t, "=") == nil
	case t[0] == '-':
		return len(bytes.Trim(t, "-")) == 0
	case t[0] == '$', t[0] == '#':
		return len(t) > 1 && t[1] == ' ' || len(t) == 1 || bytes.HasPrefix(t, []byte("#kernel"))
	}
	return false
}

// line is the current line with its place.
func (r *reader) line(text []byte) Line {
	return Line{File: r.source.Name, Number: r.number, Text: clean(text)}
}

// clean makes a text of what a file holds, short enough to be kept.
func clean(text []byte) string {
	if len(text) > maxText {
		text = text[:maxText]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
	}
	s := strings.ToValidUTF8(string(text), "\ufffd")
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s), " ")
}

// openers are asked in this order.
var openers = []opener{
	openSocketSummary, openSS, openNetstat, openProcNet, openNstat, openPairs, openNetstatStatistics, openSentence,
	openSockstat, openConntrack, openLimits, openSysctl, openStubStatus, openKernelLog, openProcesses,
	openNeighbours, openHosts, openRoutes, openLsof, openBackendLog,
}
