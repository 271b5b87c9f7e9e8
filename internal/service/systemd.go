package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Units of systemd: ExecStart, Environment, LimitNOFILE, WorkingDirectory, with the
// drop-ins of the folder that has the unit's name; a socket unit listens for its
// service, which gets the socket as it is.
//
//	ExecStart=/usr/bin/gunicorn --bind 127.0.0.1:8001 app:app
//	          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ what runs, and where it listens
//	LimitNOFILE=1024
//	^^^^^^^^^^^^^^^^ the descriptors it may open
//	ListenStream=/run/app.sock
//	^^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens, from a socket unit; Backlog= is the accept queue there
//
// Source: systemd.exec(5), systemd.service(5), systemd.socket(5), systemd.syntax(7).

func isUnit(p string) bool { return path.Ext(p) == ".service" }

// refusedLimit is a number of files with a suffix, which only limits in bytes and in
// time take (systemd.exec(5), "Process Properties"; systemd 252).
var refusedLimit = lazyre.New(`^([0-9]+:)?[0-9]+[KMGTPE](:|$)`)

// UnitLine is an assignment of a unit, its value with continued lines joined.
type UnitLine struct {
	Section, Key, Value string
	At                  Place
	start               int // of the value in the file
}

// ReadUnit reads the assignments of a unit of systemd, or of a drop-in of one.
func ReadUnit(f *source.File) []UnitLine {
	var out []UnitLine
	section, at := "", 0
	lines := strings.SplitAfter(f.Text, "\n")
	for n := 0; n < len(lines); n++ {
		start := at
		at += len(lines[n])
		text := strings.TrimSpace(lines[n])
		switch {
		case text == "" || text[0] == '#' || text[0] == ';':
			continue
		case text[0] == '[':
			section = strings.Trim(text, "[]")
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			continue
		}
		from := start + strings.Index(lines[n], "=") + 1
		for strings.HasSuffix(value, `\`) && n+1 < len(lines) {
			n++
			next := strings.TrimSpace(lines[n])
			at += len(lines[n])
			if next != "" && (next[0] == '#' || next[0] == ';') {
				continue
			}
			value = strings.TrimSuffix(value, `\`) + " " + next
		}
		l := UnitLine{Section: section, Key: strings.TrimSpace(key), Value: strings.TrimSpace(strings.TrimSuffix(value, `\`)), start: from}
		l.At = Place{File: f, Span: source.Span{Start: start, End: start + len(strings.TrimRight(f.Text[start:at], " \t\r\n"))}}
		out = append(out, l)
	}
	return out
}

// units reads the services of systemd.
func units(r *repo) []*process {
	var out []*process
	for _, f := range r.order {
		if !isUnit(f.Path) || !strings.Contains(f.Text, "[Service]") {
			continue
		}
		name := path.Base(f.Path)
		lines := ReadUnit(f)
		for _, d := range r.order {
			if path.Dir(d.Path) == f.Path+".d" && path.Ext(d.Path) == ".conf" {
				lines = append(lines, ReadUnit(d)...)
			}
		}
		p := &process{repo: r, Service: &Service{Kind: Unit, Name: name, At: Place{File: f}, Network: HostNetwork}}
		p.unit(lines)
		out = append(out, p)
	}
	// The drop-ins of units that the repository does not have: those of packages.
	seen := map[string]bool{}
	for _, d := range r.order {
		dir := path.Dir(d.Path)
		if !strings.HasSuffix(dir, ".service.d") || path.Ext(d.Path) != ".conf" || r.file(strings.TrimSuffix(dir, ".d")) != nil || seen[dir] {
			continue
		}
		seen[dir] = true
		var lines []UnitLine
		for _, e := range r.order {
			if path.Dir(e.Path) == dir && path.Ext(e.Path) == ".conf" {
				lines = append(lines, ReadUnit(e)...)
			}
		}
		name := strings.TrimSuffix(path.Base(dir), ".d")
		p := &process{repo: r, Service: &Service{Kind: Unit, Name: name, At: Place{File: d}, Network: HostNetwork, runsNginx: name == "nginx.service"}}
		p.unit(lines)
		out = append(out, p)
	}
	return out
}

// unit applies the assignments of a unit.
func (p *process) unit(lines []UnitLine) {
	for _, l := range lines {
		f := Field[string]{Value: l.Value, Sure: Set, At: l.At, Name: l.Key}
		switch {
		case l.Section != "Service":
		case l.Key == "ExecStart":
			if l.Value == "" {
				p.argv = nil
				continue
			}
			p.argv = p.unitWords(l, "@-:+!|")
			p.At = l.At
		case l.Key == "WorkingDirectory":
			p.dir = l.Value
		case l.Key == "Environment":
			for _, w := range splitUnit(l.Value) {
				if k, v, ok := strings.Cut(w, "="); ok {
					f.Value, f.Name = v, k
					p.setenv(k, f)
				}
			}
		case l.Key == "LimitNOFILE" && refusedLimit.MatchString(l.Value):
			// systemd says so and keeps what was set before.
		case l.Key == "LimitNOFILE":
			soft, hard, two := strings.Cut(l.Value, ":")
			f.Value = soft
			p.SoftFiles = settings{"n": f}.number("n")
			if two {
				f.Value = hard
			}
			p.HardFiles = settings{"n": f}.number("n")
		}
	}
	if len(p.argv) > 0 && path.Base(p.argv[0].text) == "nginx" {
		p.runsNginx = true
	}
}

// unitWords splits ExecStart as systemd does: no shell, prefixes before the program,
// "%" and "$" stand for what is not known here.
func (p *process) unitWords(l UnitLine, prefixes string) []word {
	var out []word
	raw := p.lineText(l)
	from := 0
	for _, text := range splitUnit(l.Value) {
		if len(out) == 0 {
			text = strings.TrimLeft(text, prefixes)
		}
		w := word{text: text, at: l.At, open: strings.ContainsAny(text, "%$")}
		if i := strings.Index(raw[from:], text); i >= 0 && text != "" {
			start := l.start + from + i
			w.at.Span = source.Span{Start: start, End: start + len(text)}
			from += i + len(text)
		}
		if name, ok := strings.CutPrefix(text, "$"); ok {
			if f, known := p.env[strings.Trim(name, "{}")]; known {
				for part := range strings.FieldsSeq(f.Value) {
					out = append(out, word{text: part, at: f.At})
				}
				continue
			}
		}
		if source.HasUnknown(text) || unknown(text) {
			w.open = true
		}
		out = append(out, w)
	}
	return out
}

// lineText is the value as it stands in the file.
func (*process) lineText(l UnitLine) string {
	return l.At.File.Text[min(l.start, l.At.Span.End):l.At.Span.End]
}

// splitUnit splits a value at its blanks, with quotes as systemd takes them.
func splitUnit(text string) []string {
	var out []string
	var b strings.Builder
	var quote byte
	started := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'') && (!started || b.Len() == 0):
			quote, started = c, true
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
			started = true
		case quote == 0 && (c == ' ' || c == '\t'):
			if started {
				out = append(out, b.String())
			}
			b.Reset()
			started = false
		default:
			b.WriteByte(c)
			started = true
		}
	}
	if started {
		out = append(out, b.String())
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == ";" })
}

// socketBacklog is the accept queue of a socket unit that sets none: SOMAXCONN, which
// later releases raise to as much as the kernel allows, 4096 unless that is raised.
const socketBacklog = 4096

// listensAgain are the programs that call listen() on a socket that they get, with a
// queue of their own (measured: gunicorn 20.1 makes 2048 of 7, uvicorn 0.17 too, Node.js
// 511; Puma 5.6 leaves 7).
var listensAgain = []string{"gunicorn", "uvicorn", "hypercorn", "node"}

// activate gives the services of units the sockets that socket units open for them. A
// socket for each connection (Accept=yes) leads to a service for each, which is no one
// process.
func activate(r *repo, all []*Service) {
	for _, f := range r.order {
		name, ok := strings.CutSuffix(path.Base(f.Path), ".socket")
		if !ok || !strings.Contains(f.Text, "[Socket]") {
			continue
		}
		lines := ReadUnit(f)
		for _, d := range r.order {
			if path.Dir(d.Path) == f.Path+".d" && path.Ext(d.Path) == ".conf" {
				lines = append(lines, ReadUnit(d)...)
			}
		}
		unit := name + ".service"
		q := &process{Service: &Service{}}
		backlog := Field[int]{Value: socketBacklog, Sure: Preset}
		each := false
		for _, l := range lines {
			f := Field[string]{Value: l.Value, Sure: Set, At: l.At, Name: l.Key}
			switch {
			case l.Section != "Socket":
			case l.Key == "ListenStream" && l.Value == "":
				q.Listens = nil
			case l.Key == "ListenStream":
				if strings.HasPrefix(l.Value, "/") {
					f.Value = "unix:" + l.Value
				} else if strings.Trim(l.Value, "0123456789") == "" {
					f.Value = ":" + l.Value
				}
				q.listen(f, "")
			case l.Key == "Service":
				unit = l.Value
			case l.Key == "Accept":
				each = l.Value == "yes" || l.Value == "true" || l.Value == "1" || l.Value == "on"
			case l.Key == "Backlog":
				if backlog = positive(settings{"n": f}.number("n")); !backlog.Known() {
					backlog = Field[int]{Value: -1, Sure: Set, At: l.At, Name: l.Key} // infinity, or more than fits
				}
			}
		}
		if each || len(q.Listens) == 0 {
			continue
		}
		for _, s := range all {
			if s.Kind != Unit || s.Name != unit || path.Dir(s.At.File.OnDisk().Path) != path.Dir(f.Path) {
				continue
			}
			protocol := ""
			if s.Program.Known() && s.Program.Value != "uwsgi" && s.Program.Value != "php-fpm" {
				protocol = "http"
			}
			for _, l := range s.Listens {
				protocol = l.Value.Protocol
			}
			for i := range q.Listens {
				q.Listens[i].Value.Protocol = protocol
			}
			s.Listens, s.AllListens = q.Listens, !q.doubtful
			switch {
			case slices.Contains(listensAgain, s.Program.Value):
			case s.Program.Value == "uwsgi":
				s.Backlog = Field[int]{} // what it does with a socket that it gets is not known
			default:
				s.Backlog = backlog
			}
		}
	}
}
