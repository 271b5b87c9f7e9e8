//go:build linux

package proof

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/parser/detect"
)

// settingsPool are lines that meet: keys that change others, values of which the
// kernel takes a part or nothing, lines that only one loader understands.
var settingsPool = []string{
	"net.ipv4.ip_forward = 0", "net.ipv4.ip_forward = 1", "net.ipv4.conf.all.forwarding = 0", "net.ipv4.conf.v0.forwarding = 1",
	"net.ipv4.conf.all.accept_redirects = 0", "net.ipv4.conf.default.accept_redirects = 0", "net.ipv4.conf.v0.accept_redirects = 1",
	"net.ipv6.conf.all.forwarding = 1", "net.ipv6.conf.v0.forwarding = 0", "net.ipv6.conf.all.forwarding = 0",
	"net.ipv6.conf.all.disable_ipv6 = 1", "net.ipv6.conf.all.disable_ipv6 = 0", "net.ipv6.conf.lo.disable_ipv6 = 0",
	"net.ipv6.conf.v0.disable_ipv6 = 1", "net.ipv6.conf.default.disable_ipv6 = 1",
	"net.ipv4.conf.default.rp_filter = 1", "net.ipv4.conf.default.rp_filter = 2", "net.ipv4.conf.v0.rp_filter = 0", "net.ipv4.conf.all.rp_filter = 1",
	"net.ipv4.conf.*.rp_filter = 2", "-net.ipv4.conf.v1.rp_filter", "net.ipv4.conf.v?.rp_filter = 1",
	"net.ipv4.neigh.default.retrans_time_ms = 500", "net.ipv4.neigh.v0.retrans_time_ms = 700", "net.ipv4.neigh.default.ucast_solicit = 2",
	"net.ipv4.ip_local_port_range = 1024 65535", "net.ipv4.ip_local_port_range = 80 65535", "net.ipv4.ip_local_port_range = 20000",
	"net.ipv4.ip_local_port_range = 40000 30000", "net.ipv4.ip_local_port_range = 32768 60999",
	"net.ipv4.ip_unprivileged_port_start = 80", "net.ipv4.ip_unprivileged_port_start = 1024", "net.ipv4.ip_unprivileged_port_start = 2000",
	"net.ipv4.tcp_rmem = 8192 262144 16777216", "net.ipv4.tcp_rmem = 4096 87380", "net.ipv4.tcp_rmem = 16384", "net.ipv4.tcp_rmem = 4096 131072 16M",
	"net.ipv4.tcp_wmem = 4096\t16384 4194304", "net.ipv4.tcp_wmem = 4096 16384 4194304", "net.ipv4.tcp_wmem = 4096 65536 # 16777216",
	"net.ipv4.ip_local_reserved_ports = 8080,9090", "net.ipv4.ip_local_reserved_ports = 8080, 9090, 9100", "net.ipv4.ip_local_reserved_ports =",
	"net.ipv4.tcp_syn_retries = 5", "net.ipv4.tcp_syn_retries = 0", "net.ipv4.tcp_syn_retries = 4", "net.ipv4.tcp_syn_retries = 4 ; fewer",
	"net.core.somaxconn = 4096", "net.core.somaxconn = 0x400", "net.core.somaxconn = 02000", "net.core.somaxconn = 1024 # enough", "net.core.somaxconn = 1024#enough",
	"net/ipv4/tcp_fin_timeout = 30", "net.ipv4.tcp_fin_timeout = 15", "- net.ipv4.tcp_fin_timeout = 20", "-net.ipv4.tcp_fin_timeout", "-net.ipv4.tcp_fin_timeout = 25",
	"net.ipv4.tcp_max_tw_buckets = 5000", "net.ipv4.tcp_max_tw_buckets = 400000", "net.ipv4.tcp_timestamps = 0", "net.ipv4.tcp_timestamps = 1", "net.ipv4.tcp_tw_reuse = 1",
	"net.ipv4.tcp_tw_recycle = 1", "net.ipv4.tcp_fack = 1", "net.ipv4.tcp_tw_timeout = 5", "net.ipv4.tcp_low_latency = 1", "net.ipv4.no_such_key = 1",
	"net.ipv4.tcp_congestion_control = htcp", "net.ipv4.tcp_congestion_control = reno", "net.ipv4.tcp_congestion_control = cubic # the default",
	"vm.swappiness = 10", "vm.swappiness = 20", "vm.dirty_ratio = 10", "vm.dirty_bytes = 1000000", "vm.dirty_ratio = 20", "kernel.panic = 5", "kernel.panic = 10",
	"; tuned for the edge", ";net.ipv4.tcp_sack = 0", "# about what follows", "#net.ipv4.tcp_sack = 0", "", "",
	"net.ipv4.tcp_sack 0", "NET.IPV4.TCP_SACK = 0",
}

// generated is a host with settings of which many meet.
func generated(r *rand.Rand) layout {
	l := layout{}
	for _, path := range []string{"etc/sysctl.d/60-net.conf", "etc/sysctl.d/99-z.conf", "usr/lib/sysctl.d/50-default.conf", "etc/sysctl.conf"} {
		if len(l) > 0 && r.IntN(3) > 0 {
			continue
		}
		// A few themes at a time, so that lines of one key come together.
		from, many := r.IntN(len(settingsPool)), 4+r.IntN(24)
		var lines []string
		for range many {
			lines = append(lines, settingsPool[(from+r.IntN(16))%len(settingsPool)])
		}
		eol := "\n"
		if r.IntN(8) == 0 {
			eol = "\r\n"
		}
		text := strings.Join(lines, eol)
		if r.IntN(6) > 0 {
			text += eol
		}
		l[path] = text
	}
	return l
}

// fromCorpus are files of other people, each on a host of its own. There are none
// where the corpus is not.
func fromCorpus(t *testing.T) []layout {
	t.Helper()
	dir := cmp.Or(os.Getenv("TCPLINT_CORPUS"), filepath.FromSlash("../../../shared/corpus"))
	list, err := os.ReadFile(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		t.Logf("no corpus of configurations: %v (set TCPLINT_CORPUS)", err)
		return nil
	}
	var all []layout
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(line, "\t")
		text, err := os.ReadFile(filepath.Join(dir, "files", filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		if kind, _ := detect.Detect(name, string(text)); kind == detect.Sysctl {
			all = append(all, layout{"etc/sysctl.d/60-corpus.conf": string(text)})
		}
	}
	return all
}
