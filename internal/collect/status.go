package collect

import (
	"context"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// statusPath is what nginx's stub_status tells.
const statusPath = "evidence/stub-status.txt"

// statusLines are the lines that ngx_http_stub_status_module writes.
const statusLines = `^(Active connections: [0-9]+ ?|server accepts handled requests|( [0-9]+)+ ?|Reading: [0-9]+ Writing: [0-9]+ Waiting: [0-9]+ ?)$`

var (
	statusListen   = lazyre.New(`^(\*|[0-9.]+|\[[0-9a-fA-F:]+\])(:[0-9]+)?$`)
	statusLocation = lazyre.New(`^/[A-Za-z0-9/._-]*$`)
	statusName     = lazyre.New(`^[A-Za-z0-9.-]+$`)
)

// statusAt finds in a file without secrets where the own host answers with
// stub_status: the arguments of curl; nil if it does nowhere. It looks at one directive after the other, as the
// script does.
func statusAt(clean string) []string {
	listen, name, location := "", "", ""
	for d := range nginx.Parse(source.NewFile("", clean)).Root.Walk() {
		switch words := d.Args(); {
		case d.Name() == "server" && words.Len() == 0:
			listen, name, location = "", "", ""
		case d.Name() == "listen" && listen == "" && words.Len() > 0:
			listen = words.At(0).Value
		case d.Name() == "server_name" && name == "" && words.Len() > 0:
			name = words.At(0).Value
		case d.Name() == "location" && words.Len() > 0:
			location = words.At(words.Len() - 1).Value
		case d.Name() == "stub_status":
			return statusRequest(listen, name, location)
		}
	}
	return nil
}

// statusRequest asks the own host, and nobody else: an address that nginx listens on,
// past any proxy, for two seconds.
func statusRequest(listen, name, location string) []string {
	if listen == "" {
		listen = "80"
	}
	if !statusListen.MatchString(listen) || !statusLocation.MatchString(location) {
		return nil
	}
	if !strings.ContainsAny(listen, ".:*") {
		listen = "127.0.0.1:" + listen
	}
	for _, any := range []string{"*", "0.0.0.0"} {
		if rest, ok := strings.CutPrefix(listen, any); ok {
			listen = "127.0.0.1" + rest
		}
	}
	if rest, ok := strings.CutPrefix(listen, "[::]"); ok {
		listen = "[::1]" + rest
	}
	args := []string{"curl", "-s", "-g", "-m", "2", "--noproxy", "*"}
	if statusName.MatchString(name) {
		args = append(args, "-H", "Host: "+name)
	}
	return append(args, "http://"+listen+location)
}

// stubStatus asks nginx for its own numbers, where its configuration has them.
func (c *collector) stubStatus(ctx context.Context) {
	if c.statusArgs != nil {
		c.command(ctx, command{path: statusPath, args: c.statusArgs, keep: statusLines})
	}
}
