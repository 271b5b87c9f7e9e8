package rules

import (
	"net/netip"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// listenPlace is the place of the first listen directive, or of the server that
// has none.
func listenPlace(l *model.Listener) lint.Place {
	if len(l.Listens) > 0 {
		return lint.At(l.Listens[0].Directive)
	}
	return lint.At(l.Servers[0].Block)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// listenerOf returns the listener that a connection to an address ("127.0.0.1:80")
// reaches, nil if none of this configuration does for certain: of the addresses
// of a host only loopback is surely its own.
func listenerOf(all map[string]*model.Listener, address string) *model.Listener {
	key := model.ListenKey(address)
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
