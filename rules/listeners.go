package rules

import (
	"net/netip"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// listener is an address that servers of http or stream listen on, with all of
// its listen directives. What one of them says of PROXY protocol or HTTP/2 holds
// for all (ngx_http.c, ngx_http_add_addresses).
type listener struct {
	key     string // "*:80", "127.0.0.1:80", "[::]:80" or "unix:/run/x"
	stream  bool
	listens []model.Setting // empty for the default of a server without any
	servers []*model.Scope
}

// listeners are the addresses that a configuration listens on for TCP, by key.
func listeners(n *model.Nginx) map[string]*listener {
	all := map[string]*listener{}
	note := func(s *model.Scope, key string, set model.Setting) {
		l := all[key]
		if l == nil {
			l = &listener{key: key, stream: s.Kind == model.StreamServer}
			all[key] = l
		}
		l.servers = append(l.servers, s)
		if set.Directive != nil {
			l.listens = append(l.listens, set)
		}
	}
	for _, s := range n.Scopes {
		if !s.Is(model.Server, model.StreamServer) {
			continue
		}
		listens := false
		for set := range s.All("listen") {
			listens = true
			if key := listenKey(set.Arg(0)); key != "" && !hasWord(set, "udp") && !hasWord(set, "quic") {
				note(s, key, set)
			}
		}
		if !listens && s.Kind == model.Server {
			note(s, "*:80", model.Setting{})
		}
	}
	return all
}

// has reports whether one of the listen directives has a word.
func (l *listener) has(word string) bool {
	for _, set := range l.listens {
		if hasWord(set, word) {
			return true
		}
	}
	return false
}

// at is the place of the first listen directive, or of the server that has none.
func (l *listener) at() lint.Place {
	if len(l.listens) > 0 {
		return lint.At(l.listens[0].Directive)
	}
	return lint.At(l.servers[0].Block)
}

// listenKey writes the address of a listen directive in one way; empty if it is
// none that can be compared.
func listenKey(arg string) string {
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

// listenerOf returns the listener that a connection to an address ("127.0.0.1:80")
// reaches, nil if none of this configuration does for certain: of the addresses
// of a host only loopback is surely its own.
func listenerOf(all map[string]*listener, address string) *listener {
	key := listenKey(address)
	if l := all[key]; l != nil || key == "" {
		return l
	}
	ap, err := netip.ParseAddrPort(key)
	if err != nil || !ap.Addr().IsLoopback() {
		return nil
	}
	i := strings.LastIndexByte(key, ':')
	if ap.Addr().Is4() {
		return all["*"+key[i:]]
	}
	return all["[::]"+key[i:]]
}
