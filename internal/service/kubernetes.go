package service

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/source"
)

// Manifests of Kubernetes: every container of a workload is a process, which a
// Service leads to by its selector, in the same namespace. What a template of Helm
// decides is not known.
//
//	args: ["--bind", "0.0.0.0:8000", "app:app"]
//	       ^^^^^^^^^^^^^^^^^^^^^^^^^ where it listens, if the command is gunicorn
//
// Source: kubernetes.io/docs/concepts/services-networking/service.

// manifest is an object of a stream.
type manifest struct {
	doc             *yamlDoc
	kind            string
	name, namespace string
	body            *yaml.Node
}

// front is a name and port under which a Service leads to a container.
type front struct {
	name, namespace string
	portName        string // empty if it has none
	port, target    int
	only            bool // the Service has no other port
}

// mesh is what says that Istio puts its proxy beside the containers.
type mesh struct {
	namespace string
	at        Place
}

func isManifest(f *source.File) bool {
	return isYAML(f.Path) && strings.Contains(f.Text, "apiVersion:") && strings.Contains(f.Text, "kind:")
}

// objects reads the objects of all manifests; a List stands for its items.
func objects(r *repo) []manifest {
	var out []manifest
	var add func(d *yamlDoc, n *yaml.Node)
	add = func(d *yamlDoc, n *yaml.Node) {
		kind := at(n, "kind")
		if kind == nil || at(n, "apiVersion") == nil {
			return
		}
		if strings.HasSuffix(kind.Value, "List") {
			for _, item := range list(at(n, "items")) {
				add(d, item)
			}
			return
		}
		out = append(out, manifest{doc: d, kind: kind.Value, body: n, name: d.name(at(n, "metadata", "name")), namespace: d.name(at(n, "metadata", "namespace"))})
	}
	for _, f := range r.order {
		if isManifest(f) {
			values := chartValues(r, f.Path)
			for _, d := range readYAML(f).docs {
				d.values = values
				add(d, d.root)
			}
		}
	}
	return out
}

// name reads a name; empty if a template decides it.
func (d *yamlDoc) name(n *yaml.Node) string {
	if f := d.scalar(n, "", false); !unknown(f.Value) {
		return f.Value
	}
	return ""
}

// podPath leads to the pod of each kind of workload.
var podPath = map[string][]string{
	"Pod": {}, "Deployment": {"spec", "template"}, "StatefulSet": {"spec", "template"}, "DaemonSet": {"spec", "template"}, "ReplicaSet": {"spec", "template"},
	"Rollout": {"spec", "template"}, "DeploymentConfig": {"spec", "template"}, "Job": {"spec", "template"}, "ReplicationController": {"spec", "template"},
}

// manifests reads the containers, and what says that they are in a mesh.
func manifests(r *repo, all []manifest) ([]*process, []mesh) {
	var out []*process
	var meshes []mesh
	leading := leadingServices(all)
	for i, m := range all {
		if m.kind == "Namespace" {
			if l := at(m.body, "metadata", "labels", "istio-injection"); l != nil && l.Value == "enabled" {
				meshes = append(meshes, mesh{m.name, m.doc.place(l)})
			}
			continue
		}
		pod, workload := m.pod()
		if !workload {
			continue
		}
		for _, where := range []string{"labels", "annotations"} {
			if l := at(pod, "metadata", where, "sidecar.istio.io/inject"); l != nil && l.Value == "true" {
				meshes = append(meshes, mesh{m.namespace, m.doc.place(l)})
			}
		}
		containers := m.containers(r, pod, all)
		lead(containers, leading[i])
		out = append(out, containers...)
	}
	return out, meshes
}

// pod is the pod of a workload.
func (m manifest) pod() (n *yaml.Node, ok bool) {
	steps, ok := podPath[m.kind]
	if !ok || len(steps) == 0 {
		return m.body, ok
	}
	return at(m.body, steps...), true
}

// leadingServices are the Services that lead to each workload, by its index: those that
// select it, as far as no folder of its own tells another one. Objects of one name
// cannot be in a cluster at a time: of several Services, and of several workloads that
// one selects, the nearest are meant, and none if that does not tell.
func leadingServices(all []manifest) map[int][]manifest {
	nearness := func(a, b int) int {
		x, y := all[a].dir(), all[b].dir()
		if x == y {
			return strings.Count(x, "/") + 2 // more than any other folder shares
		}
		return shared(x, y)
	}
	leads, selected := map[int][]int{}, map[int][]int{}
	for s, service := range all {
		if service.kind != "Service" || service.name == "" {
			continue
		}
		best, found := -1, []int(nil)
		for w, m := range all {
			pod, ok := m.pod()
			if !ok || m.namespace != service.namespace || !selects(service, m, entries(at(pod, "metadata", "labels"))) {
				continue
			}
			selected[w] = append(selected[w], s)
			if n := nearness(s, w); n > best {
				best, found = n, []int{w}
			} else if n == best {
				found = append(found, w)
			}
		}
		for _, w := range found {
			leads[w] = append(leads[w], s)
		}
	}
	out := map[int][]manifest{}
	for w, services := range leads {
		for _, s := range services {
			if !slices.ContainsFunc(selected[w], func(o int) bool {
				return all[o].name == all[s].name && all[o].dir() != all[s].dir() && nearness(o, w) >= nearness(s, w)
			}) {
				out[w] = append(out[w], all[s])
			}
		}
	}
	return out
}

// dir is the folder of the file that an object stands in.
func (m manifest) dir() string { return path.Dir(path.Clean(m.doc.in.Path)) }

// containers reads the containers of a pod.
func (m manifest) containers(r *repo, pod *yaml.Node, all []manifest) []*process {
	var out []*process
	for _, c := range list(at(pod, "spec", "containers")) {
		name := at(c, "name")
		if name == nil {
			continue
		}
		p := &process{repo: r, Service: &Service{
			Kind: Kubernetes, Name: m.doc.name(name), At: m.doc.place(name), Group: "namespace " + m.namespace, Network: OwnNetwork,
			Image: m.doc.scalar(at(c, "image"), "image", false), Sysctls: map[string]Field[string]{},
			pod: m.doc.in.Path + "#" + strconv.Itoa(m.body.Line),
		}}
		if n := at(pod, "spec", "hostNetwork"); n != nil && n.Value == "true" {
			p.Network = HostNetwork
		}
		for _, e := range list(at(c, "env")) {
			if k, v := at(e, "name"), at(e, "value"); k != nil && v != nil {
				if f := m.doc.scalar(v, k.Value, false); !unknown(f.Value) {
					p.setenv(k.Value, f)
				}
			}
		}
		for _, e := range list(at(pod, "spec", "securityContext", "sysctls")) {
			if k, v := at(e, "name"), at(e, "value"); k != nil && v != nil {
				p.Sysctls[k.Value] = m.doc.scalar(v, k.Value, false)
			}
		}
		for _, port := range list(at(c, "ports")) {
			if f := (settings{"containerPort": m.doc.scalar(at(port, "containerPort"), "containerPort", false)}).number("containerPort"); f.Known() {
				f.Name = m.doc.name(at(port, "name"))
				p.Exposed = append(p.Exposed, f)
			}
		}
		m.mounted(p, c, pod, all)
		p.argv = slices.Concat(m.doc.words(at(c, "command"), false), m.doc.words(at(c, "args"), false))
		if dir := at(c, "workingDir"); dir != nil {
			p.dir = dir.Value
		}
		out = append(out, p)
	}
	return out
}

// mounted notes which ConfigMaps lie in a container.
func (m manifest) mounted(p *process, c, pod *yaml.Node, all []manifest) {
	volumes := map[string]string{} // the ConfigMap of a volume
	for _, v := range list(at(pod, "spec", "volumes")) {
		if name, cm := at(v, "name"), at(v, "configMap", "name"); name != nil && cm != nil {
			volumes[name.Value] = cm.Value
		}
	}
	for _, v := range list(at(c, "volumeMounts")) {
		name, where := at(v, "name"), at(v, "mountPath")
		if name == nil || where == nil || volumes[name.Value] == "" {
			continue
		}
		for _, o := range all {
			n := at(o.body, "metadata", "name")
			if o.kind == "ConfigMap" && n != nil && n.Value == volumes[name.Value] && o.namespace == m.namespace && sameTemplate(o, m, n) {
				p.mounts = append(p.mounts, mount{path.Clean(where.Value), path.Clean(o.doc.in.Path)})
			}
		}
	}
}

// sameTemplate reports whether two objects with the same name are about the same
// thing: names that a template makes are compared as they are written, within a
// chart.
func sameTemplate(o, m manifest, name *yaml.Node) bool {
	if o.doc.name(name) != "" {
		return true
	}
	return path.Dir(o.doc.in.Path) == path.Dir(m.doc.in.Path)
}

// lead notes which ports of Services lead to the containers of a pod.
func lead(containers []*process, services []manifest) {
	for _, s := range services {
		ports := list(at(s.body, "spec", "ports"))
		for _, port := range ports {
			number, err := strconv.Atoi(s.doc.name(at(port, "port")))
			if err != nil {
				continue
			}
			target := s.doc.name(at(port, "targetPort"))
			if at(port, "targetPort") == nil {
				target = strconv.Itoa(number)
			}
			for _, c := range containers {
				if n, ok := c.targeted(target, len(containers) == 1); ok {
					c.fronts = append(c.fronts, front{name: s.name, namespace: s.namespace, portName: s.doc.name(at(port, "name")), port: number, target: n, only: len(ports) == 1})
				}
			}
		}
	}
}

// targeted reports whether a target port of a Service is the container's.
func (s *Service) targeted(target string, only bool) (port int, ok bool) {
	for _, e := range s.Exposed {
		if strconv.Itoa(e.Value) == target || e.Name != "" && e.Name == target {
			return e.Value, true
		}
	}
	n, err := strconv.Atoi(target)
	return n, only && err == nil && len(s.Exposed) == 0
}

// selects reports whether a Service selects a pod: all of its labels, none of which a
// template decides.
func selects(s, m manifest, labels []pair) bool {
	if kind := at(s.body, "spec", "type"); kind != nil && kind.Value == "ExternalName" {
		return false
	}
	selector := entries(at(s.body, "spec", "selector"))
	if len(selector) == 0 {
		return false
	}
	for _, want := range selector {
		value := s.doc.name(want.value)
		if value == "" || !slices.ContainsFunc(labels, func(l pair) bool { return l.key.Value == want.key.Value && m.doc.name(l.value) == value }) {
			return false
		}
	}
	return true
}

// called reports whether a name of nginx's is that of the Service, in any length,
// seen from a namespace.
func (f front) called(host string) bool {
	parts := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	if parts[0] != strings.ToLower(f.name) {
		return false
	}
	switch {
	case len(parts) == 1:
		return true
	case f.namespace != "" && parts[1] != f.namespace:
		return false
	case len(parts) == 2:
		return f.namespace != "" // else "db.example" may be anything
	}
	return parts[2] == "svc"
}
