package service

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Compose files: each service is a container. What an override file beside the file
// says comes on top.
//
//	api:
//	  command: gunicorn --worker-class gthread --keep-alive 5 --bind 0.0.0.0:8000 app:app
//	           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "api" and port 8000, and what gunicorn does there
//
// Source: the Compose Specification; compose-go decides in tests what merges how.

// services reads the services of a project.
func (c *composeProject) services() []*process {
	var order []string
	byName := map[string][]composeService{}
	for _, d := range c.docs {
		for _, e := range entries(at(d.root, "services")) {
			if byName[e.key.Value] == nil {
				order = append(order, e.key.Value)
			}
			byName[e.key.Value] = append(byName[e.key.Value], composeService{d, e.key, e.value})
		}
	}
	var out []*process
	for _, name := range order {
		if c.only != nil && !slices.ContainsFunc(byName[name], func(s composeService) bool { return s.doc.in == c.only }) {
			continue
		}
		if p := c.service(name, byName[name]); p != nil {
			out = append(out, p)
		}
	}
	return out
}

// composeService is a service as one file writes it.
type composeService struct {
	doc       *yamlDoc
	key, body *yaml.Node
}

// service joins what the files say of a service.
func (c *composeProject) service(name string, parts []composeService) *process {
	parts = c.extended(parts)
	last := func(keys ...string) (*yamlDoc, *yaml.Node) {
		for _, p := range slices.Backward(parts) {
			if n := at(p.body, keys...); n != nil {
				return p.doc, n
			}
		}
		return nil, nil
	}
	text := func(keys ...string) Field[string] {
		if d, n := last(keys...); n != nil {
			return d.scalar(n, keys[len(keys)-1], true)
		}
		return Field[string]{}
	}
	first := parts[len(parts)-1]
	for _, p := range slices.Backward(parts) {
		if p.key.Value == name {
			first = p
		}
	}
	p := &process{repo: c.repo, Service: &Service{
		Kind: Compose, Name: name, At: first.doc.place(first.key), Group: c.group, Names: []string{name}, Network: OwnNetwork,
		Image: text("image"), Sysctls: map[string]Field[string]{},
	}}
	if n := text("container_name"); n.Known() && !unknown(n.Value) {
		p.Names = append(p.Names, n.Value)
	}
	if n := text("hostname"); n.Known() && !unknown(n.Value) {
		p.Names = append(p.Names, n.Value)
	}
	c.network(p, parts, text("network_mode"))
	for _, part := range parts {
		c.ports(p, part)
		c.exposed(p, part)
		c.environment(p, part)
		c.volumes(p, part)
		c.sysctls(p, part)
		c.limits(p, part)
	}
	if mode := text("deploy", "endpoint_mode"); mode.Value == "vip" || !mode.Known() && c.swarm(parts) {
		p.Balanced = as(mode, true)
		if !mode.Known() {
			p.Balanced = Field[bool]{Value: true, Sure: Preset, At: p.At}
		}
	}
	p.dir = text("working_dir").Value
	if b := c.build(p, parts); b != nil {
		p.Image = Field[string]{} // the name that the result is given
		b.image(p)
	}
	d, entry := last("entrypoint")
	if entry != nil {
		p.argv = d.words(entry, true)
		p.command = nil
	}
	if d, n := last("command"); n != nil {
		p.command = d.words(n, true)
		if p.command == nil {
			p.argv, p.entry = nil, nil
			return p
		}
	}
	if entry == nil {
		p.argv = p.entry
	}
	p.argv = slices.Concat(p.argv, p.command)
	return p
}

// extended puts what "extends" names before the services themselves.
func (c *composeProject) extended(parts []composeService) []composeService {
	for range 8 {
		e := at(parts[0].body, "extends")
		if e == nil {
			return parts
		}
		name, from := e.Value, parts[0].doc
		if e.Kind == yaml.MappingNode {
			name = ""
			if n := at(e, "service"); n != nil {
				name = n.Value
			}
			if n := at(e, "file"); n != nil {
				f := c.repo.file(path.Join(c.dir, n.Value))
				if f == nil {
					return parts
				}
				y := readYAML(f)
				if len(y.docs) == 0 {
					return parts
				}
				from = y.docs[0]
			}
		}
		base := at(from.root, "services", name)
		if base == nil || slices.ContainsFunc(parts, func(p composeService) bool { return p.body == base }) {
			return parts
		}
		parts = append([]composeService{{from, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, base}}, parts...)
	}
	return parts
}

// network reads which network the container lives in, and its names there.
func (*composeProject) network(p *process, parts []composeService, mode Field[string]) {
	switch target, isService := strings.CutPrefix(mode.Value, "service:"); {
	case mode.Value == "host":
		p.Network = HostNetwork
	case isService:
		p.Network, p.SharesWith = SharedNetwork, target
	case mode.Known() && mode.Value != "bridge" && mode.Value != "default":
		p.Network = NetworkUnknown
	}
	for _, part := range parts {
		for _, net := range entries(at(part.body, "networks")) {
			for _, alias := range list(at(net.value, "aliases")) {
				p.Names = append(p.Names, alias.Value)
			}
		}
	}
}

// swarm reports whether the services are those of a stack: one of the files has a
// network with the driver overlay, or says how a service is deployed over a cluster.
func (c *composeProject) swarm(parts []composeService) bool {
	for _, part := range parts {
		if at(part.body, "deploy", "mode") != nil || at(part.body, "deploy", "placement") != nil || at(part.body, "deploy", "update_config") != nil {
			return true
		}
	}
	for _, d := range c.docs {
		for _, net := range entries(at(d.root, "networks")) {
			if driver := at(net.value, "driver"); driver != nil && driver.Value == "overlay" {
				return true
			}
		}
	}
	return false
}

// ports reads what is published: "8080:80", "127.0.0.1:8080:80/tcp", or the long form.
func (*composeProject) ports(p *process, part composeService) {
	for _, n := range list(at(part.body, "ports")) {
		if n.Kind == yaml.MappingNode {
			inner := part.doc.scalar(at(n, "target"), "ports", true)
			outer := part.doc.scalar(at(n, "published"), "ports", true)
			host := part.doc.scalar(at(n, "host_ip"), "ports", true)
			addPort(p, wildcard(host.Value), outer.Value, inner.Value, part.doc.place(n))
			continue
		}
		f := part.doc.scalar(n, "ports", true)
		spec, _, _ := strings.Cut(f.Value, "/")
		i := strings.LastIndexByte(spec, ':')
		if i < 0 {
			continue // published on a port that nobody knows
		}
		host, outer := "", spec[:i]
		if j := strings.LastIndexByte(outer, ':'); j >= 0 {
			host, outer = strings.Trim(outer[:j], "[]"), outer[j+1:]
		}
		addPort(p, wildcard(host), outer, spec[i+1:], f.At)
	}
}

// exposed reads "expose".
func (*composeProject) exposed(p *process, part composeService) {
	for _, n := range list(at(part.body, "expose")) {
		if port := (settings{"expose": part.doc.scalar(n, "expose", true)}).number("expose"); port.Known() {
			p.Exposed = append(p.Exposed, port)
		}
	}
}

func addPort(p *process, host, outer, inner string, at Place) {
	a, err1 := strconv.Atoi(outer)
	b, err2 := strconv.Atoi(inner)
	if err1 == nil && err2 == nil {
		p.Published = append(p.Published, Published{Host: host, Port: a, Internal: b, At: at})
	}
}

func (c *composeProject) environment(p *process, part composeService) {
	files := at(part.body, "env_file")
	for _, n := range append(list(files), files) {
		if n != nil && n.Kind == yaml.MappingNode {
			n = at(n, "path")
		}
		if name := part.doc.scalar(n, "env_file", true); name.Known() && !unknown(name.Value) {
			if f := c.repo.file(path.Join(c.dir, name.Value)); f != nil {
				p.environmentFile(f)
			}
		}
	}
	env := at(part.body, "environment")
	for _, e := range entries(env) {
		if f := part.doc.scalar(e.value, e.key.Value, true); f.Known() || setsTemplates(e.key.Value) {
			p.setenv(e.key.Value, f)
		}
	}
	for _, n := range list(env) {
		f := part.doc.scalar(n, "", true)
		if k, v, ok := strings.Cut(f.Value, "="); ok {
			f.Value, f.Name = v, k
			p.setenv(k, f)
		} else if k, _, _ := strings.Cut(n.Value, "="); setsTemplates(k) {
			p.setenv(k, Field[string]{Name: k})
		}
	}
}

// volumes reads which files of the repository lie where in the container.
func (c *composeProject) volumes(p *process, part composeService) {
	add := func(outside, inside string) {
		if strings.HasPrefix(outside, ".") || strings.HasPrefix(outside, "/") {
			if !path.IsAbs(outside) {
				outside = path.Join(c.dir, outside)
			}
			p.mounts = append(p.mounts, mount{path.Clean(inside), outside})
			return
		}
		p.hidden = append(p.hidden, path.Clean(inside))
	}
	for _, n := range list(at(part.body, "volumes")) {
		if n.Kind == yaml.MappingNode {
			add(part.doc.scalar(at(n, "source"), "", true).Value, part.doc.scalar(at(n, "target"), "", true).Value)
			continue
		}
		spec := part.doc.scalar(n, "volumes", true).Value
		for _, pwd := range []string{"$PWD", "${PWD}", "$(pwd)"} {
			spec = strings.Replace(spec, pwd, ".", 1)
		}
		fields := strings.Split(spec, ":")
		if len(fields) >= 2 {
			add(fields[0], fields[1])
		} else if spec != "" {
			add("", spec)
		}
	}
	for _, from := range list(at(part.body, "volumes_from")) {
		p.altered = p.altered || from.Value != ""
	}
	for _, n := range list(at(part.body, "configs")) {
		name, target := n.Value, "/"+n.Value
		if n.Kind == yaml.MappingNode {
			name, target = part.doc.scalar(at(n, "source"), "", true).Value, part.doc.scalar(at(n, "target"), "", true).Value
		}
		seen := false
		for _, d := range c.docs {
			if f := d.scalar(at(d.root, "configs", name, "file"), "", true); f.Known() {
				p.mounts, seen = append(p.mounts, mount{path.Clean(target), path.Join(c.dir, f.Value)}), true
			}
		}
		if !seen {
			p.hidden = append(p.hidden, path.Clean(target))
		}
	}
}

// sysctls reads the kernel settings: a mapping, or "key=value".
func (*composeProject) sysctls(p *process, part composeService) {
	n := at(part.body, "sysctls")
	for _, e := range entries(n) {
		p.Sysctls[e.key.Value] = part.doc.scalar(e.value, e.key.Value, true)
	}
	for _, item := range list(n) {
		f := part.doc.scalar(item, "", true)
		if k, v, ok := strings.Cut(f.Value, "="); ok {
			f.Value, f.Name = v, k
			p.Sysctls[k] = f
		}
	}
}

// limits reads ulimits.nofile: a number, or soft and hard.
func (*composeProject) limits(p *process, part composeService) {
	n := at(part.body, "ulimits", "nofile")
	if n == nil {
		return
	}
	read := func(n *yaml.Node) Field[int] {
		return settings{"nofile": part.doc.scalar(n, "ulimits.nofile", true)}.number("nofile")
	}
	if n.Kind == yaml.ScalarNode {
		p.SoftFiles, p.HardFiles = read(n), read(n)
		return
	}
	if soft := read(at(n, "soft")); soft.Known() {
		p.SoftFiles = soft
	}
	if hard := read(at(n, "hard")); hard.Known() {
		p.HardFiles = hard
	}
}

// build finds the Dockerfile that the container is built from, nil if it is not
// seen.
func (c *composeProject) build(p *process, parts []composeService) *dockerBuild {
	for _, part := range slices.Backward(parts) {
		n := at(part.body, "build")
		if n == nil {
			continue
		}
		context, name, target := ".", "Dockerfile", ""
		if n.Kind == yaml.ScalarNode {
			context = part.doc.scalar(n, "", true).Value
		} else {
			if f := part.doc.scalar(at(n, "context"), "", true); f.Known() {
				context = f.Value
			}
			if f := part.doc.scalar(at(n, "dockerfile"), "", true); f.Known() {
				name = f.Value
			}
			target = part.doc.scalar(at(n, "target"), "", true).Value
		}
		if unknown(context) || strings.Contains(context, "://") {
			return nil
		}
		dir := path.Join(c.dir, context)
		p.code, p.hasCode = dir, true
		f := c.repo.file(path.Join(dir, name))
		if f == nil {
			return nil
		}
		return readBuild(c.repo, f, dir, target)
	}
	return nil
}
