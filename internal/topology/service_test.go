package topology_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/internal/topology"
	"github.com/tcplint/tcplint/parser/source"
)

// TestServices draws the processes behind peers, with their limits, before the kernel.
func TestServices(t *testing.T) {
	t.Parallel()
	nginx := source.NewFile("nginx.conf", `events {}
http {
    upstream php { server 127.0.0.1:9000; server 127.0.0.1:9001; }
    server {
        listen 80;
        location ~ \.php$ { fastcgi_pass php; }
        location /api { proxy_pass http://127.0.0.1:8000; }
        location /other { proxy_pass http://10.0.0.9:8000; }
    }
}
`)
	files := []*source.File{
		source.NewFile("pool.d/www.conf", "[www]\nlisten = 127.0.0.1:9000\nlisten.backlog = 128\npm = static\npm.max_children = 5\n"),
		source.NewFile("gunicorn.conf.py", "bind = '127.0.0.1:8000'\nworker_class = 'gthread'\nworkers = 2\nthreads = 4\nkeepalive = 5\n"),
		source.NewFile("Procfile", "web: gunicorn app:app\n"),
	}
	h := model.Build(model.Input{Main: nginx, Services: service.Read(files, nil)})
	g := topology.Build(h, nil)
	var got []string
	for _, e := range g.Edges {
		from, to := g.Nodes[e.From], g.Nodes[e.To]
		if to.Stage == topology.Service || to.Stage == topology.Kernel {
			got = append(got, fmt.Sprintf("%s %s -> %s %s (%s)", from.Stage, from.Label, to.Stage, to.Label, to.Note))
		}
	}
	want := strings.Join([]string{
		"peer 127.0.0.1:9000 -> service php-fpm (5 at a time, idle for ever, queue 128)",
		"peer 127.0.0.1:8000 -> service gunicorn, gthread workers (8 at a time, idle 5s, queue 2048)",
		"peer 127.0.0.1:9001 -> kernel kernel (every Linux)",
		"peer 10.0.0.9:8000 -> kernel kernel (every Linux)",
		"service php-fpm -> kernel kernel (every Linux)",
		"service gunicorn, gthread workers -> kernel kernel (every Linux)",
	}, "\n")
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
	for _, n := range g.Nodes {
		if n.Stage == topology.Service && (n.At.File == nil || len(n.Facts) < 4) {
			t.Errorf("%s is set up at %v, and %d values are said", n.Label, n.At, len(n.Facts))
		}
	}
}
