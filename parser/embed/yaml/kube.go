package yaml

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
)

// object reads an object of Kubernetes, or what is in a list of them. It reports
// whether nothing of it is left to read.
func (y *yamlReader) object(n *yaml.Node, p yamlPlace) bool {
	kind := wordOf(n, "kind")
	if kind == "" || kind != "Secret" && wordOf(n, "apiVersion") == "" {
		return false
	}
	y.calls("a Kubernetes manifest")
	switch {
	case strings.Contains(kind, "Secret"):
		return true
	case strings.HasSuffix(kind, "List") && valueOf(n, "items") != nil:
		for i, item := range items(valueOf(n, "items")) {
			y.walk(item, p.in("items").item(i))
		}
		return true
	}
	world := kind
	if name := y.word(valueOf(valueOf(n, "metadata"), "name", "generateName")); name != "" {
		world += " " + name
	}
	p = yamlPlace{world: y.Unique(join(p.world, world))}
	switch kind {
	case "ConfigMap":
		y.configMap(n, p)
		return true
	case "Ingress":
		y.routes(n, p)
	case "VirtualServer", "VirtualServerRoute":
		y.virtualServer(n, p)
	case "UpstreamSettingsPolicy", "ClientSettingsPolicy", "ProxySettingsPolicy":
		y.policy(n, p)
	case "Tuned":
		y.profiles(n, p)
		return true
	}
	y.pod(n, p)
	for i := 0; i+1 < len(n.Content); i += 2 {
		y.walk(n.Content[i+1], p.in(y.keyName(n.Content[i])))
	}
	return true
}

// configMap reads the files of a ConfigMap. They are read by one program, as a
// rule.
func (y *yamlReader) configMap(n *yaml.Node, p yamlPlace) {
	context := ""
	if kind := wordOf(valueOf(valueOf(n, "metadata"), "annotations"), "bunkerweb.io/CONFIG_TYPE"); kind != "" {
		context = bunkerContexts[strings.ReplaceAll(strings.ToUpper(kind), "-", "_")]
	}
	if isIngressConfig(n) {
		y.ingress(valueOf(n, "data"), p)
	}
	if isF5Config(n) {
		y.f5Config(valueOf(n, "data"), p)
	}
	data := mapping(valueOf(n, "data"))
	for i := 0; i+1 < len(data); i += 2 {
		key, value := data[i], data[i+1]
		t := yamlText{world: y.at(p, value), label: y.keyName(key), name: key.Value, context: context, guess: y.tagged(key)}
		if c := snippetContext(key.Value); c != "" {
			t.context, t.name = c, ""
		}
		y.content(value, t)
	}
}

// profiles reads the profiles of tuned that a node may get, of which it gets one.
func (y *yamlReader) profiles(n *yaml.Node, p yamlPlace) {
	for i, profile := range items(valueOf(valueOf(n, "spec"), "profile")) {
		name := y.word(valueOf(profile, "name"))
		if name == "" {
			name = strconv.Itoa(i + 1)
		}
		y.content(valueOf(profile, "data"), yamlText{world: y.at(p, profile), label: "profile " + name})
	}
}

// pod reads the specification of a pod: its kernel settings, and those that
// commands of its containers make.
func (y *yamlReader) pod(n *yaml.Node, p yamlPlace) {
	groups := containerLists(n)
	if len(groups) == 0 {
		return
	}
	if list := valueOf(valueOf(n, "securityContext"), "sysctls"); len(items(list)) > 0 {
		at := yamlPlace{world: p.world, when: p.when}
		for i, item := range items(list) {
			y.listed(list, i, at, "sysctls")
			y.Contain(y.at(at, item), "sysctls", "kubernetes")
		}
		y.claimed[list] = true
	}
	own := podNamespaces{net: wordOf(n, "hostNetwork") != "true", ipc: wordOf(n, "hostIPC") != "true"}
	for _, group := range groups {
		for _, c := range items(group) {
			y.container(c, p, own)
		}
	}
}

// containerLists returns the lists of containers of a pod, those that run first in
// front. The values of a chart have them under names such as extraInitContainers.
func containerLists(n *yaml.Node) []*yaml.Node {
	var first, others []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, list := strings.ToLower(n.Content[i].Value), n.Content[i+1]
		switch {
		case len(items(list)) == 0:
		case strings.HasSuffix(name, "initcontainers"):
			first = append(first, list)
		case name == "containers", name == "extracontainers", name == "sidecars", name == "extrasidecars":
			others = append(others, list)
		}
	}
	return append(first, others...)
}

// podNamespaces says which namespaces a pod has that are not those of its node.
type podNamespaces struct{ net, ipc bool }

// holds reports whether a kernel key is one of the pod's.
func (own podNamespaces) holds(key string) bool {
	key = strings.ReplaceAll(key, "/", ".")
	switch {
	case strings.HasPrefix(key, "net."):
		return own.net
	case strings.HasPrefix(key, "kernel.shm"), strings.HasPrefix(key, "kernel.msg"), key == "kernel.sem", strings.HasPrefix(key, "fs.mqueue."):
		return own.ipc
	}
	return false
}

// container reads the command of a container. What it sets with sysctl(8) takes
// effect if the container is privileged: keys that a namespace has are set in that
// of the pod, all others on the node.
func (y *yamlReader) container(c *yaml.Node, p yamlPlace, own podNamespaces) {
	command, ok := y.words(valueOf(c, "command"))
	args, fine := y.words(valueOf(c, "args"))
	if !ok || !fine {
		return
	}
	start := valueOf(valueOf(valueOf(c, "lifecycle"), "postStart"), "exec")
	hook, ok := y.words(valueOf(start, "command"))
	if !ok {
		hook = nil
	}
	privileged := false
	if n := valueOf(valueOf(c, "securityContext"), "privileged"); n != nil {
		privileged = n.Value == "true" || y.tagged(n)
	}
	world := y.at(yamlPlace{world: p.world, when: p.when}, c)
	s := &shell.Reader{Finder: y.Finder, Container: "docker"}
	s.Scope = func(in, key string) (world, container string, ok bool) {
		if !privileged || own.holds(key) {
			return in, "docker", privileged
		}
		return join(in, "node"), "", true
	}
	for _, args := range [][]carrier.Phrase{append(command, args...), hook} {
		if len(args) > 0 {
			s.Exec(args, nil, world, shell.Output{})
		}
	}
	for _, n := range []*yaml.Node{valueOf(c, "command"), valueOf(c, "args"), valueOf(start, "command")} {
		if n != nil {
			y.claimed[n] = true
		}
	}
}
