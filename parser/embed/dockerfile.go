package embed

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// takesDockerfile takes files by their names.
func takesDockerfile(base, _, text string) bool {
	ext := path.Ext(base)
	named := base == "dockerfile" || base == "containerfile" || ext == ".dockerfile" || ext == ".containerfile" ||
		strings.HasPrefix(base, "dockerfile.") || strings.HasPrefix(base, "containerfile.")
	return named && (text == anything || mentions(text))
}

// readDockerfile reads what a Dockerfile writes into the image and what it runs.
//
// Nothing reads the /etc/sysctl.conf of an image when a container starts, so that
// kernel settings in it are at best applied by a command inside: they are read as
// those of a container, which has no more than its namespace. Only the images
// that machines boot from keep them.
func readDockerfile(f *source.File) Found {
	finder := newFinder(f, readDockerfile)
	d := &dockerfile{finder: finder}
	d.shell = shell{finder: finder, container: "docker"}
	steps := dockerSteps(f)
	for _, step := range steps {
		if step.name == "FROM" {
			d.stages++
		}
	}
	for _, step := range steps {
		d.step(step)
	}
	return finder.found()
}

// dockerfile is a Dockerfile while it is read.
type dockerfile struct {
	*finder

	shell  shell
	stages int // the images that it makes
	stage  int // the current one, counted from 1
	world  string
}

// step handles one instruction.
func (d *dockerfile) step(step dockerStep) {
	in := step.text.within(d.carrier)
	switch step.name {
	case "FROM":
		d.from(in.Text)
	case "SHELL":
		d.shell.echoes = strings.Contains(in.Text, "bash")
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
		d.world = d.unique(name)
	}
	d.shell.container = "docker"
	if strings.Contains(text, "bootc") {
		d.shell.container = "" // an image of a machine
	}
	d.shell.echoes = false
}

// run reads a command. Of a step that builds, all commands that "&&" joins must
// succeed.
func (d *dockerfile) run(in *source.File, builds bool) {
	s := d.shell
	s.in, s.strict = in, builds
	// A line end would need a backslash.
	s.base = source.Encoding{Escape: func(text string) (string, bool) { return text, !strings.HasSuffix(text, `\`) }}
	if strings.HasPrefix(strings.TrimSpace(in.Text), "[") {
		if args, ok := jsonWords(in); ok {
			s.exec(args, nil, d.world, output{})
			return
		}
	}
	s.constants = nil
	s.script(d.world)
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
		s.in, s.base = in, source.Encoding{}
		file := &target{word: literal(in, at, at+len(to)), path: dockerVariable.ReplaceAllString(name, string(source.Unknown))}
		s.write(file, dockerText(in, start, end, h), d.world)
		start = next
	}
}

// dockerText returns the body of a here-document of COPY. Unless its name is
// quoted, variables are replaced and a backslash takes the meaning off any
// character (frontend/dockerfile/shell/lex.go of BuildKit).
func dockerText(in *source.File, start, end int, h dockerHeredoc) output {
	enc := source.Encoding{}
	if h.dash {
		enc.Prefix = leadingTabs(in.Text[start:end])
	}
	if h.quoted {
		return output{text: verbatim(in, start, end, h.dash), enc: enc, ok: true, blank: true}
	}
	enc.Lines = true
	enc.Escape = func(text string) (string, bool) {
		return strings.NewReplacer(`\`, `\\`, "$", `\$`).Replace(text), true
	}
	var out phrase
	for _, p := range verbatim(in, start, end, h.dash) {
		out = append(out, dockerExpand(in, p.span.Start, p.span.End)...)
	}
	return output{text: out, enc: enc, ok: true, blank: true}
}

var dockerVariable = regexp.MustCompile(`\$(?:\{[^}]*\}|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])`)

// dockerExpand masks variables and takes off backslashes.
func dockerExpand(in *source.File, start, end int) phrase {
	var out phrase
	text := in.Text
	from := start
	for i := start; i < end; i++ {
		switch text[i] {
		case '\\':
			out = append(out, literal(in, from, i)...)
			from = i + 1
			i++
		case '$':
			line, _, _ := strings.Cut(text[i:end], "\n")
			if m := dockerVariable.FindStringIndex(line); m != nil && m[0] == 0 {
				out = append(append(out, literal(in, from, i)...), unknown(in, i, i+m[1])...)
				from = i + m[1]
				i = from - 1
			}
		}
	}
	return append(out, literal(in, min(from, end), end)...)
}
