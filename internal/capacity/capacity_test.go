package capacity

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

const config = `worker_processes 4;
worker_rlimit_nofile 4096;
events { worker_connections 1024; }
http {
	upstream api { server 10.0.0.7:8080; server 10.0.0.8:8080; keepalive 32; }
	server {
		listen 80 backlog=1024;
		location / { proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; }
		location /x { proxy_pass http://127.0.0.1:9000; }
	}
}
`

func hostOf(text, sysctl string) *model.Host {
	in := model.Input{Main: source.NewFile("nginx.conf", text), Target: model.Target{Nginx: facts.Only(facts.V(1, 24, 0)), Kernel: facts.Only(facts.V(6, 1, 0))}, Trees: model.NewTrees()}
	if sysctl != "" {
		in.Sysctl = []*source.File{source.NewFile("sysctl.conf", sysctl)}
	}
	in.Backends = map[string]facts.Backend{"api": {MaxConnections: 16}}
	return model.Build(in)
}

func setOf(t *testing.T, files map[string]string) *evidence.Set {
	t.Helper()
	set := evidence.NewSet()
	for name, text := range files {
		if err := set.Read(name, strings.NewReader(text), evidence.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return set
}

var machine = map[string]string{
	"sysctl-a.txt":        "net.core.somaxconn = 128\nnet.ipv4.ip_local_port_range = 32768 60999\nnet.ipv4.tcp_max_tw_buckets = 262144\nnet.ipv4.tcp_max_orphans = 65536\nnet.ipv4.tcp_mem = 100 200 300\nnet.ipv4.tcp_rmem = 4096 131072 6291456\nnet.ipv4.tcp_wmem = 4096 16384 4194304\nnet.netfilter.nf_conntrack_max = 1000\nfs.file-max = 5000\nfs.file-nr = 100 0 5000\n",
	"sockstat.txt":        "sockets: used 100\nTCP: inuse 5 orphan 7 tw 2621 alloc 6 mem 30\n",
	"conntrack-count.txt": "250\n",
	"ss-tanp.txt": "State     Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process\n" +
		"LISTEN    3      128          0.0.0.0:80           0.0.0.0:*      users:((\"nginx\",pid=1,fd=3))\n" +
		"ESTAB     0      0         10.0.0.1:40000     10.0.0.7:8080   users:((\"nginx\",pid=1,fd=4))\n" +
		"ESTAB     0      0         10.0.0.1:40001     10.0.0.7:8080   users:((\"nginx\",pid=1,fd=5))\n",
}

// TestNeedAndLoadAreInverse holds every arithmetic that a table has to be a pair.
func TestNeedAndLoadAreInverse(t *testing.T) {
	n := 0
	for _, latency := range []time.Duration{0, time.Millisecond, 30 * time.Second} {
		r := Run([]*model.Host{hostOf(config, "")}, setOf(t, machine), Question{Latency: latency})
		for _, l := range r.Hosts[0].Limits {
			n++
			for _, load := range []float64{1, 2.5, 100, 12345, 1e7} {
				if back := l.Load(l.Need(load)); math.Abs(back-load) > load*1e-9 {
					t.Errorf("%s %s: a load of %v needs %v, which lets %v through", l.ID, l.Subject, load, l.Need(load), back)
				}
			}
			for _, have := range []float64{64, 1000, 65536, 1e9} {
				if back := l.Need(l.Load(have)); math.Abs(back-have) > have*1e-9 {
					t.Errorf("%s %s: %v lets %v through, which needs %v", l.ID, l.Subject, have, l.Load(have), back)
				}
			}
			if l.Need(2) <= l.Need(1) {
				t.Errorf("%s %s: more load needs no more", l.ID, l.Subject)
			}
			if l.Formula == "" || l.Driver == "" || l.Unit == "" || l.Known && len(l.From) == 0 || !l.Known && l.Missing == "" {
				t.Errorf("%s %s does not explain itself: %+v", l.ID, l.Subject, l)
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d limits", n)
	}
}

func row(r *Result, id, subject string) *Limit {
	for i := range r.Hosts[0].Limits {
		if l := &r.Hosts[0].Limits[i]; l.ID == id && l.Subject == subject {
			return l
		}
	}
	return &Limit{}
}

// TestLimits works the figures out by hand.
func TestLimits(t *testing.T) {
	r := Run([]*model.Host{hostOf(config, "")}, setOf(t, machine), Question{Latency: 500 * time.Millisecond, Rate: 1000, Clients: 3000})
	for _, want := range []struct {
		id, subject          string
		value, reached, need float64
		used                 float64 // -1 if there is none
		over                 bool
	}{
		{"worker-connections", "", 4096, 2046, 6004, 2, true}, // (4096 - 4) / 2; 3000 × 2 + 4
		{"open-files", "", 16384, 8192, 6000, -1, false},
		{"accept-queue", "*:80", 128, 1280, 0, 3, false},                            // somaxconn caps 1024
		{"ephemeral-ports", "api", 28232, 112928, 250, 2, false},                    // kept: 1000 × 0.5 / 2
		{"ephemeral-ports", "127.0.0.1:9000", 28232, 28232 / 60.5, 60500, -1, true}, // 1000 × (60 + 0.5)
		{"pool", "api", 32, 8, 128, -1, true},                                       // 2 servers × 16; 4 workers × 32
		{"time-wait-buckets", "", 262144, 262144.0 / 60, 60000, 2621, false},
		{"orphans", "", 65536, 16384, 0, 7, false},
		{"tcp-memory", "", 300, 300 / 72.0, 216000, 30, false}, // 2 × 36 pages
		{"conntrack", "", 1000, 1000 / 241.0, 241000, 250, true},
		{"file-max", "", 5000, 2500, 6000, 100, true},
	} {
		l := row(r, want.id, want.subject)
		used := -1.0
		if l.HasUsed {
			used = l.Used
		}
		got := fmt.Sprintf("%.3f %.3f %.3f %v %v", l.Value, l.Reached, l.Asked, used, l.Overrun())
		if w := fmt.Sprintf("%.3f %.3f %.3f %v %v", want.value, want.reached, want.need, want.used, want.over); got != w || !l.Known {
			t.Errorf("%s %s: value, reached, need, used, over are %s, want %s", want.id, want.subject, got, w)
		}
	}
	if !r.Overrun() {
		t.Error("nobody says that it is too much")
	}
}

// TestWhatIsNotKnownIsSaid asks without evidence, with a number of workers that only
// the machine knows.
func TestWhatIsNotKnownIsSaid(t *testing.T) {
	text := strings.Replace(config, "worker_processes 4", "worker_processes auto", 1)
	r := Run([]*model.Host{hostOf(text, "net.core.somaxconn = 64\n")}, evidence.NewSet(), Question{})
	if !r.Question.Assumed || r.Question.Latency != DefaultLatency {
		t.Errorf("the latency is %v, assumed %v", r.Question.Latency, r.Question.Assumed)
	}
	for _, id := range []string{"worker-connections", "open-files", "orphans"} {
		if l := row(r, id, ""); l.Known || l.Missing == "" || l.HasUsed {
			t.Errorf("%s: %+v", id, l)
		}
	}
	if l := row(r, "accept-queue", "*:80"); l.Value != 64 || l.From[0] != "sysctl.conf:1" || l.From[1] != "nginx.conf:7" {
		t.Errorf("accept queue: %v from %v", l.Value, l.From)
	}
	if r.Overrun() {
		t.Error("nothing was asked about, and something is too much")
	}
	// The processes that run tell the number of workers.
	set := setOf(t, map[string]string{"processes.txt": "PID PPID COMMAND\n1 0 nginx: master process\n2 1 nginx: worker process\n3 1 nginx: worker process\n4 1 nginx: worker process is shutting down\n"})
	if l := row(Run([]*model.Host{hostOf(text, "")}, set, Question{}), "worker-connections", ""); l.Value != 2048 {
		t.Errorf("worker connections of two workers: %+v", l)
	}
}
