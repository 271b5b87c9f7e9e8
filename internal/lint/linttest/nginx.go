package linttest

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
)

// askNginx lets every real nginx that the example is about test the configuration.
func (x *example) askNginx(t *testing.T, what string, ts texts) {
	t.Helper()
	all, err := Nginxes()
	if err != nil {
		missing(t, "no oracle: "+err.Error())
	}
	for _, oracle := range all {
		if !x.target.Nginx.Contains(facts.Only(oracle.Version)) && oracle != x.standIn() {
			continue
		}
		switch refusal, excused := oracle.test(t, x.host(ts).Nginx, ts); {
		case refusal != "":
			t.Errorf("nginx %s does not accept %s:\n%s", oracle.Version, what, refusal)
		case excused != "":
			t.Logf("no oracle for %s: nginx %s: %s", what, oracle.Version, excused)
		}
	}
}

// standIn is the nginx that comes next to the one release that an example is about.
func (x *example) standIn() Nginx {
	v, err := facts.ParseVersion(x.nginx)
	if err != nil {
		return Nginx{}
	}
	n, _ := NginxOf(v)
	return n
}

// test returns what "nginx -t" says against a configuration, or why that says
// nothing: later releases, modules, names and files that are not there.
func (o Nginx) test(t *testing.T, n *model.Nginx, ts texts) (refusal, excused string) {
	t.Helper()
	if excused = unjudgeable(n); excused != "" {
		return "", excused
	}
	wrapper, err := o.wrap(n, n.Trees[0].File.Path)
	if err != nil {
		return "", err.Error()
	}
	dir := t.TempDir()
	write(t, dir, append(slices.Clone(ts), txtar.File{Name: "tcplint-wrapper.conf", Data: []byte(wrapper)}))
	stderr, ok := run(t, o.Program, "-t", "-p", dir+"/", "-c", "tcplint-wrapper.conf", "-e", "stderr")
	if ok {
		return "", ""
	}
	if excused = excuse(stderr, o.Version); excused != "" {
		return "", excused
	}
	return stderr + "with the wrapper:\n" + wrapper, ""
}

// wrap writes a main file that includes the example's file in the context that
// it needs.
func (o Nginx) wrap(n *model.Nginx, file string) (string, error) {
	var b strings.Builder
	events, stream, pid := false, n.Root.Is(model.Stream, model.StreamServer, model.StreamUpstream), false
	for _, s := range n.Scopes {
		events = events || s.Kind == model.Events
		stream = stream || s.Kind == model.Stream
	}
	if set, ok := n.Root.Own("pid"); ok {
		pid = set.Directive != nil
	}
	if module := filepath.Join(o.Modules, "ngx_stream_module.so"); stream && fileExists(module) {
		fmt.Fprintf(&b, "load_module %s;\n", module)
	}
	if !pid {
		b.WriteString("pid nginx.pid;\n")
	}
	if !events {
		b.WriteString("events {}\n")
	}
	block, ok := Around(n.Root.Kind)
	if !ok {
		return "", fmt.Errorf("a fragment of the context %s has no wrapper", n.Root.Kind)
	}
	fmt.Fprintf(&b, block+"\n", "include "+file+";")
	return b.String(), nil
}

// Around returns what a file of a context has to stand in, "%s" being its place.
func Around(kind model.Kind) (format string, ok bool) {
	format, ok = around[kind]
	return format, ok
}

var around = map[model.Kind]string{ // events and mail are never read alone
	model.Main:           "%s",
	model.Unknown:        "http { server { %s } }",
	model.HTTP:           "http { %s }",
	model.Server:         "http { server { %s } }",
	model.ServerIf:       "http { server { if ($host) { %s } } }",
	model.Location:       "http { server { location / { %s } } }",
	model.If:             "http { server { location / { if ($host) { %s } } } }",
	model.LimitExcept:    "http { server { location / { limit_except GET { %s } } } }",
	model.Upstream:       "http { upstream example { %s } }",
	model.Stream:         "stream { %s }",
	model.StreamServer:   "stream { server { %s } }",
	model.StreamUpstream: "stream { upstream example { %s } }",
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// unjudgeable says why nginx's verdict would depend on this machine.
func unjudgeable(n *model.Nginx) string {
	for _, inc := range n.Includes {
		switch {
		case strings.HasPrefix(inc.Pattern(), "/"):
			return "it includes " + inc.Pattern() + " of the machine itself"
		case inc.Problem != model.None:
			return inc.Reason
		}
	}
	for _, t := range n.Trees {
		for d := range t.Root.Walk() {
			name, arg := d.Name(), d.Arg(0)
			switch {
			case name == "listen" && !bindable(arg):
				return "this machine may not have the address " + arg
			case name == "server" && d.Body() == nil:
			case strings.HasSuffix(name, "_pass"):
				if _, rest, ok := strings.Cut(arg, "://"); ok {
					arg = rest
				}
			default:
				continue
			}
			if host := hostOf(arg); !resolvable(n, host) {
				return "the name " + host + " may not resolve here"
			}
		}
	}
	return ""
}

// bindable reports whether any machine can listen on an address: those of IPv4
// are on loopback, or stand for all.
func bindable(arg string) bool {
	ap, err := netip.ParseAddrPort(arg)
	return err != nil || !ap.Addr().Is4() || ap.Addr().IsLoopback() || ap.Addr().IsUnspecified()
}

// hostOf cuts the host out of "host:port/path".
func hostOf(arg string) string {
	if strings.HasPrefix(arg, "unix:") {
		return "localhost"
	}
	arg, _, _ = strings.Cut(arg, "/")
	if rest, ok := strings.CutPrefix(arg, "["); ok {
		host, _, _ := strings.Cut(rest, "]")
		return host
	}
	host, _, _ := strings.Cut(arg, ":")
	return host
}

// resolvable reports whether nginx needs no name server to know a host: it is
// an address, an upstream, left to a variable, or this machine.
func resolvable(n *model.Nginx, host string) bool {
	if host == "" || host == "localhost" || strings.Contains(host, "$") || n.Upstream(host) != nil {
		return true
	}
	for _, s := range n.Scopes {
		if s.Block != nil && s.Is(model.Upstream, model.StreamUpstream) && s.Block.Arg(0) == host {
			return true
		}
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

var unknownDirective = regexp.MustCompile(`unknown directive "([^"]+)"`)

// excuse says why nginx's refusal is the fault of this machine and not of the
// example; empty if it is not.
func excuse(stderr string, version facts.Version) string {
	for _, part := range []string{
		"cannot load certificate", `no "ssl_certificate" is defined`, "host not found", "(2: No such file or directory)", "(13: Permission denied)",
		"resolver failed", "getpwnam(", "getgrnam(",
	} {
		if strings.Contains(stderr, part) {
			return "this machine lacks something: " + strings.TrimSpace(stderr)
		}
	}
	if found := unknownDirective.FindStringSubmatch(stderr); found != nil {
		if facts.KnownDirective(found[1]) {
			return fmt.Sprintf("the nginx %s here is built without %s", version, found[1])
		}
	}
	return ""
}
