package lint_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// TestKernelsOwn: what a running kernel has by itself is no finding of a rule about
// settings; what somebody has set is one, and so is a default that a file holds.
func TestKernelsOwn(t *testing.T) {
	t.Parallel()
	const text = "-- sysctl.conf --\nnet.ipv4.tcp_retries2 = 15\nnet.ipv4.tcp_fin_timeout = 10\nnet.ipv4.ip_local_port_range = 32768\t60999\n"
	every := &lint.Rule{ID: "sysctl-every", Severity: lint.Warning, Check: func(p *lint.Pass) {
		for _, key := range p.Host.Sysctl.Keys() {
			p.Report(lint.Finding{At: lint.AtLine(p.Host.Sysctl.Get(key).Assignment), Msg: key})
		}
	}}
	for live, want := range map[bool]int{true: 1, false: 3} {
		in := inputs(t, text)[0]
		in.Main, in.Live = nil, live
		res := lint.Run([]*model.Host{model.Build(in)}, options(every))
		if len(res.Findings) != want || res.Findings[0].Msg != "net.ipv4.tcp_fin_timeout" && live {
			t.Errorf("live is %v: %d findings, want %d: %v", live, len(res.Findings), want, res.Findings)
		}
	}
}

// TestLiveFix: of what a running kernel says there is no line to remove; a file
// elsewhere has it.
func TestLiveFix(t *testing.T) {
	t.Parallel()
	remove := &lint.Rule{ID: "sysctl-remove", Severity: lint.Warning, Check: func(p *lint.Pass) {
		a := p.Host.Sysctl.Get("net.ipv4.tcp_fin_timeout").Assignment
		p.Report(lint.Finding{At: lint.AtLine(a), Msg: "low", Fix: &lint.Fix{
			Title: "remove the line", Safety: lint.Safe, Edits: lint.InSysctl(a.Tree, sysctl.Remove(a.Tree, a.Entry)),
		}})
	}}
	for live, want := range map[bool]string{true: "take it out of the file that sets it", false: "remove the line"} {
		in := inputs(t, "-- sysctl.conf --\nnet.ipv4.tcp_fin_timeout = 10\n")[0]
		in.Main, in.Live = nil, live
		res := lint.Run([]*model.Host{model.Build(in)}, options(remove))
		if len(res.Findings) != 1 || res.Findings[0].Fix.Title != want || len(res.Findings[0].Fix.Edits) > 0 == live {
			t.Errorf("live is %v: %+v, want %q", live, res.Findings, want)
		}
	}
}
