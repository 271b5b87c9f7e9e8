package service

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// nginx as a backend: a container of its image, with the nginx.conf and the files of
// conf.d that lie in it, or those of the image.
//
//	keepalive_timeout 15;
//	^^^^^^^^^^^^^^^^^^^^^ idle connections end after 15 s; 75 s if nothing says so, 65 s in
//	                      the nginx.conf of the images
//	keepalive_requests 100;
//	^^^^^^^^^^^^^^^^^^^^^^^ the connection ends with the 100th request
//
// Source: nginx.org/en/docs/http/ngx_http_core_module.html#keepalive_timeout; the
// nginx.conf of the packages and images of nginx.org and of OpenResty.

// The times of nginx that nothing sets, and that of the nginx.conf of the images.
const (
	nginxIdle      = 75 * time.Second
	nginxImageIdle = 65 * time.Second
)

// nginxMains are where images have nginx.conf, which sets nginxImageIdle and includes
// conf.d.
var nginxMains = map[string]string{
	"nginx":              "/etc/nginx/nginx.conf",
	"nginx-unprivileged": "/etc/nginx/nginx.conf",
	"openresty":          "/usr/local/openresty/nginx/conf/nginx.conf",
}

// nginxFiles are files of the images that set no time, which their configuration
// includes.
var nginxFiles = []string{"mime.types", "fastcgi_params", "fastcgi.conf", "scgi_params", "uwsgi_params"}

// nginxConfD is where the nginx.conf of the images looks for servers.
const nginxConfD = "/etc/nginx/conf.d/*.conf"

// nginxTemplates is where the official image finds what it writes into conf.d.
const nginxTemplates = "/etc/nginx/templates"

// servesNginx says of a container that runs nginx alone how that treats its clients,
// among which another nginx may be.
func (p *process) servesNginx() {
	name, _ := splitImage(p.Image.Value)
	main := nginxMains[path.Base(name)]
	if main == "" || !p.alone || p.altered || slices.ContainsFunc(p.argv, func(w word) bool { return w.text == "-c" || w.text == "-p" }) {
		return
	}
	p.Program, p.Variant = Field[string]{Value: "nginx", Sure: Set, At: p.Image.At}, "nginx"
	r := nginxReading{process: p, common: map[string]Field[string]{}, special: map[string][]Field[string]{}}
	switch f := p.outside(main); {
	case f != nil:
		r.read(p.use(f), nil, 0)
		r.unset = Field[time.Duration]{Value: nginxIdle, Sure: Default, At: Place{File: f}}
	case p.covered(main):
		return
	default:
		r.unset = Field[time.Duration]{Value: nginxImageIdle, Sure: Default, At: p.Image.At, Name: "nginx.conf of the image"}
		r.include(nil, nginxConfD, nil, 0)
	}
	if r.unseen {
		return
	}
	r.settle()
}

// covered reports whether something lies over a path in the container of which nobody
// sees what it holds.
func (p *process) covered(name string) bool {
	hides := func(inside string) bool { return within(name, inside) || within(inside, name) }
	return slices.ContainsFunc(p.hidden, hides) ||
		slices.ContainsFunc(p.mounts, func(m mount) bool { return hides(m.inside) })
}

// nginxReading is what a configuration says of the connections of clients.
type nginxReading struct {
	*process
	// common stands in http, by the name of the directive.
	common map[string]Field[string]
	// servers are the server blocks: what each says itself, and special what their
	// locations say.
	servers []map[string]Field[string]
	special map[string][]Field[string]
	// unset is how long idle connections are kept if nothing says so.
	unset Field[time.Duration]
	// unseen says that an included file is not seen.
	unseen bool
}

// mostNginxIncludes is how deep files include each other.
const mostNginxIncludes = 8

func (r *nginxReading) read(f *source.File, server map[string]Field[string], depth int) {
	r.block(f, nginx.Parse(f).Root, server, false, depth)
}

// block reads the directives of a file or of a block: of http, or of a server, in a
// location of it where that is special.
func (r *nginxReading) block(f *source.File, b *nginx.Block, server map[string]Field[string], special bool, depth int) {
	for d := range b.Kids() {
		switch name := d.Name(); name {
		case "http", "location", "if":
			if body := d.Body(); body != nil {
				r.block(f, body, server, special || name != "http", depth)
			}
		case "server":
			if body := d.Body(); body != nil {
				own := map[string]Field[string]{}
				r.servers = append(r.servers, own)
				r.block(f, body, own, false, depth)
			}
		case "include":
			if d.Args().Len() > 0 && depth < mostNginxIncludes {
				r.include(f, d.Arg(0), server, depth+1)
			}
		case "keepalive_timeout", "keepalive_requests":
			if d.Args().Len() == 0 {
				continue
			}
			set := Field[string]{Value: d.Arg(0), Sure: Set, At: Place{File: f, Span: d.Head()}, Name: name}
			switch {
			case special:
				r.special[name] = append(r.special[name], set)
			case server != nil:
				server[name] = set
			default:
				r.common[name] = set
			}
		}
	}
}

// include reads the files that a path or pattern inside of the container names.
func (r *nginxReading) include(f *source.File, name string, server map[string]Field[string], depth int) {
	if !path.IsAbs(name) {
		name = path.Join("/etc/nginx", name)
	}
	if slices.Contains(nginxFiles, path.Base(name)) || unknown(name) {
		r.unseen = r.unseen || unknown(name)
		return
	}
	dir := path.Dir(name)
	if slices.ContainsFunc(r.hidden, func(h string) bool { return within(dir, h) || within(h, dir) && fits(name, h) }) {
		r.unseen = true
		return
	}
	found := r.lying(name)
	if name == nginxConfD {
		made := r.lying(nginxTemplates + "/*")
		r.unseen = r.unseen || len(made) == 0 && r.covered(nginxTemplates)
		found = append(found, made...)
	}
	for _, g := range found {
		if g != f {
			r.read(r.use(g), server, depth)
		}
	}
	switch {
	case len(found) > 0:
	case !strings.ContainsAny(name, "*?["):
		r.unseen = true // nginx does not start without it
	case slices.ContainsFunc(r.mounts, func(m mount) bool { return within(m.inside, dir) && fits(name, m.inside) || within(dir, m.inside) }):
		r.unseen = true // something lies there that is not of this repository
	}
}

// fits reports whether a path may be one that a pattern names, or lie below one.
func fits(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil || within(name, path.Dir(pattern)) && path.Dir(name) != path.Dir(pattern)
}

// lying are the files of the repository that lie at the places of a pattern.
func (p *process) lying(pattern string) []*source.File {
	if !strings.ContainsAny(pattern, "*?[") {
		if f := p.outside(pattern); f != nil {
			return []*source.File{f}
		}
		return nil
	}
	var out []*source.File
	for _, m := range p.mounts {
		for _, f := range p.repo.order {
			name, outside := path.Clean(f.Path), path.Clean(m.outside)
			if !within(name, outside) {
				continue
			}
			inside := path.Join(m.inside, strings.TrimPrefix(strings.TrimPrefix(name, outside), "/"))
			if ok, err := path.Match(pattern, inside); err == nil && ok && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// settle takes what holds for every client.
func (r *nginxReading) settle() {
	idle, known := r.one("keepalive_timeout")
	d, ok := nginx.Duration(idle.Value)
	switch {
	case !known:
		r.Idle = unread[time.Duration](idle)
	case idle.At.File == nil:
		r.Idle, r.Keeps = r.unset, as(r.unset, facts.KeepsFor)
	case !ok:
		r.Idle = unread[time.Duration](idle)
	case d == 0:
		r.Keeps = as(idle, facts.ClosesAnnounced)
	default:
		r.Idle, r.Keeps = as(idle, d), as(idle, facts.KeepsFor)
	}
	requests, known := r.one("keepalive_requests")
	if n, err := strconv.Atoi(requests.Value); known && err == nil {
		r.Requests = as(requests, max(n, 1))
	} else if requests.At.File != nil {
		r.Requests = unread[int](requests)
	}
}

// one returns the value of a directive for every client: that of http, or the one that
// all servers have. Without a place nothing sets it; known is false where several hold,
// each for some.
func (r *nginxReading) one(name string) (set Field[string], known bool) {
	all := slices.Clone(r.special[name])
	for _, server := range r.servers {
		if own, ok := server[name]; ok {
			all = append(all, own)
		} else {
			all = append(all, r.common[name])
		}
	}
	if len(all) == 0 {
		all = append(all, r.common[name])
	}
	set = all[0]
	for _, s := range all {
		if s.Value != set.Value || unknown(s.Value) {
			return firstSet(s, set), false
		}
	}
	return set, true
}

// firstSet returns the first field that a file sets.
func firstSet(all ...Field[string]) (set Field[string]) {
	for _, f := range all {
		set = set.or(f)
	}
	return set
}
