package service

import (
	"path"
	"slices"
	"strings"
)

// shell returns the last command of "sh -c TEXT" that starts a program which is
// known, or else the last one of all; or that of a script of the repository.
func (p *process) shell(args []word) []word {
	for len(args) > 0 && strings.HasPrefix(args[0].text, "-") {
		flag := args[0].text
		args = args[1:]
		if strings.HasSuffix(flag, "c") && len(args) > 0 {
			w := args[0]
			if w.open && !w.literal() {
				return nil
			}
			text, at := inText(w)
			if strings.Contains(text, "$$") { // Compose wants two for one
				text, at = strings.ReplaceAll(text, "$$", "$"), placer{nil, w.at}
			}
			return p.lastCommand(shellWords(text, at, p.env))
		}
	}
	if len(args) == 0 || args[0].open {
		return nil
	}
	return p.entryScript(args) // sh entrypoint.sh gunicorn ...
}

// mostScripts is how many scripts are read to find out what a process starts.
const mostScripts = 30

// budget is the number of scripts that may still be read.
func (p *process) budget() *int {
	if p.left == nil {
		n := mostScripts
		p.left = &n
	}
	return p.left
}

// spend takes one script off the budget; ok is false if there is none left.
func (p *process) spend() (ok bool) {
	left := p.budget()
	*left--
	return *left >= 0
}

// scriptFile returns what a shell script of the repository starts in the end.
func (p *process) scriptFile(name string) []word {
	f := p.open(name)
	if f == nil || !p.spend() || !strings.HasPrefix(f.Text, "#!") && path.Ext(f.Path) != ".sh" {
		return nil
	}
	return p.lastCommand(shellWords(f.Text, placer{func(i int) int { return i }, Place{File: f}}, p.env))
}

// entryScript returns what a script starts that an image begins with: the words
// behind it, if it ends in "exec $@" or is the image's own, else what it says.
func (p *process) entryScript(argv []word) []word {
	f := p.open(argv[0].text)
	if f == nil {
		if strings.Contains(path.Base(argv[0].text), "entrypoint") {
			return argv[1:]
		}
		return nil
	}
	if strings.Contains(f.Text, `exec "$@"`) || strings.Contains(f.Text, "exec $@") {
		return argv[1:]
	}
	return p.scriptFile(argv[0].text)
}

// literal reports whether a word that holds variables stands in its file as the shell
// that it is handed to gets it: in a list of words, or in quotes.
func (w word) literal() bool {
	if w.at.File == nil {
		return false
	}
	raw := w.at.File.Slice(w.at.Span)
	n := len(raw)
	return !unknown(raw) && (raw == w.text || n >= 2 && raw[0] == '"' && raw[n-1] == '"' && !strings.Contains(raw, `\`))
}

// inText gives the text of a word and places in it. A text in quotes is taken as it
// stands there, so that its variables are seen.
func inText(w word) (string, placer) {
	if w.lines != nil {
		return w.text, placer{w.lines, w.at}
	}
	raw := w.at.File.Slice(w.at.Span)
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' && !strings.Contains(raw, `\`) {
		return raw[1 : n-1], placer{func(n int) int { return w.at.Span.Start + 1 + n }, w.at}
	}
	if i := strings.Index(raw, w.text); i >= 0 {
		return w.text, placer{func(n int) int { return w.at.Span.Start + i + n }, w.at}
	}
	return w.text, placer{nil, w.at}
}

// maxScripts is how many scripts may call each other.
const maxScripts = 4

// enter goes where the commands before one go: "cd server && node index.js".
func (p *process) enter(before [][]word) {
	for _, c := range before {
		if len(c) != 2 || c[0].text != "cd" || c[1].open {
			continue
		}
		to := c[1].text
		if !path.IsAbs(to) {
			p.dir, p.code = path.Join(p.dir, to), path.Join(p.code, to)
			continue
		}
		p.dir, p.hasCode = to, false
	}
}

// lastCommand returns the last of some commands that starts what is known.
func (p *process) lastCommand(commands [][]word) []word {
	dir, code := p.dir, p.code
	servers := 0
	for _, c := range commands {
		if len(c) > 1 && c[0].text == "exec" {
			c = c[1:]
		}
		if len(c) > 0 && (path.Base(c[0].text) == "nginx" || known(c[0].text) != nil && !isPython(path.Base(c[0].text))) {
			servers++
		}
	}
	p.several = p.several || servers > 1
	for i, c := range slices.Backward(commands) {
		q := process{Service: &Service{mounts: p.mounts}, repo: p.repo, dir: dir, code: code, hasCode: p.hasCode, depth: p.depth + 1, left: p.budget()}
		if q.depth > maxScripts {
			return nil
		}
		if len(c) > 0 && c[0].text == "exec" && len(c) > 1 && c[1].text == "$@" {
			continue
		}
		q.enter(commands[:i])
		program, args := q.unwrap(c)
		if program == nil {
			continue
		}
		if s := known(program[0].text); s != nil && s.serving(args) {
			p.dir, p.code, p.several = q.dir, q.code, p.several || q.several
			return c
		}
	}
	if len(commands) == 1 {
		return commands[0]
	}
	return nil
}
