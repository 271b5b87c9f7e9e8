package yaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// yamlNumber is a number that YAML reads as it is written. Others, such as 0x10 and
// 1_000, become what they stand for.
var yamlNumber = lazyre.New(`^(0|-?[1-9][0-9]{0,17})$`)

// yamlChanged is what readers of YAML make something else of, each in its way:
// numbers in other forms, logical values, nothing.
var yamlChanged = lazyre.New(`(?i)^([-+]?[0-9][0-9_.:xobe+-]*[0-9a-f]*|[-+]?\.[0-9]+|[-+]?\.inf|\.nan|y|n|yes|no|true|false|on|off|null|~|)$`)

// settingValue returns the value of a setting, unknown if it is not a scalar or
// not what stands there.
func (y *yamlReader) settingValue(n *yaml.Node) carrier.Phrase {
	if n == nil {
		return nil
	}
	s, ok := y.doc.scalar(n)
	if !ok || strings.TrimSpace(n.Value) == "" {
		return nil
	}
	text := s.text.String()
	const quotes = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	changed := n.Style&quotes == 0 && yamlChanged.MatchString(text) && !yamlNumber.MatchString(text)
	if changed || foreignTag(n) || y.dollars && strings.Contains(text, "$") {
		return s.text.Hidden()
	}
	// Logical values are turned to 1 and 0 by some.
	if low := strings.ToLower(strings.TrimSpace(text)); low == "yes" || low == "no" || low == "true" || low == "false" || low == "on" || low == "off" {
		return s.text.Hidden()
	}
	return s.text
}

// settingKey returns the key of a setting.
func (y *yamlReader) settingKey(n *yaml.Node) carrier.Phrase {
	if n == nil {
		return nil
	}
	s, ok := y.doc.scalar(n)
	if !ok {
		return nil
	}
	return s.text
}

// set adds a setting. The node is the one that tells in which branch of a template
// it stands. A value that is not there is not known.
func (y *yamlReader) set(p yamlPlace, label string, key, value carrier.Phrase, n *yaml.Node) {
	y.setItem(p, label, key, value, n, source.Item{})
}

// setItem is set for a setting that is an item of a list or a mapping.
func (y *yamlReader) setItem(p yamlPlace, label string, key, value carrier.Phrase, n *yaml.Node, item source.Item) {
	if len(value) == 0 {
		value = key.Hidden()
	}
	world := y.at(p, n)
	y.SettingOf(world, label, key, value, item)
}

// instance reads a setting of an instance of LXD or Incus, whose key has a prefix. It
// reports whether it is one.
func (y *yamlReader) instance(key, value *yaml.Node, p yamlPlace) bool {
	const prefix = "linux.sysctl."
	s, ok := y.doc.scalar(key)
	if !ok || !strings.HasPrefix(s.text.String(), prefix) {
		return false
	}
	y.calls("a profile of LXD")
	y.set(p.own(), "settings", s.text.Slice(len(prefix), len(s.text.String())), y.settingValue(value), key)
	return true
}

// isKeyNode reports whether a node is a kernel key. certain says that it can hardly
// be anything else.
func isKeyNode(n *yaml.Node) (key, certain bool) {
	if n == nil || n.Kind != yaml.ScalarNode {
		return false, false
	}
	return carrier.IsKey(carrier.Glue(n.Value)), surelyKernel.MatchString(strings.ReplaceAll(n.Value, "/", "."))
}

// surelyKernel are keys that mean nothing to other programs: fs.x and kernel.x are
// options of theirs.
var surelyKernel = lazyre.New(`^(net\.(ipv4|ipv6|core|netfilter|bridge|unix|mptcp|sctp|mpls)\.|net\.nf_conntrack_max$` +
	`|vm\.(swappiness|max_map_count|overcommit_|dirty_|min_free_|vfs_cache_|nr_|panic_on_oom|zone_reclaim)` +
	`|fs\.(file-max|nr_open|aio-max-nr|inotify\.|suid_dumpable|protected_|may_detach)` +
	`|kernel\.(pid_max|panic|shm|sem$|msg|core_|sysrq|threads-max|randomize_va|kptr_|dmesg_|keys\.|perf_event|printk|sched_|numa_|hung_|yama\.|unprivileged_))`)

// settingsMap reads a mapping whose keys are kernel keys. Its values are scalars,
// or mappings that have one under "value".
func (y *yamlReader) settingsMap(n *yaml.Node, p yamlPlace) bool {
	keys, sure := 0, strings.Contains(strings.ToLower(p.key()), "sysctl")
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			continue // the settings of an anchor, which are read there
		}
		key, certain := isKeyNode(n.Content[i])
		if !key && !y.tagged(n.Content[i]) {
			return false
		}
		if v := n.Content[i+1]; v.Kind == yaml.SequenceNode || v.Kind == yaml.MappingNode && valueOf(v, "value") == nil && wordOf(v, "ensure") == "" {
			return false
		}
		if key {
			keys++
		}
		sure = sure || certain
	}
	if keys == 0 || !sure {
		return false
	}
	at, label, container := y.settingsPlace(p)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.MappingNode {
			if wordOf(value, "ensure", "state") == "absent" {
				continue
			}
			value = valueOf(value, "value")
		}
		y.setItem(at, label, y.settingKey(key), y.settingValue(value), key, y.doc.item(n, i))
		y.Contain(y.at(at, key), label, container)
	}
	return true
}

// tagged reports whether a scalar has code of a template in it.
func (y *yamlReader) tagged(n *yaml.Node) bool {
	s, ok := y.doc.scalar(n)
	return ok && carrier.HoldsTag(s.text.String())
}

// settingsPlace returns the world and the label of settings that stand together,
// and where they are made.
func (y *yamlReader) settingsPlace(p yamlPlace) (at yamlPlace, label, container string) {
	if p.key() != "sysctls" {
		return p.own(), "settings", ""
	}
	for _, key := range p.path {
		switch low := strings.ToLower(key); {
		case strings.HasSuffix(low, "securitycontext"):
			container = "kubernetes"
		case strings.HasSuffix(low, "docker_container"), strings.HasSuffix(low, "podman_container"):
			container = "docker"
		}
	}
	if y.dollars {
		container = "docker"
	}
	return p.group(), "sysctls", container
}

// Names of the entries of a setting in a list.
var (
	nameEntries  = []string{"name", "key", "sysctl", "parameter", "namespace", "Namespace", "Name"}
	valueEntries = []string{"value", "val", "Value"}
)

// list reads a sequence of settings: mappings with a name and a value, or scalars
// such as "key=value".
func (y *yamlReader) list(n *yaml.Node, p yamlPlace) bool {
	sure := strings.Contains(strings.ToLower(p.key()), "sysctl")
	keys := 0
	for _, item := range n.Content {
		name := valueOf(item, nameEntries...)
		if item.Kind == yaml.ScalarNode {
			k, _, ok := strings.Cut(item.Value, "=")
			if !ok {
				return false
			}
			name = &yaml.Node{Kind: yaml.ScalarNode, Value: strings.TrimSpace(k)}
		} else if valueOf(item, valueEntries...) == nil {
			return false
		}
		key, certain := isKeyNode(name)
		if !key && (name == nil || item.Kind == yaml.ScalarNode || !y.tagged(name)) {
			return false
		}
		if key {
			keys++
		}
		sure = sure || certain
	}
	if keys == 0 || !sure {
		return false
	}
	at, label, container := y.settingsPlace(p)
	if valueOf(n.Content[0], "Namespace", "namespace") != nil {
		container = "docker" // systemControls of a task of ECS
	}
	for i, item := range n.Content {
		y.listed(n, i, at, label)
		y.Contain(y.at(at, item), label, container)
	}
	return true
}

// listed adds the setting of an item of a sequence.
func (y *yamlReader) listed(list *yaml.Node, i int, p yamlPlace, label string) {
	item, whole := list.Content[i], y.doc.item(list, i)
	if item.Kind == yaml.ScalarNode {
		if key, value, ok := y.settingKey(item).Cut("="); ok {
			if y.dollars && strings.Contains(value.String(), "$") {
				value = value.Hidden()
			}
			y.setItem(p, label, key, value, item, whole)
		}
		return
	}
	state := wordOf(item, "state", "ensure")
	if state != "" && state != "present" {
		return
	}
	y.setItem(p, label, y.settingKey(valueOf(item, nameEntries...)), y.settingValue(valueOf(item, valueEntries...)), item, whole)
}
