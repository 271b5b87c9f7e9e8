package lsp

import (
	"fmt"
	"net"

	"github.com/tcplint/tcplint/internal/workspace"
)

// Accept waits for one client on loopback, and says where. An address that will not do
// is a *workspace.RequestError.
func Accept(address string, waiting func(at net.Addr)) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &workspace.RequestError{Err: err}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &workspace.RequestError{Err: fmt.Errorf("%s is not on loopback: who connects reads files with your rights", address)}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	defer l.Close() //nolint:errcheck // one client is enough
	waiting(l.Addr())
	return l.Accept()
}
