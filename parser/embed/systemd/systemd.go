// Package systemd finds texts in the files of systemd and of what it starts: the
// commands of services, the containers of Podman's quadlets, tmpfiles.d.
package systemd

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes units that run sysctl(8) or have settings of containers, and files in
// tmpfiles.d that write to /proc/sys.
func Takes(base, p, text string) bool {
	switch path.Ext(base) {
	case ".service", ".container", ".pod":
		return text == carrier.Anything || strings.Contains(strings.ToLower(text), "sysctl") || strings.Contains(text, "/proc/sys/")
	case ".conf":
		return path.Base(path.Dir(p)) == "tmpfiles.d" && (text == carrier.Anything || strings.Contains(text, "/proc/sys/"))
	}
	return false
}

// Read reads the kernel settings of a file.
func Read(f *source.File) carrier.Found {
	r := &reader{Finder: carrier.NewFinder(f, Read), in: f}
	kind := "a unit of systemd"
	each := r.unit
	if path.Base(path.Dir(f.Path)) == "tmpfiles.d" {
		kind, each = "a file of tmpfiles.d", r.tmpfile
	}
	start := 0
	for line := range strings.Lines(f.Text) {
		each(start, start+len(strings.TrimRight(line, "\r\n")))
		start += len(line)
	}
	r.end()
	found := r.Found()
	found.Carrier = kind
	return found
}

// reader goes through the lines of a file.
type reader struct {
	*carrier.Finder

	in      *source.File
	section string
	// key and value are those of the entry that a backslash continues.
	key   string
	value carrier.Phrase
}

// unit reads a line of a unit.
func (r *reader) unit(start, end int) {
	text := r.in.Text[start:end]
	trimmed := strings.TrimSpace(text)
	comment := strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, ";")
	if r.key != "" {
		if comment {
			return // comments between continued lines are left out
		}
		r.more(start, end)
		return
	}
	switch {
	case comment:
		return
	case strings.HasPrefix(trimmed, "[") && strings.HasSuffix(trimmed, "]"):
		r.section = trimmed
		return
	}
	key, _, ok := strings.Cut(text, "=")
	if !ok {
		return
	}
	r.key = strings.TrimSpace(key)
	r.more(start+len(key)+1, end)
}

// more adds a line to a value.
func (r *reader) more(start, end int) {
	text := r.in.Text[start:end]
	body, goesOn := strings.CutSuffix(text, `\`)
	r.value = append(r.value, carrier.Literal(r.in, start, start+len(body))...)
	if goesOn {
		r.value = append(r.value, carrier.Glue(" ")...)
		return
	}
	r.end()
}

// end reads an entry that is complete.
func (r *reader) end() {
	key, value := r.key, r.value
	r.key, r.value = "", nil
	switch {
	case key == "Sysctl" && (r.section == "[Container]" || r.section == "[Pod]"):
		for _, word := range words(value) {
			if k, v, ok := word.Cut("="); ok {
				r.Setting("container", "Sysctl", k, v)
				r.Contain("container", "Sysctl", "docker")
			}
		}
	case r.section == "[Service]" && (key == "ExecStart" || key == "ExecStartPre" || key == "ExecStartPost"):
		value = value.Trim()
		text := value.String()
		value = value.Slice(len(text)-len(strings.TrimLeft(text, "@-:+!")), len(text))
		s := &shell.Reader{Finder: r.Finder, In: r.in, Constants: map[string]string{}}
		s.Exec(words(value), nil, "", shell.Output{})
	}
}

// tmpfile reads a line of tmpfiles.d: type, path, mode, user, group, age, argument.
func (r *reader) tmpfile(start, end int) {
	line := carrier.Literal(r.in, start, end)
	text := line.String()
	const before = 6 // fields in front of the argument
	var fields []source.Span
	at := 0
	for len(fields) < before {
		for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
			at++
		}
		from := at
		for at < len(text) && text[at] != ' ' && text[at] != '\t' {
			at++
		}
		if from == at {
			return
		}
		fields = append(fields, source.Span{Start: from, End: at})
	}
	kind, name := text[fields[0].Start:fields[0].End], text[fields[1].Start:fields[1].End]
	key, ok := strings.CutPrefix(name, "/proc/sys/")
	if kind[0] != 'w' || !ok || strings.ContainsAny(key, "*?[%") {
		return
	}
	value := line.Slice(at, len(text)).Trim()
	if strings.ContainsAny(value.String(), `%\`) {
		value = value.Hidden()
	}
	r.Setting("", "tmpfiles.d", line.Slice(fields[1].End-len(key), fields[1].End), value)
}

// words divides a value into words as systemd does: quotes around a word, or a part
// of it, are taken off. What holds a specifier ("%i") or a variable is not known.
func words(p carrier.Phrase) []carrier.Phrase {
	text := p.String()
	cut := p.Cutter()
	var out []carrier.Phrase
	for at := 0; at < len(text); {
		if text[at] == ' ' || text[at] == '\t' {
			at++
			continue
		}
		var word carrier.Phrase
		var quote byte
		from, vague := at, false
		for ; at < len(text) && (quote != 0 || text[at] != ' ' && text[at] != '\t'); at++ {
			switch c := text[at]; {
			case c == quote, quote == 0 && (c == '"' || c == '\''):
				word = append(word, cut.Slice(from, at)...)
				from = at + 1
				if quote == 0 {
					quote = c
				} else {
					quote = 0
				}
			case c == '%' || c == '$' || c == '\\':
				vague = true
			}
		}
		word = append(word, cut.Slice(from, at)...)
		if vague {
			word = word.Hide(specifier.FindAllStringIndex(word.String(), -1))
		}
		out = append(out, word)
	}
	return out
}

// specifier is what systemd replaces in a command.
var specifier = lazyre.New(`%[a-zA-Z%]|\$\{?\w+\}?|\\.`)
