package capacity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// place writes where a setting stands.
func place(s model.Setting) string {
	if s.Directive == nil {
		return ""
	}
	return at(s.File(), s.Head())
}

func at(f *source.File, span source.Span) string {
	disk, span := f.Locate(span)
	line := disk.Position(span.Start).Line
	return fmt.Sprintf("%s:%d", disk.Path, line)
}

// number is a directive of the main or events context as a number, with its default.
func (*table) number(in *model.Scope, name string, otherwise int) (n int, from string, ok bool) {
	if in == nil {
		return 0, "", false
	}
	v := in.Get(name)
	switch {
	case !v.Sure:
		return 0, "", false
	case !v.Set():
		return otherwise, "nginx's default of " + name, otherwise > 0
	}
	n, ok = v.Int()
	return n, place(v.Settings[len(v.Settings)-1]), ok
}

// workers is the number of worker processes: as configured, or as they run.
func (t *table) workers() (n int, from string, ok bool) {
	if n, from, ok := t.number(t.host.Nginx.Root, "worker_processes", 1); ok {
		return n, from, true
	}
	for _, p := range t.set.Processes {
		if strings.HasPrefix(p.Command, "nginx: worker process") && !strings.Contains(p.Command, "shutting down") {
			if n == 0 {
				from = fmt.Sprintf("%s:%d", p.File, p.Number)
			}
			n++
		}
	}
	return n, from, n > 0
}

const workersMissing = "the number of workers: worker_processes names it, or the list of processes of a snapshot"

// nginxLimits are those of nginx's own processes.
func (t *table) nginxLimits() {
	n := t.host.Nginx
	if n == nil || n.Fragment || n.Root == nil {
		return
	}
	var events *model.Scope
	for _, s := range n.Scopes {
		if s.Kind == model.Events {
			events = s
		}
	}
	workers, workersFrom, haveWorkers := t.workers()
	each, formula := 1.0, "1 connection for each client"
	if len(n.Passes()) > 0 || slices.ContainsFunc(n.Scopes, func(s *model.Scope) bool { return s.Kind == model.StreamServer }) {
		each, formula = 2, "2 connections for each client: its own, and one to the backend"
	}
	listeners := float64(len(n.Listeners()))
	if haveWorkers {
		listeners *= float64(workers) // each worker has all of them
	}
	const byDefault = 512 // worker_connections (src/event/ngx_event.c, DEFAULT_CONNECTIONS)
	size, from, ok := t.number(events, "worker_connections", byDefault)
	l := Limit{
		ID: "worker-connections", Title: "connections of nginx", Unit: "connections", Arithmetic: connections(each, listeners, formula+", and the listening sockets of each worker"),
		Note: "clients are not spread evenly: the busiest worker is full first", Missing: workersMissing,
	}
	if ok && haveWorkers {
		l.Known, l.Value, l.From = true, float64(size*workers), []string{from, workersFrom}
	}
	if used, line, ok := t.held("nginx"); ok {
		l.Used, l.HasUsed, l.UsedAt = used, true, line
	}
	t.add(l)
	t.files(each, formula, workers, workersFrom, haveWorkers)
	t.listenQueues()
}

// files is the limit of descriptors.
func (t *table) files(each float64, formula string, workers int, workersFrom string, haveWorkers bool) {
	l := Limit{
		ID: "open-files", Title: "descriptors of nginx", Unit: "descriptors", Arithmetic: connections(each, 0, formula+"; files and logs come on top"),
		Missing: workersMissing,
	}
	size, from, ok := 0, "", false
	if limit, found := t.set.MaxOpenFiles(); found && limit.Soft > 0 {
		size, from, ok = limit.Soft, fmt.Sprintf("%s:%d", limit.File, limit.Number), true
	} else if n, place, found := t.number(t.host.Nginx.Root, "worker_rlimit_nofile", 0); found {
		size, from, ok = n, place, true
	} else if s := t.host.Runs(); s != nil && s.SoftFiles.Known() {
		size, from, ok = s.SoftFiles.Value, s.SoftFiles.At.String(), true
	}
	switch {
	case !ok:
		l.Missing = "the limit of a worker: cat /proc/$(pgrep -f 'nginx: worker' | head -n 1)/limits, or worker_rlimit_nofile"
	case haveWorkers:
		l.Known, l.Value, l.From = true, float64(size*workers), []string{from, workersFrom}
	}
	t.add(l)
}

// listenQueues are the accept queues of nginx's own addresses.
func (t *table) listenQueues() {
	all := t.host.Nginx.Listeners()
	keys := make([]string, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	somaxconn, somaxFrom, ok := t.kernel("net.core.somaxconn", 0)
	for _, k := range keys {
		backlog, from := backlogOfNginx, "nginx's default of backlog"
		for _, set := range all[k].Listens {
			for _, a := range set.Args().All() {
				if v, found := strings.CutPrefix(a.Value, "backlog="); found {
					if n, good := model.ParseInt(v); good {
						backlog, from = int(n), place(set)
					}
				}
			}
		}
		l := Limit{ID: "accept-queue", Title: "accept queue", Subject: k, Unit: "connections", Arithmetic: queue(), From: []string{from}, Missing: "net.core.somaxconn: sysctl net.core.somaxconn"}
		l.Value, l.Known = float64(backlog), ok
		if ok && int(somaxconn) < backlog {
			l.Value, l.From = somaxconn, []string{somaxFrom, from}
		}
		t.queued(&l, k)
		t.add(l)
	}
}

// queued looks for the listening socket of an address in the evidence, which knows
// better.
func (t *table) queued(l *Limit, key string) {
	for _, table := range t.set.Tables {
		for _, s := range table.Listeners {
			if model.ListenKey(s.Address.String()) != key && s.Path == "" || s.Path != "" && "unix:"+s.Path != key {
				continue
			}
			l.Used, l.HasUsed, l.UsedAt = float64(s.Queued), true, s.Line
			if s.Cap > 0 {
				l.Value, l.Known = float64(s.Cap), true
				l.From = append([]string{fmt.Sprintf("%s:%d", s.File, s.Number)}, l.From...)
			}
			return
		}
	}
}

// held is how many connections the processes of a program hold.
func (t *table) held(program string) (n float64, line lineOf, ok bool) {
	for _, table := range t.set.Tables {
		if !table.Owners || table.ListenersOnly {
			continue
		}
		for _, c := range table.Connections {
			for _, o := range c.Owners {
				if o.Name == program {
					if n == 0 {
						line = c.Line
					}
					n++
					break
				}
			}
		}
		return n, line, n > 0
	}
	return 0, lineOf{}, false
}
