package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

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
				if isEcosystem(argv[0].text) {
					argv = p.ecosystem(argv[0])
					if len(argv) == 0 {
						return nil, nil
					}
				}
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
			if len(rest) > 1 && path.Base(rest[0].text) == "manage.py" && !rest[0].open { // of Django
				return rest[:1], rest[1:]
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

// isEcosystem reports whether a file that PM2 is to start is a configuration of its own.
func isEcosystem(name string) bool {
	switch path.Ext(name) {
	case ".json", ".yml", ".yaml":
		return true
	}
	return strings.HasSuffix(name, ".config.js") || strings.HasSuffix(name, ".config.cjs")
}

var (
	pm2Script = lazyre.New(`(?m)["']?\bscript["']?\s*:\s*["']?([^"',\s}]+)["']?`)
	pm2Other  = lazyre.New(`\b(interpreter|cwd|exec_interpreter)["']?\s*:`)
)

// ecosystem returns the one script that a configuration of PM2 starts with Node.js; nil if
// there are more, or if it is started in another way. However many instances a cluster has,
// each treats its connections as the script says.
func (p *process) ecosystem(name word) []word {
	f := p.open(name.text)
	if f == nil || name.open || pm2Other.MatchString(f.Text) {
		return nil
	}
	found := pm2Script.FindAllStringSubmatchIndex(f.Text, -1)
	if len(found) != 1 {
		return nil
	}
	m := found[0]
	script := f.Text[m[2]:m[3]]
	if path.IsAbs(script) || strings.ContainsAny(script, "$`(") || !strings.HasSuffix(script, "js") {
		return nil
	}
	script = path.Join(path.Dir(name.text), script)
	return []word{{text: script, at: Place{File: f, Span: source.Span{Start: m[2], End: m[3]}}}}
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
