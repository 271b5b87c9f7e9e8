package sysctl_test

import (
	"testing"

	"github.com/tcplint/tcplint/parser/sysctl"
)

func TestNormalizeKey(t *testing.T) {
	tests := []struct{ key, want string }{
		{"", ""},
		{"net", "net"},
		{"net.core.somaxconn", "net.core.somaxconn"},
		{"net/core/somaxconn", "net.core.somaxconn"},
		{"/net/core/somaxconn", "net.core.somaxconn"},
		{".net.core.somaxconn", "net.core.somaxconn"},
		{"net..core.somaxconn", "net.core.somaxconn"},
		{"net//core/somaxconn", "net.core.somaxconn"},
		{"net.core/somaxconn", "net.core/somaxconn"},
		{"net.ipv4.conf.eth0/100.rp_filter", "net.ipv4.conf.eth0/100.rp_filter"},
		{"net/ipv4/conf/eth0.100/rp_filter", "net.ipv4.conf.eth0/100.rp_filter"},
		{"net.ipv4.conf.eth0.100.rp_filter", "net.ipv4.conf.eth0.100.rp_filter"},
		{"net/ipv4/conf/*/rp_filter", "net.ipv4.conf.*.rp_filter"},
		{"Net.Core", "Net.Core"},
		// A component that cannot be entered, since it is a file; procps says so.
		{"net/core/somaxconn/", "net.core.somaxconn."},
		// A dot inside the first component, which no kernel has.
		{"/eth0.100", ".eth0/100"},
		{"/eth0.100/x", ".eth0/100.x"},
		{"net/../vm", "net.//.vm"},
		{"///", ""},
		{"...", ""},
	}
	for _, tt := range tests {
		got := sysctl.NormalizeKey(tt.key)
		if got != tt.want {
			t.Errorf("NormalizeKey(%q) = %q, want %q", tt.key, got, tt.want)
		}
		if again := sysctl.NormalizeKey(got); again != got {
			t.Errorf("NormalizeKey(%q) = %q, not stable", got, again)
		}
	}
}
