package service

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// nodejs: the script that node runs, as far as literals in it tell; what else it
// requires is not followed.
//
//	server.keepAliveTimeout = 75_000;
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 75 s
//	fastify({ keepAliveTimeout: 5000 })
//	          ^^^^^^^^^^^^^^^^^^^^^^ the same for Fastify, which has 72 s otherwise
//	http.createServer(app).listen(3000)
//	                       ^^^^^^^^^^^^ where it listens
//
// Sources: nodejs.org/api/http.html, fastify.dev/docs/latest/Reference/Server.
func nodejs() *software {
	return &software{
		name: "node", programs: []string{"node", "nodejs", "bun", "deno", "ts-node", "ts-node-dev", "tsx", "nodemon"}, packages: []string{"node"},
		images: []string{"node", "oven/bun", "denoland/deno"},
		flags:  map[string]string{"-r": "require", "--require": "require", "--import": "import", "--loader": "loader", "-e": "eval", "--env-file": "env_file", "--max-old-space-size": "heap"},
		prepare: func(p *process, rest []string) {
			for len(rest) > 0 && (rest[0] == "run" || rest[0] == "watch" || rest[0] == "serve") {
				rest = rest[1:]
			}
			if len(rest) == 0 {
				return
			}
			names := []string{rest[0], rest[0] + ".js", rest[0] + ".ts", path.Join(rest[0], "index.js")}
			for _, name := range append(names, sourcesOf(rest[0])...) {
				if f := p.use(p.open(name)); f != nil {
					p.script = readScript(f)
					return
				}
			}
		},
		derive: func(p *process) []*Service {
			p.node()
			return []*Service{p.Service}
		},
	}
}

// sourcesOf are the scripts of TypeScript that a script in a folder of results is made
// of, which no repository holds.
func sourcesOf(script string) []string {
	for _, results := range []string{"dist/", "build/", "out/"} {
		if rest, ok := strings.CutPrefix(strings.TrimPrefix(script, "./"), results); ok {
			rest = strings.TrimSuffix(rest, ".js") + ".ts"
			return []string{rest, "src/" + rest}
		}
	}
	return nil
}

// frameworks are packages that bring a server of their own, or leave that of Node.js
// as it is.
var frameworks = []string{"fastify", "express", "koa", "@hapi/hapi", "@nestjs/core", "next"}

func (p *process) node() {
	p.Variant = "node"
	if p.started == "bun" || p.started == "deno" {
		p.Variant = p.started
	}
	pkg := p.repo.packageJSON(p)
	if p.script == nil {
		// What the program does is not seen: of a framework that everything is
		// served with, its own default would be a guess.
		if p.Variant == "node" {
			p.Variant, p.scriptUnseen = "", true
		}
		return
	}
	p.AllListens = false
	if p.Variant == "node" && pkg != nil {
		for _, name := range frameworks {
			if at, ok := p.script.imports(name); ok {
				p.Variant = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(name, "/core"), "@hapi/"), "@")
				if p.Variant == "nestjs" {
					p.Variant = "nest"
				}
				p.Program.At = at
				break
			}
		}
	} else if p.Variant == "node" {
		if _, ok := p.script.imports("fastify"); ok {
			p.Variant = "fastify"
		}
	}
	p.nodeIdle()
	p.nodeListens()
}

// nodeIdle reads the idle timeout, in milliseconds for Node.js, in seconds for Bun.
func (p *process) nodeIdle() {
	setting, unit := "keepAliveTimeout", time.Millisecond
	if p.Variant == "bun" {
		setting, unit = "idleTimeout", time.Second
	}
	f, ok := p.script.property(setting)
	if !ok {
		return
	}
	if told, set := p.env[f.Env]; set {
		f.Value, f.Sure, f.Env = told.Value, Set, ""
	}
	d, valid := duration(f.Value, unit)
	switch {
	case !valid:
		p.Variant = "" // somebody computes it
	case d == 0:
		p.Keeps = as(f, facts.KeepsForever)
	default:
		p.Idle = as(f, d)
		if p.Variant == "bun" {
			p.InFlight = p.Idle
		}
	}
	if n, ok := p.script.property("maxConnections"); ok {
		if v, err := strconv.Atoi(n.Value); err == nil && v > 0 {
			p.Slots = as(n, v)
		}
	}
	if n, ok := p.script.property("maxRequestsPerSocket"); ok {
		if v, err := strconv.Atoi(n.Value); err == nil && v > 0 {
			p.Requests = as(n, v)
		}
	}
}

// nodeListens reads where the script listens: listen(3000), listen(3000, "host"),
// listen({ port: 3000, host: "..." }).
func (p *process) nodeListens() {
	s := p.script
	calls := 0
	for i := 1; i+2 < len(s.tokens); i++ {
		if s.tokens[i].text != "listen" || s.tokens[i-1].text != "." || s.tokens[i+1].text != "(" {
			continue
		}
		calls++
		var port word
		host := ""
		if p.Variant == "fastify" {
			host = "localhost"
		}
		if s.tokens[i+2].text == "{" {
			port, host = s.option(i+2, "port"), s.option(i+2, "host").or(host)
			if sock := s.option(i+2, "path"); !sock.open {
				port = sock
			}
		} else {
			w, end := s.literal(i + 2)
			port = w
			if end > 0 && end+1 < len(s.tokens) && s.tokens[end].text == "," {
				if h, behind := s.literal(end + 1); behind > 0 && !h.open && !isNumber(h.text) {
					host = h.text
				}
			}
		}
		if port.open {
			calls++ // somewhere else
			continue
		}
		f := s.fieldFrom(i, port, "listen")
		text := port.text
		if host != "" && !strings.HasPrefix(text, "/") {
			if strings.Contains(host, ":") {
				host = "[" + host + "]"
			}
			text = host + ":" + text
		}
		if a, ok := parseAddress(text, "http"); ok {
			p.Listens = append(p.Listens, as(f, a))
		}
	}
	for i := 0; i+4 < len(s.tokens); i++ { // Bun.serve({ port: 3000 })
		if (s.tokens[i].text == "Bun" || s.tokens[i].text == "Deno") && s.tokens[i+2].text == "serve" && s.tokens[i+3].text == "(" {
			calls++
			port := s.option(i+4, "port")
			if port.open && s.tokens[i+4].text == "{" && s.tokens[i].text == "Bun" {
				calls++
				continue
			}
			f := s.fieldFrom(i, port, "port")
			if a, ok := parseAddress(port.text, "http"); ok && !port.open {
				p.Listens = append(p.Listens, as(f, a))
			}
		}
	}
	if _, ok := s.imports("dotenv"); ok {
		p.dotEnv(".env")
	}
	for i, l := range p.Listens {
		port, ok := p.env[l.Env]
		if n, err := strconv.Atoi(port.Value); ok && err == nil {
			l.Value.Port = n
			p.Listens[i] = as(port, l.Value)
		}
	}
	p.AllListens = calls > 0 && calls == len(p.Listens)
	if calls == 0 {
		p.Variant = "" // the server is made in another file
	}
}

// option returns a property of the object that begins at a token; it is open if
// there is none.
func (s *script) option(i int, name string) word {
	depth := 0
	for ; i < len(s.tokens); i++ {
		switch s.tokens[i].text {
		case "{", "(", "[":
			depth++
		case "}", ")", "]":
			depth--
			if depth == 0 {
				return word{open: true}
			}
		case name:
			if depth == 1 && i+2 < len(s.tokens) && s.tokens[i+1].text == ":" {
				w, _ := s.literal(i + 2)
				return w
			}
			if depth == 1 && i+1 < len(s.tokens) && (s.tokens[i+1].text == "," || s.tokens[i+1].text == "}") {
				w, _ := s.literal(i)
				return w
			}
		}
	}
	return word{open: true}
}

// or returns the word's text, or another one if it is open.
func (w word) or(text string) string {
	if w.open {
		return text
	}
	return w.text
}

// next: "next start" and its command line.
//
//	next start -p 3000 --keepAliveTimeout 70000
//	                   ^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 70 s
//
// Source: nextjs.org/docs/app/api-reference/cli/next.
func next() *software {
	return &software{
		name: "next", programs: []string{"next"}, packages: []string{"next"}, verbs: []string{"start", "dev"},
		flags: map[string]string{"-p": "port", "--port": "port", "-H": "host", "--hostname": "host", "--keepAliveTimeout": "keepAliveTimeout"},
		derive: func(p *process) []*Service {
			p.Variant = "next"
			if f, ok := p.settings["keepAliveTimeout"]; ok {
				if d, ok := duration(f.Value, time.Millisecond); ok {
					p.Idle = as(f, d)
				} else {
					p.Variant = ""
				}
			}
			if port, ok := p.env["PORT"]; ok {
				p.under(settings{"port": port})
			}
			p.hostPort("", 3000)
			return []*Service{p.Service}
		},
	}
}

// product multiplies two numbers that are written out.
func product(a, b string) string {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 != nil || err2 != nil {
		return string(source.Unknown)
	}
	return strconv.FormatFloat(x*y, 'f', -1, 64)
}
