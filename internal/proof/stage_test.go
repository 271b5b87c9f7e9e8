//go:build linux

package proof

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A scene is one run of an incident: a network namespace with nginx, backends and
// clients in it. Sockets and processes belong to the namespace of the thread that
// opens or starts them; afterwards any goroutine may use them.
type scene struct {
	dir      string // with nginx.conf, and where nginx and record write
	cured    bool
	cert     tls.Certificate
	calls    chan func()
	children []*exec.Cmd
	ctx      context.Context //nolint:containedctx // the scene lasts as long
	running  sync.WaitGroup
	enough   chan struct{} // closed when the clients may go
}

// A missing error says what a run needs and the machine does not have.
type missing struct{ what string }

func (m missing) Error() string { return m.what }

// check ends a run; newScene's caller recovers it.
func check(err error) {
	if err != nil {
		panic(err) //nolint:forbidigo // the scene recovers it; helpers run on other goroutines than the test's
	}
}

// newScene makes a namespace, which lasts until the context ends.
func newScene(ctx context.Context, dir string, cured bool) (*scene, error) {
	s := &scene{dir: dir, cured: cured, calls: make(chan func()), ctx: ctx, enough: make(chan struct{})}
	ready := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlock it: the thread is of no use to others
		if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
			ready <- missing{"this user may not make a network namespace: " + err.Error()}
			return
		}
		ready <- nil
		for {
			select {
			case call := <-s.calls:
				call()
			case <-ctx.Done():
				return
			}
		}
	}()
	return s, <-ready
}

// inside runs a function in the namespace.
func (s *scene) inside(call func()) {
	done := make(chan struct{})
	select {
	case s.calls <- func() { defer close(done); call() }:
		<-done
	case <-s.ctx.Done():
	}
}

// sh runs a command to its end.
func (s *scene) sh(command string) string {
	cmd := exec.CommandContext(s.ctx, "sh", "-c", command)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), "LC_ALL=C", "NSTAT_HISTORY=/dev/null")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	var err error
	s.inside(func() { err = cmd.Start() })
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		check(fmt.Errorf("%s: %w: %s", command, err, said.String()))
	}
	return out.String()
}

// nginx starts it and waits until it listens.
func (s *scene) nginx(program string) {
	cmd := exec.Command(program, "-p", s.dir+"/", "-c", filepath.Join(s.dir, "nginx.conf"), "-g", "daemon off;")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	cmd.Stderr = &said
	var err error
	s.inside(func() { err = cmd.Start() })
	check(err)
	s.children = append(s.children, cmd)
	for began := time.Now(); time.Since(began) < 2*patience; time.Sleep(20 * time.Millisecond) {
		if c, err := s.dial("127.0.0.1:80"); err == nil {
			check(c.Close())
			return
		}
	}
	check(fmt.Errorf("nginx does not listen: %s", said.String()))
}

func (s *scene) dial(at string) (c net.Conn, err error) {
	err = context.Canceled
	s.inside(func() { c, err = net.DialTimeout("tcp", at, time.Second) })
	return c, err
}

// until waits until a command succeeds, which is when the symptom is there, but not
// for longer than a run may take. After the cure it never comes: then it waits for as
// long as it would take.
func (s *scene) until(command string) {
	began := time.Now()
	for patient := patience; time.Since(began) < patient; time.Sleep(100 * time.Millisecond) {
		if s.cured {
			patient = 3 * time.Second
			continue
		}
		if s.sh("{ "+command+"; } >&2 && echo yes; true") == "yes\n" {
			return
		}
	}
}

// logged is a command that succeeds when error.log has a text so often.
func logged(text string, times int) string {
	return fmt.Sprintf("test $(grep -cF '%s' error.log) -ge %d", text, times)
}

// listed is a command that succeeds when ss lists so many for a filter.
func listed(filter string, times int) string {
	return fmt.Sprintf("test $(ss -Htan %s | wc -l) -ge %d", filter, times)
}

// end ends all that runs.
func (s *scene) end() {
	close(s.enough)
	for _, c := range slices.Backward(s.children) {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait() // it was killed
	}
	s.running.Wait()
}

// An origin is a backend that does as it is told.
type origin struct {
	// slots is how many connections it takes at a time, 0 any number; backlog the
	// length of its accept queue; pace how long it rests after it accepted.
	slots, backlog int
	pace           time.Duration
	// work is how long an answer takes, slow that to paths that begin so.
	work, slow time.Duration
	// idle is when it closes a connection that is idle; for as long as deaf says it
	// has stopped to read before.
	idle, deaf time.Duration
	// clientCloses says that it leaves closing to the other side.
	clientCloses bool
	// answer is the status, 200 if it is 0; old is that of HTTP/1.0.
	answer, old int
	tls         *tls.Config
}

// serve starts a backend.
func (s *scene) serve(at string, b origin) {
	var l net.Listener
	var err error
	s.inside(func() { l, err = listen(at, b.backlog) })
	check(err)
	context.AfterFunc(s.ctx, func() { _ = l.Close() })
	slots := make(chan struct{}, max(b.slots, 1))
	s.running.Go(func() {
		for {
			if b.slots > 0 {
				select {
				case slots <- struct{}{}:
				case <-s.ctx.Done():
					return
				}
			}
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(s.ctx, func() { _ = c.Close() })
			s.running.Go(func() {
				defer stop()
				b.connection(s.ctx, c)
				if b.slots > 0 {
					<-slots
				}
			})
			time.Sleep(b.pace)
		}
	})
}

// listen is net.Listen with a backlog.
func listen(at string, backlog int) (net.Listener, error) {
	if backlog == 0 {
		return net.Listen("tcp", at)
	}
	a, err := net.ResolveTCPAddr("tcp4", at)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "listener")
	defer f.Close() //nolint:errcheck // the listener has a copy
	sa := &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())}
	if err := errors.Join(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), unix.Bind(fd, sa), unix.Listen(fd, backlog)); err != nil {
		return nil, err
	}
	return net.FileListener(f)
}

func (b origin) connection(ctx context.Context, c net.Conn) {
	defer c.Close() //nolint:errcheck // whatever became of it
	if b.tls != nil {
		c = tls.Server(c, b.tls)
	}
	in := bufio.NewReader(c)
	for {
		if b.idle > 0 {
			_ = c.SetReadDeadline(time.Now().Add(b.idle))
		}
		r, err := http.ReadRequest(in)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			time.Sleep(b.deaf) // what comes now, nobody reads
			return
		}
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = c.SetReadDeadline(time.Time{})
		if !b.reply(ctx, c, r) {
			if b.clientCloses {
				_, _ = io.Copy(io.Discard, in)
			}
			return
		}
	}
}

// reply answers a request, and reports whether the connection is kept.
func (b origin) reply(ctx context.Context, c net.Conn, r *http.Request) bool {
	work := b.work
	if strings.HasPrefix(r.URL.Path, "/slow") {
		work = b.slow
	}
	select {
	case <-time.After(work):
	case <-ctx.Done():
		return false
	}
	if strings.HasPrefix(r.URL.Path, "/events") {
		_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
		for err == nil {
			_, err = io.WriteString(c, "data: x\n\n")
			time.Sleep(200 * time.Millisecond)
		}
		return false
	}
	status, body := max(b.answer, http.StatusOK), "ok\n"
	if b.old != 0 && !r.ProtoAtLeast(1, 1) {
		status = b.old
	}
	last := r.Close || !r.ProtoAtLeast(1, 1)
	connection := "keep-alive"
	if last {
		connection = "close"
	}
	_, err := fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s", status, http.StatusText(status), len(body), connection, body)
	return err == nil && !last
}

// A load is requests of several clients at a time, each on a connection that it keeps.
type load struct {
	at      string // nginx if it is empty
	paths   []string
	method  string
	clients int
	// every is the time between two requests of a client; they begin within ramp.
	every, ramp time.Duration
	// uneven makes the first client wait so much longer than every, the second twice,
	// up to 16 times.
	uneven time.Duration
	// beat, if it is not 0, takes the place of every: all clients ask at the same beats,
	// so that each has a connection of its own, which rests as long as its client.
	beat time.Duration
	// patience is how long a client waits, gone when it leaves in any case and comes
	// again.
	patience, gone time.Duration
}

// run starts clients, which ask until there is enough.
func (s *scene) run(l load) {
	if l.at == "" {
		l.at = "127.0.0.1:80"
	}
	if l.method == "" {
		l.method = http.MethodGet
	}
	if l.paths == nil {
		l.paths = []string{"/"}
	}
	began := time.Now()
	for i := range l.clients {
		s.running.Go(func() {
			select {
			case <-time.After(l.ramp * time.Duration(i) / time.Duration(l.clients)):
			case <-s.enough:
			}
			c := loadClient{scene: s, load: &l}
			defer c.close()
			for n := i; !s.over(); n++ {
				if !c.ask(l.paths[n%len(l.paths)]) {
					c.close()
					time.Sleep(50 * time.Millisecond)
				}
				rest := l.every
				if l.beat > 0 {
					rest = l.beat - time.Since(began)%l.beat
				}
				select {
				case <-time.After(rest + l.uneven*time.Duration(i%16)):
				case <-s.enough:
				}
			}
		})
	}
}

func (s *scene) over() bool {
	select {
	case <-s.enough:
		return true
	case <-s.ctx.Done():
		return true
	default:
		return false
	}
}

type loadClient struct {
	scene *scene
	load  *load
	conn  net.Conn
	in    *bufio.Reader
}

func (c *loadClient) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// ask makes a request and reads its answer; ok says that the connection may be used
// again.
func (c *loadClient) ask(path string) (ok bool) {
	l := c.load
	if c.conn == nil {
		conn, err := c.scene.dial(l.at)
		if err != nil {
			return false
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 4096)
	}
	conn := c.conn
	stop := context.AfterFunc(c.scene.ctx, func() { _ = conn.Close() })
	defer stop()
	wait := l.patience
	if wait == 0 {
		wait = 2 * patience
	}
	if l.gone > 0 {
		wait = l.gone
	}
	_ = c.conn.SetDeadline(time.Now().Add(wait))
	body := ""
	if l.method == http.MethodPost {
		body = "x=1"
	}
	if _, err := fmt.Fprintf(c.conn, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", l.method, path, name, len(body), body); err != nil {
		return false
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && !resp.Close
}
