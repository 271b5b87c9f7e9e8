package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/rules"
)

// TestOneVoice makes sure that of several rules which could say the same of a
// line, one does.
func TestOneVoice(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"net.ipv4.tcp_fin_timeout = 30#seconds":                "sysctl-inline-comment",
		"net.ipv4.tcp_keepalive_time = 30 # seconds":           "sysctl-inline-comment",
		"net.ipv4.tcp_rmem = 4096 # min":                       "sysctl-inline-comment",
		"net.ipv4.ip_local_reserved_ports = 8080 # app":        "sysctl-inline-comment",
		"net.ipv4.tcp_congestion_control = bbr # fast":         "sysctl-inline-comment",
		"net.ipv4.tcp_sack = yes # on":                         "sysctl-value",
		"net.ipv4.tcp_rmem = 4096 87380 16M":                   "sysctl-value",
		"net.ipv4.tcp_syn_retries = 0":                         "sysctl-value",
		"net.ipv4.tcp_timestamps = off":                        "sysctl-value",
		"net.ipv4.ip_local_port_range = 0 65535":               "sysctl-value",
		"net.ipv4.ip_local_port_range = 1024-65535":            "sysctl-value",
		"net.netfilter.nf_conntrack_count = 0":                 "sysctl-conntrack sysctl-value",
		"net.ipv4.ip_local_port_range = 65535 1024":            "sysctl-port-range",
		"net.ipv4.ip_local_port_range = 1000 65535":            "sysctl-port-range",
		"net.ipv4.ip_local_port_range = 60000 61000":           "sysctl-port-range",
		"net.ipv4.ip_local_port_range = 1024":                  "sysctl-triple",
		"net.ipv4.tcp_rmem = 16777216":                         "sysctl-triple",
		"net.ipv4.tcp_rmem = 4096 6291456 131072":              "sysctl-triple",
		"net.core.somaxconn = 8192 4096":                       "sysctl-triple",
		"net.ipv4.tcp_mem = 94500000 915000000 927000000":      "sysctl-tcp-mem-unit",
		"net.ipv4.somaxconn = 8192":                            "sysctl-unknown-key",
		"-net.ipv4.somaxconn = 8192":                           "sysctl-unknown-key",
		"net.ipv6.tcp_syncookies = yes":                        "sysctl-unknown-key",
		"-net.ipv4.made_up_by_us = 1":                          "sysctl-ignore-prefix",
		"net.ipv4.made_up_by_us = 1":                           "sysctl-unknown-key",
		"net.ipv4.tcp_tw_timeout = 3":                          "sysctl-vendor-key",
		"-net.ipv4.tcp_tw_timeout = 3":                         "sysctl-vendor-key",
		"net.ipv4.tcp_tw_recycle = 1":                          "sysctl-tcp-tw-recycle",
		"-net.ipv4.tcp_tw_recycle = 1":                         "sysctl-tcp-tw-recycle",
		"net.ipv4.tcp_fack = 1":                                "sysctl-removed-key",
		"-net.ipv4.tcp_frto_response = 1":                      "sysctl-removed-key",
		"NET.CORE.SOMAXCONN = many":                            "sysctl-syntax",
		"sysctl -w net.core.somaxconn = 8192":                  "sysctl-syntax",
		"net.ipv4/tcp_sack = yes":                              "sysctl-syntax",
		"/proc/sys/net/ipv4/made_up = yes":                     "sysctl-syntax",
		"net.core.somaxconn =\u00a04096":                       "sysctl-syntax",
		"net.core.somaxconn 8192":                              "sysctl-syntax",
		"net.ipv4.tcp_timestamps = 0":                          "sysctl-timestamps-off",
		"net.core.somaxconn = 128":                             "sysctl-somaxconn-low",
		"net.ipv4.tcp_retries2 = 3":                            "sysctl-retries-low",
		"net.ipv4.tcp_max_tw_buckets = 5000":                   "sysctl-max-tw-buckets-low",
		"net.ipv6.conf.all.disable_ipv6 = 1":                   "sysctl-ipv6-disabled",
		"net.core.rmem_max = 16777216":                         "sysctl-buffer-limits",
		"net.ipv4.tcp_fin_timeout = 5":                         "sysctl-fin-timeout-myth",
		"# cure CLOSE_WAIT\nnet.ipv4.tcp_fin_timeout = 30":     "sysctl-close-wait-myth",
		"net.core.somaxconn = 8192\nnet.core.somaxconn = 9000": "sysctl-duplicate-key",
		"net.ipv4.tcp_congestion_control = bbr":                "",
		"net.ipv4.tcp_rmem = 4096\t131072 6291456":             "",
	} {
		host := linttest.Host(t, "-- sysctl.conf --\n"+line+"\n")
		var ids []string
		for _, f := range lint.Run([]*model.Host{host}, lint.Options{Rules: rules.All()}).Findings {
			ids = append(ids, f.Rule.ID)
		}
		slices.Sort(ids)
		if diff := cmp.Diff(want, strings.Join(ids, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

// TestFileNames makes sure that two files with the numbers in the wrong order
// are one finding.
func TestFileNames(t *testing.T) {
	t.Parallel()
	host := linttest.Host(t, "-- sysctl.d/100-a.conf --\nnet.core.somaxconn = 8192\n-- sysctl.d/20-b.conf --\nnet.core.somaxconn = 9000\n")
	findings := lint.Run([]*model.Host{host}, lint.Options{Rules: rules.All()}).Findings
	if len(findings) != 1 || findings[0].Rule.ID != "sysctl-not-loaded" {
		t.Errorf("findings: %v", findings)
	}
}
