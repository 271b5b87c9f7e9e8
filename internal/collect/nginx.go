package collect

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

var (
	title    = lazyre.New(`^nginx: ((master|worker|cache manager|cache loader|privileged agent) process)( is shutting down)?`)
	optionOf = lazyre.New(` -([cp]) ([A-Za-z0-9/._@-]+)`)
)

// process is one of nginx's.
type process struct {
	pid, parent int
	// contained says that it lives in a PID namespace of its own, so in a container: its
	// paths are those of another file system.
	contained    bool
	title        string
	main, prefix string
}

// processes lists the processes of nginx, and takes the limits of the first worker.
// The main file is that of the oldest master that runs on the host itself.
func (c *collector) processes() {
	var all []process
	for _, dir := range c.host.Glob("/proc/[0-9]*") {
		pid, err := strconv.Atoi(path.Base(dir))
		if err != nil {
			continue
		}
		line, _, err := c.host.Read(dir+"/cmdline", 4096)
		if err != nil {
			continue
		}
		words := strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
		p := process{pid: pid, title: title.FindString(words)}
		if p.title == "" {
			continue
		}
		p.parent, p.contained = c.status(dir)
		for _, m := range optionOf.Compiled().FindAllStringSubmatch(words, -1) {
			switch {
			case m[1] == "c" && p.main == "":
				p.main = m[2]
			case m[1] == "p" && p.prefix == "":
				p.prefix = m[2]
			}
			p.title += m[0]
		}
		all = append(all, p)
	}
	it := snapshot.Item{Path: processesPath, Source: "/proc/PID/cmdline", State: snapshot.Taken}
	if len(all) == 0 {
		it.State, it.Why = snapshot.Absent, "no process of nginx is seen here"
		c.keep(it, nil)
		return
	}
	slices.SortFunc(all, func(a, b process) int { return a.pid - b.pid })
	var b bytes.Buffer
	b.WriteString("PID PPID COMMAND\n")
	var master, worker *process
	for i := range all {
		p := &all[i]
		fmt.Fprintf(&b, "%d %d %s\n", p.pid, p.parent, p.title)
		switch {
		case p.contained:
		case strings.HasPrefix(p.title, "nginx: worker"):
			worker = cmp.Or(worker, p)
		case !strings.HasPrefix(p.title, "nginx: master"):
		case master == nil:
			master = p
			c.main, c.prefix = p.main, p.prefix
		case p.main != master.main:
			it.Why = "more than one nginx runs: the configuration is that of process " + strconv.Itoa(master.pid)
		}
	}
	c.keep(it, b.Bytes())
	if worker != nil {
		data, it := c.read("/proc/"+strconv.Itoa(worker.pid)+"/limits", mostOfFile)
		it.Path = "evidence/proc-limits.txt"
		c.keep(it, data)
	}
}

// status reads in /proc/PID/status which process is the parent, 0 if it cannot be read,
// and whether the process has a number in more than this PID namespace.
func (c *collector) status(dir string) (parent int, contained bool) {
	data, _, _ := c.host.Read(dir+"/status", 4096) // what is not there has no parent
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		switch {
		case len(words) > 1 && words[0] == "PPid:":
			parent, _ = strconv.Atoi(words[1])
		case len(words) > 2 && words[0] == "NSpid:":
			contained = true
		}
	}
	return parent, contained
}

// nginx takes the main file and all that it includes, then the ends of the logs that
// it names.
func (c *collector) nginx() {
	if c.main == "" || !path.IsAbs(c.main) {
		c.main = ""
		for _, m := range mainFiles {
			if len(c.host.Glob(m)) > 0 {
				c.main = m
				break
			}
		}
	}
	if c.main == "" {
		c.keep(snapshot.Item{Path: "etc/nginx/nginx.conf", Source: mainFiles[0], State: snapshot.Absent, Why: "no main file of nginx was found"}, nil)
		return
	}
	if c.prefix == "" {
		c.prefix = path.Dir(c.main)
	}
	var logs []log
	left := mostIncludes
	queue := []string{c.main}
	read := map[string]bool{}
	for len(queue) > 0 && left > 0 {
		name := queue[0]
		queue = queue[1:]
		if read[name] {
			continue
		}
		read[name] = true
		left--
		data, it := c.read(name, mostOfFile)
		if it.State == snapshot.Cut {
			it.State, it.Why = snapshot.Failed, "it is longer than 1 MB"
			data = nil
		}
		if it.State != snapshot.Taken {
			c.keep(it, nil)
			continue
		}
		tree := nginx.Parse(source.NewFile(name, string(data)))
		clean := NginxText(string(data))
		c.keep(it, []byte(clean))
		if c.statusArgs == nil && strings.Contains(clean, "stub_status") {
			c.statusArgs = statusAt(clean)
		}
		for d := range tree.Root.Walk() {
			switch d.Name() {
			case "include":
				queue = append(queue, c.includes(d.Arg(0))...)
			case "upstream":
				c.names[d.Arg(0)] = true
			case "error_log", "access_log":
				logs = append(logs, log{d.Name() == "error_log", d.Arg(0)})
			}
		}
	}
	c.logs(logs)
}

func (c *collector) includes(pattern string) []string {
	if pattern == "" || strings.Contains(pattern, "$") {
		return nil
	}
	if !path.IsAbs(pattern) {
		pattern = path.Join(path.Dir(c.main), pattern)
	}
	found := c.host.Glob(path.Clean(pattern))
	if dir := path.Dir(path.Clean(pattern)); len(found) == 0 && len(c.host.Glob(dir)) == 1 && !c.seen[dir+"/"] {
		c.seen[dir+"/"] = true
		c.files = append(c.files, taken{path: strings.TrimPrefix(dir, "/"), folder: true}) // that nothing is in it is known
	}
	return found
}

type log struct {
	isError bool
	path    string
}

// logs takes the ends of logs.
func (c *collector) logs(all []log) {
	if !slices.ContainsFunc(all, func(l log) bool { return l.isError }) {
		all = append(all, log{true, defaultLogs[0]})
	}
	if !slices.ContainsFunc(all, func(l log) bool { return !l.isError }) {
		all = append(all, log{false, defaultLogs[1]})
	}
	n := 0
	done := map[string]bool{}
	for _, l := range all {
		switch {
		case l.path == "", l.path == "off", l.path == "stderr", strings.ContainsAny(l.path, "$:"), strings.HasPrefix(l.path, "/dev/"), strings.HasPrefix(l.path, "/proc/"), n >= mostLogs:
			continue
		case !path.IsAbs(l.path):
			l.path = path.Join(c.prefix, l.path)
		}
		l.path = path.Clean(l.path)
		if done[l.path] {
			continue
		}
		done[l.path] = true
		n++
		data, it := c.read(l.path, mostOfLog)
		it.Path = logPath(l)
		if it.State == snapshot.Cut {
			_, data, _ = bytes.Cut(data, []byte("\n")) // the first line is half a line
		}
		c.keep(it, c.cleanLog(l.isError, data))
	}
}

// logPath is where a log lies in the archive: its name says what it is, even if it is
// empty.
func logPath(l log) string {
	base := path.Base(l.path)
	kind := "access"
	if l.isError {
		kind = "error"
	}
	if !strings.HasPrefix(base, kind) || !strings.Contains(base, "log") {
		base = kind + "-" + base + ".log"
	}
	return strings.TrimPrefix(path.Join(path.Dir(l.path), base), "/")
}

func (c *collector) cleanLog(isError bool, data []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(data) {
		text := strings.TrimRight(string(line), "\r\n")
		if isError {
			b.WriteString(ErrorLine(text))
		} else {
			b.WriteString(AccessLine(text, c.names))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
