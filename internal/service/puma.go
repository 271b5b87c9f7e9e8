package service

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// puma: config/puma.rb, or the file that -C names, and its command line.
//
//	persistent_timeout 20
//	^^^^^^^^^^^^^^^^^^^^^ idle connections end after 20 s (20 before 7.0, 65 since)
//	bind "unix:///run/app/puma.sock?backlog=256"
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens, with an accept queue of 256 instead of 1024
//	threads 5, 5
//	^^^^^^^^^^^^ five requests at a time in each of its workers
//
// Source: github.com/puma/puma, lib/puma/dsl.rb and History.md.
func puma() *software {
	return &software{
		name: "puma", programs: []string{"puma", "pumactl"}, packages: []string{"puma"},
		flags: map[string]string{
			"-b": "bind", "--bind": "bind", "-p": "port", "--port": "port", "-t": "threads", "--threads": "threads", "-w": "workers", "--workers": "workers",
			"-C": "config", "--config": "config", "-e": "environment", "--environment": "environment", "--persistent-timeout": "persistent_timeout",
			"--dir": "directory", "-S": "state", "--state": "state", "--control-url": "control_url", "--control-token": "control_token", "--pidfile": "pidfile",
		},
		prepare: func(p *process, _ []string) {
			told := p.settings["bind"].Known() || p.settings["port"].Known()
			if name := p.settings.text("config").Value; name != "-" {
				f := p.open(name)
				if name == "" {
					f = p.usualPuma()
				}
				set := settings{}
				switch {
				case p.use(f) != nil:
					set = readPuma(f, p.env)
				case name != "": // what it sets is not seen
					set = hidden(p.settings["config"], "bind", "threads", "workers", "persistent_timeout", "max_keep_alive")
				}
				if len(set) > 0 {
					if told { // the addresses of a command line replace those of the file
						delete(set, "bind")
						delete(set, "port")
					}
					p.under(set)
				}
			}
			p.under(pumaEnvironment(p.env))
		},
		derive: func(p *process) []*Service {
			s := p.Service
			s.Variant = "puma"
			if f, set := p.settings["persistent_timeout"]; set && unknown(f.Value) {
				s.Variant = ""
			}
			s.Idle = p.settings.seconds("persistent_timeout")
			if told, set := p.env["PUMA_PERSISTENT_TIMEOUT"]; set && !s.Idle.Known() && s.Variant != "" {
				p.pumaTold(told)
			}
			s.Requests = positive(p.settings.number("max_keep_alive"))
			switch kept := p.settings["enable_keep_alives"]; {
			case kept.Value == "false":
				s.Keeps, s.Idle, s.Requests = as(kept, facts.ClosesAnnounced), Field[time.Duration]{}, Field[int]{}
			case kept.Known() && kept.Value != "true", p.settings["queue_requests"].Known() && p.settings["queue_requests"].Value != "true":
				s.Variant, s.Idle = "", Field[time.Duration]{} // nothing waits for idle connections
			}
			bind, port := p.settings.text("bind"), p.settings.text("port")
			if bind.Known() {
				p.listen(bind, "http")
				s.Backlog = queryNumber(bind, "backlog")
			}
			if port.Known() {
				p.listen(port, "http")
			}
			p.listenDefault(Address{Port: 9292, Protocol: "http"}, "port")
			p.pumaThreads()
			return []*Service{s}
		},
	}
}

// pumaEnvironment are the variables that Puma reads by itself where no file and no flag
// says otherwise; PORT is none of them (puma_options_from_env in lib/puma/configuration.rb,
// 5.6 to 8.0).
func pumaEnvironment(env map[string]Field[string]) settings {
	set := settings{}
	for _, v := range [][2]string{{"WEB_CONCURRENCY", "workers"}, {"MAX_THREADS", "threads"}, {"PUMA_MAX_THREADS", "threads"}} {
		if f, ok := env[v[0]]; ok {
			f.Name = v[0]
			set[v[1]] = f
		}
	}
	return set
}

// pumaTold takes the idle time of PUMA_PERSISTENT_TIMEOUT, which 8.0 reads and 6.6 does
// not.
func (p *process) pumaTold(told Field[string]) {
	told.Name = "PUMA_PERSISTENT_TIMEOUT"
	idle := settings{"persistent_timeout": told}.seconds("persistent_timeout")
	switch v := p.Version; {
	case v.Known() && v.Value.Compare(facts.V(7, 0, 0)) < 0:
	case idle.Known() && v.Known() && v.Value.Compare(facts.V(8, 0, 0)) >= 0:
		p.Idle = idle
	default:
		p.Variant = ""
	}
}

// pumaThreads finds out how many requests are served at a time.
func (p *process) pumaThreads() {
	threads, workers := p.settings.text("threads"), p.settings.number("workers")
	_, highest, ranged := strings.Cut(threads.Value, ":")
	if !ranged {
		highest = threads.Value
	}
	n, err := strconv.Atoi(highest)
	_, workersSet := p.settings["workers"]
	if err != nil || workersSet && !workers.Known() {
		return
	}
	p.Busy = as(threads, n)
	p.Busy.Name = "threads"
	if workers.Value > 0 {
		p.Busy = times(workers, p.Busy, "workers x threads")
	}
}

// queryNumber reads "?backlog=64" of an address.
func queryNumber(f Field[string], key string) Field[int] {
	_, query, _ := strings.Cut(f.Value, "?")
	for part := range strings.SplitSeq(query, "&") {
		if k, v, _ := strings.Cut(part, "="); k == key {
			if n, err := strconv.Atoi(v); err == nil {
				out := as(f, n)
				out.Name = key
				return out
			}
		}
	}
	return Field[int]{}
}

// usualPuma is the file that Puma reads where none is named: the one of its environment,
// and only without that config/puma.rb (Configuration#config_files in
// lib/puma/configuration.rb, 5.6 to 8.0). Where both are there and nothing tells the
// environment, it is not known which.
func (p *process) usualPuma() *source.File {
	plain, production := p.open("config/puma.rb"), p.open("config/puma/production.rb")
	if plain != nil && production != nil {
		p.use(plain) // neither is a server by itself
		p.use(production)
	}
	environment := p.settings.text("environment")
	for _, name := range []string{"APP_ENV", "RACK_ENV", "RAILS_ENV"} {
		if v, ok := p.env[name]; ok && !environment.Known() {
			environment = v
		}
	}
	switch {
	case environment.Known() && !unknown(environment.Value):
		if own := p.open("config/puma/" + environment.Value + ".rb"); own != nil {
			return own
		}
		return plain
	case plain == nil:
		return production
	case production == nil:
		return plain
	}
	return nil
}

// readsOne notes of the files of Puma that nothing starts that it reads config/puma.rb or
// config/puma/production.rb, where both are there.
func readsOne(all []*Service) {
	for _, a := range all {
		for _, b := range all {
			if a.Kind == File && b.Kind == File && path.Base(b.Name) == "production.rb" && a.Name == path.Dir(b.Name)+".rb" {
				a.either, b.either = []*Service{b}, []*Service{a}
			}
		}
	}
}

// readPuma reads a config/puma.rb.
func readPuma(f *source.File, env map[string]Field[string]) settings {
	set := settings{}
	var host *word // that of calls of "port" with a port alone
	for _, c := range readRubyCalls(f, env) {
		switch c.name {
		case "set_default_host":
			if len(c.args) > 0 {
				host = &c.args[0]
				host.open = host.open || c.nested
			}
		case "persistent_timeout", "bind", "workers", "max_keep_alive", "queue_requests", "enable_keep_alives":
			c.into(set, 0)
		case "port", "ssl_bind": // "port 3000, '127.0.0.1'" and "ssl_bind '127.0.0.1', 3000"
			switch {
			case len(c.args) == 1 && c.name == "port" && host != nil:
				c.args = append(c.args, *host)
			case len(c.args) < 2 && c.name == "ssl_bind":
				c.args = []word{{open: true}, {open: true}}
			}
			c.hostAndPort().into(set, 0)
		case "threads":
			c.into(set, len(c.args)-1)
		}
	}
	return set
}

// into makes an argument of a call a setting. Two calls in different branches leave
// it unknown, unless they agree.
func (c rubyCall) into(set settings, arg int) {
	if arg < 0 || arg >= len(c.args) {
		return
	}
	w := c.args[arg]
	f := w.field(c.name)
	f.At = c.at
	if w.open {
		f.Value = string(source.Unknown)
	}
	old, twice := set[c.name]
	switch {
	case c.name == "bind" || c.name == "listen":
		if c.nested {
			f.Value = string(source.Unknown)
		}
		if twice {
			f.Value = old.Value + "\n" + f.Value
		}
	case c.nested && f.Value != old.Value:
		f.Value = string(source.Unknown)
	}
	set[c.name] = f
}

// hostAndPort makes "bind" of a call that names a host and a port apart; "port" with a
// port alone stays what it is.
func (c rubyCall) hostAndPort() rubyCall {
	if len(c.args) < 2 {
		return c
	}
	host, port := c.args[0], c.args[1]
	if c.name == "port" {
		host, port = port, host
	}
	w := port
	w.text, w.open = host.text+":"+port.text, host.open || port.open
	if strings.Contains(host.text, ":") {
		w.text = "[" + host.text + "]:" + port.text
	}
	if w.env == "" {
		w.env = host.env
	}
	return rubyCall{name: "bind", args: []word{w}, at: c.at, nested: c.nested}
}

// unicorn: config/unicorn.rb. It keeps no connection.
//
//	listen "/run/app/unicorn.sock", backlog: 64
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens, with an accept queue of 64 instead of 1024
//
// Source: yhbt.net/unicorn/Unicorn/Configurator.html.
func unicorn() *software {
	return &software{
		name: "unicorn", programs: []string{"unicorn", "unicorn_rails"}, packages: []string{"unicorn"},
		flags: map[string]string{"-c": "config", "--config-file": "config", "-l": "listen", "--listen": "listen", "-p": "port", "--port": "port", "-E": "env", "--env": "env", "-o": "host"},
		prepare: func(p *process, _ []string) {
			name := p.settings.text("config").Value
			f := p.open(name)
			if name == "" {
				f = p.open("config/unicorn.rb")
			}
			switch {
			case p.use(f) != nil:
				p.under(readUnicorn(f, p.env))
			case name != "":
				p.under(hidden(p.settings["config"], "listen", "worker_processes", "backlog"))
			}
		},
		derive: func(p *process) []*Service {
			p.Variant = "unicorn"
			p.Busy = p.settings.number("worker_processes")
			p.InFlight = positiveTime(p.settings.seconds("timeout")) // the worker is killed
			p.Backlog = p.settings.number("backlog")
			p.listen(p.settings.text("listen"), "http")
			if port := p.settings.text("port"); port.Known() {
				p.listen(port, "http")
			}
			p.listenDefault(Address{Port: 8080, Protocol: "http"}, "listen")
			return []*Service{p.Service}
		},
	}
}

func readUnicorn(f *source.File, env map[string]Field[string]) settings {
	set := settings{}
	for _, c := range readRubyCalls(f, env) {
		switch c.name {
		case "worker_processes", "timeout":
			c.into(set, 0)
		case "listen":
			c.into(set, 0)
			for _, a := range c.args[min(1, len(c.args)):] {
				if rest, ok := strings.CutPrefix(strings.ReplaceAll(a.text, ":backlog =>", "backlog:"), "backlog:"); ok {
					set["backlog"] = Field[string]{Value: strings.TrimSpace(rest), Sure: Set, At: c.at, Name: "backlog"}
				}
			}
		}
	}
	return set
}

// thin: its command line.
//
//	thin start -p 3000 -t 60
//	                   ^^^^^ idle connections end after 60 s
func thin() *software {
	return &software{
		name: "thin", programs: []string{"thin"}, packages: []string{"thin"}, verbs: []string{"start", "restart"},
		flags: map[string]string{"-p": "port", "--port": "port", "-a": "host", "--address": "host", "-t": "timeout", "--timeout": "timeout", "-S": "uds", "--socket": "uds", "-C": "config", "--config": "config", "-e": "environment", "-c": "chdir"},
		derive: func(p *process) []*Service {
			p.Variant = "thin"
			if p.settings["config"].Known() {
				p.Variant = ""
				return []*Service{p.Service}
			}
			p.Idle = p.settings.seconds("timeout")
			p.listen(p.settings.text("uds"), "http")
			if len(p.Listens) == 0 {
				p.hostPort("", 3000)
			}
			return []*Service{p.Service}
		},
	}
}

// rails: "rails server", which is Puma where the lock file has it.
//
//	rails server -p 3000
//	             ^^^^^^^ where it listens
func rails() *software {
	return &software{
		name: "puma", programs: []string{"rails"}, packages: []string{"puma"}, verbs: []string{"server", "s"},
		flags: map[string]string{"-p": "port", "--port": "port", "-b": "host", "--binding": "host", "-e": "environment", "-u": "using", "--using": "using"},
		prepare: func(p *process, _ []string) {
			host, port := p.settings.text("host"), p.settings.text("port")
			for _, name := range []string{"HOST", "BINDING"} {
				if f, ok := p.env[name]; ok && p.settings["host"].Value == "" {
					f.Name, host = name, f
				}
			}
			if f, ok := p.env["PORT"]; ok && !port.Known() {
				f.Name, port = "PORT", f
			}
			if f := p.use(p.open("config/puma.rb")); f != nil {
				p.under(readPuma(f, p.env))
			}
			// Either of them goes before all addresses of the file, and the other is the
			// default then (Rails::Command::ServerCommand, Rack::Handler::Puma.config;
			// measured with the handler of 5.6.5).
			if host.Known() || port.Known() {
				at := port.or(host)
				at.Value = host.Value + ":" + port.or(Field[string]{Value: "3000", Sure: Set}).Value
				delete(p.settings, "port")
				p.settings["bind"] = at
			}
			p.under(pumaEnvironment(p.env))
		},
		derive: func(p *process) []*Service {
			if using := p.settings.text("using"); using.Known() && using.Value != "puma" || !p.Version.Known() {
				return []*Service{p.Service}
			}
			if !p.settings["bind"].Known() && !p.settings["port"].Known() {
				p.Listens = []Field[Address]{{Value: Address{Port: 3000, Protocol: "http"}, Sure: Preset, Name: "port"}}
			}
			return puma().derive(p)
		},
	}
}

// readOwnRuby reads configurations of Ruby servers of which nothing says how they
// are started.
func readOwnRuby(r *repo, f *source.File) *process {
	dir, base := path.Split(path.Clean(f.Path))
	dir = path.Clean(dir)
	app := dir
	if path.Base(dir) == "puma" {
		app = path.Dir(dir)
	}
	if path.Base(app) == "config" {
		app = path.Dir(app)
	}
	p := &process{Service: &Service{Kind: File, Name: f.Path, At: Place{File: f}}, repo: r, code: app, hasCode: true}
	switch {
	case base == "puma.rb" || path.Base(dir) == "puma":
		p.Program = Field[string]{Value: "puma", Sure: Set, At: Place{File: f}}
		p.settings = readPuma(f, nil)
	case base == "unicorn.rb":
		p.Program = Field[string]{Value: "unicorn", Sure: Set, At: Place{File: f}}
		p.settings = readUnicorn(f, nil)
	default:
		return nil
	}
	return p
}
