package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/source"
)

// The official image of nginx writes files of configuration when it starts: of each
// "X.conf.template" in /etc/nginx/templates it makes /etc/nginx/conf.d/X.conf, with the
// variables of the environment put in. It does so from 1.19.0 on, and only where its own
// entry point runs nginx.
//
// Source: 20-envsubst-on-templates.sh of github.com/nginx/docker-nginx; the same in
// nginx-unprivileged.

// Templates are files of the repository of which a container makes configuration.
type Templates struct {
	// Outside is a file or folder of the repository, Rel what it is called below the
	// folder of templates; empty for that folder itself.
	Outside, Rel string
	// Out is the folder in the container that they are written to, Suffix what the names
	// of templates end in, and what is made of them does not.
	Out, Suffix string
}

// envsubst is how an image makes configuration of templates.
type envsubst struct {
	dir   string
	kinds []Templates // without Outside
}

// setsTemplates reports whether a variable moves templates, or what is made of them. It
// counts even where its value is not known.
func setsTemplates(name string) bool { return strings.HasPrefix(name, "NGINX_ENVSUBST_") }

// firstEnvsubst is the release of nginx with whose image it came.
var firstEnvsubst = facts.V(1, 19, 0)

// envsubst reads what a container with the official image makes of templates; nil if it
// makes nothing, or what is not known.
func (p *process) envsubst() *envsubst {
	name, tag := splitImage(p.Image.Value)
	switch name {
	case "nginx", "library/nginx", "nginxinc/nginx-unprivileged", "nginx/nginx-unprivileged":
	default:
		return nil
	}
	argv := p.argv
	if len(argv) > 0 && path.Base(argv[0].text) == "docker-entrypoint.sh" {
		argv = argv[1:]
	}
	if len(argv) > 0 && argv[0].text != "nginx" && argv[0].text != "nginx-debug" {
		return nil
	}
	if m := tagVersion.FindStringSubmatch(tag); m != nil {
		if v, err := facts.ParseVersion(m[1]); err == nil && v.Compare(firstEnvsubst) < 0 && strings.Contains(m[1], ".") {
			return nil
		}
	}
	known := true
	told := func(name, preset string) string {
		f, ok := p.env[name]
		if !ok {
			return preset
		}
		known = known && f.Sure == Set && f.Value != "" && !unknown(f.Value) && !strings.Contains(f.Value, "$")
		return f.Value
	}
	e := &envsubst{dir: path.Clean(told("NGINX_ENVSUBST_TEMPLATE_DIR", "/etc/nginx/templates"))}
	e.kinds = []Templates{
		{Out: told("NGINX_ENVSUBST_OUTPUT_DIR", "/etc/nginx/conf.d"), Suffix: told("NGINX_ENVSUBST_TEMPLATE_SUFFIX", ".template")},
		{Out: told("NGINX_ENVSUBST_STREAM_OUTPUT_DIR", "/etc/nginx/stream-conf.d"), Suffix: told("NGINX_ENVSUBST_STREAM_TEMPLATE_SUFFIX", ".stream-template")},
	}
	if !known {
		return nil
	}
	return e
}

// nginxImages reads the Dockerfiles that no container is built of, as far as they put
// templates into an image of nginx. Each is built in its own folder or in one around it.
func nginxImages(r *repo) []*Service {
	const levels = 3
	var out []*Service
	for _, f := range r.order {
		if !isDockerfile(f.Path) || !strings.Contains(f.Text, "nginx") || !strings.Contains(f.Text, "templat") {
			continue
		}
		context := path.Dir(f.Path)
		for range levels {
			p := &process{Service: &Service{At: Place{File: f}}, repo: r}
			readBuild(r, f, context, "").image(p)
			p.argv = slices.Concat(p.entry, p.command)
			if p.makes = p.envsubst(); p.makes != nil {
				out = append(out, p.Service)
			}
			if context == "." || strings.HasSuffix(context, "..") {
				break
			}
			context = path.Dir(context)
		}
	}
	return out
}

// Templates are what the containers in which a file is nginx's main one make the rest of
// their configuration of; none where these differ.
func (inv *Inventory) Templates(main *source.File) []Templates {
	if inv == nil || main == nil {
		return nil
	}
	p := path.Clean(main.OnDisk().Path)
	for _, from := range [][]*Service{inv.Services, inv.images} {
		var found []Templates
		first := true
		for _, s := range from {
			if s.makes == nil || !s.isMain(p) {
				continue
			}
			own := s.templates()
			if !first && !slices.Equal(found, own) {
				return nil
			}
			found, first = own, false
		}
		if !first {
			return found
		}
	}
	return nil
}

// isMain reports whether a file lies in a container as the main one of nginx.
func (s *Service) isMain(file string) bool {
	return slices.ContainsFunc(s.mounts, func(m mount) bool {
		p := file
		outside := path.Clean(m.outside)
		if !within(p, outside) {
			return false
		}
		if outside != "." {
			p = strings.TrimPrefix(p, outside)
		}
		return path.Join(m.inside, p) == "/etc/nginx/nginx.conf"
	})
}

// templates are the files and folders of templates in a container.
func (s *Service) templates() []Templates {
	var out []Templates
	for _, m := range s.mounts {
		at := Templates{Outside: path.Clean(m.outside)}
		switch {
		case within(m.inside, s.makes.dir):
			at.Rel = strings.TrimPrefix(strings.TrimPrefix(m.inside, s.makes.dir), "/")
		case within(s.makes.dir, m.inside):
			at.Outside = path.Join(at.Outside, strings.TrimPrefix(s.makes.dir, m.inside))
		default:
			continue
		}
		for _, k := range s.makes.kinds {
			at.Out, at.Suffix = k.Out, k.Suffix
			out = append(out, at)
		}
	}
	return out
}
