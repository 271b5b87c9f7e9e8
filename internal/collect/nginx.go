package collect

import (
	"bytes"
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
	title     = lazyre.New(`^nginx: ((master|worker|cache manager|cache loader|privileged agent) process)( is shutting down)?`)
	optionOf  = lazyre.New(` -([cp]) ([A-Za-z0-9/._@-]+)`)
	safeInPID = lazyre.New(`^[0-9]+$`)
)

// processes lists the processes of nginx, and takes the limits of the first worker.
// The main file is that of the master.
func (c *collector) processes() {
	var b bytes.Buffer
	b.WriteString("PID PPID COMMAND\n")
	limits := ""
	n := 0
	for _, dir := range c.host.Glob("/proc/[0-9]*") {
		pid := path.Base(dir)
		if !safeInPID.MatchString(pid) {
			continue
		}
		line, _, err := c.host.Read(dir+"/cmdline", 4096)
		if err != nil {
			continue
		}
		words := strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
		what := title.FindString(words)
		if what == "" {
			continue
		}
		n++
		var options strings.Builder
		for _, m := range optionOf.Compiled().FindAllStringSubmatch(words, -1) {
			switch {
			case m[1] == "c" && c.main == "":
				c.main = m[2]
			case m[1] == "p" && c.prefix == "":
				c.prefix = m[2]
			}
			options.WriteString(m[0])
		}
		what += options.String()
		b.WriteString(pid + " " + strconv.Itoa(c.parent(dir)) + " " + what + "\n")
		if strings.HasPrefix(what, "nginx: worker") && limits == "" {
			limits = dir + "/limits"
		}
	}
	it := snapshot.Item{Path: processesPath, Source: "/proc/PID/cmdline", State: snapshot.Taken}
	if n == 0 {
		it.State, it.Why = snapshot.Absent, "no process of nginx is seen here"
		c.keep(it, nil)
		return
	}
	c.keep(it, b.Bytes())
	if limits != "" {
		data, it := c.read(limits, mostOfFile)
		it.Path = "evidence/proc-limits.txt"
		c.keep(it, data)
	}
}

// parent reads PPid in /proc/PID/status; 0 if it cannot be read.
func (c *collector) parent(dir string) int {
	data, _, _ := c.host.Read(dir+"/status", 4096) // what is not there has no parent
	_, rest, _ := strings.Cut(string(data), "\nPPid:")
	rest, _, _ = strings.Cut(rest, "\n")
	n, _ := strconv.Atoi(strings.TrimSpace(rest))
	return n
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
		c.keep(it, []byte(NginxText(string(data))))
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
