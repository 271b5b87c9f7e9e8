package facts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParamsTable(t *testing.T) {
	last := ""
	for p := range Params() {
		switch {
		case p.Key <= last:
			t.Errorf("%s is out of order, or there twice", p.Key)
		case !strings.HasPrefix(p.Ref, "https://") || strings.ContainsAny(p.Ref, " ()"):
			t.Errorf("%s: reference %q", p.Key, p.Ref)
		case p.In.Empty() || p.Sure.Empty() || !p.In.Contains(p.Sure):
			t.Errorf("%s: in %v, sure %v", p.Key, p.In, p.Sure)
		case p.In.From.Compare(NewestKernel) > 0:
			t.Errorf("%s: in no kernel yet", p.Key)
		case len(p.Doc) >= 100:
			t.Errorf("%s: %q is too long", p.Key, p.Doc)
		case (p.Noop == "") != p.NoopSince.IsZero(), p.NoopUnless != "" && p.Noop == "":
			t.Errorf("%s: when and why has it no effect?", p.Key)
		case p.Netns && p.HostOnly:
			t.Errorf("%s is of the host and of its namespaces", p.Key)
		}
		last = p.Key
		checkDefaults(t, p.Key, p.Defaults)
		for i, l := range p.Limits {
			if l.Min.Known && l.Max.Known && l.Min.N > l.Max.N || l.In.Empty() {
				t.Errorf("%s: limits %+v", p.Key, l)
			}
			if i > 0 && !l.In.Intersect(p.Limits[i-1].In).Empty() {
				t.Errorf("%s: two limits for one kernel", p.Key)
			}
		}
		if p.SafeSince != "" && p.HostOnly {
			t.Errorf("%s is safe for pods, which have none of it", p.Key)
		}
		if g, ok := GoneParamOf(p.Key); ok && p.In.Before.IsZero() {
			t.Errorf("%s is there and gone: %+v", p.Key, g)
		}
	}
}

func TestParamOf(t *testing.T) {
	for key, want := range map[string]string{
		"net.core.somaxconn":                            "net.core.somaxconn",
		"net.ipv4.conf.all.rp_filter":                   "net.ipv4.conf.*.rp_filter",
		"net.ipv4.conf.default.rp_filter":               "net.ipv4.conf.*.rp_filter",
		"net.ipv4.conf.eth0.rp_filter":                  "net.ipv4.conf.*.rp_filter",
		"net.ipv4.conf.eth0.100.rp_filter":              "net.ipv4.conf.*.rp_filter",
		"net.ipv4.conf.*.rp_filter":                     "net.ipv4.conf.*.rp_filter",
		"net.ipv6.conf.lo.disable_ipv6":                 "net.ipv6.conf.*.disable_ipv6",
		"net.ipv4.neigh.default.gc_thresh1":             "net.ipv4.neigh.default.gc_thresh1",
		"net.ipv4.neigh.eth0.base_reachable_time_ms":    "net.ipv4.neigh.*.base_reachable_time_ms",
		"net.ipv4.neigh.eth0.gc_thresh1":                "",
		"net.ipv4.conf.rp_filter":                       "",
		"net.ipv4.conf..rp_filter":                      "",
		"net.ipv4.conf.":                                "",
		"net.ipv4.somaxconn":                            "",
		"net.ipv4.tcp_tw_recycle":                       "",
		"net/core/somaxconn":                            "",
		"net.netfilter.nf_conntrack_dccp_timeout_open":  "net.netfilter.nf_conntrack_dccp_timeout_open",
		"net.netfilter.nf_conntrack_dccp_timeout_opens": "",
		"": "",
	} {
		p, ok := ParamOf(key)
		if ok != (want != "") || ok && p.Key != want {
			t.Errorf("ParamOf(%q) = %+v, %v; want %q", key, p, ok, want)
		}
	}
}

// param is a row that must be there.
func param(t *testing.T, key string) *Param {
	t.Helper()
	p, ok := ParamOf(key)
	if !ok {
		t.Fatalf("no row for %s", key)
	}
	return p
}

func TestParamPresence(t *testing.T) {
	for key, want := range map[string][2]Range{
		"net.ipv4.tcp_fin_timeout":              {{}, {}},
		"net.ipv4.ip_local_port_step_width":     {Since(V(7, 1, 0)), Since(V(7, 1, 0))},
		"net.ipv4.tcp_tw_reuse_delay":           {Since(V(6, 14, 0)), Since(V(6, 14, 0))},
		"net.ipv4.tcp_migrate_req":              {Since(V(5, 10, 0)), Since(V(5, 14, 0))}, // 5.12..5.14 and a backport
		"net.netfilter.nf_conntrack_dccp_loose": {Until(V(6, 17, 0)), Until(V(6, 15, 0))},
	} {
		p := param(t, key)
		if strings.Contains(key, "dccp") { // when it came matters to nobody
			p = &Param{In: Range{Before: p.In.Before}, Sure: Range{Before: p.Sure.Before}}
		}
		if diff := cmp.Diff(want, [2]Range{p.In, p.Sure}); diff != "" {
			t.Errorf("%s: kernels (-want +got):\n%s", key, diff)
		}
	}
}

func TestParamFacts(t *testing.T) {
	for key, want := range map[string][]Default{
		"net.core.somaxconn":           {{In: Until(V(5, 4, 0)), Text: "128"}, {In: Since(V(5, 4, 0)), Text: "4096"}},
		"net.ipv4.ip_local_port_range": {{In: Until(V(4, 2, 0)), Text: "32768 61000"}, {In: Since(V(4, 2, 0)), Text: "32768 60999"}},
		"net.ipv4.tcp_tw_reuse":        {{In: Until(V(4, 17, 0)), Text: "0"}, {In: Since(V(4, 18, 0)), Text: "2"}},
		"net.ipv4.tcp_fin_timeout":     {{In: Range{}, Text: "60"}},
		"net.ipv4.tcp_max_tw_buckets":  nil,
		"net.ipv4.icmp_msgs_burst":     {{In: Until(V(7, 1, 0)), Text: "50"}, {In: Since(V(7, 1, 0)), Text: "10000"}},
		"net.core.skb_defer_max":       {{In: Until(V(6, 19, 0)), Text: "64"}, {In: Since(V(6, 19, 0)), Text: "128"}},
		"kernel.sched_rt_runtime_us":   {{In: Until(V(6, 19, 0)), Text: "950000"}, {In: Since(V(7, 2, 0)), Text: "1000000"}},
	} {
		if diff := cmp.Diff(want, param(t, key).Defaults); diff != "" {
			t.Errorf("default of %s (-want +got):\n%s", key, diff)
		}
	}
	for key, want := range map[string][]Limit{
		"net.ipv4.tcp_tw_reuse":        {{Since(V(4, 18, 0)), Bound{true, 0}, Bound{true, 2}}},
		"net.ipv4.tcp_retries2":        {{Since(V(5, 13, 0)), Bound{true, 0}, Bound{true, 255}}},
		"net.ipv4.tcp_fin_timeout":     {{Range{}, Bound{true, -21474836}, Bound{true, 21474836}}},
		"net.ipv4.tcp_mem":             {{Range{}, Bound{true, 0}, Bound{true, NoBound}}},
		"net.ipv4.ip_local_port_range": {{Range{}, Bound{true, 1}, Bound{true, 65535}}},
		"vm.swappiness":                {{Until(V(5, 8, 0)), Bound{true, 0}, Bound{true, 100}}, {Since(V(5, 8, 0)), Bound{true, 0}, Bound{true, 200}}},
		"net.ipv4.tcp_rmem":            {{Until(V(7, 2, 0)), Bound{true, 1}, Bound{true, 2147483647}}, {Since(V(7, 2, 0)), Bound{true, 4096}, Bound{true, 2147483647}}},
		"net.nf_conntrack_max":         {{Range{V(6, 1, 0), V(7, 2, 0)}, Bound{true, 0}, Bound{true, 2147483647}}, {Since(V(7, 2, 0)), Bound{true, 1}, Bound{true, 2147483647}}},
		"vm.overcommit_memory":         {{Since(V(6, 1, 0)), Bound{true, 0}, Bound{true, 2}}},
		"net.core.netdev_budget_usecs": {{Since(V(6, 12, 0)), Bound{true, 2000}, Bound{true, 2147483647}}},
		"net.ipv4.tcp_sack":            {{Since(V(6, 1, 0)), Bound{true, 0}, Bound{true, 255}}},
	} {
		if diff := cmp.Diff(want, param(t, key).Limits); diff != "" {
			t.Errorf("limits of %s (-want +got):\n%s", key, diff)
		}
	}
	if p := param(t, "net.ipv4.tcp_mem"); p.Kind != Triple || p.Kind.Values() != 3 || !p.HostOnly || p.Netns {
		t.Errorf("tcp_mem: %+v", p)
	}
	if p := param(t, "net.ipv4.ip_local_port_range"); p.Kind != Pair || p.Kind.Values() != 2 || p.SafeSince != "1.11" {
		t.Errorf("ip_local_port_range: %+v", p)
	}
	if p := param(t, "net.ipv4.tcp_congestion_control"); p.Kind != String || p.Kind.Values() != 0 {
		t.Errorf("tcp_congestion_control: %+v", p)
	}
	if p := param(t, "net.core.somaxconn"); !p.Netns || p.SafeSince != "" || p.ReadOnly {
		t.Errorf("somaxconn: %+v", p)
	}
}

func TestParamsWithoutEffect(t *testing.T) {
	want := map[string]Version{
		"net.ipv4.tcp_low_latency":          V(4, 14, 0),
		"net.ipv4.tcp_fack":                 V(4, 15, 0),
		"net.ipv4.tcp_adv_win_scale":        V(6, 6, 0),
		"net.ipv4.route.max_size":           V(3, 6, 0),
		"net.ipv4.route.gc_interval":        V(3, 6, 0),
		"net.ipv4.route.gc_elasticity":      V(3, 6, 0),
		"net.ipv4.route.gc_min_interval":    V(3, 6, 0),
		"net.ipv4.route.gc_min_interval_ms": V(3, 6, 0),
		"net.ipv4.tcp_max_syn_backlog":      V(4, 4, 0),
		"net.core.warnings":                 V(6, 1, 0),
		"net.ipv6.route.max_size":           {},
		"net.ipv4.tcp_fin_timeout":          {},
		"net.ipv4.tcp_tso_win_divisor":      {}, // guides call it removed; 7.3 still reads it
	}
	for key, since := range want {
		if got := param(t, key).NoopSince; got != since {
			t.Errorf("%s has no effect since %v, want %v", key, got, since)
		}
	}
	if got := param(t, "net.ipv4.tcp_max_syn_backlog").NoopUnless; got != "net.ipv4.tcp_syncookies=0" {
		t.Errorf("tcp_max_syn_backlog works with %q", got)
	}
}

func TestGoneParamsTable(t *testing.T) {
	for i, g := range goneParams {
		if i > 0 && goneParams[i-1].Key >= g.Key {
			t.Errorf("%s is out of order, or there twice", g.Key)
		}
		if g.Detail == "" || g.Evidence == "" || g.Removed.IsZero() != g.RemovedEarliest.IsZero() ||
			g.RemovedEarliest.Compare(g.Removed) > 0 || strings.Count(g.Key, "*") > 1 {
			t.Errorf("%+v", g)
		}
		// A replacement that is a single key must be one that exists.
		if strings.Contains(g.Instead, ".") && !strings.ContainsAny(g.Instead, " *") {
			if p, ok := ParamOf(g.Instead); !ok || !p.In.Before.IsZero() {
				t.Errorf("%s: replaced by the unknown %s", g.Key, g.Instead)
			}
		}
	}
	for i, m := range misspelt {
		if i > 0 && misspelt[i-1].wrong >= m.wrong {
			t.Errorf("%s is out of order, or there twice", m.wrong)
		}
		if _, ok := ParamOf(m.wrong); ok {
			t.Errorf("%s is no wrong key", m.wrong)
		}
		if _, ok := ParamOf(m.right); !ok {
			t.Errorf("%s is replaced by the unknown %s", m.wrong, m.right)
		}
	}
}

func TestGoneParamOf(t *testing.T) {
	for key, removed := range map[string][2]Version{
		"net.ipv4.tcp_tw_recycle": {V(4, 12, 0), V(4, 12, 0)},
		"net.ipv4.tcp_abc":        {V(3, 9, 0), V(3, 10, 0)},
		"net.ipv4.netfilter.ip_conntrack_tcp_timeout_established": {V(4, 9, 0), V(4, 9, 0)},
		"net.netfilter.nf_conntrack_dccp_loose":                   {V(6, 15, 0), V(6, 17, 0)},
		"kernel.sched_migration_cost_ns":                          {V(5, 13, 0), V(5, 13, 0)},
		"net.ipv4.tcp_tw_timeout":                                 {},
		"net.ipv4.tcp_tw_len":                                     {},
		"net.ipv6.tcp_rmem":                                       {},
		"kernel.unprivileged_userns_clone":                        {},
	} {
		g, ok := GoneParamOf(key)
		if !ok || [2]Version{g.RemovedEarliest, g.Removed} != removed {
			t.Errorf("GoneParamOf(%s) = %+v, %v", key, g, ok)
		}
	}
	if g, _ := GoneParamOf("net.ipv4.tcp_tw_timeout"); g == nil || g.Vendor == "" {
		t.Error("tcp_tw_timeout has no vendor")
	}
	for _, key := range []string{"", "net.core.somaxconn", "net.ipv4.tcp_rmem", "net.ipv6.tcp_", "net.ipv4.tcp_tw_recycles"} {
		if g, ok := GoneParamOf(key); ok {
			t.Errorf("GoneParamOf(%q) = %+v", key, g)
		}
	}
}

func TestMisspeltParam(t *testing.T) {
	if got, ok := MisspeltParam("net.ipv4.somaxconn"); !ok || got != "net.core.somaxconn" {
		t.Errorf("net.ipv4.somaxconn: %q, %v", got, ok)
	}
	if got, ok := MisspeltParam("net.core.somaxconn"); ok {
		t.Errorf("net.core.somaxconn: %q", got)
	}
}

func TestParamsComplete(t *testing.T) {
	for key, want := range map[string]bool{
		"net.ipv4.tcp_no_such_key": true,
		"net.core.somaxconn":       true,
		"net.netfilter.nf_log.2":   false,
		"net.mpls.platform_labels": false,
		"kernel.pty.max":           false,
		"vm.swappiness":            false,
		"net.ipv4":                 false,
		"":                         false,
	} {
		if got := ParamsComplete(key); got != want {
			t.Errorf("ParamsComplete(%q) = %v", key, got)
		}
	}
}

// What stands in the column for units and is none becomes a part of what is written.
func TestParamTakes(t *testing.T) {
	for key, want := range map[string][2]string{
		"net.ipv4.tcp_tw_reuse":            {"0, 1 or 2", ""},
		"net.ipv4.tcp_ecn":                 {"a number from 0 to 5", ""},
		"net.ipv4.tcp_window_scaling":      {"0 or 1", ""},
		"net.ipv4.tcp_fastopen":            {"a number, each bit of which is a switch", ""},
		"net.ipv4.route.flush":             {"a number, which can be written and not read", ""},
		"net.core.default_qdisc":           {"text: name", ""},
		"net.ipv4.tcp_rmem":                {"three numbers", "bytes"},
		"net.ipv4.tcp_fin_timeout":         {"a number", "seconds"},
		"net.ipv4.conf.all.rp_filter":      {"0, 1 or 2", ""},
		"net.netfilter.nf_conntrack_max":   {"a number", "entries"},
		"net.ipv4.tcp_congestion_control":  {"text: algorithm name", ""},
		"net.ipv4.conf.all.send_redirects": {"0 or 1", ""},
	} {
		p, ok := ParamOf(key)
		if !ok {
			t.Fatalf("no %s", key)
		}
		if what, unit := p.Takes(); what != want[0] || unit != want[1] {
			t.Errorf("%s takes %q in %q, want %q", key, what, unit, want)
		}
	}
}
