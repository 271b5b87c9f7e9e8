package service

import (
	"path"
	"slices"
	"strings"
)

// Quadlets: a container of Podman that systemd starts.
//
//	Exec=uvicorn --host 0.0.0.0 --port 8000 app:app
//	     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ what runs in it
//	PublishPort=127.0.0.1:8080:8000
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ where the machine reaches it
//
// Source: docs.podman.io/en/latest/markdown/podman-systemd.unit.5.html.
func quadlets(r *repo) []*process {
	var out []*process
	for _, f := range r.order {
		if path.Ext(f.Path) != ".container" || !strings.Contains(f.Text, "[Container]") {
			continue
		}
		lines := ReadUnit(f)
		for _, d := range r.order {
			if path.Dir(d.Path) == f.Path+".d" && path.Ext(d.Path) == ".conf" {
				lines = append(lines, ReadUnit(d)...)
			}
		}
		name := strings.TrimSuffix(path.Base(f.Path), ".container")
		p := &process{repo: r, Service: &Service{
			Kind: Quadlet, Name: name, At: Place{File: f}, Network: OwnNetwork, Group: path.Clean(f.Path), Names: []string{"systemd-" + name},
			Sysctls: map[string]Field[string]{},
		}}
		p.quadlet(lines)
		out = append(out, p)
	}
	return out
}

// quadlet applies the assignments of a container.
func (p *process) quadlet(lines []UnitLine) {
	dir := path.Dir(path.Clean(p.At.File.Path))
	for _, l := range lines {
		if l.Section != "Container" {
			continue
		}
		f := Field[string]{Value: l.Value, Sure: Set, At: l.At, Name: l.Key}
		switch l.Key {
		case "Image":
			p.Image, p.At = f, l.At
		case "ContainerName":
			p.Names = []string{l.Value}
		case "Entrypoint":
			p.entry = p.unitWords(l, "")
		case "Exec":
			p.command = p.unitWords(l, "")
		case "WorkingDir":
			p.dir = l.Value
		case "Environment":
			for _, w := range splitUnit(l.Value) {
				if k, v, ok := strings.Cut(w, "="); ok {
					f.Value, f.Name = v, k
					p.setenv(k, f)
				}
			}
		case "Sysctl":
			for _, w := range splitUnit(l.Value) {
				if k, v, ok := strings.Cut(w, "="); ok {
					f.Value = v
					p.Sysctls[k] = f
				}
			}
		case "Ulimit":
			if limit, ok := strings.CutPrefix(l.Value, "nofile="); ok {
				soft, hard, two := strings.Cut(limit, ":")
				f.Value = soft
				p.SoftFiles = settings{"n": f}.number("n")
				if two {
					f.Value = hard
				}
				p.HardFiles = settings{"n": f}.number("n")
			}
		case "PublishPort":
			p.published(f)
		case "Network":
			switch network, _, _ := strings.Cut(l.Value, ":"); {
			case network == "host":
				p.Network = HostNetwork
			case strings.HasSuffix(network, ".network"): // others on it reach it by its name
				p.Group = "network " + path.Join(dir, network)
			default:
				p.Network = NetworkUnknown
			}
		case "Volume":
			if from, to, ok := strings.Cut(l.Value, ":"); ok && strings.HasPrefix(from, ".") {
				to, _, _ = strings.Cut(to, ":")
				p.mounts = append(p.mounts, mount{path.Clean(to), path.Join(dir, from)})
			} else if ok {
				to, _, _ = strings.Cut(to, ":")
				p.hidden = append(p.hidden, path.Clean(to))
			}
		}
	}
	p.argv = slices.Concat(p.entry, p.command)
}

// published reads "8080:80", with or without an address of the machine before it.
func (p *process) published(f Field[string]) {
	spec, protocol, _ := strings.Cut(f.Value, "/")
	i := strings.LastIndexByte(spec, ':')
	if protocol == "udp" || i < 0 {
		return // no TCP, or on a port that nobody knows
	}
	host, outer := "", spec[:i]
	if j := strings.LastIndexByte(outer, ':'); j >= 0 {
		host, outer = strings.Trim(outer[:j], "[]"), outer[j+1:]
	}
	addPort(p, wildcard(host), outer, spec[i+1:], f.At)
}
