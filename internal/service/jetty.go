package service

import (
	"path"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Jetty: start.ini and the files of start.d, which are one configuration; what
// jetty-http.xml sets beside them is not read.
//
//	jetty.http.idleTimeout=30000
//	^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ idle connections end after 30 s
//	jetty.http.port=8080
//	^^^^^^^^^^^^^^^^^^^^ where it listens
//
// Sources: jetty.org/docs/jetty/12/operations-guide, and the modules http.mod, server.mod
// and threadpool.mod of 9.0 to 12.0 for the names.

var jettySetting = lazyre.New(`(?m)^\s*(jetty\.http\.|jetty\.port\s*=|--module=\S*\bhttp\b|--add-to-start=\S*\bhttp\b)`)

// isJetty reports whether a file is an INI of Jetty that sets up its HTTP.
func isJetty(f *source.File) bool {
	return path.Ext(f.Path) == ".ini" && strings.Contains(f.Text, "jetty") && jettySetting.MatchString(f.Text)
}

// jettyBase is the folder in which a start.ini and its start.d lie.
func jettyBase(f *source.File) string {
	dir := path.Dir(path.Clean(f.Path))
	if path.Base(dir) == "start.d" {
		return path.Dir(dir)
	}
	return dir
}

// jettyFiles are all INI files of one configuration, those of start.d behind start.ini.
func jettyFiles(r *repo, f *source.File) []*source.File {
	base := jettyBase(f)
	files := r.matching(nil, path.Join(base, "start.ini"))
	return append(files, r.matching(nil, path.Join(base, "start.d/*.ini"))...)
}

// jettyService makes a service of the configuration that a file is part of; nil if
// nobody knows where it listens.
func jettyService(r *repo, f *source.File, base *Service) *Service {
	set := settings{}
	for _, g := range jettyFiles(r, f) {
		r.used[g] = true
		set = set.over(readINI(g)[0].set)
	}
	s := *base
	s.Variant = "jetty"
	host := set.text("jetty.http.host", "jetty.host")
	switch port := set.number("jetty.http.port", "jetty.port"); {
	case port.Known():
		s.At = port.At
		s.Listens = []Field[Address]{as(port, Address{Host: wildcard(host.Value), Port: port.Value, Protocol: "http"})}
	case port.At.File != nil:
		return nil
	default:
		s.Listens = []Field[Address]{{Value: Address{Host: wildcard(host.Value), Port: 8080, Protocol: "http"}, Sure: Preset, Name: "jetty.http.port"}}
	}
	if unknown(host.Value) {
		return nil
	}
	_, other := set["jetty.ssl.port"]
	s.AllListens = !other
	idle := set.number("jetty.http.idleTimeout", "http.timeout")
	switch {
	case idle.Known() && idle.Value > 0:
		s.Idle = as(idle, time.Duration(idle.Value)*time.Millisecond)
	case idle.Known():
		s.Keeps = as(idle, facts.KeepsForever)
	case idle.At.File != nil:
		s.Variant = ""
	}
	s.Busy = positive(set.number("jetty.threadPool.maxThreads", "threads.max"))
	s.Backlog = positive(set.number("jetty.http.acceptQueueSize"))
	s.complete()
	return &s
}
