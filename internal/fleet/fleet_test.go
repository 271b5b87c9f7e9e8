package fleet_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/workspace"
)

// host is a host of a test; what is empty is as on the others.
type host struct {
	name, nginx, connections, somaxconn string
	more                                map[string]string // further files
}

// files are those of the host's snapshot.
func (h host) files() map[string]string {
	or := func(s, usual string) string {
		if s == "" {
			return usual
		}
		return s
	}
	out := map[string]string{
		"MANIFEST": "tcplint-snapshot\t1\nhost\t" + h.name + "\ntime\t2026-11-30T10:00:00Z\ncollector\ttcplint 1\nuser\t0\nredacted\tno\nend\t0\n",
		".tcplint.toml": fmt.Sprintf("[target]\nnginx = %q\nkernel = \"6.1.0\"\n\n[[host]]\nname = %q\nnginx = [\"etc/nginx/nginx.conf\"]\nsysctl = [\"evidence/sysctl-a.txt\"]\n",
			or(h.nginx, "1.28.0"), h.name),
		"evidence/sysctl-a.txt": strings.Repeat("net.core.somaxconn = "+or(h.somaxconn, "4096")+"\n", 1) +
			"fs.file-max = 9223372036854775807\nkernel.osrelease = 6.1.0\nkernel.pid_max = 4194304\nnet.core.netdev_max_backlog = 1000\nnet.ipv4.ip_local_port_range = 32768 60999\n" +
			"net.ipv4.tcp_fin_timeout = 60\nnet.ipv4.tcp_max_syn_backlog = 4096\nnet.ipv4.tcp_syncookies = 1\nnet.ipv4.tcp_tw_reuse = 2\n",
		"etc/nginx/nginx.conf":     "events { worker_connections " + or(h.connections, "1024") + "; }\nhttp {\n    server {\n        listen 80 backlog=1024;\n        return 204;\n    }\n}\n",
		"var/log/nginx/access.log": strings.Repeat("a line that nobody reads\n", 1000),
	}
	maps.Copy(out, h.more)
	return out
}

// source packs a host.
func (h host) source(t *testing.T) fleet.Source {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	files := h.files()
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: h.name + "/" + name, Mode: 0o600, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return archive(h.name+".tar.gz", b.Bytes())
}

func archive(name string, data []byte) fleet.Source {
	return fleet.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

func sources(t *testing.T, hosts ...host) []fleet.Source {
	t.Helper()
	var out []fleet.Source
	for _, h := range hosts {
		out = append(out, h.source(t))
	}
	return out
}

func check(t *testing.T, all []fleet.Source, o fleet.Options) *fleet.Report {
	t.Helper()
	r, err := fleet.Check(t.Context(), all, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(r *fleet.Report, hosts []int) string {
	var out []string
	for _, h := range hosts {
		out = append(out, r.Hosts[h].Name)
	}
	return fleet.Names(out)
}

func cause(t *testing.T, r *fleet.Report, rule string) fleet.Cause {
	t.Helper()
	i := slices.IndexFunc(r.Causes, func(c fleet.Cause) bool { return c.Rule.ID == rule })
	if i < 0 {
		t.Fatalf("no cause of %s", rule)
	}
	return r.Causes[i]
}

func TestFindingsOfOneCauseAreOneWithItsHosts(t *testing.T) {
	var hosts []host
	for i := 1; i <= 12; i++ {
		h := host{name: fmt.Sprintf("web-%02d", i)}
		switch {
		case i >= 3 && i <= 6:
			h.somaxconn = "128"
		case i == 9:
			h.somaxconn = "256"
		}
		hosts = append(hosts, h)
	}
	r := check(t, sources(t, hosts...), fleet.Options{})
	c := cause(t, r, "host-backlog-capped")
	if got := names(r, c.Hosts); got != "web-03 to web-06, web-09" {
		t.Errorf("it is on %s", got)
	}
	if len(c.Variants) != 2 {
		t.Fatalf("%d variants: %+v", len(c.Variants), c.Variants)
	}
	for i, want := range []struct{ says, hosts string }{{"128", "web-03 to web-06"}, {"256", "web-09"}} {
		v := c.Variants[i]
		if got := names(r, v.Hosts); got != want.hosts || !strings.Contains(v.Message, "capped at "+want.says) || v.File != "etc/nginx/nginx.conf" || v.Start.Line != 4 {
			t.Errorf("variant %d on %s: %+v", i, got, v.Finding)
		}
	}
	if !r.Fails {
		t.Error("a warning fails the run")
	}
}

func TestHostsThatDifferFromTheirGroupAreNamed(t *testing.T) {
	hosts := []host{{name: "api-1"}, {name: "api-2"}} // two have no usual value
	hosts[1].connections = "9"
	for i := 1; i <= 6; i++ {
		hosts = append(hosts, host{name: fmt.Sprintf("web-%d", i)})
	}
	hosts[4].connections, hosts[5].nginx, hosts[6].somaxconn = "512", "1.26.3", "1024"
	r := check(t, sources(t, hosts...), fleet.Options{})
	var got []string
	for _, d := range r.Differences {
		for _, o := range d.Others {
			got = append(got, fmt.Sprintf("%s: %s = %q, not %q as on %d of %d of %s", names(r, o.Hosts), d.Key, o.Value, d.Usual, len(d.Hosts), d.Size, d.Group))
		}
	}
	want := []string{
		`web-3: events: worker_connections = "512", not "1024" as on 5 of 6 of web-#`,
		`web-5: net.core.somaxconn = "1024", not "4096" as on 5 of 6 of web-#`,
		`web-4: nginx = "nginx 1.26.3", not "nginx 1.28" as on 5 of 6 of web-#`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFilesThatAreNotInForceAreNamed(t *testing.T) {
	file := map[string]string{"etc/sysctl.d/60-net.conf": "net.core.somaxconn = 4096\nnet.ipv4.ip_local_port_range = 32768   60999\n"}
	r := check(t, sources(t, host{name: "a", more: file}, host{name: "b", somaxconn: "512", more: file}), fleet.Options{})
	if len(r.NotInForce) != 1 {
		t.Fatalf("%+v", r.NotInForce)
	}
	n := r.NotInForce[0]
	if names(r, n.Hosts) != "b" || n.Key != "net.core.somaxconn" || n.File != "4096" || n.Running != "512" || n.From != "etc/sysctl.d/60-net.conf:1" {
		t.Errorf("%+v", n)
	}
}

func TestTheRepositoryIsHeldAgainstTheHosts(t *testing.T) {
	ws, err := workspace.Open(workspace.Memory(map[string]string{
		"nginx/nginx.conf":     "events { worker_connections 1024; }\nhttp {\n    keepalive_timeout 30s;\n    server {\n        listen 80 backlog=1024;\n        return 204;\n    }\n    server {\n        listen 8080;\n        return 404;\n    }\n}\n",
		"sysctl.d/60-net.conf": "net.core.somaxconn = 8192\nnet.ipv4.tcp_syncookies = 1\n",
	}), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := check(t, sources(t, host{name: "a"}, host{name: "b", connections: "512", somaxconn: "8192"}), fleet.Options{Against: ws.Hosts()})
	var got []string
	for _, d := range r.Drift {
		got = append(got, fmt.Sprintf("%s: %s: %q (%s), not %q (%s)", names(r, d.Hosts), d.Key, d.Value, d.At, d.Wanted, d.From))
	}
	want := []string{
		`a, b: http > server 8080: "" (), not "" (nginx/nginx.conf:9)`,
		`a, b: http: keepalive_timeout: "" (), not "30s" (nginx/nginx.conf:3)`,
		`b: events: worker_connections: "512" (etc/nginx/nginx.conf:1), not "1024" (nginx/nginx.conf:1)`,
		`a: net.core.somaxconn: "4096" (), not "8192" (sysctl.d/60-net.conf:1)`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatCannotBeUsedIsNamedAndSkipped(t *testing.T) {
	good := host{name: "good"}.source(t)
	whole := read(t, good)
	old := host{name: "old", more: map[string]string{"MANIFEST": "tcplint-snapshot\t0\n"}}.source(t)
	out := host{name: "out", more: map[string]string{"../../etc/cron.d/x": "* * * * *"}}.source(t)
	bad := errors.New("permission denied")
	all := []fleet.Source{
		good, archive("cut.tar.gz", whole[:len(whole)/2]), archive("text.tar.gz", []byte("hello")), old, out,
		{Name: "closed.tar.gz", Open: func() (io.ReadCloser, error) { return nil, bad }},
	}
	r := check(t, all, fleet.Options{})
	if len(r.Hosts) != 1 || r.Hosts[0].Name != "good" {
		t.Errorf("hosts %+v", r.Hosts)
	}
	want := map[string]string{"cut.tar.gz": "cut off or damaged", "text.tar.gz": "no archive", "old.tar.gz": `format "0"`, "out.tar.gz": "leads out", "closed.tar.gz": "permission denied"}
	if len(r.Skipped) != len(want) {
		t.Errorf("skipped %+v", r.Skipped)
	}
	for _, s := range r.Skipped {
		if !strings.Contains(s.Text, want[s.Archive]) {
			t.Errorf("%s: %s, want %q", s.Archive, s.Text, want[s.Archive])
		}
	}
}

func read(t *testing.T, s fleet.Source) []byte {
	t.Helper()
	in, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheReportDoesNotDependOnTheOrderOfWork(t *testing.T) {
	var hosts []host
	for i := range 20 {
		hosts = append(hosts, host{name: fmt.Sprintf("web-%d", i), somaxconn: strconv.Itoa(128 + i%3)})
	}
	all := sources(t, hosts...)
	first := check(t, all, fleet.Options{})
	for range 3 {
		if again := check(t, all, fleet.Options{}); !reflect.DeepEqual(again, first) {
			t.Fatal("two runs over the same snapshots differ")
		}
	}
}

func TestHostsOfOneNameAreToldApart(t *testing.T) {
	a, b := host{name: "localhost"}.source(t), host{name: "localhost"}.source(t)
	a.Name, b.Name = "x/1.tar.gz", "x/2.tar.gz"
	r := check(t, []fleet.Source{a, b}, fleet.Options{})
	if len(r.Hosts) != 2 || r.Hosts[0].Name != "localhost (x/1.tar.gz)" || r.Hosts[1].Name != "localhost (x/2.tar.gz)" {
		t.Errorf("%+v", r.Hosts)
	}
}
