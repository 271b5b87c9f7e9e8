package rules

import (
	"fmt"
	"math"

	"github.com/tcplint/tcplint/internal/lint"
)

var sysctlFileMax = lint.Rule{
	ID:       "sysctl-file-max",
	Title:    "fs.file-max lowers what systemd has set at boot",
	Severity: lint.Info,
	Written:  true,
	Fix:      lint.NoFix,
	Since:    "0.1",
	Why: `fs.file-max bounds the open files of the whole host. systemd sets it to 9223372036854775807 as the first process starts, unless it was built otherwise (read in systemd 252). A line in sysctl.conf that was written to raise it therefore lowers it, to a number that all processes together may reach.

What a process may open is another limit: RLIMIT_NOFILE (LimitNOFILE= of its unit, worker_rlimit_nofile of nginx), and above that fs.nr_open, 1048576 by default.

Ignore it on hosts without systemd, and where the bound is wanted.`,
	Refs: []string{
		"https://github.com/systemd/systemd/blob/main/src/core/main.c",
		"https://www.kernel.org/doc/html/latest/admin-guide/sysctl/fs.html",
	},
	Examples: []lint.Example{
		{
			Bad: `fs.file-max = 65535
#^^^^^^^^^^^^^^^^^^ fs.file-max = 65535 lowers the limit where systemd runs
`,
			Good: `fs.nr_open = 1048576
`,
		},
		{
			Name: "silent: no less than what systemd sets",
			Bad: `fs.file-max = 9223372036854775807
`,
		},
	},
	Check: func(p *lint.Pass) {
		v := p.Host.Sysctl.Get("fs.file-max")
		n, ok := v.Int()
		if !ok || n < 0 || n == math.MaxInt64 {
			return
		}
		p.Report(lint.Finding{
			At:    lint.AtLine(v.Assignment),
			Msg:   fmt.Sprintf("fs.file-max = %d lowers the limit where systemd runs: it sets %d at boot", n, int64(math.MaxInt64)),
			Notes: []lint.Note{{Msg: "what one process may open is bounded by RLIMIT_NOFILE and fs.nr_open"}},
		})
	},
}

var _ = add(&sysctlFileMax)
