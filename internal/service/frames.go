package service

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// LargeFrames is a network whose interfaces send packets of more than 1500 bytes, which
// is all that most paths beyond it take.
type LargeFrames struct {
	MTU int
	At  Place
}

// ethernet is the largest packet of an ordinary network.
const ethernet = 1500

// largeFrames are the networks of Compose, and the interfaces of netplan, with an MTU
// beyond that of Ethernet.
//
//	driver_opts: {com.docker.network.driver.mtu: "9000"}
//	                                             ^^^^^^ the size of a packet
//
// Source: "Bridge network driver" of Docker's manual; netplan(5), "mtu".
func largeFrames(r *repo) []LargeFrames {
	var out []LargeFrames
	for _, f := range r.order {
		if !isYAML(f.Path) || !strings.Contains(f.Text, "mtu") {
			continue
		}
		for _, d := range readYAML(f).docs {
			for _, net := range entries(at(d.root, "networks")) {
				out = append(out, d.large(net.value, "driver_opts", "com.docker.network.driver.mtu")...)
			}
			for _, kind := range []string{"ethernets", "bonds", "bridges", "vlans"} {
				for _, device := range entries(at(d.root, "network", kind)) {
					out = append(out, d.large(device.value, "mtu")...)
				}
			}
		}
	}
	return out
}

// large is what a key says, if that is beyond Ethernet.
func (d *yamlDoc) large(n *yaml.Node, keys ...string) []LargeFrames {
	f := d.scalar(at(n, keys...), keys[len(keys)-1], false)
	if mtu, err := strconv.Atoi(f.Value); err == nil && mtu > ethernet {
		return []LargeFrames{{mtu, f.At}}
	}
	return nil
}
