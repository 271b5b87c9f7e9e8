package service

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Dockerfiles: what the last stage, or the one that is built, starts, and which files
// of the repository it holds.
//
//	CMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ what runs, unless the container is told otherwise
//
// Source: docs.docker.com/reference/dockerfile.

// Instruction is an instruction of a Dockerfile: its name in capitals, and what stands
// behind it, with continued lines joined.
type Instruction struct {
	Name, Text string
	At         Place
	// offset gives the place in the file of an offset in the text.
	offset func(int) int
}

// dockerBuild is the stage that is built.
type dockerBuild struct {
	repo    *repo
	file    *source.File
	context string
	steps   []Instruction
}

func isDockerfile(p string) bool {
	base := path.Base(p)
	return base == "Dockerfile" || base == "Containerfile" || strings.HasPrefix(base, "Dockerfile.") || strings.HasSuffix(base, ".Dockerfile") || strings.HasSuffix(base, ".dockerfile")
}

// readBuild reads the steps of a stage with those that it is built upon.
func readBuild(r *repo, f *source.File, context, target string) *dockerBuild {
	b := &dockerBuild{repo: r, file: f, context: context}
	stages := map[string][]Instruction{}
	var current []Instruction
	name := ""
	for _, i := range Instructions(f) {
		if i.Name != "FROM" {
			current = append(current, i)
			continue
		}
		if name != "" {
			stages[name] = current
		}
		if target != "" && name == target {
			break
		}
		fields := strings.Fields(i.Text)
		for len(fields) > 0 && strings.HasPrefix(fields[0], "--") {
			fields = fields[1:]
		}
		current = []Instruction{i}
		if len(fields) > 0 && stages[fields[0]] != nil {
			current = slices.Clone(stages[fields[0]])
		}
		name = ""
		if len(fields) == 3 && strings.EqualFold(fields[1], "as") {
			name = fields[2]
		}
	}
	b.steps = current
	return b
}

// image applies what the stage says to a process.
func (b *dockerBuild) image(p *process) {
	if !p.hasCode {
		p.code, p.hasCode = b.context, true
	}
	p.builds = goBuilds(Instructions(b.file))
	workdir := "/"
	own := false // the command is of this stage, not of the image below it
	for _, i := range b.steps {
		fields := strings.Fields(i.Text)
		switch i.Name {
		case "FROM":
			for len(fields) > 0 && strings.HasPrefix(fields[0], "--") {
				fields = fields[1:]
			}
			if len(fields) > 0 && !p.Image.Known() {
				p.Image = Field[string]{Value: fields[0], Sure: Set, At: i.At, Name: "FROM"}
			}
		case "WORKDIR":
			if len(fields) > 0 {
				if path.IsAbs(fields[0]) {
					workdir = fields[0]
				} else {
					workdir = path.Join(workdir, fields[0])
				}
			}
		case "COPY", "ADD":
			b.copied(p, fields, workdir)
		case "RUN":
			p.altered = p.altered || altersNginx(i.Text)
		case "ENV":
			b.env(p, i)
		case "ENTRYPOINT":
			p.entry = dockerCommand(i)
			if !own {
				p.command = nil
			}
		case "CMD":
			p.command, own = dockerCommand(i), true
		}
	}
	if p.dir == "" {
		p.dir = workdir
	}
}

// altersNginx reports whether a command may write into the configuration of nginx, and
// not only take a file away.
func altersNginx(command string) bool {
	if !strings.Contains(command, "/etc/nginx") && !strings.Contains(command, "nginx.conf") {
		return false
	}
	return slices.ContainsFunc(strings.Fields(command), func(w string) bool {
		switch w {
		case "sed", "cp", "mv", "tee", "ln", "envsubst", "curl", "wget", "git", "tar", "unzip", "patch", "install", "dockerize":
			return true
		}
		return strings.Contains(w, ">")
	})
}

// copied notes which files of the context lie where.
func (b *dockerBuild) copied(p *process, fields []string, workdir string) {
	for len(fields) > 0 && strings.HasPrefix(fields[0], "--") {
		if strings.HasPrefix(fields[0], "--from") {
			p.hidden = append(p.hidden, path.Join(workdir, fields[len(fields)-1]))
			return
		}
		fields = fields[1:]
	}
	if len(fields) == 1 || len(fields) > 0 && strings.HasPrefix(fields[0], "[") {
		var words []string
		if json.Unmarshal([]byte(strings.Join(fields, " ")), &words) != nil {
			return
		}
		fields = words
	}
	if len(fields) < 2 {
		return
	}
	to := fields[len(fields)-1]
	if strings.Contains(to, "$") {
		return
	}
	inside := to
	if !path.IsAbs(inside) {
		inside = path.Join(workdir, inside)
	}
	for _, src := range fields[:len(fields)-1] {
		outside := path.Join(b.context, src)
		if strings.ContainsAny(src, "*?[$") {
			outside = path.Join(b.context, path.Dir(src))
			p.mounts = append(p.mounts, mount{path.Clean(inside), outside})
			continue
		}
		if b.repo.file(outside) != nil && (strings.HasSuffix(to, "/") || to == "." || len(fields) > 2) {
			p.mounts = append(p.mounts, mount{path.Join(inside, path.Base(src)), outside})
			continue
		}
		p.mounts = append(p.mounts, mount{path.Clean(inside), outside})
	}
}

// env reads ENV: "A=1 B=2" and "A 1".
func (*dockerBuild) env(p *process, i Instruction) {
	set := func(k, v string) {
		if !strings.Contains(v, "$") {
			if _, there := p.env[k]; !there { // what Compose says comes on top
				p.setenv(k, Field[string]{Value: strings.Trim(v, `"'`), Sure: Set, At: i.At, Name: k})
			}
		}
	}
	if !strings.Contains(i.Text, "=") {
		k, v, _ := strings.Cut(strings.TrimSpace(i.Text), " ")
		set(k, strings.TrimSpace(v))
		return
	}
	for _, words := range shellWords("x "+i.Text, placer{nil, i.At}, nil) {
		for _, w := range words {
			if k, v, ok := strings.Cut(w.text, "="); ok && !w.open {
				set(k, v)
			}
		}
	}
}

// dockerCommand reads CMD and ENTRYPOINT: a JSON list, or a line for the shell.
func dockerCommand(i Instruction) []word {
	text := strings.TrimSpace(i.Text)
	if strings.HasPrefix(text, "[") {
		var words []string
		if json.Unmarshal([]byte(text), &words) != nil {
			return nil
		}
		out := make([]word, len(words))
		from := 0
		for n, w := range words {
			out[n] = word{text: w, at: i.At, open: strings.Contains(w, "$")}
			quoted := `"` + w + `"`
			if k := strings.Index(i.Text[from:], quoted); k >= 0 {
				start := from + k
				out[n].at.Span = source.Span{Start: i.offset(start + 1), End: i.offset(start + len(quoted) - 1)}
				from = start + len(quoted)
			}
		}
		return out
	}
	at := i.At
	return []word{{text: "sh", at: at}, {text: "-c", at: at}, {text: i.Text, at: at, lines: i.offset}}
}

// Instructions reads the instructions of a Dockerfile.
func Instructions(f *source.File) []Instruction {
	var out []Instruction
	lines := strings.SplitAfter(f.Text, "\n")
	at := 0
	for n := 0; n < len(lines); n++ {
		start := at
		line := lines[n]
		at += len(line)
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		name, _, _ := strings.Cut(trimmed, " ")
		name, _, _ = strings.Cut(name, "\t")
		i := Instruction{Name: strings.ToUpper(name), At: Place{File: f}}
		var text strings.Builder
		var places []int // of each byte of the text
		add := func(s string, from int) {
			text.WriteString(s)
			for k := range len(s) {
				places = append(places, from+k)
			}
		}
		from := start + strings.Index(line, name) + len(name)
		rest := line[from-start:]
		for {
			body := strings.TrimRight(rest, " \t\r\n")
			more := strings.HasSuffix(body, `\`)
			body = strings.TrimSuffix(body, `\`)
			add(body, from)
			if !more {
				break
			}
			rest = "" // for a text that ends here
			for n+1 < len(lines) {
				n++
				from = at
				rest = lines[n]
				at += len(rest)
				if t := strings.TrimSpace(rest); t != "" && t[0] != '#' {
					break
				}
				rest = ""
			}
			if rest == "" {
				break
			}
		}
		// The documents behind "<<EOF" are no instructions.
		for _, mark := range hereMarks(text.String()) {
			for n+1 < len(lines) {
				n++
				at += len(lines[n])
				if strings.TrimSpace(lines[n]) == mark {
					break
				}
			}
		}
		full := text.String()
		lead := len(full) - len(strings.TrimLeft(full, " \t"))
		i.Text = full[lead:]
		own := places[lead:]
		i.offset = func(n int) int {
			if n >= len(own) {
				if len(own) == 0 {
					return start
				}
				return own[len(own)-1] + 1
			}
			return own[max(n, 0)]
		}
		i.At.Span = source.Span{Start: start + strings.Index(line, name), End: i.offset(len(i.Text))}
		out = append(out, i)
	}
	return out
}

// hereMarks are the ends of the documents that an instruction begins.
func hereMarks(text string) []string {
	var out []string
	for field := range strings.FieldsSeq(text) {
		if mark, ok := strings.CutPrefix(field, "<<"); ok {
			out = append(out, strings.Trim(mark, `-"'`))
		}
	}
	return out
}
