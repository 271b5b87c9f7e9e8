package service

import (
	"path"
	"strings"
	"time"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// caddy: its command line, and the Caddyfile that it names or that lies in its
// folder.
//
//	caddy respond --listen :8000 ok
//	              ^^^^^^^^^^^^^^ where it listens; respond and file-server close idle connections after 30 s
//	servers { timeouts { idle 2m } }
//	                     ^^^^^^^ idle connections end after 2 min, 5 min otherwise
//
// Source: caddyserver.com/docs/caddyfile/options.
func caddy() *software {
	return &software{
		name: "caddy", programs: []string{"caddy"}, packages: nil, images: []string{"caddy"}, verbs: []string{"run", "start", "respond", "file-server", "reverse-proxy"},
		flags: map[string]string{"--listen": "bind", "-l": "bind", "--config": "config", "-c": "config", "--adapter": "adapter", "--from": "from", "--to": "to", "--root": "root", "-r": "root", "--domain": "domain"},
		prepare: func(p *process, rest []string) {
			if len(rest) > 0 {
				p.settings["subcommand"] = Field[string]{Value: rest[0], Sure: Set}
			}
			name := p.settings.text("config").Value
			f := p.open(name)
			if name == "" {
				if f = p.open("/etc/caddy/Caddyfile"); f == nil {
					f = p.open("Caddyfile")
				}
			}
			switch {
			case p.use(f) != nil && path.Ext(f.Path) != ".json":
				p.under(readCaddyfile(f))
			case name != "": // nobody sees what it sets
				p.settings["idle"] = hidden(p.settings["config"], "idle")["idle"]
			}
		},
		derive: func(p *process) []*Service {
			s := p.Service
			sub := p.settings.text("subcommand").Value
			switch sub {
			case "respond", "file-server", "reverse-proxy":
				s.Variant = "caddy-" + sub
				p.listen(p.settings.text("bind", "from"), "http")
				s.AllListens = len(s.Listens) > 0 && !p.doubtful
				return []*Service{s}
			}
			s.Variant = "caddy"
			if f, ok := p.settings["idle"]; ok {
				if d, ok := duration(f.Value, time.Second); ok {
					s.Idle = as(f, d)
				} else {
					s.Variant = ""
				}
			}
			p.listen(p.settings.text("site"), "http")
			return []*Service{s}
		},
	}
}

func isCaddyfile(p string) bool {
	base := path.Base(p)
	return base == "Caddyfile" || strings.HasPrefix(base, "Caddyfile.") || strings.HasSuffix(base, ".caddyfile")
}

// readCaddyfile reads the idle timeout of the global options, and the ports of sites.
func readCaddyfile(f *source.File) settings {
	set := settings{}
	var within []string
	var sites []string
	var first Place
	env := ""
	elsewhere := false
	begun := false // something other than global options has begun
	only := false  // the one site has no braces
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		w := words(line)
		if len(w) == 0 {
			continue
		}
		place := lineSpan(f, start, line)
		opens := w[len(w)-1] == "{"
		// The only site may stand without braces; then all that follows is its own.
		bare := !begun && !opens && len(within) == 0 && w[0] != "import"
		if len(within) == 0 && !only && (opens && len(w) > 1 || bare) && !strings.HasPrefix(w[0], "(") {
			only = bare
			names := w
			if opens {
				names = w[:len(w)-1]
			}
			for _, site := range names {
				if m := caddyVariable.FindStringSubmatch(site); m != nil {
					env = m[1]
					site = strings.ReplaceAll(site, m[0], m[2])
				}
				bare, plain := strings.CutPrefix(strings.TrimSuffix(site, ","), "http://")
				site = strings.TrimPrefix(bare, "https://")
				if plain && !strings.Contains(site, ":") && !strings.Contains(f.Text, "http_port") {
					site += ":80"
				}
				if i := strings.LastIndexByte(site, ':'); i >= 0 {
					sites = append(sites, site[i:])
					if first.File == nil {
						first = place
					}
				}
			}
		}
		if w[0] == "bind" || w[0] == "default_bind" { // where a site listens, then
			elsewhere = true
		}
		begun = begun || len(within) == 0 && w[0] != "{"
		if w[0] == "idle" && len(w) == 2 && strings.Join(within, " ") == "{ servers timeouts" {
			d := directive{name: "idle", args: w[1:], at: place}
			field := d.field(0)
			if old, twice := set["idle"]; twice && old.Value != field.Value { // of several listeners
				field.Value = string(source.Unknown)
			}
			set["idle"] = field
		}
		for _, x := range w {
			switch x {
			case "{":
				within = append(within, w[0])
			case "}":
				if len(within) > 0 {
					within = within[:len(within)-1]
				}
			}
		}
	}
	if len(sites) > 0 && !elsewhere {
		set["site"] = Field[string]{Value: strings.Join(sites, "\n"), Sure: Set, At: first, Name: "site", Env: env}
		if env != "" {
			f := set["site"]
			f.Sure = UnlessEnv
			set["site"] = f
		}
	}
	return set
}

var caddyVariable = lazyre.New(`\{\$(\w+):(\d+)\}`)

// varnish: its command line.
//
//	varnishd -a :6081 -p timeout_idle=10
//	                  ^^^^^^^^^^^^^^^^^^ idle connections end after 10 s
//
// Source: varnish-cache.org/docs/trunk/reference/varnishd.html.
func varnish() *software {
	return &software{
		name: "varnish", programs: []string{"varnishd"}, images: []string{"varnish"},
		flags: map[string]string{"-a": "bind", "-p": "parameter", "-f": "vcl", "-s": "storage", "-T": "admin", "-S": "secret", "-b": "backend", "-n": "name", "-j": "jail", "-t": "ttl"},
		derive: func(p *process) []*Service {
			s := p.Service
			s.Variant = "varnish"
			for k, v := range p.parameters {
				switch k {
				case "timeout_idle":
					s.Idle = settings{k: v}.seconds(k)
				case "listen_depth":
					s.Backlog = settings{k: v}.number(k)
				}
			}
			bind := p.settings.text("bind")
			if _, address, named := strings.Cut(bind.Value, "="); named {
				bind.Value = address
			}
			bind.Value, _, _ = strings.Cut(bind.Value, ",")
			p.listen(bind, "http")
			p.listenDefault(Address{Port: 80, Protocol: "http"}, "-a")
			return []*Service{s}
		},
	}
}
