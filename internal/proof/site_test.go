//go:build linux

package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// patience is how long a test waits for what must happen; moment is how long
// it waits for what must not.
const (
	patience = 15 * time.Second
	moment   = 500 * time.Millisecond
)

// A site is nginx with the configuration of an example, in front of a backend
// for each address that the example names.
type site struct {
	dir      string // with everything that nginx reads and writes
	addr     string // where clients reach it
	backends map[string]*backend
	options  options
	uses     map[string]bool // the names of the directives in the example
	pid      int             // of the master process
	exited   <-chan struct{} // closed when that has ended
	out      *bytes.Buffer   // what it has said until then
}

// options say how a site differs from the example.
type options struct {
	// backend says what a server does; nil answers every request.
	backend handler
	// families are the loopback addresses of localhost's servers, by the
	// address in the example; 127.0.0.1 otherwise.
	families map[string]string
	// keep leaves the addresses of servers as they are.
	keep bool
	// elsewhere says that somebody else runs the servers.
	elsewhere bool
	// tls lets servers speak TLS.
	tls bool
	// named lets them refuse a handshake without a server name.
	named bool
	// files are to be served, by path below the example's root.
	files []string
	// at says where the server of an address in the example listens; a server of
	// the test's own does if it is nil.
	at func(example string) string
	// slots is how many connections a server takes at once; 0 is any number.
	slots int
	// http stands in the http block, where what the example says itself goes first:
	// smaller values for defaults that take too long.
	http string
	// resolver is a server of names in place of the example's.
	resolver string
	// keepListens leaves the addresses at which nginx listens as they are, beside
	// one of the test's own.
	keepListens bool
}

// start runs the nginx that a side is about with its text until the test ends.
func start(t *testing.T, side linttest.Side, o options) *site {
	t.Helper()
	s, said, ok := tryStart(t, side, o)
	if !ok {
		t.Fatalf("nginx does not start: %s", said)
	}
	return s
}

// tryStart is start for an nginx that may refuse; it returns what nginx says then.
func tryStart(t *testing.T, side linttest.Side, o options) (s *site, said string, ok bool) {
	t.Helper()
	release, ok := linttest.NginxOf(side.Input.Target.Nginx.From)
	if !ok {
		if os.Getenv(linttest.RequireOracles) == "1" {
			t.Fatal("nginx is not installed")
		}
		t.Skip("nginx is not installed")
	}
	s = &site{dir: t.TempDir(), backends: map[string]*backend{}, options: o, uses: map[string]bool{}}
	for _, f := range o.files {
		s.write(t, f, []byte("content"))
	}
	for range 3 { // somebody else may take the port in the meantime
		s.addr = freeAddress(t)
		s.configure(t, side)
		if said, ok = s.run(t, release.Program); ok {
			break
		}
		if !strings.Contains(said, "Address already in use") {
			break
		}
	}
	return s, said, ok
}

// run starts nginx and waits until it listens.
func (s *site) run(t *testing.T, program string) (said string, ok bool) {
	t.Helper()
	end := time.Now().Add(10 * time.Minute)
	if d, limited := t.Deadline(); limited {
		end = d.Add(-5 * time.Second) // a test that hangs must not leave nginx behind
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(t.Context()), end)
	cmd := exec.CommandContext(ctx, program, "-p", s.dir+"/", "-c", "tcplint-wrapper.conf", "-e", "stderr")
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	exited := make(chan struct{})
	s.pid, s.exited, s.out = cmd.Process.Pid, exited, &out
	go func() {
		_ = cmd.Wait() // what it says counts
		close(exited)
	}()
	t.Cleanup(func() {
		cancel()
		<-exited
	})
	for began := time.Now(); time.Since(began) < patience; time.Sleep(5 * time.Millisecond) {
		select {
		case <-exited:
			return out.String(), false
		default:
		}
		if conn, err := net.Dial("tcp", s.addr); err == nil {
			return "", conn.Close() == nil
		}
	}
	return "it does not listen", false
}

// errorLog is what nginx has complained about.
func (s *site) errorLog(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "error.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s *site) write(t *testing.T, name string, data []byte) {
	t.Helper()
	name = filepath.Join(s.dir, filepath.FromSlash(path.Clean("/"+name)))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

var (
	portsMu sync.Mutex
	ports   = map[int]bool{}
)

// freeAddress returns an address for nginx to listen on, below the range that
// Linux takes ports of clients from.
func freeAddress(t *testing.T) string {
	t.Helper()
	portsMu.Lock()
	defer portsMu.Unlock()
	for range 100 {
		port := 10000 + rand.IntN(20000)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if ports[port] {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil && l.Close() == nil {
			ports[port] = true
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// configure writes the example's files with addresses of this machine, and a
// main file around them.
func (s *site) configure(t *testing.T, side linttest.Side) {
	t.Helper()
	host := model.Build(side.Input)
	trees := parse(t, side.Files)
	upstreams := map[string]bool{}
	for _, tree := range trees {
		for d := range tree.Root.Walk() {
			if d.Name() == "upstream" {
				upstreams[d.Arg(0)] = true
			}
			if d.Body() != nil || strings.HasSuffix(d.Name(), "_pass") || d.Name() == "worker_processes" {
				s.uses[d.Name()] = true
			}
		}
	}
	for _, tree := range trees {
		s.write(t, tree.File.Path, []byte(s.moved(t, tree, upstreams)))
	}
	s.write(t, "tcplint-wrapper.conf", []byte(s.wrapper(t, host.Nginx, upstreams)))
}

// parse reads the nginx files of an example.
func parse(t *testing.T, files []txtar.File) []*nginx.Tree {
	t.Helper()
	var trees []*nginx.Tree
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".conf") && f.Name != "sysctl.conf" {
			trees = append(trees, nginx.Parse(source.NewFile(f.Name, string(f.Data))))
		}
	}
	if len(trees) == 0 {
		t.Fatal("the example has no nginx file")
	}
	return trees
}

// moved is a file with every address and path changed to one of this site.
func (s *site) moved(t *testing.T, tree *nginx.Tree, upstreams map[string]bool) string {
	t.Helper()
	var edits []source.Edit
	add := func(e source.Edit) {
		merged, ok := source.Merge(edits, []source.Edit{e})
		if !ok {
			t.Fatal("two changes of the example conflict")
		}
		edits = merged
	}
	for d := range tree.Root.Walk() {
		in := ""
		if d.In.Owner() != nil {
			in = d.In.Owner().Name()
		}
		switch name := d.Name(); {
		case name == "http":
			add(nginx.AddInsideTop(d.Body(), s.http()))
		case name == "server" && d.Body() != nil:
			if !slices.ContainsFunc(slices.Collect(d.Body().Kids()), func(k *nginx.Directive) bool { return k.Name() == "listen" }) {
				add(nginx.AddInsideTop(d.Body(), "listen "+s.addr+";"))
			}
		case name == "server" && in == "upstream":
			add(nginx.SetArg(d, 0, s.server(t, d.Arg(0))))
		case name == "listen" && !s.options.keepListens:
			add(nginx.SetArg(d, 0, s.addr))
		case name == "ssl_certificate" || name == "ssl_certificate_key":
			add(nginx.SetArg(d, 0, s.certificate(t)))
		case name == "proxy_ssl_trusted_certificate": // of somebody else
			s.write(t, d.Arg(0), bothPEM(t))
		case name == "resolver" && s.options.resolver != "":
			add(nginx.SetArg(d, 0, s.options.resolver))
		case name == "proxy_bind":
			add(nginx.SetArg(d, 0, strings.Replace(d.Arg(0), "10.0.0.", "127.0.0.", 1)))
		case name == "root":
			add(nginx.SetArg(d, 0, s.dir+d.Arg(0)))
		case strings.HasSuffix(name, "_pass"):
			scheme, rest, ok := strings.Cut(d.Arg(0), "://")
			if !ok {
				scheme, rest = "", d.Arg(0)
			} else {
				scheme += "://"
			}
			target, uri := rest, ""
			if i := strings.Index(rest, "/"); i >= 0 && !strings.HasPrefix(rest, "unix:") {
				target, uri = rest[:i], rest[i:]
			}
			if !upstreams[target] && !strings.HasPrefix(target, "$") {
				add(nginx.SetArg(d, 0, scheme+s.server(t, target)+uri))
			}
		}
	}
	text, err := source.Apply(tree.File.Text, edits)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// http is what the http block needs so that nginx stays within its folder.
func (s *site) http() string {
	var b strings.Builder
	b.WriteString("access_log off; " + s.options.http)
	if s.options.keepListens {
		b.WriteString(" server { listen " + s.addr + "; return 204; }")
	}
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&b, " %s_temp_path temp_%s;", name, name)
	}
	if s.uses["fastcgi_pass"] {
		b.WriteString(" fastcgi_param REQUEST_METHOD $request_method; fastcgi_param SERVER_PROTOCOL $server_protocol;")
	}
	return b.String()
}

// wrapper is the main file. An example that has no server gets one that passes
// all requests to its upstream.
func (s *site) wrapper(t *testing.T, n *model.Nginx, upstreams map[string]bool) string {
	t.Helper()
	format, ok := linttest.Around(n.Root.Kind)
	if !ok {
		t.Fatalf("an example of the context %s cannot be run", n.Root.Kind)
	}
	var b strings.Builder
	if !s.uses["worker_processes"] {
		b.WriteString("worker_processes 1;\n")
	}
	b.WriteString("daemon off;\npid nginx.pid;\nerror_log error.log info;\n")
	if os.Geteuid() == 0 {
		fmt.Fprintf(&b, "user %s;\n", userName()) // another one could not use the folder
	}
	if !s.uses["events"] {
		b.WriteString("events {}\n")
	}
	format = strings.Replace(format, "http {", "http { "+s.http(), 1)
	format = strings.Replace(format, "server {", "server { listen "+s.addr+";", 1)
	text := fmt.Sprintf(format, "include "+n.Trees[0].File.Path+";")
	if names := slices.Sorted(maps.Keys(upstreams)); len(names) == 1 && !s.uses["server"] {
		server := fmt.Sprintf(`server { listen %s; location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://%s; } }`, s.addr, names[0])
		text = strings.TrimSuffix(text, "}") + "\n" + server + "\n}"
	}
	b.WriteString(text + "\n")
	if n.Root.Kind == model.Main && !s.uses["http"] {
		fmt.Fprintf(&b, "http { %s server { listen %s; location / { proxy_pass http://%s; } } }\n", s.http(), s.addr, s.server(t, "127.0.0.1:8080"))
	}
	return b.String()
}

// userName is who runs the test.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return "root"
	}
	return u.Username
}

// server returns the address of the backend that stands for one of the example.
func (s *site) server(t *testing.T, example string) string {
	t.Helper()
	if s.options.elsewhere {
		return example
	}
	b := s.backends[example]
	if b == nil {
		b = s.listen(t, example)
		s.backends[example] = b
	}
	return b.addr
}

func (s *site) listen(t *testing.T, example string) *backend {
	t.Helper()
	if s.options.at != nil {
		return &backend{addr: s.options.at(example)}
	}
	network, addr := "tcp", "127.0.0.1:0"
	switch family := s.options.families[example]; {
	case s.options.keep:
		addr = example
	case strings.HasPrefix(example, "unix:"):
		network, addr = "unix", filepath.Join(s.dir, path.Base(example))
	case family != "":
		addr = net.JoinHostPort(family, "0")
	}
	l, err := net.Listen(network, addr)
	if errors.Is(err, syscall.EADDRNOTAVAIL) {
		t.Skipf("this machine has no %s: %v", addr, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{addr: l.Addr().String()}
	switch host, _, _ := strings.Cut(example, ":"); {
	case network == "unix":
		b.addr = "unix:" + b.addr
	case host == "localhost":
		_, port, err := net.SplitHostPort(b.addr)
		if err != nil {
			t.Fatal(err)
		}
		b.addr = "localhost:" + port
	}
	if s.options.slots > 0 {
		l = newLimited(l, s.options.slots)
	}
	b.serve(t, l, s.options, s.protocol())
	return b
}

// certificate is the file of nginx's own certificate and its key.
func (s *site) certificate(t *testing.T) string {
	t.Helper()
	const name = "pair.pem"
	if _, err := os.Stat(filepath.Join(s.dir, name)); err != nil {
		s.write(t, name, bothPEM(t))
	}
	return name
}

// protocol is what the backends speak.
func (s *site) protocol() string {
	for _, p := range []string{"fastcgi", "uwsgi"} {
		if s.uses[p+"_pass"] {
			return p
		}
	}
	return "http"
}

// opened counts the connections to all backends.
func (s *site) opened() (n int) {
	for _, b := range s.backends {
		n += int(b.opened.Load())
	}
	return n
}
