package diagnose

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/evidence"
)

var tooManyOpenFilesSymptom = Symptom{
	ID:    "too-many-open-files",
	Title: "nginx logs (24: Too many open files) or (23: Too many open files in system)",
	Why: `A worker has so many descriptors as its limit allows: one for each client, one for each connection to a backend, some for logs, files and listening sockets. When they are used up, accept4() fails and clients wait in the accept queue; socket() fails and the request ends with 500, before any backend was asked.

24 is the limit of the process: worker_rlimit_nofile, or what the unit, the container or the shell gave to the master. A worker may not raise it above its hard limit without CAP_SYS_RESOURCE; nginx says so once, with setrlimit, and goes on with the old one. 23 is fs.file-max, the limit of the machine. worker_connections is another limit with a message of its own.`,
	Needs: []evidence.Kind{evidence.ErrorLog},
	Helps: []evidence.Kind{evidence.Limits, evidence.Configuration, evidence.Settings, evidence.KernelLog, evidence.AccessLog},
	Refs: []string{
		"https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile",
		"https://man7.org/linux/man-pages/man2/accept.2.html",
	},
	Causes: []Cause{
		{
			ID: "file-limit", At: Nginx, Title: "a worker of nginx has no descriptors left", Harm: 3,
			Rivals:   []string{"old-workers"},
			Explains: []string{"accept-queue-full", "client-timed-out", "timeout-in-force", "lost-syns"},
			Rules:    []string{"nginx-worker-fd-limit", "host-fd-limit"},
			Cure:     "raise worker_rlimit_nofile to more than twice worker_connections; only where nginx logs that setrlimit() failed, the hard limit of the unit or container (LimitNOFILE, ulimits.nofile) has to be raised first",
			Cured:    "no (24: Too many open files) in error.log under the same load; /proc/PID/limits of a worker shows the new limit",
			Decide:   []string{"ps -eo pid,ppid,args | grep '[n]ginx: worker'"},
		},
		{
			ID: "system-file-limit", At: Kernel, Title: "the machine has no descriptors left", Harm: 3,
			Explains: []string{"file-limit", "accept-queue-full", "timeout-in-force"},
			Rules:    []string{"sysctl-file-max"},
			Cure:     "raise fs.file-max, and find the process that holds most (ls /proc/*/fd | ...)",
			Cured:    "no (23: Too many open files in system) in error.log; /proc/sys/fs/file-nr stays below its third number",
			Decide:   []string{"cat /proc/sys/fs/file-nr"},
		},
	},
	Examples: []Example{
		{
			Name: "the limit is in nginx.conf",
			Files: `-- nginx.conf --
worker_rlimit_nofile 256;
events { worker_connections 1024; }
http { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }
-- error.log --
2026/11/30 01:27:28 [crit] 40#40: accept4() failed (24: Too many open files)
2026/11/30 01:27:28 [alert] 40#40: *158 socket() failed (24: Too many open files) while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"
-- limits.txt --
Limit                     Soft Limit           Hard Limit           Units
Max open files            256                  256                  files
`,
			Want: []string{"file-limit proved"},
		},
		{
			Name: "the machine's limit",
			Files: `-- error.log --
2026/11/30 01:27:28 [crit] 40#40: accept4() failed (23: Too many open files in system)
-- dmesg.txt --
[  101.200000] VFS: file-max limit 9000 reached
`,
			Want: []string{"system-file-limit proved"},
		},
	},
	Look: lookFileLimit,
}

var _ = add(&tooManyOpenFilesSymptom)

func lookFileLimit(p *Pass) {
	events := []evidence.Event{evidence.AcceptFailed, evidence.SocketFailed, evidence.OpenFailed, evidence.ConnectFailed, evidence.BindFailed}
	for _, g := range p.Errors(events...) {
		switch g.Errno {
		case 24:
			workerFiles(p, g)
		case 23:
			systemFiles(p, g)
		}
	}
}

// workerFiles is about the limit of a process.
func workerFiles(p *Pass, g *evidence.ErrorGroup) {
	s := p.Suspect("file-limit").Weight(g.Count)
	s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s with (24: Too many open files), %s to %s", times(g.Count), what(g), clock(g.First), clock(g.Last)), g.Lines...)
	limit, known := p.MaxOpenFiles()
	for _, n := range p.Nginx() {
		set, written := n.Root.Own("worker_rlimit_nofile")
		connections := 1024
		for k := range n.Root.Kids() {
			if v, ok := k.Own("worker_connections"); ok {
				connections, _ = strconv.Atoi(v.Arg(0)) // nginx refuses others
			}
		}
		switch limitOf, err := strconv.Atoi(set0(written, set.Arg)); {
		case written && err == nil && limitOf < 2*connections:
			s.Message(fmt.Sprintf("a worker of nginx ran out of descriptors: worker_rlimit_nofile is %d, while worker_connections %d takes up to %d when requests are passed on", limitOf, connections, 2*connections))
			s.Configured(fmt.Sprintf("worker_rlimit_nofile %d is less than twice worker_connections %d", limitOf, connections), set.Directive)
			s.Exclude("old-workers", "the limit is that of one worker alone")
		case known && limit.Soft > 0 && limit.Soft < 2*connections:
			s.Exclude("old-workers", "the limit is that of one worker alone")
		}
	}
	if known && limit.Soft > 0 {
		s.Message(fmt.Sprintf("a worker of nginx ran out of descriptors: its limit is %d", limit.Soft))
		s.Hint(evidence.Limits, fmt.Sprintf("Max open files is %d (hard %d)", limit.Soft, limit.Hard), limit.Line)
		if limit.Soft <= 4096 {
			s.Exclude("old-workers", "the limit is that of one worker alone")
		}
	}
	for _, r := range p.Errors(evidence.LimitNotSet) {
		s.Sign(evidence.ErrorLog, "nginx was not allowed to raise the limit: setrlimit("+r.Detail+") failed", r.Lines...)
		s.Decide("systemctl show nginx -p LimitNOFILE")
	}
	failed := p.Access().Where(func(a *evidence.AccessGroup) bool {
		return a.Status == 500 && len(a.Upstreams()) == 0 && a.UpstreamStatus == "-"
	})
	if len(failed) > 0 {
		s.Hint(evidence.AccessLog, requests(failed[0].Count)+" ended with 500 before a backend was asked", failed[0].Lines...)
	}
	s.Message("a worker of nginx ran out of descriptors")
}

// systemFiles is about the limit of the machine.
func systemFiles(p *Pass, g *evidence.ErrorGroup) {
	s := p.Suspect("system-file-limit").Weight(g.Count)
	s.Sign(evidence.ErrorLog, fmt.Sprintf("%s %s with (23: Too many open files in system)", times(g.Count), what(g)), g.Lines...)
	if n, at, ok := p.Setting("fs.file-max"); ok {
		s.Message(fmt.Sprintf("the machine ran out of descriptors: fs.file-max is %d", n))
		s.Hint(evidence.Settings, fmt.Sprintf("fs.file-max is %d", n), at)
	}
	for _, m := range p.Kernel(evidence.FileTableFull) {
		s.Sign(evidence.KernelLog, "the kernel says that the limit was reached", m.Lines...)
	}
}
