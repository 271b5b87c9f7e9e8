package model

import (
	"net/netip"
	"slices"
	"strings"
)

// Listener is an address that servers of http or stream listen on, with all of
// its listen directives. What one of them says of PROXY protocol or HTTP/2 holds
// for all (ngx_http.c, ngx_http_add_addresses).
type Listener struct {
	// Key is the address as ListenKey writes it.
	Key string
	// Stream says that it belongs to servers of stream.
	Stream bool
	// Listens are its listen directives; empty for the default of a server
	// without any.
	Listens []Setting
	// Servers are those that listen there, in the order of the files.
	Servers []*Scope
}

// Listeners are the addresses that a configuration listens on for TCP, by key. An
// address that cannot be compared is none of them. They are worked out once; the map
// must not be changed.
func (n *Nginx) Listeners() map[string]*Listener {
	n.listenersOnce.Do(func() { n.listeners = n.listening() })
	return n.listeners
}

func (n *Nginx) listening() map[string]*Listener {
	all := map[string]*Listener{}
	note := func(s *Scope, key string, set Setting) {
		l := all[key]
		if l == nil {
			l = &Listener{Key: key, Stream: s.Kind == StreamServer}
			all[key] = l
		}
		l.Servers = append(l.Servers, s)
		if set.Directive != nil {
			l.Listens = append(l.Listens, set)
		}
	}
	for _, s := range n.Scopes {
		if !s.Is(Server, StreamServer) {
			continue
		}
		listens := false
		for set := range s.All("listen") {
			listens = true
			if key := ListenKey(set.Arg(0)); key != "" && !set.Datagram() {
				note(s, key, set)
			}
		}
		if !listens && s.Kind == Server {
			note(s, "*:80", Setting{})
		}
	}
	return all
}

// Datagram reports whether a listen directive is for UDP: udp, quic, and http3 as
// QUIC was called before it came to nginx (nginx-quic, Cloudflare's patch).
func (s Setting) Datagram() bool { return s.Has("udp") || s.Has("quic") || s.Has("http3") }

// Has reports whether one of the listen directives has a word.
func (l *Listener) Has(word string) bool {
	return slices.ContainsFunc(l.Listens, func(set Setting) bool { return set.Has(word) })
}

// Has reports whether an argument of the directive is a word.
func (s Setting) Has(word string) bool {
	for _, w := range s.Args().All() {
		if w.Value == word {
			return true
		}
	}
	return false
}

// ListenKey writes the address of a listen directive in one way: "*:80",
// "127.0.0.1:80", "[::]:80" or "unix:/run/x". It is empty if it is none that can
// be compared: a name, or one that a template decides.
func ListenKey(arg string) string {
	if strings.HasPrefix(arg, "unix:") {
		return arg
	}
	if isNumber(arg) {
		return "*:" + arg
	}
	host, port := arg, "80"
	if i := strings.LastIndexByte(arg, ':'); i >= 0 && !strings.HasSuffix(arg, "]") {
		host, port = arg[:i], arg[i+1:]
	}
	switch host {
	case "*", "0.0.0.0":
		host = "*"
	case "localhost":
		host = "127.0.0.1"
	default:
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil {
			return ""
		}
	}
	if !isNumber(port) {
		return ""
	}
	return strings.ToLower(host) + ":" + port
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
