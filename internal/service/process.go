package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// process is a service on the way to being understood: what it runs, and which
// files it sees.
type process struct {
	*Service

	repo *repo
	// argv is what it runs; nil if that is not known.
	argv []word
	// entry and command are what the image starts.
	entry, command []word
	// env are the variables that its files set.
	env map[string]Field[string]
	// dir is the working folder inside of the container, code the folder of the
	// repository that holds its code; empty if not known.
	dir, code string
	// hasCode says that code is known.
	hasCode bool
	// settings are what is set, the surest on top.
	settings settings
	// script is the program of Node.js and its kin, nil if it is not seen, and
	// started what runs it.
	script  *script
	started string
	// module is the source of a program in another language, nil if it is not seen.
	module       *source.File
	scriptUnseen bool
	// parameters are the settings of flags that come again: "-p name=value".
	parameters settings
	// builds are the folders of the Go packages that its Dockerfile builds, by the names
	// of their programs.
	builds map[string]string
	// several says that a script starts more than one program.
	several bool
	// doubtful says that it listens on an address that is not known.
	doubtful bool
	// depth is how many scripts led here, left how many more may be read.
	depth int
	left  *int
}

// open returns the file that the process sees under a path, nil if it is not part of
// the repository.
func (p *process) open(name string) *source.File {
	if name == "" {
		return nil
	}
	inside := name
	if !path.IsAbs(inside) {
		inside = path.Join(p.dir, inside)
	}
	if path.IsAbs(inside) {
		if f := p.outside(inside); f != nil {
			return f
		}
	}
	if p.hasCode && !path.IsAbs(name) {
		return p.repo.file(path.Join(p.code, name))
	}
	return nil
}

// outside returns the file of the repository that lies in the container at a path.
func (p *process) outside(inside string) *source.File {
	best := -1
	var found *source.File
	for _, m := range p.mounts {
		if !within(inside, m.inside) || len(m.inside) < best {
			continue
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(inside, m.inside), "/")
		if f := p.repo.file(path.Join(m.outside, rel)); f != nil {
			best, found = len(m.inside), f
		}
	}
	return found
}

// use marks a file as read by a process, so that it is not taken for a process of
// its own.
func (p *process) use(f *source.File) *source.File {
	if f != nil {
		p.repo.used[f] = true
	}
	return f
}

// software is a program that is known here.
type software struct {
	// name is how package facts calls it.
	name string
	// programs are the names under which it is started.
	programs []string
	// flags are the settings that flags stand for, by flag; switches are flags
	// without a value, and what they set.
	flags    map[string]string
	switches map[string]string
	// packages are its names in lock files.
	packages []string
	// images are images that run it unless they are told otherwise.
	images []string
	// prepare reads what the program reads by itself, under the flags; it may be
	// nil.
	prepare func(p *process, args []string)
	// verbs are the subcommands that serve; nil if it has none.
	verbs []string
	// derive turns settings into what the service does.
	derive func(p *process) []*Service
}

// known returns the software that is started by a name.
func known(program string) *software {
	base := path.Base(program)
	for _, s := range softwares() {
		if slices.Contains(s.programs, base) {
			return s
		}
	}
	return nil
}

// softwares are all programs that are known.
func softwares() []*software {
	return []*software{
		gunicorn(), uvicorn(), fastapi(), hypercorn(), daphne(), waitress(), uwsgi(), puma(), unicorn(), thin(), nodejs(), next(), phpfpm(), phpServer(), flask(), rails(), dotnet(), caddy(), traefik(), varnish(), python(), golang(),
	}
}

// serving reports whether a command line makes a program serve, rather than do something
// else that it can.
func (s *software) serving(args []word) bool {
	if s.verbs == nil {
		return true
	}
	_, rest := s.parse(args)
	return len(rest) > 0 && slices.Contains(s.verbs, rest[0])
}

// run finds out what a process runs and how that is set. It returns the services
// that the process is; one that is not understood stays as it is.
func (p *process) run() []*Service {
	program, args := p.unwrap(p.argv)
	if program == nil || program[0].open {
		return p.itself()
	}
	name := program[0]
	s := known(name.text)
	if s == nil {
		s = p.built(name.text)
	}
	// Others may start more, as supervisord does.
	p.alone = !p.several && (s != nil || path.Base(name.text) == "nginx" || p.alone && p.runsNginx)
	if s == nil || !s.serving(args) {
		return p.itself()
	}
	p.Program = Field[string]{Value: s.name, Sure: Set, At: name.at}
	p.started = path.Base(name.text)
	flags, rest := s.parse(args)
	p.settings, p.parameters = flags, s.parameters(args)
	if s.prepare != nil {
		s.prepare(p, rest)
	}
	return p.derive(s)
}

// derive says what the settings of a program make of the process.
func (p *process) derive(s *software) []*Service {
	p.release(s)
	out := s.derive(p)
	for _, x := range out {
		x.complete()
	}
	return out
}

// under puts settings of a file beneath those that are known already.
func (p *process) under(set settings) { p.settings = set.over(p.settings) }

// itself is the process as it is, not understood.
func (p *process) itself() []*Service { return []*Service{p.Service} }

// parse reads flags: "--name value", "--name=value", "-nvalue", "-n value".
func (s *software) parse(args []word) (set settings, rest []string) {
	set = settings{}
	for i := 0; i < len(args); i++ {
		w := args[i]
		if len(w.text) < 2 || w.text[0] != '-' {
			if !w.open {
				rest = append(rest, w.text)
			}
			continue
		}
		name, value, inline := strings.Cut(w.text, "=")
		if setting, ok := s.switches[w.text]; ok {
			k, v, _ := strings.Cut(setting, "=")
			f := w.field(w.text)
			f.Value = v
			set[k] = f
			continue
		}
		setting, ok := s.flags[name]
		switch {
		case ok && inline:
			f := w.field(name)
			f.Value = value
			s.put(set, setting, f, w.open)
		case ok && i+1 < len(args):
			i++
			f := args[i].field(name)
			f.At.Span.Start = w.at.Span.Start
			s.put(set, setting, f, args[i].open)
		case !ok && w.text[1] != '-' && s.flags[w.text[:2]] != "":
			f := w.field(w.text[:2])
			f.Value = w.text[2:]
			s.put(set, s.flags[w.text[:2]], f, w.open)
		}
	}
	return set, rest
}

// parameters are what "-p name=value" sets, however often it comes.
func (s *software) parameters(args []word) settings {
	set := settings{}
	for i := 0; i+1 < len(args); i++ {
		if s.flags[args[i].text] == "parameter" {
			if name, value, ok := strings.Cut(args[i+1].text, "="); ok {
				f := args[i+1].field(name)
				f.Value = value
				f.At.Span.Start = args[i].at.Span.Start
				s.put(set, name, f, args[i+1].open)
			}
		}
	}
	return set
}

// put sets a setting; one that is not known hides what a file may say. Several
// addresses are kept, one a line.
func (*software) put(set settings, name string, f Field[string], open bool) {
	if open {
		f.Value = string(source.Unknown)
	}
	if old, twice := set[name]; twice && name == "bind" {
		f.Value = old.Value + "\n" + f.Value
	}
	set[name] = f
}

// wrappers start another program, which is the first word that is no flag of theirs.
var wrappers = map[string][]string{ // flags with a value
	"exec": nil, "tini": nil, "dumb-init": nil, "catatonit": nil, "nohup": nil, "time": nil, "ddtrace-run": nil, "opentelemetry-instrument": nil,
	"newrelic-admin": nil, "env": {"-u", "-S"}, "nice": {"-n"}, "ionice": {"-c", "-n"}, "sudo": {"-u", "-g"}, "stdbuf": {"-o", "-e", "-i"},
	"xvfb-run": nil, "pm2-runtime": nil, "doppler": nil, "dotenv": {"-f", "-e"}, "bundle": nil, "poetry": nil, "pipenv": nil, "uv": {"--project", "--directory"}, "pdm": nil, "rye": nil,
	"npx": nil, "timeout": {"-s", "-k"}, "cross-env": nil, "env-cmd": {"-f", "-e"}, "tini-static": nil, "runuser": {"-u", "-g"},
	"dockerize": {"-wait", "-timeout", "-template", "-stdout", "-stderr", "-wait-retry-interval"},
}

// users are wrappers whose first word is a user.
var users = []string{"gosu", "su-exec", "setpriv", "chpst", "s6-setuidgid"}

// unwrap takes away what only starts something else. It returns the name of the
// program, with what led there, and its arguments; nil if that is not known.
func (p *process) unwrap(argv []word) (program, args []word) {
	for range 20 {
		if len(argv) == 0 {
			return nil, nil
		}
		first := argv[0]
		if k, v, ok := strings.Cut(first.text, "="); ok && isName(k) {
			f := first.field(k)
			f.Value = v
			if !first.open {
				p.setenv(k, f)
			}
			argv = argv[1:]
			continue
		}
		base := path.Base(first.text)
		if first.open && strings.Contains(first.text, "/") && !unknown(base) && !strings.ContainsAny(base, "%$") {
			first.open = false // only the folder is not known: $HOME/venv/bin/gunicorn
			argv = slices.Concat([]word{first}, argv[1:])
		}
		values, wraps := wrappers[base]
		switch {
		case first.open:
			return nil, nil
		case wraps:
			argv = skipFlags(argv[1:], values)
			if len(argv) > 0 && (argv[0].text == "exec" || argv[0].text == "run" || argv[0].text == "run-program" || argv[0].text == "start" && base == "pm2-runtime") {
				argv = skipFlags(argv[1:], values)
			}
			if base == "timeout" && len(argv) > 0 {
				argv = argv[1:]
			}
			if base == "pm2-runtime" && len(argv) > 0 {
				return []word{{text: "node", at: argv[0].at}}, argv
			}
		case strings.HasPrefix(base, "wait") && afterDashes(argv) != nil: // wait-for-it.sh db:5432 -- gunicorn
			argv = afterDashes(argv)
		case slices.Contains(users, base):
			argv = skipFlags(argv[1:], nil)
			if len(argv) > 0 {
				argv = argv[1:]
			}
		case base == "sh" || base == "bash" || base == "ash" || base == "dash":
			commands := p.shell(argv[1:])
			if len(commands) == 0 {
				return nil, nil
			}
			argv = commands
		case isPython(base):
			rest := argv[1:]
			for len(rest) > 0 && (rest[0].text == "-u" || rest[0].text == "-O" || rest[0].text == "-B") {
				rest = rest[1:]
			}
			if len(rest) > 1 && rest[0].text == "-m" {
				argv = rest[1:]
				continue
			}
			return argv[:1], rest
		case strings.HasSuffix(base, ".sh") || strings.Contains(base, "entrypoint"):
			argv = p.entryScript(argv)
		case base == "npm" || base == "yarn" || base == "pnpm", base == "bun" && p.isScript(argv):
			argv = p.npmScript(argv)
		default:
			return argv[:1], argv[1:]
		}
	}
	return nil, nil
}

// afterDashes are the words behind "--", nil if there are none.
func afterDashes(argv []word) []word {
	for i, w := range argv {
		if w.text == "--" && i+1 < len(argv) {
			return argv[i+1:]
		}
	}
	return nil
}

func isPython(base string) bool {
	rest, ok := strings.CutPrefix(base, "python")
	return ok && strings.Trim(rest, "0123456789.") == ""
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func (p *process) setenv(name string, f Field[string]) {
	if p.env == nil {
		p.env = map[string]Field[string]{}
	}
	p.env[name] = f
}

func skipFlags(argv []word, withValue []string) []word {
	for len(argv) > 0 && strings.HasPrefix(argv[0].text, "-") {
		if argv[0].text == "--" {
			return argv[1:]
		}
		if slices.Contains(withValue, argv[0].text) && len(argv) > 1 {
			argv = argv[1:]
		}
		argv = argv[1:]
	}
	return argv
}

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
