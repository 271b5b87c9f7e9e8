package sysctl_test

import (
	"testing"

	"github.com/tcplint/tcplint/parser/sysctl"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, key string
		want         bool
	}{
		{"net.core.somaxconn", "net.core.somaxconn", true},
		{"net.core.somaxconn", "net.core.rmem_max", false},
		{"net/core/somaxconn", "net.core.somaxconn", true},
		{"/net/core/somaxconn", "net.core.somaxconn", true},

		{"net.ipv4.conf.*.rp_filter", "net.ipv4.conf.lo.rp_filter", true},
		{"net/ipv4/conf/*/rp_filter", "net.ipv4.conf.lo.rp_filter", true},
		{"net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0/100.rp_filter", true},
		{"net.ipv4.conf.eth0/*.rp_filter", "net.ipv4.conf.eth0/100.rp_filter", true},
		{"net.ipv4.conf.eth0/*.rp_filter", "net.ipv4.conf.eth0.rp_filter", false},
		{"net.ipv4.conf.*.rp_filter", "net.ipv4.conf.eth0.100.rp_filter", false},
		{"net.*.rp_filter", "net.ipv4.conf.lo.rp_filter", false},
		{"net.ipv4.*", "net.ipv4.conf.lo.rp_filter", false},
		{"net.ipv4.*", "net.ipv4.tcp_syncookies", true},
		{"net.ipv?.tcp_*_mem", "net.ipv4.tcp_r_mem", true},
		{"*", "net.core", false},
		{"*.*", "net.core", true},
		{"net.core.*", "net.core", false},
		{"net.core", "net.core.somaxconn", false},
		{"net.core.*max*conn*", "net.core.somaxconn", true},
		{"net.core.*x*x*x", "net.core.somaxconn", false},
		{"net.core.somaxconn*", "net.core.somaxconn", true},
		{"net.core.somaxconn?", "net.core.somaxconn", false},

		{"net.ipv[46].x", "net.ipv4.x", true},
		{"net.ipv[46].x", "net.ipv5.x", false},
		{"net.ipv[!46].x", "net.ipv5.x", true},
		{"net.ipv[^46].x", "net.ipv4.x", false},
		{"net.ipv[3-6].x", "net.ipv4.x", true},
		{"net.ipv[4-].x", "net.ipv-.x", true},
		{"net.ipv[]4].x", "net.ipv].x", true},
		{"net.ipv[!]4].x", "net.ipv4.x", false},
		{"net.ipv[[:digit:]].x", "net.ipv4.x", true},
		{"net.ipv[![:alpha:]_].x", "net.ipv4.x", true},
		{"net.ipv[[:upper:][:xdigit:]].x", "net.ipvf.x", true},
		{"net.ipv[[:nosuch:]].x", "net.ipv4.x", false},
		{"net.ipv[![:nosuch:]].x", "net.ipv4.x", false},
		{"net.ipv[[:4].x", "net.ipv4.x", true},
		{`net.ipv[\]4].x`, "net.ipv].x", true},
		{"net.[[:lower:]][[:alnum:]][[:alpha:]].x", "net.i4v.x", true},
		{"net.[[:punct:]][[:graph:]][[:print:]].x", "net._4v.x", true},
		{"net.[[:space:]][[:blank:]][[:cntrl:]].x", "net.\v\t\x7f.x", true},
		{"net.ipv[4.x", "net.ipv[4.x", true},
		{"net.ipv[4.x", "net.ipv4.x", false},
		{"net.ipv[4.6].x", "net.ipv4.x", false},

		{"net.{ipv4,ipv6}.x", "net.ipv4.x", false},
		{`net.\*.x`, "net.*.x", true},
		{`net.\*.x`, "net.a.x", false},
		{`net.x\`, `net.x\`, false},
		{"net.conf.?.x", "net.conf.ä.x", true},
		{"net.conf.[ä-ö].x", "net.conf.ë.x", true},
		{"net.conf.?.x", "net.conf.\xff.x", true},
		{"net.conf.*.x", "net/conf/.a/x", false},
		{"net/conf/.*/x", "net/conf/.a/x", true},
		{"Net.*", "net.core", false},
		{"", "", true},
	}
	for _, tt := range tests {
		if got := sysctl.Match(tt.pattern, tt.key); got != tt.want {
			t.Errorf("Match(%q, %q) = %t, want %t", tt.pattern, tt.key, got, tt.want)
		}
	}
}
