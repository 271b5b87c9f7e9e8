package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

var serviceFDLimit = lint.Rule{
	ID:       "service-fd-limit",
	Title:    "the container or unit of nginx may open fewer files than nginx is told to",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `worker_rlimit_nofile asks the kernel for more descriptors. In a container nginx has no CAP_SYS_RESOURCE, so that nothing above the hard limit is granted: each worker logs "setrlimit(RLIMIT_NOFILE, ...) failed (1: Operation not permitted)" and stays at the soft limit, not even at the hard one. Connections beyond it end in "accept4() failed (24: Too many open files)", requests in 500.

Measured (nginx 1.22.1 without CAP_SYS_RESOURCE, soft limit 1024, hard limit 2048, worker_rlimit_nofile 65535): workers stay at 1024.

Without worker_rlimit_nofile the soft limit of the container or the unit holds, in a unit of systemd LimitNOFILE; that is reported where it is below worker_connections.

The fix raises what is too low where it stands, ulimits.nofile of the service or LimitNOFILE of the unit: to worker_rlimit_nofile, or to two files for each connection. It is unsafe, since it lets the process take more of what the host has, and takes effect when the container is made anew or the unit restarted. A limit that an environment or a template decides is left to whoever decides it.`,
	Refs: []string{
		"https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile",
		"https://docs.docker.com/reference/compose-file/services/#ulimits",
		"https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#LimitCPU=",
	},
	Examples: []lint.Example{
		{
			Name: "a container with a low hard limit",
			Bad: `-- nginx.conf --
worker_rlimit_nofile 65535;
#^^^^^^^^^^^^^^^^^^^^^^^^^^ service "proxy" may open 2048 files at most: workers cannot get 65535, and stay at 1024
events { worker_connections 10240; }
http {}
-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    ulimits:
      nofile: {soft: 1024, hard: 2048}
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
`,
			Good: `-- compose.yaml --
services:
  proxy:
    image: nginx:1.27
    ulimits:
      nofile: {soft: 65535, hard: 65535}
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
`,
		},
		{
			Name: "a unit, and no line in nginx.conf",
			Bad: `-- nginx.conf --
events {
    worker_connections 8192;
   #^^^^^^^^^^^^^^^^^^^^^^^^ unit nginx.service may open 4096 files: a worker runs out of them before it has 8192 connections
}
http {}
-- nginx.service.d/limits.conf --
[Service]
LimitNOFILE=4096
`,
			Good: `-- nginx.service.d/limits.conf --
[Service]
LimitNOFILE=16384
`,
		},
		{
			Name: "silent: enough, a unit that may raise it",
			Bad: `-- nginx.conf --
worker_rlimit_nofile 65535;
events { worker_connections 1024; }
http {}
-- nginx.service.d/limits.conf --
[Service]
LimitNOFILE=4096
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Nginx.Fragment || p.Host.Nginx.Root == nil {
			return
		}
		runs := nginxProcess(p)
		if runs == nil || !runs.HardFiles.Known() {
			return
		}
		root := p.Host.Nginx.Root
		limit := root.Get("worker_rlimit_nofile")
		if files, ok := limit.Int(); limit.Set() {
			container := runs.Kind == service.Compose || runs.Kind == service.Kubernetes
			if ok && container && files > runs.HardFiles.Value {
				p.Report(lint.Finding{
					At:    lint.At(limit.Settings[0].Directive),
					Msg:   fmt.Sprintf("%s may open %d files at most: workers cannot get %d, and stay at %d", runs.Title(), runs.HardFiles.Value, files, runs.SoftFiles.Value),
					Notes: []lint.Note{{Msg: "the limit", At: lint.Place(runs.HardFiles.At)}},
					Fix:   raiseFiles(runs, files),
				})
			}
			return
		}
		for events := range root.Kids() {
			connections := events.Get("worker_connections")
			if n, ok := connections.Int(); ok && connections.Set() && n > runs.SoftFiles.Value && runs.SoftFiles.Value > 0 {
				p.ReportMild(lint.Warning, lint.Finding{
					At:    lint.At(connections.Settings[0].Directive),
					Msg:   fmt.Sprintf("%s may open %d files: a worker runs out of them before it has %d connections", runs.Title(), runs.SoftFiles.Value, n),
					Notes: []lint.Note{{Msg: "the limit", At: lint.Place(runs.SoftFiles.At)}},
					Fix:   raiseFiles(runs, filesEach*n),
				})
				return
			}
		}
	},
}

var _ = add(&serviceFDLimit)

// filesEach is how many descriptors a connection takes that is passed on.
const filesEach = 2

// raiseFiles writes a number of files where the limits of a service stand that are
// lower.
func raiseFiles(s *service.Service, files int) *lint.Fix {
	fix := &lint.Fix{Safety: lint.Unsafe}
	what := ""
	for _, limit := range []service.Field[int]{s.SoftFiles, s.HardFiles} {
		if limit.Value >= files {
			continue
		}
		what = limit.Name
		text := limit.At.File.Slice(limit.At.Span)
		old := strconv.Itoa(limit.Value)
		if limit.Sure != service.Set {
			fix.Title = fmt.Sprintf("let %s open %d files; %s may say otherwise", s.Title(), files, limit.Env)
			fix.Safety, fix.Edits = lint.Shown, nil
			return fix
		}
		if strings.Contains(text, ":") { // LimitNOFILE=soft:hard
			soft, hard := max(s.SoftFiles.Value, files), max(s.HardFiles.Value, files)
			fix.Edits = []lint.FileEdit{{File: limit.At.File, Edit: source.Edit{Span: limit.At.Span, New: fmt.Sprintf("%s=%d:%d", limit.Name, soft, hard)}}}
			break
		}
		i := strings.LastIndex(text, old)
		if i < 0 {
			fix.Title = fmt.Sprintf("let %s open %d files; the limit is written in a way that is left alone", s.Title(), files)
			fix.Safety, fix.Edits = lint.Shown, nil
			return fix
		}
		start := limit.At.Span.Start + i
		edit := lint.FileEdit{File: limit.At.File, Edit: source.Edit{Span: source.Span{Start: start, End: start + len(old)}, New: strconv.Itoa(files)}}
		if !slices.Contains(fix.Edits, edit) {
			fix.Edits = append(fix.Edits, edit)
		}
	}
	fix.Title = fmt.Sprintf("set %s of %s to %d", what, s.Title(), files)
	return fix
}

// nginxProcess is the container that runs the nginx of a host, or the one unit of
// nginx that the repository has.
func nginxProcess(p *lint.Pass) *service.Service {
	if s := p.Host.Runs(); s != nil {
		return s
	}
	return p.Host.Services().Unit("nginx.service")
}
