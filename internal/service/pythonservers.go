package service

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
)

// hypercornKeeps is the first release of Hypercorn that is known to keep connections.
var hypercornKeeps = facts.V(0, 14, 0)

// uvicorn: its command line and the UVICORN_ variables.
//
//	uvicorn app:app --port 8000 --timeout-keep-alive 30
//	                            ^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 30 s
//
// Source: www.uvicorn.org/settings.
func uvicorn() *software {
	return &software{
		name: "uvicorn", programs: []string{"uvicorn"}, packages: []string{"uvicorn"},
		flags: map[string]string{
			"--host": "host", "--port": "port", "--uds": "uds", "--fd": "fd", "--timeout-keep-alive": "timeout_keep_alive", "--backlog": "backlog",
			"--limit-concurrency": "limit_concurrency", "--limit-max-requests": "limit_max_requests", "--workers": "workers", "--log-level": "log_level",
			"--root-path": "root_path", "--app-dir": "app_dir", "--forwarded-allow-ips": "forwarded_allow_ips", "--loop": "loop", "--http": "http",
			"--log-config": "log_config", "--env-file": "env_file", "--reload-dir": "reload_dir", "--interface": "interface", "--ws": "ws", "--header": "header",
		},
		prepare: func(p *process, _ []string) { p.underVariables("UVICORN_") },
		derive: func(p *process) []*Service {
			s := p.Service
			s.Variant = "uvicorn"
			s.Idle = p.settings.seconds("timeout_keep_alive")
			if f, set := p.settings["timeout_keep_alive"]; set && unknown(f.Value) {
				s.Variant = ""
			}
			s.Backlog = p.settings.number("backlog")
			s.Recycle = positive(p.settings.number("limit_max_requests"))
			if p.settings["fd"].Known() {
				return []*Service{s} // the socket is somebody else's
			}
			p.listen(p.settings.text("uds"), "http")
			if len(p.Listens) == 0 {
				p.hostPort("127.0.0.1", 8000)
			}
			return []*Service{s}
		},
	}
}

// fastapi: "fastapi run", which is uvicorn on all addresses, and "fastapi dev".
//
//	fastapi run app/main.py --port 80
//	                        ^^^^^^^^^ where it listens
//
// Source: fastapi.tiangolo.com/fastapi-cli.
func fastapi() *software {
	return &software{
		name: "uvicorn", programs: []string{"fastapi"}, packages: []string{"uvicorn"}, verbs: []string{"run", "dev"},
		flags: map[string]string{"--host": "host", "--port": "port", "--workers": "workers", "--root-path": "root_path", "--app": "app", "--entrypoint": "app", "-e": "app"},
		prepare: func(p *process, rest []string) {
			if rest[0] == "run" && !p.settings["host"].Known() {
				p.settings["host"] = Field[string]{Value: "0.0.0.0", Sure: Preset, Name: "host"}
			}
		},
		derive: func(p *process) []*Service {
			p.Variant = "uvicorn"
			p.hostPort("127.0.0.1", 8000)
			return []*Service{p.Service}
		},
	}
}

// hypercorn: its command line, and the TOML file that -c names.
//
//	hypercorn --keep-alive 10 app:app
//	          ^^^^^^^^^^^^^^^ idle connections end after 10 s
//
// Source: hypercorn.readthedocs.io, how_to_guides/configuring.
func hypercorn() *software {
	return &software{
		name: "hypercorn", programs: []string{"hypercorn"}, packages: []string{"hypercorn"},
		flags: map[string]string{
			"-b": "bind", "--bind": "bind", "--keep-alive": "keep_alive_timeout", "-w": "workers", "--workers": "workers", "--backlog": "backlog",
			"-c": "config", "--config": "config", "--max-requests": "max_requests", "-k": "worker_class", "--worker-class": "worker_class",
			"--access-logfile": "accesslog", "--error-logfile": "errorlog", "--log-file": "errorlog", "--log-level": "loglevel", "--root-path": "root_path",
		},
		prepare: func(p *process, _ []string) {
			if f := p.use(p.open(p.settings.text("config").Value)); f != nil && strings.HasSuffix(f.Path, ".toml") {
				p.under(readTOML(f, "keep_alive_timeout", "bind", "backlog"))
			} else if f := p.settings["config"]; f.Known() {
				p.under(hidden(f, "keep_alive_timeout", "bind", "backlog"))
			}
		},
		derive: func(p *process) []*Service {
			s := p.Service
			s.Variant = "hypercorn"
			if f, set := p.settings["keep_alive_timeout"]; set && unknown(f.Value) {
				s.Variant = ""
			}
			s.Idle = p.settings.seconds("keep_alive_timeout")
			if old := s.Version.Known() && s.Version.Value.Compare(hypercornKeeps) < 0; old {
				s.Idle = Field[time.Duration]{} // it closes at once, whatever that says
			}
			s.Requests = p.settings.number("keep_alive_max_requests")
			s.Backlog = p.settings.number("backlog")
			s.Recycle = positive(p.settings.number("max_requests"))
			p.listen(p.settings.text("bind"), "http")
			p.listenDefault(Address{Host: "127.0.0.1", Port: 8000, Protocol: "http"}, "bind")
			return []*Service{s}
		},
	}
}

// daphne: its command line. --http-timeout is about requests.
//
//	daphne -b 0.0.0.0 -p 8001 app.asgi:application
//	                  ^^^^^^^ where it listens; idle connections end after 60 s
//
// Source: github.com/django/daphne, daphne/cli.py.
func daphne() *software {
	return &software{
		name: "daphne", programs: []string{"daphne"}, packages: []string{"daphne"},
		flags: map[string]string{
			"-b": "host", "--bind": "host", "-p": "port", "--port": "port", "-u": "uds", "--unix-socket": "uds", "-e": "endpoint", "--endpoint": "endpoint",
			"-v": "verbosity", "--verbosity": "verbosity", "-t": "http_timeout", "--http-timeout": "http_timeout", "--root-path": "root_path", "--fd": "fd",
			"--access-log": "access_log", "--application-close-timeout": "application_close_timeout", "--websocket_timeout": "websocket_timeout",
		},
		derive: func(p *process) []*Service {
			p.Variant = "daphne"
			if p.settings["endpoint"].Known() || p.settings["fd"].Known() {
				return []*Service{p.Service}
			}
			p.listen(p.settings.text("uds"), "http")
			if len(p.Listens) == 0 || p.settings["port"].Known() {
				p.hostPort("127.0.0.1", 8000)
			}
			return []*Service{p.Service}
		},
	}
}

// waitress: its command line.
//
//	waitress-serve --listen=*:8041 --channel-timeout=30 app:app
//	                               ^^^^^^^^^^^^^^^^^^^^ idle connections end after 30 s
//
// Source: docs.pylonsproject.org/projects/waitress, arguments.
func waitress() *software {
	return &software{
		name: "waitress", programs: []string{"waitress-serve"}, packages: []string{"waitress"},
		flags: map[string]string{
			"--listen": "bind", "--host": "host", "--port": "port", "--unix-socket": "uds", "--threads": "threads", "--channel-timeout": "channel_timeout",
			"--connection-limit": "connection_limit", "--backlog": "backlog",
		},
		derive: func(p *process) []*Service {
			s := p.Service
			s.Variant = "waitress"
			s.Idle = p.settings.seconds("channel_timeout")
			s.Slots = p.settings.number("connection_limit")
			s.Backlog = p.settings.number("backlog")
			p.listen(p.settings.text("bind"), "http")
			p.listen(p.settings.text("uds"), "http")
			if len(p.Listens) == 0 {
				p.hostPort("", 8080)
			}
			return []*Service{s}
		},
	}
}

// flask: "flask run", the server for development, which keeps no connection.
//
//	flask run --port 5001
//	          ^^^^^^^^^^^ where it listens
//
// Source: flask.palletsprojects.com/en/stable/cli.
func flask() *software {
	return &software{
		name: "werkzeug", programs: []string{"flask"}, packages: []string{"werkzeug"}, verbs: []string{"run"},
		flags: map[string]string{"-h": "host", "--host": "host", "-p": "port", "--port": "port", "-A": "app", "--app": "app", "-e": "env_file", "--env-file": "env_file"},
		prepare: func(p *process, _ []string) {
			for _, name := range []string{".env", ".flaskenv"} { // the first that has it counts, below the environment
				p.dotEnv(name)
			}
			p.underVariables("FLASK_RUN_")
		},
		derive: func(p *process) []*Service {
			p.Variant = "werkzeug"
			p.hostPort("127.0.0.1", 5000)
			return []*Service{p.Service}
		},
	}
}

// django: "manage.py runserver", the server for development.
//
//	python manage.py runserver 0.0.0.0:8000
//	                           ^^^^^^^^^^^^ where it listens; 127.0.0.1:8000 otherwise
//	--nothreading
//	^^^^^^^^^^^^^ one request at a time, and no connection is kept
//
// Source: docs.djangoproject.com/en/stable/ref/django-admin/#runserver, and
// ServerHandler.cleanup_headers in django/core/servers/basehttp.py.
func django() *software {
	return &software{
		name: "django", programs: []string{"manage.py", "django-admin", "django"}, packages: []string{"django", "Django"}, verbs: []string{"runserver"},
		flags:    map[string]string{"--settings": "settings", "--pythonpath": "pythonpath", "-v": "verbosity", "--verbosity": "verbosity"},
		switches: map[string]string{"--nothreading": "nothreading=true", "--ipv6": "ipv6=true", "-6": "ipv6=true"},
		prepare: func(p *process, rest []string) {
			for _, w := range p.argv { // the address as a word, which has a place
				if len(rest) > 1 && w.text == rest[1] {
					p.settings["address"] = w.field("runserver")
				}
			}
			if len(rest) < 2 && slices.ContainsFunc(p.argv, func(w word) bool { return w.open }) {
				p.doubtful = true
			}
		},
		derive: func(p *process) []*Service {
			p.Variant = "django"
			for _, other := range []string{"daphne", "channels"} { // their runserver takes the place of this one
				if p.packaged(other).Known() {
					p.Variant = ""
				}
			}
			if f, ok := p.settings["nothreading"]; ok && p.Variant != "" {
				p.Keeps, p.Busy = as(f, facts.ClosesAnnounced), as(f, 1)
			}
			address := p.settings.text("address")
			switch {
			case !address.Known() && p.settings["ipv6"].Known():
				p.listenDefault(Address{Host: "::1", Port: 8000, Protocol: "http"}, "runserver")
			case !address.Known():
				p.listenDefault(Address{Host: "127.0.0.1", Port: 8000, Protocol: "http"}, "runserver")
			default:
				if !strings.Contains(address.Value, ":") { // a port alone
					address.Value = "127.0.0.1:" + address.Value
				}
				p.listen(address, "http")
				p.AllListens = !p.doubtful
			}
			return []*Service{p.Service}
		},
	}
}

// aiohttp: web.run_app in a script.
//
//	web.run_app(app, port=8080, keepalive_timeout=30)
//	                            ^^^^^^^^^^^^^^^^^^^^ idle connections end after 30 s
//
// Source: docs.aiohttp.org/en/stable/web_reference.html.
func aiohttp() *software {
	return &software{
		name: "aiohttp", packages: []string{"aiohttp"},
		derive: func(p *process) []*Service {
			p.Variant = "aiohttp"
			if f, set := p.settings["keepalive_timeout"]; set && unknown(f.Value) {
				p.Variant = ""
			}
			p.Idle, p.Backlog = p.settings.seconds("keepalive_timeout"), p.settings.number("backlog")
			p.listen(p.settings.text("path"), "http")
			if len(p.Listens) == 0 || p.settings["port"].Known() || p.settings["host"].Known() {
				p.hostPort("", 8080)
			}
			return []*Service{p.Service}
		},
	}
}

// underVariables puts the variables with a prefix beneath the settings, by the
// names behind it in small letters.
func (p *process) underVariables(prefix string) {
	set := settings{}
	for name, f := range p.env {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			f.Name = name
			set[strings.ToLower(rest)] = f
		}
	}
	p.under(set)
}

// hostPort adds the address that the settings "host" and "port" make.
func (p *process) hostPort(host string, port int) {
	h, n := p.settings.text("host"), p.settings.text("port")
	if !h.Known() && !n.Known() {
		p.listenDefault(Address{Host: host, Port: port, Protocol: "http"}, "port")
		return
	}
	at := n
	if !n.Known() {
		n, at = as(h, strconv.Itoa(port)), h
	}
	if !h.Known() {
		h.Value = host
	}
	at.Value = n.Value
	if strings.Contains(h.Value, ":") {
		h.Value = "[" + h.Value + "]"
	}
	if h.Value != "" {
		at.Value = h.Value + ":" + n.Value
	}
	at.Sure = max(n.Sure, UnlessEnv)
	p.listen(at, "http")
	p.AllListens = !p.doubtful
}
