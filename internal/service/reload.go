package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// reloaders are images of programs that reload nginx as certificates or other
// containers change.
var reloaders = []string{
	"nginxproxy/docker-gen", "jwilder/docker-gen", "nginxproxy/nginx-proxy", "jwilder/nginx-proxy", "nginxproxy/acme-companion",
	"jrcs/letsencrypt-nginx-proxy-companion", "hashicorp/consul-template", "jonasal/nginx-certbot", "staticfloat/nginx-certbot",
	"valian/docker-nginx-auto-ssl",
}

// reloadLoop is a shell's loop that reloads nginx after each pause, or as files change:
// the one that stands in many a Compose file beside certbot.
var reloadLoop = lazyre.New(`(?:\bwhile\b|\bsleep\b|inotifywait)[^\n]*nginx -s reload`)

// reloadCommand is a command that reloads the nginx of a machine.
var reloadCommand = lazyre.New(`\bnginx -s reload\b|\bsystemctl (?:--\S+ )*(?:try-)?reload(?:-or-restart)? nginx\b|\bservice nginx (?:force-)?reload\b|/init\.d/nginx (?:force-)?reload\b`)

// A Reload is what reloads nginx by itself, in words, and where it stands.
type Reload struct {
	What string
	At   Place
}

// Reloads returns what reloads an nginx again and again by itself. For one in a container
// it is a program beside it, or a loop in the file that starts it; for that of a machine,
// which is a unit or nothing that is known, what the machine does at times.
func (inv *Inventory) Reloads(nginx *Service) (r Reload, ok bool) {
	if inv == nil {
		return Reload{}, false
	}
	if nginx == nil || nginx.Kind == Unit {
		if len(inv.reloads) == 0 {
			return Reload{}, false
		}
		return inv.reloads[0], true
	}
	for _, s := range inv.Services {
		name, _ := splitImage(s.Image.Value)
		if s.Group == nginx.Group && s.Kind == nginx.Kind && slices.Contains(reloaders, name) {
			return Reload{name, s.Image.At}, true
		}
	}
	if f := nginx.At.File; f != nil && nginx.Kind == Compose {
		if loop := reloadLoop.FindStringIndex(f.Text); loop != nil {
			return Reload{"a loop", Place{File: f, Span: source.Span{Start: loop[0], End: loop[1]}}}, true
		}
	}
	return Reload{}, false
}

// machineReloads are what reloads the nginx of a machine at times: what a timer or a
// path unit of systemd starts, files of cron, what certbot runs after it has renewed a
// certificate, and consul-template's command for a template that has changed.
func machineReloads(r *repo) []Reload {
	var out []Reload
	for _, f := range r.order {
		what, in := "", f
		switch base := path.Base(f.Path); {
		case path.Ext(base) == ".timer" || path.Ext(base) == ".path":
			what, in = base, r.file(startedBy(f))
		case isCron(f.Path):
			what = "cron"
		case isDeployHook(f.Path):
			what = "a hook of certbot"
		case isConsulTemplate(f.Path) && strings.Contains(f.Text, "template"):
			what = "consul-template"
		}
		if what == "" || in == nil {
			continue
		}
		if at, ok := reloadIn(in); ok {
			out = append(out, Reload{what, at})
		}
	}
	return out
}

// startedBy is the path of the service that a timer or a path unit starts: the one that
// it names, or that of its own name.
func startedBy(f *source.File) string {
	base := path.Base(f.Path)
	name := strings.TrimSuffix(base, path.Ext(base)) + ".service"
	for _, l := range ReadUnit(f) {
		if l.Key == "Unit" && (l.Section == "Timer" || l.Section == "Path") {
			name = l.Value
		}
	}
	return path.Join(path.Dir(f.Path), path.Base(name))
}

// reloadIn is where a file reloads nginx, outside of comments.
func reloadIn(f *source.File) (Place, bool) {
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' || text[0] == ';' || strings.HasPrefix(text, "//") || strings.HasPrefix(text, "ExecReload") {
			continue
		}
		if found := reloadCommand.FindStringIndex(line); found != nil {
			return Place{File: f, Span: source.Span{Start: start + found[0], End: start + found[1]}}, true
		}
	}
	return Place{}, false
}

// isCron reports whether a file is one of cron by its place (crontab(5), and the
// folders of run-parts).
func isCron(p string) bool {
	switch folder := path.Base(path.Dir(p)); folder {
	case "cron.d", "cron.hourly", "cron.daily", "cron.weekly", "cron.monthly":
		return true
	}
	return path.Base(p) == "crontab"
}

// isDeployHook reports whether certbot runs a file once it has renewed a certificate, or
// reads there what to run.
func isDeployHook(p string) bool {
	dir := path.Dir(p)
	return strings.HasSuffix(dir, "renewal-hooks/deploy") || strings.HasSuffix(dir, "renewal-hooks/post") || path.Base(dir) == "renewal" && path.Ext(p) == ".conf"
}

func isConsulTemplate(p string) bool {
	return path.Ext(p) == ".hcl" && strings.Contains(p, "consul")
}
