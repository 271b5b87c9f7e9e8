package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
)

var sysctlNotNamespaced = lint.Rule{
	ID:       "sysctl-not-namespaced",
	Title:    "a container cannot set this key",
	Severity: lint.Error,
	Written:  true,
	Fix:      lint.NoFix,
	AnyText:  true,
	Since:    "0.1",
	Why: `A container has a network namespace of its own, and only keys that every namespace has can be set in it. The others are missing there or read-only: Docker refuses to start the container, and a pod ends in CreateContainerError or SysctlForbidden. tcp_mem, netdev_max_backlog and the conntrack table's size belong to the host and hold for all its containers.

Of the keys that a namespace has, Kubernetes admits without further ado only those on its list of safe sysctls, which grew over the versions: ip_local_port_range and tcp_syncookies from the start, the keepalive keys and tcp_fin_timeout since 1.29, tcp_rmem and tcp_wmem since 1.32. The rest must be allowed on each node with --allowed-unsafe-sysctls; net.core.somaxconn and tcp_tw_reuse are among them. That is a warning, since the node may allow it.

The rule runs where .tcplint.toml says that the settings are a container's: container = "docker" or "kubernetes-1.29" in [target]. Which keys are missing was read from the sources and seen in a fresh namespace of Linux 6.18.

Ignore it for pods with hostNetwork, which can set no net. key at all, and where the nodes allow the key.`,
	Refs: []string{
		"https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/",
		"https://docs.docker.com/reference/cli/docker/container/run/#sysctl",
	},
	Examples: []lint.Example{
		{
			Name:      "in a container",
			Container: "docker",
			Bad: `net.core.somaxconn = 4096
net.ipv4.tcp_mem = 190000 250000 380000
#^^^^^^^^^^^^^^^ net.ipv4.tcp_mem belongs to the host: a container cannot set it
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name:      "defaults of the neighbour tables, and what belongs to the whole machine",
			Container: "docker",
			Bad: `net.ipv4.neigh.default.gc_stale_time = 120
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ belongs to the host
net.ipv4.neigh.eth0.gc_stale_time = 120
net.sctp.sctp_rmem = 4096 865500 4194304
#^^^^^^^^^^^^^^^^^ belongs to the host
`,
			Good: `net.ipv4.neigh.eth0.gc_stale_time = 120
`,
		},
		{
			Name:      "in a pod",
			Container: "kubernetes-1.29",
			Bad: `net.ipv4.tcp_keepalive_time = 600
net.ipv4.tcp_rmem = 4096 131072 6291456
#^^^^^^^^^^^^^^^^ net.ipv4.tcp_rmem is a safe sysctl from Kubernetes 1.32 on only
net.core.somaxconn = 4096
#^^^^^^^^^^^^^^^^^ net.core.somaxconn is no safe sysctl
`,
			Good: `net.ipv4.tcp_keepalive_time = 600
`,
		},
		{
			Name: "silent: on the host",
			Bad: `net.ipv4.tcp_mem = 190000 250000 380000
`,
		},
	},
	Check: func(p *lint.Pass) {
		inside := p.Host.Target.Container
		if !inside.In {
			return
		}
		for a := range settings(p.Host) {
			key := a.Key.Value
			k, ok := facts.ParamOf(key)
			if !ok {
				continue
			}
			f := lint.Finding{At: lint.AtKey(a)}
			if k.HostOnly || neighbourDefault(key) {
				f.Msg = key + " belongs to the host: a container cannot set it"
				p.Report(f)
				continue
			}
			// Of keys outside net. it is not known which a container has.
			if !inside.Pod || !k.Netns && !strings.HasPrefix(key, "net.") {
				continue
			}
			safe, err := facts.ParseVersion(k.SafeSince)
			switch {
			case err != nil:
				f.Msg = key + " is no safe sysctl of Kubernetes: the nodes must allow it"
			case !inside.Kubernetes.IsZero() && safe.Compare(inside.Kubernetes) > 0:
				f.Msg = fmt.Sprintf("%s is a safe sysctl from Kubernetes %s on only: the nodes must allow it", key, safe)
			default:
				continue
			}
			p.ReportMild(lint.Warning, f)
		}
	},
}

var _ = add(&sysctlNotNamespaced)

// neighbourDefault reports whether a key is one of the neighbour tables' defaults,
// which the host's namespace alone has (seen in those of 6.12, 7.2 and 7.3). The
// interfaces' own keys are in each.
func neighbourDefault(key string) bool {
	return strings.HasPrefix(key, "net.ipv4.neigh.default.") || strings.HasPrefix(key, "net.ipv6.neigh.default.")
}
