package model

import (
	"strconv"
	"time"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/service"
)

// itself is what is known of the servers of the host's own nginx that listen on an
// address which it passes requests to; nil if none does.
func (h *Host) itself(q service.Query) *service.Service {
	if h.Nginx == nil || q.Protocol != "http" && q.Protocol != "" {
		return nil
	}
	keys := ownKeys(q)
	if len(keys) == 0 {
		return nil
	}
	h.ownOnce.Do(func() {
		h.own = map[string]*service.Service{}
		for key, l := range h.Nginx.Listeners() {
			if !l.Stream && len(l.Listens) > 0 {
				h.own[key] = l.asBackend()
			}
		}
	})
	for _, key := range keys {
		if s := h.own[key]; s != nil {
			return s
		}
	}
	return nil
}

// ownKeys are the keys of listeners that take connections to an address of the machine
// itself.
func ownKeys(q service.Query) []string {
	switch {
	case q.Unix != "":
		return []string{"unix:" + q.Unix}
	case q.Port == 0 || !service.IsLoopback(q.Host):
		return nil
	}
	port := ":" + strconv.Itoa(q.Port)
	if q.Host == "::1" || q.Host == "[::1]" {
		return []string{"[::1]" + port, "[::]" + port}
	}
	return []string{"127.0.0.1" + port, "*" + port}
}

// asBackend is how the servers of a listener treat the connections of clients.
func (l *Listener) asBackend() *service.Service {
	at := l.Listens[0]
	s := &service.Service{
		Kind: service.File, Name: "nginx", At: service.Place{File: at.File(), Span: at.Head()}, Variant: "nginx",
		Program: service.Field[string]{Value: "nginx", Sure: service.Set},
	}
	var idle service.Field[time.Duration]
	for i, server := range l.Servers {
		own := clientIdle(server, s.At)
		if !own.Known() || i > 0 && own.Value != idle.Value {
			return s // each has its own
		}
		if i == 0 || own.Read() {
			idle = own
		}
	}
	if idle.Value == 0 {
		s.Keeps = service.Field[facts.Keeping]{Value: facts.ClosesAnnounced, Sure: idle.Sure, At: idle.At, Name: idle.Name}
		return s
	}
	s.Idle = idle
	s.Keeps = service.Field[facts.Keeping]{Value: facts.KeepsFor, Sure: idle.Sure, At: idle.At, Name: idle.Name}
	return s
}

// clientIdle is how long a server keeps idle connections of clients; not known if that
// is not sure, or if a location of it says otherwise. at is where it listens.
func clientIdle(server *Scope, at service.Place) service.Field[time.Duration] {
	const name = "keepalive_timeout"
	v := server.Get(name)
	idle, ok := v.Duration()
	if !ok {
		return service.Field[time.Duration]{}
	}
	for k := range server.Walk() {
		if d, ok := k.Get(name).Duration(); !ok || d != idle {
			return service.Field[time.Duration]{}
		}
	}
	f := service.Field[time.Duration]{Value: idle, Sure: service.Default, At: at, Name: name}
	if v.Set() {
		set := v.Settings[0]
		f.Sure, f.At = service.Set, service.Place{File: set.File(), Span: set.Head()}
	}
	return f
}
