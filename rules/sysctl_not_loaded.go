package rules

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

var sysctlNotLoaded = lint.Rule{
	ID:       "sysctl-not-loaded",
	Title:    "a file that is not read at boot, or not when its name suggests",
	Severity: lint.Warning,
	Written:  true,
	Fix:      lint.Shown,
	Since:    "0.1",
	Why: `At boot, systemd-sysctl reads the files of /etc/sysctl.d, /run/sysctl.d, /usr/local/lib/sysctl.d and /usr/lib/sysctl.d whose names end in ".conf" and do not begin with a dot. Of two files with the same name in two folders it reads the one in the first of these. /etc/sysctl.conf is not among them: Debian up to 12, Fedora and RHEL have a link 99-sysctl.conf to it, Debian 13 has neither the file nor the link. "sysctl -p" and "sysctl --system" read it everywhere, so a change works until the next boot.

The files are read in the order of their names, compared as text: 100-net.conf comes before 20-base.conf, and what both set ends with the value of the second.

Measured with procps 3.3.17 to 4.0.7 and systemd 252 and 257. procps does read hidden files.

Ignore it where something else loads the file.`,
	Refs: []string{
		"https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html",
		"https://man7.org/linux/man-pages/man8/sysctl.8.html",
	},
	Examples: []lint.Example{
		{
			Name: "no .conf, and hidden",
			Bad: `-- etc/sysctl.d/90-net --
# ours
net.core.somaxconn = 4096
#^^^^^^^^^^^^^^^^^^^^^^^^ nothing of this file is set: in a sysctl.d only names that end in ".conf" are read
-- etc/sysctl.d/.90-tcp.conf --
net.ipv4.tcp_syncookies = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^ nothing of this file is set at boot: systemd passes over hidden files
`,
			Good: `-- etc/sysctl.d/90-net --
# moved to 90-net.conf
-- etc/sysctl.d/.90-tcp.conf --
# moved to 90-tcp.conf
`,
		},
		{
			Name: "hidden by a file of the same name",
			Bad: `-- usr/lib/sysctl.d/50-net.conf --
net.core.somaxconn = 8192
#^^^^^^^^^^^^^^^^^^^^^^^^ nothing of this file is set: etc/sysctl.d/50-net.conf has the same name and takes its place
-- etc/sysctl.d/50-net.conf --
net.core.somaxconn = 4096
`,
			Good: `-- usr/lib/sysctl.d/50-net.conf --
# see /etc
`,
		},
		{
			Name: "sysctl.conf itself",
			Bad: `-- etc/sysctl.conf --
net.core.somaxconn = 4096
#^^^^^^^^^^^^^^^^^^^^^^^^ systemd reads /etc/sysctl.conf only through a link in sysctl.d, which Debian 13 does not have
`,
			Good: `-- etc/sysctl.conf --
# see sysctl.d
`,
		},
		{
			Name: "100 before 20",
			Bad: `-- sysctl.d/100-net.conf --
net.core.somaxconn = 8192
#^^^^^^^^^^^^^^^^^^^^^^^^ 100-net.conf is read before 20-base.conf, which sets net.core.somaxconn to 4096
-- sysctl.d/20-base.conf --
net.core.somaxconn = 4096
`,
			Good: `-- sysctl.d/100-net.conf --
net.core.somaxconn = 4096
`,
		},
		{
			Name: "silent: what is read, and what is put aside on purpose",
			Bad: `-- etc/sysctl.d/99-sysctl.conf --
net.core.somaxconn = 4096
-- etc/sysctl.conf --
net.core.somaxconn = 4096
-- etc/sysctl.d/90-old.conf.bak --
net.core.somaxconn = 1024
-- sysctl.d/100-net.conf --
net.ipv4.tcp_syncookies = 1
-- sysctl.d/20-base.conf --
net.core.somaxconn = 4096
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		linked := slices.ContainsFunc(p.Host.Sysctl.Trees, func(t *sysctl.Tree) bool {
			return path.Base(t.File.Path) == "99-sysctl.conf"
		})
		for _, t := range p.Host.Sysctl.Trees {
			if len(t.Entries) > 0 {
				notLoaded(p, t, linked)
			}
		}
		for _, key := range p.Host.Sysctl.Keys() {
			lines := p.Host.Sysctl.Assignments(key)
			last := lines[len(lines)-1]
			for _, a := range lines[:len(lines)-1] {
				if misordered(a, last) {
					readTooEarly(p, a, last)
				}
			}
		}
	},
}

var _ = add(&sysctlNotLoaded)

// notLoaded looks at the name of a file.
func notLoaded(p *lint.Pass, t *sysctl.Tree, linked bool) {
	dir, base := path.Split(t.File.Path)
	folder := path.Base(dir)
	first := t.Entries[0]
	f := lint.Finding{At: lint.Place{
		File: t.File,
		Span: source.Span{Start: first.Key.Span.Start, End: max(first.Key.Span.End, first.Value.Span.End)},
	}}
	switch by := p.Host.Sysctl.Masked[t]; {
	case by != nil:
		f.Msg = fmt.Sprintf("nothing of this file is set: %s has the same name and takes its place", by.File.Path)
		p.ReportMild(lint.Info, f)
	case folder == "sysctl.d" && strings.HasPrefix(base, ".") && p.Host.Target.Loader != model.Procps:
		f.Msg = "nothing of this file is set at boot: systemd passes over hidden files"
		f.Fix = rename(strings.TrimLeft(base, "."))
		p.Report(f)
	case folder == "sysctl.d" && slices.Contains(strayNames, path.Ext(base)) && !strings.HasPrefix(strings.ToLower(base), "readme"):
		f.Msg = `nothing of this file is set: in a sysctl.d only names that end in ".conf" are read`
		f.Fix = rename(strings.TrimSuffix(base, path.Ext(base)) + ".conf")
		p.Report(f)
	case base == "sysctl.conf" && folder != "sysctl.d" && p.Host.Target.Loader == model.Systemd && !p.Host.Sysctl.Reads(t):
		f.Msg = "nothing of this file is set: systemd reads sysctl.conf only through a link in sysctl.d, and there is none"
		f.Fix = &lint.Fix{Title: "move the lines to a file of sysctl.d", Safety: lint.Shown}
		p.Report(f)
	case p.Host.Target.Loader == model.Procps:
	case folder == "etc" && base == "sysctl.conf" && !linked && !p.Host.Sysctl.Linked() && t.File.View == nil:
		f.Msg = "systemd reads /etc/sysctl.conf only through a link in sysctl.d, which Debian 13 does not have"
		f.Fix = &lint.Fix{Title: "move the lines to a file of /etc/sysctl.d", Safety: lint.Shown}
		p.ReportMild(lint.Info, f)
	}
}

// strayNames are ends of names in a sysctl.d that were meant to be read. Others,
// such as .bak and .disabled, were not.
var strayNames = []string{"", ".sysctl", ".cfg", ".cnf", ".config"}

func rename(name string) *lint.Fix {
	return &lint.Fix{Title: "rename the file to " + name, Safety: lint.Shown}
}

// misordered reports whether a line is overwritten because the number in its
// file's name, though larger, is read first.
func misordered(a, last model.Assignment) bool {
	if a.Tree == last.Tree || model.Fields(a.Value.Value) == model.Fields(last.Value.Value) {
		return false
	}
	one, ok := fileNumber(a.Tree)
	two, ok2 := fileNumber(last.Tree)
	return ok && ok2 && one > two
}

// fileNumber is the number that a file's name begins with.
func fileNumber(t *sysctl.Tree) (int, bool) {
	base := path.Base(t.File.Path)
	digits := base[:len(base)-len(strings.TrimLeft(base, "0123456789"))]
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

func readTooEarly(p *lint.Pass, a, last model.Assignment) {
	p.Report(lint.Finding{
		At: lint.AtLine(a),
		Msg: fmt.Sprintf("%s is read before %s, which sets %s to %s: names are compared as text",
			path.Base(a.Tree.File.Path), path.Base(last.Tree.File.Path), short(a.Key.Value), last.Value.Value),
		Notes: []lint.Note{{Msg: "this one is in force", At: lint.AtLine(last)}},
		Fix:   rename("99-" + strings.TrimLeft(path.Base(a.Tree.File.Path), "0123456789-_")),
	})
}
