//go:build linux

package rules_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// existence are the rules that say whether a kernel has a key.
var existence = []string{"sysctl-unknown-key", "sysctl-removed-key", "sysctl-vendor-key"}

// optional are keys that a kernel has only if it was built with something, or
// while a module is loaded, or on some hardware, with what that is.
var optional = map[string]string{
	"net.netfilter.": "the module nf_conntrack", "net.nf_conntrack": "the module nf_conntrack", "net.bridge.": "the module br_netfilter",
	"net.mptcp.": "CONFIG_MPTCP", "net.ipv4.vs.": "the module ip_vs", "net.sctp.": "the module sctp", "net.dccp.": "the module dccp",
	"net.ipv6.": "CONFIG_IPV6", "net.core.bpf_jit": "CONFIG_BPF_JIT", "net.smc.": "the module smc", "net.mpls.": "the module mpls",
	"net.rds.": "the module rds", "net.x25.": "the module x25",
	"net.core.busy_": "CONFIG_NET_RX_BUSY_POLL", "net.core.flow_limit_": "CONFIG_NET_FLOW_LIMIT", "net.core.rps_": "CONFIG_RPS",
	"net.core.xfrm_": "CONFIG_XFRM", "net.ipv4.xfrm4_": "CONFIG_XFRM", "net.ipv4.cipso_": "CONFIG_NETLABEL",
	"net.ipv4.fib_multipath": "CONFIG_IP_ROUTE_MULTIPATH", "net.ipv4.udp_l3mdev": "CONFIG_NET_L3_MASTER_DEV",
	"net.ipv4.tcp_l3mdev": "CONFIG_NET_L3_MASTER_DEV", "net.ipv4.raw_l3mdev": "CONFIG_NET_L3_MASTER_DEV",
	"fs.": "its file system", "user.": "CONFIG_USER_NS", "kernel.": "how the kernel was built", "vm.": "how the kernel was built", "debug.": "CONFIG_KPROBES",
}

// TestKernelKeys holds what the rules say of keys against those that the running
// kernel has.
func TestKernelKeys(t *testing.T) {
	t.Parallel()
	kernel, err := runningKernel()
	if err != nil {
		t.Skipf("no oracle: %v", err)
	}
	there := map[string]bool{}
	for _, folder := range []string{"net", "kernel", "vm", "fs", "user", "debug"} {
		err := fs.WalkDir(os.DirFS("/proc/sys"), folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				there[strings.ReplaceAll(path, "/", ".")] = true
			}
			return nil //nolint:nilerr // a folder that nobody may read has no say
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	says := newKeyJudge(kernel)
	for key := range there {
		for _, msg := range says(key) {
			if !strings.Contains(msg, "has no effect") {
				t.Errorf("the kernel has %s, but this is said: %s", key, msg)
			}
		}
	}
	known, absent := 0, 0
	for p := range facts.Params() {
		if strings.Contains(p.Key, "*") || p.Sure.Intersect(kernel).Empty() {
			continue
		}
		if known++; there[p.Key] {
			continue
		}
		absent++
		if !slices.ContainsFunc(keysOf(optional), func(prefix string) bool { return strings.HasPrefix(p.Key, prefix) }) {
			t.Errorf("the table has %s for Linux %s, the kernel has not, and nothing explains it", p.Key, kernel.From)
		}
	}
	slips, found, right := misspelt(there, says)
	t.Logf("Linux %s: %d keys, none of them refused; %d of the table, %d of them absent for a reason; %d of %d slips found, %d with the right name", kernel.From, len(there), known, absent, found, slips, right)
	const most = 0.9
	if float64(found) < most*float64(slips) || float64(right) < most*float64(found) {
		t.Errorf("of %d misspelt keys %d are found, %d with the right name", slips, found, right)
	}
}

func keysOf(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

// newKeyJudge returns what the rules say of a key for a kernel.
func newKeyJudge(kernel facts.Range) func(key string) []string {
	var few []*lint.Rule
	for _, r := range rules.All() {
		if slices.Contains(existence, r.ID) {
			few = append(few, r)
		}
	}
	return func(key string) []string {
		in := model.Input{
			Target: model.Target{Nginx: facts.NginxWindow(), Kernel: kernel},
			Sysctl: []*source.File{source.NewFile("sysctl.conf", key+" = 1\n")},
		}
		var out []string
		for _, f := range lint.Run([]*model.Host{model.Build(in)}, lint.Options{Rules: few}).Findings {
			out = append(out, f.Msg)
		}
		return out
	}
}

// misspelt leaves one letter after the other out of the names of net.core and
// net.ipv4, of which the table has all.
func misspelt(there map[string]bool, says func(string) []string) (slips, found, right int) {
	for key := range there {
		folder, name := key[:strings.LastIndexByte(key, '.')], key[strings.LastIndexByte(key, '.')+1:]
		if folder != "net.core" && folder != "net.ipv4" {
			continue
		}
		if _, ok := facts.ParamOf(key); !ok {
			continue
		}
		for i := 1; i < len(name); i += 3 {
			wrong := folder + "." + name[:i] + name[i+1:]
			if _, known := facts.ParamOf(wrong); known || there[wrong] {
				continue
			}
			slips++
			msgs := strings.Join(says(wrong), "\n")
			if msgs != "" {
				found++
			}
			if strings.Contains(msgs, "did you mean "+key+"?") {
				right++
			}
		}
	}
	return slips, found, right
}
