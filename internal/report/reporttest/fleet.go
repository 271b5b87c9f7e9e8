package reporttest

import (
	"fmt"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// Fleet has ten hosts, one of them with a name that is no name.
func Fleet() *fleet.Report {
	r := &fleet.Report{Compared: true}
	for i := range 9 {
		r.Hosts = append(r.Hosts, fleet.Host{Name: fmt.Sprintf("web-%d", i+1), Nginx: "nginx 1.28", Findings: [3]int{lint.Warning: 1}})
	}
	r.Hosts = append(r.Hosts, fleet.Host{Name: "<script>\x1b[31m"})
	f := fleet.Finding{
		Rule: HTTP10Rule, Severity: lint.Warning, Message: "backlog 511 is capped at 128", File: "etc/nginx/nginx.conf",
		Start: source.Position{Line: 4, Column: 9}, End: source.Position{Line: 4, Column: 12}, Line: "\tlisten 80;",
		Notes: []fleet.Note{{Message: "set here", File: "a<b", Start: source.Position{Line: 1, Column: 1}}}, Fix: "raise it (safe)",
	}
	g := f
	g.Message = "backlog 511 is capped at 64"
	r.Causes = []fleet.Cause{{Rule: HTTP10Rule, Severity: lint.Warning, Hosts: []int{0, 1, 2, 9}, Variants: []fleet.Variant{
		{Finding: f, Hosts: []int{0, 1, 2}, Count: 3}, {Finding: g, Hosts: []int{9}, Count: 1},
	}}}
	r.Differences = []fleet.Difference{{Group: "web-#", Size: 9, Key: "http: keepalive_timeout", Usual: "", Hosts: []int{0, 1, 2, 3, 4, 5, 6, 7}, Others: []fleet.OtherValue{{Value: "5s", Hosts: []int{8}, From: "x:3"}}}}
	r.NotInForce = []fleet.NotInForce{{Key: "net.core.somaxconn", File: "4096", Running: "128", From: "etc/sysctl.conf:2", Hosts: []int{4}}}
	r.Drift = []fleet.Drift{{Key: "http > server a", From: "nginx/a.conf:1", Hosts: []int{3}}}
	r.Skipped = []fleet.Remark{{Archive: "bad.tar.gz", Text: "it is cut off"}}
	return r
}

// ManyHosts has 1,000 hosts: cause i is on each (i+2)th of them.
func ManyHosts() *fleet.Report {
	const hosts, causes = 1000, 60
	r := &fleet.Report{}
	for i := range hosts {
		r.Hosts = append(r.Hosts, fleet.Host{Name: fmt.Sprintf("web-%04d", i), Nginx: "nginx 1.28", Kernel: "Linux 6.1"})
	}
	every := func(n int) (out []int) {
		for i := 0; i < hosts; i += n {
			out = append(out, i)
		}
		return out
	}
	for i := range causes {
		on := every(i + 2)
		f := fleet.Finding{
			Rule: HTTP10Rule, Severity: lint.Severity(i % 3), Message: fmt.Sprintf("fault of app%d", i), File: "etc/nginx/nginx.conf", Line: "    proxy_pass http://app;",
			Start: source.Position{Line: i + 1, Column: 1}, End: source.Position{Line: i + 1, Column: 2},
		}
		r.Causes = append(r.Causes, fleet.Cause{Rule: HTTP10Rule, Severity: f.Severity, Hosts: on, Variants: []fleet.Variant{{Finding: f, Hosts: on, Count: len(on)}}})
	}
	r.Differences = []fleet.Difference{
		{Group: "web-#", Size: hosts, Key: "net.core.somaxconn", Usual: "4096", Hosts: every(1)[7:], Others: []fleet.OtherValue{{Value: "128", Hosts: []int{0, 1, 2, 3, 4, 5, 6}}}},
		{Group: "web-#", Size: hosts, Key: "nginx", Usual: "nginx 1.28", Hosts: every(1)[1:], Others: []fleet.OtherValue{{Value: "nginx 1.24", Hosts: []int{0}}}},
	}
	return r
}

// FleetDiagnosis has everything that a diagnosis of many hosts can have.
func FleetDiagnosis() *fleet.Diagnosis {
	r := Fleet()
	finding := r.Causes[0].Variants[0].Finding
	some := fleet.Answer{
		Cause: &diagnose.Symptoms()[0].Causes[0], Certainty: diagnose.Likely, Hosts: []int{0, 1, 9}, Shown: 1,
		Variants: []fleet.AnswerVariant{{Message: "it is full", Certainty: diagnose.Likely, Hosts: []int{0, 1}}, {Message: "it was full", Certainty: diagnose.Possible, Hosts: []int{9}}},
		Evidence: []fleet.Evidence{{Says: "drops", File: "evidence/dmesg.txt", Text: "table full", Line: 3}, {Says: "no line"}},
		Places:   []fleet.Note{{Message: "set here", File: "etc/sysctl.conf"}}, Finding: &finding,
		Excluded: map[string]string{"nothing-listens": "it listens"}, Open: []string{"lost-syns"}, Decide: []string{"ss -s"},
	}
	bare := fleet.Answer{Cause: some.Cause, Hosts: []int{2}, Shown: 2, Variants: []fleet.AnswerVariant{{Message: "x", Hosts: []int{2}}}}
	remark := []fleet.Remark{{Hosts: []int{0}, Text: "why"}}
	return &fleet.Diagnosis{Hosts: r.Hosts, Answers: []fleet.Answer{some, bare}, NotLooked: remark, NotUsed: remark, Remarks: remark, Skipped: r.Skipped}
}

// FleetCapacity has everything that the limits of many hosts can have.
func FleetCapacity() *fleet.Capacity {
	r := Fleet()
	at := fleet.LimitAt{Host: 1, Subject: "*:80", Value: 128, Reached: 1280, Used: 64, Share: 0.5, File: "evidence/ss.txt", Line: 2}
	return &fleet.Capacity{
		Hosts: r.Hosts, Skipped: r.Skipped, Question: capacity.Question{Rate: 10, Clients: 5, Latency: capacity.DefaultLatency},
		Limits: []fleet.Limit{
			{
				ID: "accept-queue", Title: "accept queue", Unit: "connections", Driver: "new connections per second", Hosts: []int{0, 1}, Lowest: &at, Fullest: []fleet.LimitAt{at}, Overrun: []int{1},
				Values: []fleet.LimitValue{{Value: 511, Hosts: []int{0}, From: []string{"nginx's default of backlog"}}, {Value: 128, Hosts: []int{1}}},
			},
			{ID: "orphans", Title: "orphaned sockets", Unit: "sockets", Unknown: []int{2}, Missing: "sysctl -a"},
		},
	}
}
