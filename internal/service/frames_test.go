package service_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

func TestLargeFrames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, text string
		want       int
	}{
		"Compose":           {"compose.yaml", "services: {}\nnetworks:\n  vpn:\n    driver_opts: {com.docker.network.driver.mtu: \"9000\"}\n", 9000},
		"netplan":           {"netplan/50-net.yaml", "network:\n  ethernets:\n    eth0:\n      mtu: 8951\n", 8951},
		"a bond":            {"netplan/50-net.yaml", "network:\n  bonds:\n    bond0: {mtu: 9000}\n", 9000},
		"an ordinary one":   {"compose.yaml", "services: {}\nnetworks:\n  vpn:\n    driver_opts: {com.docker.network.driver.mtu: \"1450\"}\n", 0},
		"nothing is said":   {"compose.yaml", "services: {}\nnetworks:\n  vpn: {}\n", 0},
		"a word for it":     {"netplan/50-net.yaml", "network:\n  ethernets:\n    eth0:\n      mtu: large\n", 0},
		"another programme": {"values.yaml", "calico:\n  mtu: 9000\n", 0},
	} {
		got := 0
		for _, l := range service.Read([]*source.File{source.NewFile(c.file, c.text)}, nil).LargeFrames {
			got = l.MTU
		}
		if got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
