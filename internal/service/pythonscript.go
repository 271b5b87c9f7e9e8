package service

import (
	"path"
	"regexp"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// python: a script that calls a server itself, with literal arguments.
//
//	uvicorn.run(app, host="0.0.0.0", port=8000, timeout_keep_alive=30)
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ what it would be told on a command line
//
// Sources: www.uvicorn.org/deployment, docs.pylonsproject.org/projects/waitress,
// flask.palletsprojects.com/en/stable/api, docs.aiohttp.org/en/stable/web_reference.html.
func python() *software {
	return &software{
		name: "python", programs: []string{"python", "python2", "python3", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"},
		derive: func(p *process) []*Service {
			p.Program = Field[string]{}
			if p.module == nil {
				return p.itself()
			}
			for _, call := range pythonServers {
				if call.needs != nil && !call.needs.MatchString(p.module.Text) {
					continue
				}
				set, at, ok := pythonCall(p.module, call.name, call.positional, p.env)
				if !ok {
					continue
				}
				s := call.software()
				p.Program = Field[string]{Value: s.name, Sure: Set, At: at}
				p.settings = set
				return p.derive(s)
			}
			return p.itself()
		},
		prepare: func(p *process, rest []string) {
			if len(rest) > 0 && path.Ext(rest[0]) == ".py" {
				p.module = p.use(p.open(rest[0]))
			}
		},
	}
}

// pythonServers are the calls that start a server.
var pythonServers = []struct {
	name string
	// positional are the names of the arguments that may stand without one.
	positional []string
	// needs is what the module imports, where the name alone says too little.
	needs    *lazyre.Regexp
	software func() *software
}{
	{"uvicorn.run(", []string{"app"}, nil, uvicorn},
	{"waitress.serve(", []string{"app"}, nil, waitress},
	{"serve(", []string{"app"}, lazyre.New(`(?m)^\s*from waitress import .*\bserve\b`), waitress},
	{"web.run_app(", []string{"app"}, lazyre.New(`(?m)^\s*from aiohttp import .*\bweb\b`), aiohttp},
	{"app.run(", []string{"host", "port"}, lazyre.New(`(?m)^\s*(?:from flask import|import flask)\b`), flask},
	{"application.run(", []string{"host", "port"}, lazyre.New(`(?m)^\s*(?:from flask import|import flask)\b`), flask},
}

// pythonCall reads the arguments of the only call of a function in a module.
func pythonCall(f *source.File, name string, positional []string, env map[string]Field[string]) (set settings, at Place, ok bool) {
	calls := lazyre.New(`(?m)^[^#\n]*?(?:^|[^\w.#])(`+regexp.QuoteMeta(name)+`)`).FindAllStringSubmatchIndex(f.Text, -1)
	if len(calls) != 1 {
		return nil, Place{}, false
	}
	start := calls[0][2]
	end, depth := start+len(name), 1
	for end < len(f.Text) && depth > 0 {
		switch f.Text[end] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		end++
	}
	if depth > 0 {
		return nil, Place{}, false
	}
	set = settings{}
	names := pythonScope{readAssignments(f, env), env}
	at = Place{File: f, Span: source.Span{Start: start, End: end}}
	inside := f.Text[start+len(name) : end-1]
	for i, arg := range splitArguments(inside) {
		key, value, keyword := strings.Cut(arg, "=")
		if key = strings.TrimSpace(key); !keyword || !isName(key) {
			if i >= len(positional) || strings.HasPrefix(arg, "*") {
				return nil, Place{}, false // nobody knows what it sets
			}
			key, value = positional[i], arg
		}
		field := Field[string]{Value: string(source.Unknown), Sure: Set, At: at, Name: key}
		if i := strings.Index(inside, arg); i >= 0 {
			field.At.Span = source.Span{Start: start + len(name) + i, End: start + len(name) + i + len(arg)}
		}
		if v, env, literal := pythonLiteral(value, names); literal {
			field.Value = v
			if env != "" {
				field.Sure, field.Env = UnlessEnv, env
			}
		}
		if key == "listen" {
			key = "bind"
		}
		set[key] = field
	}
	return set, at, true
}
