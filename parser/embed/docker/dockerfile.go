// Package docker finds texts in Dockerfiles: what the image is given and what is
// run in it.
package docker

import (
	"path"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes files by their names.
func Takes(base, _, text string) bool {
	ext := path.Ext(base)
	named := base == "dockerfile" || base == "containerfile" || ext == ".dockerfile" || ext == ".containerfile" ||
		strings.HasPrefix(base, "dockerfile.") || strings.HasPrefix(base, "containerfile.")
	return named && (text == carrier.Anything || carrier.Mentions(text))
}

// Read reads what a Dockerfile writes into the image and what it runs.
//
// Nothing reads the /etc/sysctl.conf of an image when a container starts, so that
// kernel settings in it are at best applied by a command inside: they are read as
// those of a container, which has no more than its namespace. Only the images
// that machines boot from keep them.
func Read(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, Read)
	d := &dockerfile{Finder: finder}
	d.shell = shell.Reader{Finder: finder, Container: "docker"}
	steps := dockerSteps(f)
	for _, step := range steps {
		if step.name == "FROM" {
			d.stages++
		}
	}
	for _, step := range steps {
		d.step(step)
	}
	return finder.Found()
}

// dockerfile is a Dockerfile while it is read.
type dockerfile struct {
	*carrier.Finder

	shell  shell.Reader
	stages int // the images that it makes
	stage  int // the current one, counted from 1
	world  string
}

// step handles one instruction.
func (d *dockerfile) step(step dockerStep) {
	in := step.text.Within(d.Carrier)
	switch step.name {
	case "FROM":
		d.from(in.Text)
	case "SHELL":
		d.shell.Echoes = strings.Contains(in.Text, "bash")
	case "RUN":
		d.run(in, true)
	case "CMD", "ENTRYPOINT":
		d.run(in, false)
	case "COPY", "ADD":
		d.copy(in)
	}
}

// from begins a stage.
func (d *dockerfile) from(text string) {
	d.stage++
	fields := strings.Fields(text)
	d.world = ""
	if d.stages > 1 {
		name := "stage " + strconv.Itoa(d.stage)
		if n := len(fields); n > 2 && strings.EqualFold(fields[n-2], "AS") {
			name = "stage " + fields[n-1]
		}
		d.world = d.Unique(name)
	}
	d.shell.Container = "docker"
	if strings.Contains(text, "bootc") {
		d.shell.Container = "" // an image of a machine
	}
	d.shell.Echoes = false
}

// run reads a command. Of a step that builds, all commands that "&&" joins must
// succeed.
func (d *dockerfile) run(in *source.File, builds bool) {
	s := d.shell
	s.In, s.Strict = in, builds
	// A line end would need a backslash.
	s.Base = source.Encoding{Escape: func(text string) (string, bool) { return text, !strings.HasSuffix(text, `\`) }}
	if strings.HasPrefix(strings.TrimSpace(in.Text), "[") {
		if args, ok := jsonWords(in); ok {
			s.Exec(args, nil, d.world, shell.Output{})
			return
		}
	}
	s.Constants = nil
	s.Script(d.world)
}

// copy reads the here-documents that COPY writes to files.
func (d *dockerfile) copy(in *source.File) {
	line, _, _ := strings.Cut(in.Text, "\n")
	names := dockerHeredocs(line)
	words := strings.Fields(line)
	if len(names) == 0 || len(words) < 2 {
		return
	}
	to := words[len(words)-1]
	at := strings.LastIndex(line, to)
	start := len(line) + 1
	for _, h := range names {
		end, next := h.body(in.Text, start)
		if next < 0 {
			return
		}
		name := to
		if strings.HasSuffix(to, "/") || len(names) > 1 {
			name = path.Join(to, h.name)
		}
		s := d.shell
		s.In, s.Base = in, source.Encoding{}
		file := &shell.Target{Word: carrier.Literal(in, at, at+len(to)), Path: dockerVariable.ReplaceAllString(name, string(source.Unknown))}
		s.Write(file, dockerText(in, start, end, h), d.world)
		start = next
	}
}

// dockerText returns the body of a here-document of COPY. Unless its name is
// quoted, variables are replaced and a backslash takes the meaning off any
// character (frontend/dockerfile/shell/lex.go of BuildKit).
func dockerText(in *source.File, start, end int, h dockerHeredoc) shell.Output {
	enc := source.Encoding{}
	if h.dash {
		enc.Prefix = shell.LeadingTabs(in.Text[start:end])
	}
	if h.quoted {
		return shell.Output{Text: shell.Verbatim(in, start, end, h.dash), Enc: enc, OK: true, Blank: true}
	}
	enc.Lines = true
	enc.Escape = func(text string) (string, bool) {
		return strings.NewReplacer(`\`, `\\`, "$", `\$`).Replace(text), true
	}
	var out carrier.Phrase
	for _, p := range shell.Verbatim(in, start, end, h.dash) {
		out = append(out, dockerExpand(in, p.Span.Start, p.Span.End)...)
	}
	return shell.Output{Text: out, Enc: enc, OK: true, Blank: true}
}

var dockerVariable = lazyre.New(`\$(?:\{[^}]*\}|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])`)

// dockerExpand masks variables and takes off backslashes.
func dockerExpand(in *source.File, start, end int) carrier.Phrase {
	var out carrier.Phrase
	text := in.Text
	from := start
	for i := start; i < end; i++ {
		switch text[i] {
		case '\\':
			out = append(out, carrier.Literal(in, from, i)...)
			from = i + 1
			i++
		case '$':
			line, _, _ := strings.Cut(text[i:end], "\n")
			if m := dockerVariable.FindStringIndex(line); m != nil && m[0] == 0 {
				out = append(append(out, carrier.Literal(in, from, i)...), carrier.Unknown(in, i, i+m[1])...)
				from = i + m[1]
				i = from - 1
			}
		}
	}
	return append(out, carrier.Literal(in, min(from, end), end)...)
}
