package diagnose

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
)

var workerConnectionsSymptom = Symptom{
	ID:    "worker-connections",
	Title: "N worker_connections are not enough",
	Why:   `A worker has so many connections: clients and backends together, and its listening sockets. A request that is passed on takes two. What uses them up decides on the cure: plain load, idle clients (keepalive_timeout), WebSockets and event streams that stay, or nginx passing requests to itself. It is another limit than that of descriptors, which says (24: Too many open files).`,
	Needs: []evidence.Kind{evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.Configuration, evidence.AccessLog, evidence.Status},
	Refs:  []string{"https://nginx.org/en/docs/ngx_core_module.html#worker_connections"},
	Causes: []Cause{{
		ID: "worker-connections", At: Nginx, Title: "a worker of nginx has no connections left", Harm: 3,
		Explains: []string{"accept-queue-full", "timeout-in-force", "client-timed-out", "backend-broke-off"},
		Rules:    []string{"nginx-worker-connections-low"},
		Cure:     "raise worker_connections to what clients and backends together take, and worker_rlimit_nofile with it",
		Cured:    "no \"worker_connections are not enough\" in error.log under the same load",
		Decide:   []string{"ss -tanp | grep nginx | awk '{print $1}' | sort | uniq -c  # who uses them: clients, backends, idle ones"},
	}},
	Examples: []Example{{
		Name: "64 for 120 clients",
		Files: `-- nginx.conf --
worker_processes 1;
events { worker_connections 64; }
http { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }
-- error.log --
2026/11/30 01:27:28 [alert] 40#40: *62 64 worker_connections are not enough while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"
`,
		Want: []string{"worker-connections proved"},
	}},
	Look: func(p *Pass) {
		for _, g := range p.Errors(evidence.WorkerConnections) {
			s := p.Suspect("worker-connections").Weight(g.Count)
			s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s worker_connections were not enough", times(g.Count), g.Detail), g.Lines...)
			for _, n := range p.Nginx() {
				for k := range n.Root.Kids() {
					if set, ok := k.Own("worker_connections"); ok && set.Arg(0) == g.Detail {
						s.Configured("worker_connections is "+g.Detail, set.Directive)
					}
				}
				if g.Detail == "512" && n.Root != nil && !slices.ContainsFunc(s.signs, func(x Sign) bool { return x.Of == evidence.Configuration }) {
					s.Configured("worker_connections is 512 by default", nil)
				}
			}
			for _, pass := range p.Passes() {
				for _, t := range targets(pass) {
					if a, err := netip.ParseAddrPort(t); err == nil && p.itself(a) {
						s.Message(fmt.Sprintf("nginx passes requests to itself (%s) until its %s connections are used up", t, g.Detail))
						s.Configured(t+" is an address that nginx itself listens on", pass.Directive)
					}
				}
			}
			if f := p.Access().Where(func(a *evidence.AccessGroup) bool {
				return a.Status == 500 && a.Upstream == "-" || a.Status == 500 && len(a.Upstreams()) == 0
			}); len(f) > 0 {
				s.Hint(evidence.AccessLog, requests(f[0].Count)+" ended with 500 before a backend was asked", f[0].Lines...)
			}
			for _, st := range p.evidence.Status {
				if p.ask(evidence.Status) && st.Waiting*2 > st.Active {
					s.Hint(evidence.Status, fmt.Sprintf("%d of %d connections are idle clients (keepalive_timeout)", st.Waiting, st.Active), st.Line)
				}
			}
			s.Message(fmt.Sprintf("a worker of nginx ran out of connections %s: worker_connections is %s", times(g.Count), g.Detail))
			p.Has(evidence.Status)
		}
	},
}

var _ = add(&workerConnectionsSymptom)

var oldWorkersSymptom = Symptom{
	ID:    "old-workers",
	Title: "workers of nginx that are shutting down stay for long",
	Why: `At a reload, old workers stop listening and serve what they have to its end. With WebSockets, event streams and long downloads that may be days. Each keeps its memory, its descriptors and its share of limits, and connections to backends that the new configuration may no longer name. Several generations pile up when reloads are frequent.

They are told by ps ("worker process is shutting down"), or by sockets: an old worker holds connections and no listening socket.`,
	OneOf: []evidence.Kind{evidence.Processes, evidence.Owners, evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.Configuration, evidence.Listeners, evidence.Sockets},
	Refs:  []string{"https://nginx.org/en/docs/ngx_core_module.html#worker_shutdown_timeout"},
	Causes: []Cause{{
		ID: "old-workers", At: Nginx, Title: "workers of earlier configurations live on with the connections that they have", Harm: 1,
		Rules:  []string{"nginx-old-workers-linger"},
		Cure:   "set worker_shutdown_timeout, and reload less often",
		Cured:  "ps shows no \"worker process is shutting down\" later than worker_shutdown_timeout after a reload",
		Decide: []string{"ps -eo pid,lstart,args | grep '[n]ginx: worker process is shutting down'"},
	}},
	Examples: []Example{
		{
			Name: "two generations",
			Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }
-- ps.txt --
    PID    PPID COMMAND
     50       1 nginx: master process nginx
     51      50 nginx: worker process is shutting down
     52      50 nginx: worker process is shutting down
     53      50 nginx: worker process
-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
LISTEN     0      511          0.0.0.0:80         0.0.0.0:*     users:(("nginx",pid=53,fd=3),("nginx",pid=50,fd=3))
ESTAB      0      0         192.0.2.10:80       192.0.2.7:5001  users:(("nginx",pid=51,fd=4))
ESTAB      0      0         192.0.2.10:80       192.0.2.7:5002  users:(("nginx",pid=52,fd=4))
ESTAB      0      0         192.0.2.10:80       192.0.2.7:5003  users:(("nginx",pid=53,fd=4))
`,
			Want: []string{"old-workers proved"},
		},
	},
	Look: lookOldWorkers,
}

var _ = add(&oldWorkersSymptom)

func lookOldWorkers(p *Pass) {
	var stopping []evidence.Process
	for _, x := range p.Processes() {
		if strings.Contains(x.Command, "worker process is shutting down") {
			stopping = append(stopping, x)
		}
	}
	held := p.heldByOld()
	if len(stopping) < 2 && len(held) < 2 {
		return
	}
	s := p.Suspect("old-workers")
	total := 0
	var line evidence.Line
	for i, pid := range slices.Sorted(maps.Keys(held)) {
		total += len(held[pid])
		if i == 0 {
			line = held[pid][0].Line
		}
	}
	s.Weight(total).Message(fmt.Sprintf("%d workers of earlier configurations are still there%s", max(len(stopping), len(held)), holding(total)))
	if len(stopping) > 0 {
		s.Sign(evidence.Processes, fmt.Sprintf("%d workers are shutting down", len(stopping)), stopping[0].Line)
	}
	if len(held) > 0 {
		s.Sign(evidence.Owners, fmt.Sprintf("%d workers hold %d connections, and no listening socket", len(held), total), line)
	}
	for _, n := range p.Nginx() {
		if set, ok := n.Root.Own("worker_shutdown_timeout"); ok {
			s.Hint(evidence.Configuration, "worker_shutdown_timeout is "+set.Arg(0))
		} else if !n.HasUnseen() {
			s.Configured("worker_shutdown_timeout is not set, so nothing ends them", nil)
		}
	}
	for _, g := range p.Errors(evidence.Reconfigured, evidence.StoppingGracefully) {
		s.Hint(evidence.ErrorLog, fmt.Sprintf("%s %s", times(g.Count), g.Event), g.Lines...)
	}
}

func holding(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", with %d connections", n)
}

// heldByOld returns the connections of workers of nginx that no longer listen, by
// process.
func (p *Pass) heldByOld() map[int][]*evidence.Connection {
	if !p.ShowsOwners() {
		return nil
	}
	listening := map[int]bool{}
	for _, l := range p.Listeners() {
		for _, o := range l.Owners {
			listening[o.PID] = true
		}
	}
	if len(listening) == 0 {
		return nil
	}
	old := map[int][]*evidence.Connection{}
	for _, c := range p.Connections() {
		if c.Owned("nginx") && len(c.Owners) == 1 && !listening[c.Owners[0].PID] {
			old[c.Owners[0].PID] = append(old[c.Owners[0].PID], c)
		}
	}
	// netstat shows one owner of a listening socket, the master: then nothing can
	// be told.
	if slices.ContainsFunc(p.Listeners(), func(l *evidence.Listener) bool { return l.Owned("nginx") && len(l.Owners) > 1 }) {
		return old
	}
	return nil
}
