package model_test

import "testing"

// TestMasked checks which of two files of the same name the loaders read.
func TestMasked(t *testing.T) {
	t.Parallel()
	h := build(t, `-- usr/lib/sysctl.d/50-net.conf --
net.core.somaxconn = 1
net.ipv4.tcp_sack = 0
-- run/sysctl.d/50-net.conf --
net.core.somaxconn = 2
-- etc/sysctl.d/50-net.conf --
net.core.somaxconn = 3
-- usr/lib/sysctl.d/10-own.conf --
net.ipv4.tcp_syncookies = 1
-- other/etc/sysctl.d/10-own.conf --
net.ipv4.tcp_ecn = 1
`)
	s := h.Sysctl
	if n, ok := s.Get("net.core.somaxconn").Int(); !ok || n != 3 {
		t.Errorf("net.core.somaxconn = %d, %v; want 3", n, ok)
	}
	if s.Get("net.ipv4.tcp_sack").Set {
		t.Error("a line of a masked file is in force")
	}
	for _, key := range []string{"net.ipv4.tcp_syncookies", "net.ipv4.tcp_ecn"} {
		if !s.Get(key).Set {
			t.Errorf("%s is not set, though its file has a name and a root of its own", key)
		}
	}
	masked := map[string]string{}
	for tree, by := range s.Masked {
		masked[tree.File.Path] = by.File.Path
	}
	if len(masked) != 2 || masked["usr/lib/sysctl.d/50-net.conf"] != "etc/sysctl.d/50-net.conf" || masked["run/sysctl.d/50-net.conf"] != "etc/sysctl.d/50-net.conf" {
		t.Errorf("masked files: %v", masked)
	}
}
