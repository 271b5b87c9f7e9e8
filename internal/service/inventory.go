package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// Inventory is all that runs beside nginx in a repository, as far as its files tell.
// It does not change once it is read.
type Inventory struct {
	Services []*Service
	// Handed are the addresses that one of several hosts has at a time.
	Handed []Handed
	// LargeFrames are the networks whose packets may be larger than those of Ethernet.
	LargeFrames []LargeFrames

	files  []*source.File
	open   func(name string) *source.File
	meshes []mesh
	// ingress are the configurations of controllers.
	ingress []IngressNginx
	// reloads are what reloads the nginx of a machine by itself.
	reloads []Reload
	// images are what Dockerfiles make by themselves, of those that hold nginx.
	images []*Service
}

// Mesh returns what says that Istio puts its proxy beside the containers that some
// manifest deploys; ok is false if nothing does.
func (inv *Inventory) Mesh() (at Place, ok bool) {
	if inv == nil || len(inv.meshes) == 0 {
		return Place{}, false
	}
	return inv.meshes[0].at, true
}

// InManifest reports whether a file of nginx's stands in a manifest of Kubernetes.
func (inv *Inventory) InManifest(config *source.File) bool {
	if inv == nil || config == nil {
		return false
	}
	p := config.OnDisk().Path
	return slices.ContainsFunc(inv.files, func(f *source.File) bool { return f.Path == p && isManifest(f) })
}

// Candidate reports whether a file of this name is to be handed to Read. Files that
// others name, such as scripts and lock files, are asked for.
func Candidate(p string) bool {
	if name, ok := plainName(p); ok {
		return Candidate(name)
	}
	if isDockerfile(p) || isCaddyfile(p) || isProcfile(p) || isUnit(p) || isYAML(p) || isCron(p) || isDeployHook(p) || isConsulTemplate(p) || isPacemaker(p) {
		return true
	}
	base, folder := path.Base(p), path.Base(path.Dir(p))
	switch path.Ext(base) {
	case ".conf":
		return strings.HasSuffix(folder, ".service.d") || strings.HasSuffix(folder, ".container.d") || isPoolFolder(path.Dir(p)) || base == "www.conf" || base == "httpd.conf" || base == "apache2.conf" || base == "ports.conf" || base == "lighttpd.conf" || strings.Contains(p, "lighttpd/") || strings.Contains(p, "apache2/") || strings.Contains(p, "httpd/") || strings.Contains(p, "supervisor") || strings.Contains(base, "gunicorn") || strings.Contains(p, "php") || strings.Contains(p, "fpm") || strings.Contains(p, "keepalived")
	case ".rb":
		return base == "puma.rb" || base == "unicorn.rb" || folder == "puma"
	case ".ini":
		return true
	case ".properties":
		return strings.HasPrefix(base, "application")
	case ".socket", ".container", ".timer", ".path":
		return true
	case ".toml":
		return base == "traefik.toml"
	case ".xml":
		return base == "server.xml" || strings.Contains(base, "uwsgi")
	case ".cfg":
		return isHAProxyName(p)
	case ".py":
		return strings.Contains(base, "gunicorn")
	}
	return false
}

// opaque reports whether nothing that is seen says what a process does: there is no
// command, or one that starts whatever lies beside it.
func (p *process) opaque() bool {
	if len(p.argv) == 0 {
		return true
	}
	switch path.Base(p.argv[0].text) {
	case "java", "catalina.sh", "httpd", "httpd-foreground", "apache2", "apache2ctl", "apachectl", "apache2-foreground", "haproxy", "lighttpd":
		return true
	}
	return false
}

// owner returns the container in which a file lies and of which nothing says what it
// runs; nil if there is none, or more than one.
func owner(bare []*process, f *source.File) *process {
	p := path.Clean(f.Path)
	var found *process
	for _, b := range bare {
		if !b.holds(p) && (!b.hasCode || !within(p, path.Clean(b.code))) {
			continue
		}
		if found != nil {
			return nil
		}
		found = b
	}
	return found
}

// understand finds out what a process runs, and gives all that it is the network and
// the names of its container.
func (p *process) understand() []*Service {
	if p.Kind == Compose || p.Kind == Kubernetes || p.Kind == Quadlet {
		p.image()
	}
	return p.run()
}

// image finds out what an image runs that nothing tells otherwise.
func (p *process) image() {
	name, tag := splitImage(p.Image.Value)
	base := path.Base(name)
	switch {
	case isNginxImage(name):
		p.runsNginx, p.makes = true, p.envsubst()
		p.alone = len(p.argv) == 0 || slices.Contains([]string{"nginx", "nginx-debug", "openresty"}, path.Base(p.argv[0].text))
		if p.Kind != Kubernetes {
			p.servesNginx()
		}
	case name == "traefik" && len(p.argv) > 0 && strings.HasPrefix(p.argv[0].text, "-"):
		p.argv = slices.Concat([]word{{text: "traefik", at: p.Image.At}}, p.argv) // flags for its entry point
	case len(p.argv) > 0:
	case base == "php" && strings.Contains(tag, "fpm"):
		p.argv = []word{{text: "php-fpm", at: p.Image.At}}
	case name == "varnish", name == "haproxy", name == "caddy", name == "httpd", name == "tomcat", name == "traefik", name == "php" && strings.Contains(tag, "apache"):
		p.argv = []word{{text: imagePrograms[name], at: p.Image.At}}
	}
}

// imagePrograms are what images start.
var imagePrograms = map[string]string{
	"varnish": "varnishd", "haproxy": "haproxy", "caddy": "caddy", "httpd": "httpd", "traefik": "traefik", "tomcat": "catalina.sh", "php": "apache2",
}

// isNginxImage reports whether an image is nginx or a relative of it.
func isNginxImage(name string) bool {
	switch path.Base(name) {
	case "nginx", "nginx-unprivileged", "openresty", "angie", "tengine", "nginx-plus", "freenginx":
		return true
	}
	return false
}

// own reads the files of backends that no process was found to read. They belong to
// the container in which they lie, if that is one of which nothing else says what it
// runs.
func own(r *repo, bare []*process) []*Service {
	var out []*Service
	pools := map[string][]*source.File{}
	taken := map[*process]bool{}
	belong := func(p *process, f *source.File) *process {
		c := owner(bare, f)
		if c == nil {
			return p
		}
		taken[c] = true
		service := *c.Service
		service.Program = p.Program
		p.Service, p.env, p.argv, p.alone = &service, c.env, c.argv, false
		p.mounts = c.mounts
		return p
	}
	for _, f := range r.order {
		if r.used[f] {
			continue
		}
		switch base := path.Base(f.Path); {
		case isGunicornFile(f):
			p := belong(ownFile(r, f, gunicorn()), f)
			p.settings = readAssignments(f, p.env)
			out = append(out, p.derive(gunicorn())...)
		case base == "puma.rb" || base == "unicorn.rb" || path.Base(path.Dir(f.Path)) == "puma" && path.Ext(base) == ".rb":
			p := readOwnRuby(r, f)
			s := puma()
			if p.Program.Value == "unicorn" {
				s = unicorn()
			}
			out = append(out, belong(p, f).derive(s)...)
		case isSpring(f):
			p := ownFile(r, f, spring())
			p.settings = readSpring(r, f)
			p = belong(p, f)
			p.springTold(f)
			out = append(out, p.derive(spring())...)
		case isServerXML(f):
			out = append(out, connectors(f, belong(ownNamed(r, f, "tomcat"), f).Service)...)
		case isJetty(f):
			if s := jettyService(r, f, belong(ownNamed(r, f, "jetty"), f).Service); s != nil {
				out = append(out, s)
			}
		case isApache(r, f):
			out = append(out, apacheService(r, f, belong(ownNamed(r, f, "apache"), f).Service)...)
		case isHAProxy(f):
			out = append(out, haproxyServices(f, belong(ownNamed(r, f, "haproxy"), f).Service)...)
		case isLighttpd(f):
			out = append(out, lighttpdServices(r, f, belong(ownNamed(r, f, "lighttpd"), f).Service)...)
		case isCaddyfile(f.Path):
			p := ownFile(r, f, caddy())
			p.settings = readCaddyfile(f)
			out = append(out, belong(p, f).derive(caddy())...)
		case isTraefik(f):
			p := ownFile(r, f, traefik())
			p.settings = readTraefik(f)
			out = append(out, belong(p, f).derive(traefik())...)
		case isUWSGI(f):
			out = append(out, belong(ownUWSGI(r, f), f).derive(uwsgi())...)
		case isPool(f):
			dir := path.Dir(path.Clean(f.Path))
			pools[dir] = append(pools[dir], f)
		}
	}
	for _, files := range pools {
		p := ownFile(r, files[0], phpfpm())
		p.Name = "php-fpm"
		for _, s := range belong(p, files[0]).pools(files) {
			s.complete()
			out = append(out, s)
		}
	}
	for _, b := range bare {
		if !taken[b] {
			out = append(out, b.Service)
		}
	}
	readsOne(out)
	slices.SortStableFunc(out, func(a, b *Service) int { return strings.Compare(a.At.File.Path, b.At.File.Path) })
	return out
}

func ownFile(r *repo, f *source.File, s *software) *process { return ownNamed(r, f, s.name) }

// ownNamed is the process of a program of which only its own file is there.
func ownNamed(r *repo, f *source.File, program string) *process {
	return &process{repo: r, code: path.Dir(path.Clean(f.Path)), hasCode: true, settings: settings{}, Service: &Service{
		Kind: File, Name: f.Path, At: Place{File: f}, Program: Field[string]{Value: program, Sure: Set, At: Place{File: f}},
	}}
}
