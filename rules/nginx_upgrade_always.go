package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
)

var nginxUpgradeAlways = lint.Rule{
	ID:       "nginx-upgrade-always",
	Title:    "plain requests ask for an upgrade",
	Severity: lint.Warning,
	Fix:      lint.Unsafe,
	AnyText:  true,
	Since:    "0.1",
	Why: `A literal "Connection: upgrade" goes out with every request of the location, also with those that bring no Upgrade header: they announce a header that is not there. Most backends ignore that. Some do not: uvicorn 0.17 answers 400 to each of them.

Measured (experiment 16, 400 plain requests): uvicorn 0.17 gives 400 times 400; node, Go, puma and gunicorn give 200. Connections to the upstream are reused all the same (experiment 1: 8 for 2000 requests).

A map gives the header to those requests alone that ask for an upgrade, and an empty value, not "close", leaves the others their connection:

map $http_upgrade $connection_upgrade { default upgrade; '' ""; }

The rule speaks of locations that surely serve plain requests: "/", an API, or a named location behind another one. It is left to a location of a WebSocket's own to be literal.`,
	Refs: []string{
		"https://nginx.org/en/docs/http/websocket.html",
		"https://nginx.org/en/docs/http/ngx_http_map_module.html#map",
	},
	Examples: []lint.Example{
		{
			Name: "a map is made",
			Bad: `events {}
http {
    # the only site
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
           #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "Connection: upgrade" goes out with every plain request of location /
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
			Good: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' ""; }
    # the only site
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "$connection_upgrade";
            proxy_pass http://127.0.0.1:8080;
        }
    }
}
`,
		},
		{
			Name: "there is a map, and one line for several locations",
			Bad: `map $http_upgrade $upgrade_or_not {
    default upgrade;
    '' '';
}
server {
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection Upgrade;
   #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "Connection: Upgrade" goes out with every plain request of location /api/
    location /api/ {
        proxy_pass http://127.0.0.1:8080;
    }
    location /ws {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `map $http_upgrade $upgrade_or_not {
    default upgrade;
    '' '';
}
server {
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $upgrade_or_not;
    location /api/ {
        proxy_pass http://127.0.0.1:8080;
    }
    location /ws {
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "an empty line takes nothing back",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' '';
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
       #^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "Connection: upgrade" goes out with every plain request of location /
        proxy_set_header Connection "";
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
			Good: `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' '';
}
server {
    location / {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "$connection_upgrade";
        proxy_set_header Connection "";
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
		{
			Name: "silent: a path of its own, and a map",
			Bad: `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' close;
}
server {
    proxy_http_version 1.1;
    location /api/ws {
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_pass http://127.0.0.1:8080;
    }
    location / {
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_pass http://127.0.0.1:8080;
    }
}
`,
		},
	},
	Check: func(p *lint.Pass) {
		var lines []model.Setting
		used := map[*nginx.Directive][]*model.Pass{}
		for _, pass := range proxiedAnywhere(p.Host) {
			line, ok := literalUpgrade(pass)
			if !ok || pass.Scope.Kind != model.Location || !servesPlain(pass.Scope) || !http2Where(pass.Scope).Empty() {
				continue
			}
			if used[line.Directive] == nil {
				lines = append(lines, line)
			}
			used[line.Directive] = append(used[line.Directive], pass)
		}
		for _, line := range lines {
			upgradeAlways(p, line, used[line.Directive])
		}
	},
}

var _ = add(&nginxUpgradeAlways)

// literalUpgrade returns the line that sends "Connection: upgrade" with every
// request of a pass, if there is one. nginx sends what each line says, so that an empty
// one beside it takes nothing back.
func literalUpgrade(pass *model.Pass) (line model.Setting, ok bool) {
	headers := pass.Scope.Get("proxy_set_header")
	for _, h := range headers.Settings {
		if strings.EqualFold(h.Arg(0), "Connection") && strings.EqualFold(h.Arg(1), "upgrade") {
			line = h
		}
	}
	return line, headers.Sure && line.Directive != nil
}

// servesPlain reports whether a location surely gets requests that are no
// WebSockets: all of a site, an API, or what other locations leave over.
func servesPlain(s *model.Scope) bool {
	if s.Block == nil {
		return false
	}
	if s.Named() {
		return true
	}
	args := s.Block.Args()
	if args.Len() == 0 || args.At(0).Value == "=" {
		return false
	}
	path := strings.ToLower(args.At(args.Len() - 1).Value)
	if path == "/" || path == "^/" || path == ".*" {
		return true
	}
	parts := strings.FieldsFunc(path, func(r rune) bool { return !isLetterOrDigit(byte(r)) || r > 127 })
	last := ""
	if len(parts) > 0 {
		last = parts[len(parts)-1]
	}
	version := len(last) > 1 && last[0] == 'v' && isNumber(last[1:])
	return slices.Contains(parts, "api") && (last == "api" || version)
}

func upgradeAlways(p *lint.Pass, line model.Setting, passes []*model.Pass) {
	f := lint.Finding{
		At:    lint.At(line.Directive),
		Msg:   fmt.Sprintf("%q goes out with every plain request of %s", "Connection: "+line.Arg(1), passes[0].Scope.Label()),
		Notes: usesOf(passes[1:], "and of this one"),
	}
	f.Notes = append(f.Notes, lint.Note{Msg: "some backends answer 400 to it, others ignore it"})
	f.Fix = upgradeByMap(p.Host.Nginx, line, passes)
	p.Report(f)
}

// upgradeByMap lets a map decide on the header: one that is there, else a new
// one in front of the first server.
func upgradeByMap(n *model.Nginx, line model.Setting, passes []*model.Pass) *lint.Fix {
	fix := &lint.Fix{Safety: lint.Unsafe, Changes: []string{"connection"}}
	variable, ok := upgradeMap(n)
	if !ok {
		http := passes[0].Scope.Outer(model.HTTP)
		if http == nil {
			return nil
		}
		variable = "connection_upgrade"
		if n.HasUnseen() || definesVariable(n, variable) {
			variable = "connection_if_upgrade"
		}
		// At the top, so that it comes between no block and the remark above it.
		body := http.Body()
		fix.Edits = []lint.FileEdit{{
			File: body.Tree.File,
			Edit: nginx.AddInsideTop(body, "map $http_upgrade $"+variable+` { default upgrade; '' ""; }`),
		}}
	}
	fix.Title = "let a map give $" + variable + ` to requests that ask for an upgrade, and "" to others`
	fix.Edits = append(fix.Edits, setArg(line.Directive, 1, "$"+variable)...)
	for _, pass := range passes {
		fix.Scopes = append(fix.Scopes, inheriting(pass.Scope.Get("proxy_set_header"))...)
	}
	return fix
}

// upgradeMap returns the variable of a map that is "upgrade" where the client
// asks for it and empty where it does not.
func upgradeMap(n *model.Nginx) (variable string, ok bool) {
	for _, s := range n.Scopes {
		for set := range s.All("map") {
			m := n.Map(strings.TrimPrefix(set.Arg(1), "$"))
			if m == nil || m.Source != "$http_upgrade" {
				continue
			}
			empty, known := m.EmptyEntry()
			upgrades := slices.ContainsFunc(m.Entries, func(e model.Setting) bool { return strings.EqualFold(e.Arg(0), "upgrade") })
			if known && upgrades && (empty.Directive == nil || empty.Arg(0) == "") {
				return m.Variable, true
			}
		}
	}
	return "", false
}

// definesVariable reports whether a map defines a variable.
func definesVariable(n *model.Nginx, variable string) bool {
	for _, s := range n.Scopes {
		for set := range s.All("map") {
			if set.Arg(1) == "$"+variable {
				return true
			}
		}
	}
	return false
}
