package service

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseAddress reads "8000", ":8000", "127.0.0.1:8000", "[::]:8000", "*:8000",
// "localhost:8000", "unix:/run/a.sock", "unix:///run/a.sock", "/run/a.sock" and
// "tcp://0.0.0.0:8000", all with "?backlog=64" behind them. The path of "unix:a.sock"
// and of "unix://a.sock" is one below the folder that the program runs in. ok is false
// if it is none of these.
func parseAddress(text, protocol string) (a Address, ok bool) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[:i]
	}
	for _, scheme := range []string{"tcp://", "http://", "ssl://", "https://", "tcp:"} {
		text = strings.TrimPrefix(text, scheme)
	}
	a.Protocol = protocol
	if rest, isUnix := strings.CutPrefix(text, "unix:"); isUnix {
		rest = strings.TrimPrefix(rest, "//")
		a.Unix = rest
		return a, rest != "" && !unknown(rest) && !strings.ContainsAny(rest, "$%")
	}
	if strings.HasPrefix(text, "/") || strings.HasSuffix(text, ".sock") {
		a.Unix = text
		return a, !unknown(text) && !strings.ContainsAny(text, "$%")
	}
	host, port := "", text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i+1:]
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return Address{}, false
	}
	a.Port, a.Host = n, wildcard(strings.Trim(host, "[]"))
	return a, !unknown(host) && !strings.ContainsAny(host, "$%")
}

// wildcard writes all addresses as the empty one.
func wildcard(host string) string {
	switch host {
	case "*", "0.0.0.0", "::", "0", "0000:0000:0000:0000:0000:0000:0000:0000":
		return ""
	}
	return host
}

// IsLoopback reports whether a host is the machine, or the container, itself.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// isAddress reports whether a host is an IP address.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// IsBridge reports whether a host is a name or an address by which a container
// reaches its machine.
func IsBridge(host string) bool {
	return host == "172.17.0.1" || host == "host.docker.internal" || host == "host.containers.internal" || host == "gateway.docker.internal"
}
