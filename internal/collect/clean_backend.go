package collect

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/parser/lazyre"
)

// backendLogs are where servers behind nginx write on Debian, Fedora and their like.
var backendLogs = []string{
	"/var/log/php*-fpm.log", "/var/log/php-fpm/*.log", "/var/log/apache2/error.log", "/var/log/httpd/error_log",
	"/var/log/uwsgi/*.log", "/var/log/uwsgi/app/*.log", "/var/log/gunicorn/*.log",
}

// backendHead is the beginning of lines of php-fpm, Apache, gunicorn and uWSGI: times,
// a level, a pool and numbers of processes.
const backendHead = `^(\[[0-9][0-9]-[A-Z][a-z][a-z]-[0-9][0-9][0-9][0-9] [0-9:.]+\] [A-Z]+: (\[pool [A-Za-z0-9_.-]+\] )?` +
	`|\[[A-Z][a-z][a-z] [A-Z][a-z][a-z] +[0-9]+ [0-9:.]+ [0-9][0-9][0-9][0-9]\] \[[a-z_]+:[a-z]+\] (\[pid [0-9]+(:tid [0-9]+)?\] )?` +
	`|\[[0-9-]+ [0-9:]+ [+-][0-9]+\] \[[0-9]+\] \[[A-Z]+\] ` +
	`|[A-Z][a-z][a-z] [A-Z][a-z][a-z] +[0-9]+ [0-9:]+ [0-9][0-9][0-9][0-9] - )`

var backendHeadShape = lazyre.New(backendHead)

// backendText is a message that a line is about if it holds mark, and more if that is
// not empty. What is written instead is always the same.
type backendText struct{ mark, more, written string }

// backendTexts are the messages that evidence knows.
var backendTexts = []backendText{
	{"server reached pm.max_children setting", "", "server reached pm.max_children setting"},
	{"server reached max_children setting", "", "server reached max_children setting"},
	{"execution timed out (", "", "execution timed out ("},
	{"exited on signal", "child", "child exited on signal"},
	{"exited with code 0 after ", "child", "child exited with code 0 after "},
	{"server reached MaxRequestWorkers setting", "", "server reached MaxRequestWorkers setting"},
	{"server is within MinSpareThreads of MaxRequestWorkers", "", "server is within MinSpareThreads of MaxRequestWorkers"},
	{"*** uWSGI listen queue of socket", "", "*** uWSGI listen queue of socket is full"},
	{"The work of process", "is done", "The work of process 0 is done."},
	{"HARAKIRI ON WORKER", "", "*** HARAKIRI ON WORKER ***"},
	{"WORKER TIMEOUT (pid:", "", "WORKER TIMEOUT (pid:"},
	{"Autorestarting worker after current request", "", "Autorestarting worker after current request."},
	{"Maximum request limit of", "exceeded", "Maximum request limit of 0 exceeded"},
	{"was sent SIGKILL! Perhaps out of memory", "", "was sent SIGKILL! Perhaps out of memory?"},
	{"DAMN ! worker ", "", "DAMN ! worker 0 (pid: 0) died"},
	{"oo many open files", "ccept", "accept: too many open files"},
	{"EMFILE", "ccept", "accept: EMFILE, too many open files"},
}

// BackendLine returns what a line of a backend's log says about connections: its head
// and one of backendTexts. Any other line becomes an empty one: applications write
// there what they like.
func BackendLine(line string) string {
	for _, t := range backendTexts {
		if strings.Contains(line, t.mark) && strings.Contains(line, t.more) {
			return backendHeadShape.FindString(line[:min(len(line), 120)]) + t.written
		}
	}
	return ""
}

// backendLogPath is where such a log lies in the archive: its name says that it is none
// of nginx.
func backendLogPath(source string) string {
	base := "backend-" + path.Base(source)
	if path.Ext(base) != ".log" {
		base += ".log"
	}
	return strings.TrimPrefix(path.Join(path.Dir(source), base), "/")
}

// backends takes of the ends of backends' logs the lines that say something.
func (c *collector) backends() {
	n := 0
	for _, p := range backendLogs {
		for _, source := range c.host.Glob(p) {
			if n++; n > mostLogs {
				return
			}
			data, it := c.read(source, mostOfLog)
			it.Path = backendLogPath(source)
			var b strings.Builder
			for line := range strings.Lines(string(data)) {
				if text := BackendLine(strings.TrimRight(line, "\r\n")); text != "" {
					b.WriteString(text + "\n")
				}
			}
			if it.State == snapshot.Taken || it.State == snapshot.Cut {
				c.keep(it, []byte(b.String()))
			} else {
				c.keep(it, nil)
			}
		}
	}
}

// awkBackendTexts writes backendTexts for the script.
func awkBackendTexts() string {
	all := make([]string, len(backendTexts))
	for i, t := range backendTexts {
		all[i] = t.mark + "~" + t.more + "~" + t.written
	}
	return strings.Join(all, "|")
}
