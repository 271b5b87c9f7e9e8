package rules

import (
	"fmt"
	"strconv"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

const openFiles = "fs.nr_open"

var hostFDLimit = lint.Rule{
	ID:       "host-fd-limit",
	Title:    "worker_rlimit_nofile above fs.nr_open cannot be set",
	Severity: lint.Error,
	Fix:      lint.Unsafe,
	Since:    "0.1",
	Why: `fs.nr_open is the most that RLIMIT_NOFILE may be, for every process and for root, too. nginx asks for worker_rlimit_nofile as a worker starts; above fs.nr_open the kernel answers EPERM, nginx logs the alert "setrlimit(RLIMIT_NOFILE, N) failed (1: Operation not permitted)", and the worker goes on with the limit that it had, often 1024. Beyond that it answers 500.

The rule of the kernel is read from kernel/sys.c and that of nginx from ngx_process_cycle.c. What it means to run out of files was measured (experiment 10): with a limit of 256, requests fail from about 128 proxied clients on.

Without a line for fs.nr_open the kernel's default is 1048576. systemd raises it at boot where the distribution lets it, which Debian does not, so that is a warning.`,
	Refs: []string{
		"https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/kernel/sys.c",
		"https://github.com/nginx/nginx/blob/master/src/os/unix/ngx_process_cycle.c",
	},
	Examples: []lint.Example{
		{
			Bad: `-- nginx.conf --
worker_rlimit_nofile 1000000;
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^ worker_rlimit_nofile 1000000 is above fs.nr_open, 524288: workers keep the limit that they have
events {}
-- sysctl.conf --
fs.nr_open = 524288
`,
			Good: `-- sysctl.conf --
fs.nr_open = 1000000
`,
		},
		{
			Name: "the kernel's default",
			Bad: `-- nginx.conf --
worker_rlimit_nofile 2000000;
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^ worker_rlimit_nofile 2000000 is above fs.nr_open, 1048576
events {}
-- sysctl.conf --
net.core.somaxconn = 4096
`,
			Good: `-- sysctl.conf --
net.core.somaxconn = 4096
fs.nr_open = 2000000
`,
		},
		{
			Name: "silent: high enough",
			Bad: `-- nginx.conf --
worker_rlimit_nofile 1048576;
events {}
-- sysctl.conf --
fs.nr_open = 1048576
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil || p.Host.Sysctl == nil || p.Host.Nginx.Fragment {
			return
		}
		limit := p.Host.Nginx.Root.Get("worker_rlimit_nofile")
		files, known := limit.Int()
		if !limit.Set() || !known {
			return
		}
		v := p.Host.Sysctl.Get(openFiles)
		most, ok := v.Int()
		if !v.Set {
			most, ok = usualOpenFiles(p.Host)
		}
		if !ok || !v.Sure || int64(files) <= most {
			return
		}
		f := lint.Finding{
			At:  lint.At(limit.Settings[0].Directive),
			Msg: fmt.Sprintf("worker_rlimit_nofile %d is above %s, %d: workers keep the limit that they have", files, openFiles, most),
			Fix: setOrAppend(p.Host, v, openFiles, strconv.Itoa(files)),
		}
		if !v.Set {
			f.Notes = []lint.Note{{Msg: "that is the kernel's default; systemd may have raised it, though not on Debian"}}
			p.ReportMild(lint.Warning, f)
			return
		}
		f.Notes = []lint.Note{{Msg: "set here", At: lint.AtLine(v.Assignment)}}
		p.Report(f)
	},
}

var _ = add(&hostFDLimit)

// usualOpenFiles is the kernel's default of fs.nr_open.
func usualOpenFiles(h *model.Host) (int64, bool) {
	k, ok := facts.ParamOf(openFiles)
	if !ok {
		return 0, false
	}
	text, ok := facts.OneDefault(k.Defaults, h.Target.Kernel)
	n, err := strconv.ParseInt(text, 10, 64)
	return n, ok && err == nil
}
