package proof

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/source"
)

// before is an nginx.conf that keeps connections to a server without a look at when
// the server closes them.
const before = `events {}
http {
    upstream app {
        server @ADDR@;
        keepalive 8;
    }
    server {
        location / {
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://app;
        }
    }
}
`

// TestBehindNginx puts real servers behind real nginx, and looks that no POST is lost
// once the patches are made that follow from the servers' own files. How many are
// lost before is told, since it is a matter of chance.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gunicorn gthread", "node", "puma", "uWSGI http-socket"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := servers[slices.IndexFunc(servers, func(s server) bool { return s.name == name })]
			_, addr := x.run(t)
			pause, rounds := time.Second, 8 // the time after which these servers close
			if strings.HasPrefix(name, "uWSGI") {
				pause, rounds = 5*time.Millisecond, 150
			}
			side := behindNginx(t, x, addr)
			lost := map[bool]int64{}
			for _, patched := range []bool{false, true} {
				now := side
				if patched {
					now = cured(t, side, []string{"nginx-keepalive-timeout-race", "service-closes-unannounced"})
				}
				s := start(t, now, options{elsewhere: true})
				lost[patched] = s.posts(pause, rounds)
			}
			t.Logf("of %d POSTs %d were lost before, %d with the patch", 8*rounds, lost[false], lost[true])
			if lost[true] > 0 {
				t.Errorf("%d POSTs are lost with the patch", lost[true])
			}
		})
	}
}

// behindNginx is nginx.conf with a server behind it that is known by its files.
func behindNginx(t *testing.T, x server, addr string) linttest.Side {
	t.Helper()
	_, port, _ := strings.Cut(addr, ":")
	text := strings.ReplaceAll(before, "@ADDR@", addr)
	var files []*source.File
	for _, f := range txtar.Parse([]byte(strings.ReplaceAll(x.files, "@PORT@", port))).Files {
		files = append(files, source.NewFile(f.Name, string(f.Data)))
	}
	return linttest.Side{
		Files: []txtar.File{{Name: "nginx.conf", Data: []byte(text)}},
		Input: model.Input{Target: here(t)[0], Main: source.NewFile("nginx.conf", text), Services: service.Read(files, nil)},
	}
}

// posts lets eight clients send a POST each, again and again after a pause, and
// returns how many failed.
func (s *site) posts(pause time.Duration, rounds int) int64 {
	var lost atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := &http.Client{Timeout: patience}
			for range rounds {
				resp, err := c.Post("http://"+s.addr+"/", "text/plain", http.NoBody)
				if err != nil || resp.StatusCode != http.StatusOK {
					lost.Add(1)
				}
				if err == nil {
					_ = resp.Body.Close()
				}
				time.Sleep(pause)
			}
		})
	}
	wg.Wait()
	return lost.Load()
}

// phpFPM is the php-fpm of this machine, which Debian gives the name of its release.
func phpFPM() string {
	if found, _ := filepath.Glob("/usr/sbin/php-fpm*"); len(found) > 0 {
		return found[0]
	}
	return "php-fpm"
}

// TestPool lets idle connections occupy the children of a real php-fpm: as many as
// were read hold it, and one more gets no answer until one of them ends.
func TestPool(t *testing.T) {
	t.Parallel()
	x := server{
		name: "php-fpm", program: phpFPM(), protocol: "fastcgi", start: []string{"php-fpm", "-F", "-R", "-y", "@DIR@/php-fpm.conf"},
		files: "-- php-fpm.conf --\n[global]\nerror_log = @DIR@/error.log\ninclude = @DIR@/pool.d/*.conf\n-- pool.d/www.conf --\n[www]\n" + asUser() +
			"listen = 127.0.0.1:@PORT@\nlisten.backlog = 99\npm = static\npm.max_children = 2\npm.max_requests = 5\n-- x.php --\n<?php echo 'ok';\n",
	}
	s, addr, dir := x.runIn(t)
	script := filepath.Join(dir, "x.php")
	var held []*fastCGI
	for range s.Slots.Value {
		c := newFCGI(t, addr)
		if !c.ask(t, script, patience) {
			t.Fatal("there is no answer")
		}
		held = append(held, c)
	}
	if newFCGI(t, addr).ask(t, script, time.Second) {
		t.Errorf("%d idle connections leave room for another one, read: pm.max_children %d", len(held), s.Slots.Value)
	}
	// A child ends with its connection after so many requests, and no answer says so.
	answers := 1
	for held[0].ask(t, script, patience) {
		answers++
	}
	if answers != s.Recycle.Value {
		t.Errorf("the connection ends after %d answers, read: pm.max_requests %d", answers, s.Recycle.Value)
	}
}
