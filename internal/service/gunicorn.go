package service

import (
	"path"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// gunicorn: its command line, then GUNICORN_CMD_ARGS, then gunicorn.conf.py or the
// file that -c names.
//
//	keepalive = 5
//	^^^^^^^^^^^^^ idle connections of gthread and gevent workers end after 5 s
//	worker_class = "gthread"
//	^^^^^^^^^^^^^^^^^^^^^^^^ the sync workers it has otherwise keep none
//	max_requests = 5000
//	^^^^^^^^^^^^^^^^^^^ a worker ends, with its connections, after so many
//
// Sources: docs.gunicorn.org/en/stable/settings.html, gunicorn/workers/gthread.py.
func gunicorn() *software {
	return &software{
		name: "gunicorn", programs: []string{"gunicorn", "gunicorn3"}, packages: []string{"gunicorn"},
		flags: map[string]string{
			"-b": "bind", "--bind": "bind", "-w": "workers", "--workers": "workers", "-k": "worker_class", "--worker-class": "worker_class",
			"--threads": "threads", "--keep-alive": "keepalive", "--backlog": "backlog", "--max-requests": "max_requests",
			"--max-requests-jitter": "max_requests_jitter", "--worker-connections": "worker_connections", "-c": "config", "--config": "config",
			"-t": "timeout", "--timeout": "timeout", "--graceful-timeout": "graceful_timeout", "--chdir": "chdir", "--log-level": "loglevel",
			"--access-logfile": "accesslog", "--error-logfile": "errorlog", "--log-file": "errorlog", "-n": "name", "--name": "name", "-u": "user", "--user": "user",
			"-g": "group", "--group": "group", "-e": "raw_env", "--env": "raw_env", "-p": "pidfile", "--pid": "pidfile", "--worker-tmp-dir": "worker_tmp_dir",
			"--forwarded-allow-ips": "forwarded_allow_ips", "--log-config": "logconfig", "--umask": "umask", "--pythonpath": "pythonpath",
		},
		prepare: func(p *process, _ []string) {
			if args, ok := p.env["GUNICORN_CMD_ARGS"]; ok {
				p.under(gunicorn().fromText(args))
			}
			if n, ok := p.env["WEB_CONCURRENCY"]; ok {
				defer p.under(settings{"workers": n})
			}
			name := strings.TrimPrefix(p.settings.text("config").Value, "file:")
			if module, ok := strings.CutPrefix(name, "python:"); ok {
				name = strings.ReplaceAll(module, ".", "/") + ".py"
			}
			if dir := p.settings.text("chdir"); dir.Known() {
				p.dir = dir.Value
			}
			f := p.open(name)
			if name == "" {
				f = p.open("gunicorn.conf.py")
			}
			if p.use(f) != nil {
				p.under(readAssignments(f, p.env))
			} else if name != "" {
				// What the file sets is not seen: nothing that it may set is known.
				p.under(hidden(p.settings["config"], "keepalive", "worker_class", "threads", "workers", "max_requests", "backlog", "bind"))
			}
		},
		derive: func(p *process) []*Service {
			s := p.Service
			p.gunicornWorkers()
			s.Recycle = positive(p.settings.number("max_requests"))
			s.Backlog = p.settings.number("backlog")
			bind := p.settings.text("bind")
			if port, ok := p.env["PORT"]; ok {
				bind = bind.or(port)
			}
			p.listen(bind, "http")
			p.listenDefault(Address{Host: "127.0.0.1", Port: 8000, Protocol: "http"}, "bind")
			return []*Service{s}
		},
	}
}

// isGunicornFile reports whether a file is a configuration of gunicorn's: by its name,
// or by another one and what it sets.
func isGunicornFile(f *source.File) bool {
	switch base := path.Base(f.Path); {
	case base == "gunicorn.conf.py" || base == "gunicorn_config.py" || base == "gunicorn_conf.py":
		return true
	case path.Ext(base) != ".py" || !strings.Contains(base, "gunicorn"):
		return false
	}
	set, n := readAssignments(f, nil), 0
	for _, name := range []string{"bind", "workers", "worker_class", "threads", "keepalive", "timeout", "max_requests", "accesslog", "errorlog"} {
		if _, there := set[name]; there {
			n++
		}
	}
	return n > 1
}

// gunicornWorkers finds out which class of workers serves, and how many requests at
// a time.
func (p *process) gunicornWorkers() {
	s := p.Service
	class, threads, workers := p.settings.text("worker_class"), p.settings.number("threads"), p.settings.number("workers")
	keepalive := p.settings.seconds("keepalive")
	off := keepalive.Read() && keepalive.Value == 0
	one := func(f Field[int]) Field[int] {
		if f.Known() {
			return f
		}
		return Field[int]{Value: 1, Sure: Preset}
	}
	_, threadsSet := p.settings["threads"]
	_, workersSet := p.settings["workers"]
	switch kind := path.Ext("." + strings.ReplaceAll(class.Value, ":", ".")); {
	case unknown(class.Value), threadsSet && !threads.Known() && !class.Known():
		return
	case class.Value == "gthread", (class.Value == "" || class.Value == "sync") && threads.Value > 1:
		s.Variant = "gunicorn-gthread"
		if (!workersSet || workers.Known()) && (!threadsSet || threads.Known()) {
			s.Busy = times(one(workers), one(threads), "workers x threads")
		}
	case class.Value == "" || class.Value == "sync":
		s.Variant = "gunicorn"
		if !workersSet || workers.Known() {
			s.Busy = one(workers)
			s.Busy.Name = "workers"
		}
		s.InFlight = positiveTime(p.settings.seconds("timeout")) // the worker is killed
		return
	case kind == ".UvicornWorker", kind == ".UvicornH11Worker":
		s.Variant = "gunicorn-uvicorn"
	case class.Value == "gevent" || class.Value == "eventlet" || class.Value == "gevent_wsgi" || class.Value == "gevent_pywsgi":
		s.Variant = "gunicorn-gevent"
	case class.Value == "asgi":
		s.Variant = "gunicorn-asgi"
		return
	case class.Value == "tornado":
		s.Variant = "tornado"
		return
	default:
		return // a class of one's own
	}
	if _, set := p.settings["keepalive"]; set && !keepalive.Known() {
		s.Variant = "" // what it sets is not known
		return
	}
	if limit := positive(p.settings.number("worker_connections")); limit.Read() && s.Variant != "gunicorn-uvicorn" && (!workersSet || workers.Known()) {
		s.Slots = times(one(workers), limit, "workers x worker_connections") // idle ones included
	}
	s.Idle = keepalive
	if off {
		s.Idle = Field[time.Duration]{}
		if s.Variant != "gunicorn-uvicorn" {
			s.Keeps = as(keepalive, facts.ClosesAnnounced)
		}
	}
}

// times multiplies two numbers; the place is that of the first that a file sets.
func times(a, b Field[int], name string) Field[int] {
	out := as(a, a.Value*b.Value)
	if !a.Read() {
		out = as(b, a.Value*b.Value)
	}
	out.Sure = min(a.Sure, b.Sure)
	if a.Read() || b.Read() {
		out.Sure = max(out.Sure, UnlessEnv)
		if a.Env == "" && b.Env == "" {
			out.Sure = Set
		}
	}
	if out.Env == "" {
		out.Env = a.Env + b.Env
	}
	out.Name = name
	return out
}

// positive drops a number that stands for "never": 0, and what is below it. It is set
// all the same, so that no default comes in its place.
func positive(f Field[int]) Field[int] {
	if f.Known() && f.Value <= 0 {
		return unread[int](f)
	}
	return f
}

// hidden are settings that nobody knows.
func hidden(by Field[string], names ...string) settings {
	set := settings{}
	for _, name := range names {
		f := by
		f.Value = string(source.Unknown)
		set[name] = f
	}
	return set
}

// fromText reads flags that stand in a variable.
func (s *software) fromText(args Field[string]) settings {
	fields, ok := shellFields(args.Value)
	if !ok {
		return settings{}
	}
	words := make([]word, len(fields))
	for i, f := range fields {
		words[i] = word{text: f, at: args.At, env: args.Env, open: unknown(f)}
	}
	set, _ := s.parse(words)
	return set
}

// listen adds addresses, one a line.
func (p *process) listen(f Field[string], protocol string) {
	if !f.Known() {
		return
	}
	for text := range strings.SplitSeq(strings.ReplaceAll(f.Value, ",", "\n"), "\n") {
		a, ok := parseAddress(text, protocol)
		if ok && a.Unix != "" && !path.IsAbs(a.Unix) {
			ok = path.IsAbs(p.dir)
			a.Unix = path.Join(p.dir, a.Unix)
		}
		if ok {
			p.Listens = append(p.Listens, as(f, a))
		} else {
			p.AllListens = false
			p.doubtful = true
		}
	}
}

// listenDefault adds the address on which a program listens unless it is told
// otherwise.
func (p *process) listenDefault(a Address, setting string) {
	p.AllListens = !p.doubtful
	if len(p.Listens) == 0 && !p.doubtful {
		p.Listens = append(p.Listens, Field[Address]{Value: a, Sure: Preset, Name: setting})
	}
}
