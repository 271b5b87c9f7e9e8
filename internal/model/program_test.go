package model_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/model"
)

// lines numbers assignments by their lines.
func lines(all []model.Assignment) []int {
	var out []int
	for _, a := range all {
		out = append(out, a.Tree.File.Position(a.Line.Start).Line)
	}
	return out
}

// loaderKernel builds the settings of one file, which a loader reads.
func loaderKernel(t *testing.T, l model.Loader, text string) *model.Sysctl {
	t.Helper()
	in := input(t, "-- etc/sysctl.d/60.conf --\n"+text)
	in.Target.Loader = l
	return model.Build(in).Sysctl
}

func TestProgram(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text      string
		procps, systemd []int
	}{
		{"one after the other", "a.b = 1\na.c = 1\n", []int{1, 2}, []int{1, 2}},
		{"the same again", "a.b = 1\na.c = 1\na.b = 1\n", []int{1, 2, 3}, []int{1, 2}},
		{"another value", "a.b = 1\na.c = 1\na.b = 2\n", []int{1, 2, 3}, []int{2, 3}},
		{"another value and back", "a.b = 1\na.b = 2\na.c = 1\na.b = 1\n", []int{1, 2, 3, 4}, []int{3, 4}},
		{"written otherwise", "a.b = 1\na/b = 1\na.b=01\n", []int{1, 2, 3}, []int{3}},
		{"an exclusion behind", "a.b = 1\n-a.b\n", []int{1}, nil},
		{"an exclusion in front", "-a.b\na.b = 1\n", []int{2}, []int{2}},
		{"a blank behind the minus", "- a.b = 1\n", nil, []int{1}},
		{"a wildcard", "a.* = 1\na.* = 1\n", []int{1, 2}, []int{1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := [][]int{
				lines(loaderKernel(t, model.Procps, tt.text).Program(model.Procps)),
				lines(loaderKernel(t, model.Systemd, tt.text).Program(model.Systemd)),
			}
			if diff := cmp.Diff([][]int{tt.procps, tt.systemd}, got); diff != "" {
				t.Errorf("lines of procps and of systemd (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHeld has what real kernels held, see TestPatchesOfSettings for the proof.
func TestHeld(t *testing.T) {
	t.Parallel()
	const all, lo = "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.lo.disable_ipv6"
	for _, tt := range []struct{ name, key, text, procps, systemd string }{
		{"fewer numbers", "net.ipv4.tcp_wmem", "net.ipv4.tcp_wmem = 4096 8192 16384\nnet.ipv4.tcp_wmem = 8192\n", "8192 8192 16384", "8192"},
		{"refused", "net.ipv4.tcp_syn_retries", "net.ipv4.tcp_syn_retries = 5\nnet.ipv4.tcp_syn_retries = 0\n", "5", "6"},
		{"refused from the second number on", "net.ipv4.tcp_wmem", "net.ipv4.tcp_wmem = 8192 9000 16M\n", "8192 9000", "8192 9000"},
		{"a range is taken whole", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_port_range = 2000 70000\n", "32768 60999", "32768 60999"},
		{"numbers of another base", "net.core.somaxconn", "net.core.somaxconn = 0x10\nnet.core.somaxconn = 010\n", "8", "8"},
		{"all and lo", lo, all + " = 1\n" + lo + " = 0\n" + all + " = 1\n", "1", "0"},
		{"lo and all", lo, lo + " = 0\n" + all + " = 1\n" + lo + " = 0\n", "0", "1"},
		{"systemd writes no default", lo, lo + " = 1\n" + all + " = 0\n", "0", "1"},
		{"forwarding resets", "net.ipv4.conf.eth0.forwarding", "net.ipv4.ip_forward = 1\nnet.ipv4.conf.eth0.forwarding = 1\nnet.ipv4.ip_forward = 0\n", "0", "1"},
		{"a default reaches the rest", "net.ipv4.conf.eth0.rp_filter", "net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.eth0.rp_filter\n", "2", "2"},
		{"but not what has its own", "net.ipv4.conf.eth0.rp_filter", "net.ipv4.conf.eth0.rp_filter = 1\nnet.ipv4.conf.default.rp_filter = 2\n", "1", "1"},
		{"a hole", "net.ipv4.tcp_syn_retries", "net.ipv4.tcp_syn_retries = ${RETRIES}\n", "?", "?"},
		{"a module that may be missing", "net.ipv4.tcp_congestion_control", "net.ipv4.tcp_congestion_control = bbr\n", "?", "?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for l, want := range map[model.Loader]string{model.Procps: tt.procps, model.Systemd: tt.systemd} {
				value, ok := loaderKernel(t, l, tt.text).Held(l, tt.key)
				got := strings.Join(value, " ")
				if !ok {
					got = "?"
				}
				if got != want {
					t.Errorf("%s leaves %q, want %q", l, got, want)
				}
			}
		})
	}
}

func TestDead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, key, text string
		procps, systemd []int
	}{
		{"overwritten", "net.core.somaxconn", "net.core.somaxconn = 1\nnet.core.somaxconn = 2\n", []int{1}, []int{1}},
		{"twice", "net.core.somaxconn", "net.core.somaxconn = 1\nnet.core.somaxconn = 3\nnet.core.somaxconn = 2\n", []int{1, 2}, []int{1, 2}},
		{"the same", "net.core.somaxconn", "net.core.somaxconn = 1\nnet.core.somaxconn = 0x1\n", nil, nil},
		{"one of two has to stay", "net.ipv4.tcp_wmem", "net.ipv4.tcp_wmem = 4096 1 9\nnet.ipv4.tcp_wmem = 4096 2 9\nnet.ipv4.tcp_wmem = 4096 3\n", []int{1}, []int{1, 2}},
		{"the last one is refused", "net.ipv4.tcp_syn_retries", "net.ipv4.tcp_syn_retries = 5\nnet.ipv4.tcp_syn_retries = 4\nnet.ipv4.tcp_syn_retries = 0\n", []int{1}, []int{1, 2}},
		{"addresses are gone", "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.disable_ipv6 = 1\nnet.ipv6.conf.all.disable_ipv6 = 0\n", nil, []int{1}},
		{"one zeroes the other", "vm.dirty_ratio", "vm.dirty_ratio = 10\nvm.dirty_bytes = 100000\nvm.dirty_ratio = 20\n", nil, []int{1}},
		{"it does something", "vm.drop_caches", "vm.drop_caches = 1\nvm.drop_caches = 2\n", nil, []int{1}},
		{"the port range needs it", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_unprivileged_port_start = 80\nnet.ipv4.ip_local_port_range = 80 65535\nnet.ipv4.ip_unprivileged_port_start = 70\n", nil, []int{1}},
		{"a hole", "net.core.somaxconn", "net.core.somaxconn = 1\nnet.core.somaxconn = ${N}\n", nil, []int{1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for l, want := range map[model.Loader][]int{model.Procps: tt.procps, model.Systemd: tt.systemd} {
				var got []int
				for _, d := range loaderKernel(t, l, tt.text).Dead(tt.key) {
					got = append(got, lines([]model.Assignment{d.Assignment})...)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", l, diff)
				}
			}
		})
	}
}

// TestManyLines makes sure that lines which nobody writes by hand cost no more
// than others.
func TestManyLines(t *testing.T) {
	t.Parallel()
	s := loaderKernel(t, model.Procps, strings.Repeat("net.core.somaxconn = 1\nnet.core.somaxconn = 2\n", 1000))
	if dead := s.Dead("net.core.somaxconn"); dead != nil {
		t.Errorf("%d of 2000 lines were compared with all others", len(dead))
	}
}
