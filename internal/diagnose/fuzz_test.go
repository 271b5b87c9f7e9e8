package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// FuzzDiagnose reads whatever a machine may print, and holds that the same text gives the
// same answer, of which each line of a sign stands in that text.
func FuzzDiagnose(f *testing.F) {
	for _, s := range Symptoms() {
		for _, e := range s.Examples {
			files := exampleFiles(e)
			for name, text := range files {
				if name != "nginx.conf" {
					f.Add(name, text, files["nginx.conf"])
				}
			}
		}
	}
	for _, text := range []string{
		`{"request_uri":"/a","status":"504","request_time":"60.001","upstream_addr":"10.0.0.5:80","upstream_status":"504"}`,
		`{"log":"2026/11/30 01:25:23 [error] 29#29: *1 no live upstreams while connecting to upstream\n","stream":"stderr"}`,
		`{"MESSAGE":"nf_conntrack: table full, dropping packet","_TRANSPORT":"kernel"}`,
		"2026-11-30T01:25:23.1Z stdout F 192.0.2.7 - - [30/Nov/2026:01:25:23 +0000] \"GET / HTTP/1.1\" 502 157 \"-\" \"curl\"",
	} {
		f.Add("pod.log", strings.Repeat(text+"\n", 3), "")
	}
	// Of several old workers the first one's connections are shown.
	owned := []string{
		"State Recv-Q Send-Q Local Address:Port Peer Address:Port Process",
		`LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=60,fd=6),("nginx",pid=50,fd=6))`,
	}
	for pid := range 5 {
		owned = append(owned, fmt.Sprintf(`ESTAB 0 0 192.0.2.10:80 192.0.2.7:500%d users:(("nginx",pid=5%d,fd=4))`, pid, pid+1))
	}
	f.Add("ss-tanp.txt", strings.Join(owned, "\n")+"\n", "")
	f.Fuzz(func(t *testing.T, name, text, conf string) {
		const enough = 16 << 10
		if len(text)+len(conf) > enough || name == "" {
			t.Skip()
		}
		answers := func() []Answer {
			in := Input{Evidence: evidence.NewSet()}
			if conf != "" {
				in.Inputs = []model.Input{{Main: source.NewFile("nginx.conf", conf)}}
				in.Hosts = []*model.Host{model.Build(in.Inputs[0])}
			}
			if err := in.Evidence.Read(name, strings.NewReader(text), evidence.Options{Formats: Formats(in.Hosts)}); err != nil {
				t.Skip(err) // said to the user
			}
			for _, s := range in.Evidence.Sources {
				if s.Read > s.Lines {
					t.Errorf("%d of %d lines are understood", s.Read, s.Lines)
				}
			}
			return Run(in).Answers
		}
		first := answers()
		if d := cmp.Diff(said(first), said(answers())); d != "" {
			t.Errorf("the same text gives another answer: %s", d)
		}
		lines := strings.Count(text, "\n") + 1
		for _, a := range first {
			for _, s := range a.Signs {
				for _, l := range s.Lines {
					if l.File == name && (l.Number < 1 || l.Number > lines) {
						t.Errorf("%s: a sign in line %d of %d", a.Cause.ID, l.Number, lines)
					}
				}
			}
		}
	})
}

// said is what answers and their signs say, a line each.
func said(answers []Answer) (out []string) {
	for _, a := range answers {
		out = append(out, a.Cause.ID+" "+a.Certainty.String()+" "+a.Message)
		for _, s := range a.Signs {
			out = append(out, fmt.Sprint(s.Says, s.Lines))
		}
	}
	return out
}
