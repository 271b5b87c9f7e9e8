package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
)

// FuzzBuild: whatever the files hold, reading them and asking for anything comes
// to an end without a panic.
func FuzzBuild(f *testing.F) {
	f.Add("-- nginx.conf --\n" + inherited)
	f.Add(inherited)
	f.Add("-- nginx.conf --\ninclude *;\n-- a --\ninclude [b;\n-- b --\ninclude a; http { include */../a; }\n")
	f.Add("-- a --\nmap $http_upgrade $c { '' close; } server { location / { proxy_set_header Connection $c; proxy_pass http://a:1/; } }\n-- sysctl.conf --\n-net.*\nnet.ipv6.conf.*.disable_ipv6=1\n")
	f.Add("-- a --\nupstream { } server { proxy_pass [::1; } location { proxy_pass http://[; } if { } map { } map a b { c; }\n")
	f.Add(explosion(6, 3, 1))
	f.Fuzz(func(t *testing.T, archive string) {
		if len(archive) > 1<<14 {
			return // the time to expand includes grows as nginx's own does
		}
		files := modeltest.Txtar(archive)
		if len(files.Paths()) == 0 {
			files = modeltest.New(map[string]string{"nginx.conf": archive})
		}
		in := input(t, archive)
		if in.Main == nil {
			in.Main = files.File(files.Paths()[0])
		}
		explore(model.Build(in))
	})
}

// explore asks a host for everything that rules ask it for.
func explore(h *model.Host) {
	h.Files()
	n := h.Nginx
	n.HasUnseen()
	for i, s := range n.Scopes {
		if i > 1000 {
			break
		}
		_, _, _ = s.Label(), s.Named(), s.Outer(model.Server)
		for _, name := range []string{"proxy_http_version", "proxy_set_header", "return", "keepalive", "listen"} {
			v := s.Get(name)
			_, _ = v.Int()
			v.Where("1.0")
			s.Own(name)
		}
		s.Connection()
	}
	for _, u := range n.Upstreams() {
		_, _ = u.Pool()
		u.LastBalancer()
	}
	for _, key := range append(keys(h.Sysctl), "net.core.somaxconn", "net.ipv6.conf.lo.disable_ipv6") {
		_, _ = h.Sysctl.Get(key).Int()
	}
	h.Sysctl.LoopbackWithoutIPv6()
}

func keys(s *model.Sysctl) []string {
	if s == nil {
		return nil
	}
	return s.Keys()
}

// explosion makes depth files, each of which includes the next one fan times and
// holds some directives besides.
func explosion(depth, fan, directives int) string {
	var b strings.Builder
	b.WriteString("-- nginx.conf --\nevents {}\nhttp { include 0.conf; }\n")
	for i := range depth {
		fmt.Fprintf(&b, "-- %d.conf --\n", i)
		b.WriteString(strings.Repeat(fmt.Sprintf("include %d.conf;\n", i+1), fan))
		b.WriteString(strings.Repeat("set $a b;\n", directives))
	}
	fmt.Fprintf(&b, "-- %d.conf --\nserver { location / { proxy_pass http://127.0.0.1; } }\n", depth)
	return b.String()
}

// circle makes n files, each of which includes all of them: without a bound
// nginx's reader would take every order in which they can be read.
func circle(n int) string {
	var b strings.Builder
	b.WriteString("-- nginx.conf --\nevents {}\nhttp { include c/*.conf; }\n")
	for i := range n {
		fmt.Fprintf(&b, "-- c/%d.conf --\ninclude c/*.conf;\nset $a b;\n", i)
	}
	return b.String()
}

// TestExplosion: includes that multiply, which would take nginx for ever, end
// after work that the size of the files bounds, and say so.
func TestExplosion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, files string
		refused     bool
	}{
		{"each file twice, 40 deep", explosion(40, 2, 0), true},
		{"each file twice, 40 deep, with directives", explosion(40, 2, 200), true},
		{"1,000 times 1,000", explosion(2, 1000, 1000), true},
		{"5,000 uses of one file", explosion(1, 5000, 5000), false},
		{"100 times 100", explosion(2, 100, 200), false},
		{"9 files in a circle", circle(9), true},
		{"64 KB of files in a circle", circle(1000), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := build(t, tt.files)
			refused := slices.ContainsFunc(h.Nginx.Includes, func(inc *model.Include) bool { return inc.Problem == model.Unreadable })
			if refused != tt.refused {
				t.Errorf("an include was refused: %v", refused)
			}
			work := len(h.Nginx.Includes) + len(h.Nginx.Scopes)
			for _, s := range h.Nginx.Scopes {
				work += len(s.Settings)
			}
			if bound := 1<<20 + 16*len(tt.files); work > bound {
				t.Errorf("%d bytes became %d scopes, settings and includes: more than %d", len(tt.files), work, bound)
			}
		})
	}
}

// TestDeep: blocks in blocks, deeper than anybody writes.
func TestDeep(t *testing.T) {
	t.Parallel()
	const depth = 200_000
	explore(build(t, "events {} http "+strings.Repeat("{ location ", depth)+strings.Repeat("}", depth)))
	explore(build(t, "events {} http { "+strings.Repeat("location / { ", depth)+strings.Repeat("}", depth)+"}"))
}
