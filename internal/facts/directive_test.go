package facts

import (
	order "cmp"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// checkDefaults wants spans in order that do not overlap.
func checkDefaults(t *testing.T, name string, defaults []Default) {
	t.Helper()
	for i, d := range defaults {
		if d.In.Empty() {
			t.Errorf("%s: default %q is in no version", name, d.Text)
		}
		if i > 0 && !d.In.Intersect(defaults[i-1].In).Empty() {
			t.Errorf("%s: the defaults %v overlap", name, defaults)
		}
	}
}

func TestDirectivesTable(t *testing.T) {
	if !slices.IsSortedFunc(directives, func(a, b Directive) int {
		return order.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Module, b.Module), a.In.From.Compare(b.In.From))
	}) {
		t.Error("directives are not sorted by name, module and release")
	}
	for i, d := range directives {
		switch {
		case d.Name == "", d.Module == "", d.Contexts == 0:
			t.Errorf("%+v: an empty field", d)
		case d.In.Empty(), d.In.From.IsZero(), d.In.From.Compare(NewestNginx) > 0:
			t.Errorf("%s: no release is in %v", d.Name, d.In)
		case !strings.HasPrefix(d.Ref, "https://"):
			t.Errorf("%s: reference %q", d.Name, d.Ref)
		case d.Args.Min < 0, d.Args.Max >= 0 && d.Args.Max < d.Args.Min, d.Args.Max > 7:
			t.Errorf("%s: arguments %+v", d.Name, d.Args)
		case d.Opens != 0 && !d.Block, d.Data && !d.Block, d.Data && d.Opens != 0:
			t.Errorf("%s: what does its block hold?", d.Name)
		case d.Deprecated != nil && d.Deprecated.Instead != "" && !KnownDirective(d.Deprecated.Instead):
			t.Errorf("%s: replaced by the unknown %s", d.Name, d.Deprecated.Instead)
		}
		checkDefaults(t, d.Name, d.Defaults)
		if i == 0 {
			continue
		}
		if p := directives[i-1]; p.Name == d.Name && p.Module == d.Module && !p.In.Intersect(d.In).Empty() {
			t.Errorf("%s of %s: two rows for one release", d.Name, d.Module)
		}
	}
	if !slices.IsSorted(otherNames) || len(slices.Compact(slices.Clone(otherNames))) != len(otherNames) {
		t.Error("the names of others are not sorted or not unique")
	}
}

func TestDirectives(t *testing.T) {
	var modules []string
	for _, d := range Directives("keepalive_timeout") {
		modules = append(modules, d.Module)
	}
	want := []string{"ngx_http_core_module", "ngx_http_upstream_keepalive_module"}
	if diff := cmp.Diff(want, modules); diff != "" {
		t.Errorf("modules of keepalive_timeout (-want +got):\n%s", diff)
	}
	if got := Directives("no_such_directive"); len(got) != 0 {
		t.Errorf("Directives of an unknown name: %v", got)
	}

	// "keepalive 32 local" came with 1.29.7; "single" went with 1.7.5.
	var two []Range
	for _, d := range Directives("keepalive") {
		if d.Args.Allows(2) {
			two = append(two, d.In)
		}
	}
	if diff := cmp.Diff([]Range{{V(1, 1, 4), V(1, 7, 5)}, Since(ReuseByDefault)}, two); diff != "" {
		t.Errorf("releases in which keepalive takes two arguments (-want +got):\n%s", diff)
	}

	ssl := Directives("ssl")
	if len(ssl) != 2 || ssl[0].In.Before != V(1, 25, 1) || !ssl[0].Args.Flag {
		t.Errorf("ssl: %+v", ssl)
	}
	if got := Directives("proxy_set_header")[0].Contexts; got != HTTP|Server|Location {
		t.Errorf("proxy_set_header stands in %v", got)
	}
	if got := Directives("if")[0]; !got.Block || got.Opens != ServerIf|If || got.Contexts != Server|Location {
		t.Errorf("if: %+v", got)
	}
	if got := Directives("map")[0]; !got.Data || got.Opens != 0 {
		t.Errorf("map: %+v", got)
	}
	if got := Directives("include")[0].Contexts; got != Anywhere {
		t.Errorf("include stands in %v", got)
	}
	if d := Directives("http2_max_requests")[1].Deprecated; d == nil || d.Since != V(1, 19, 7) || !d.Ignored || d.Instead != "keepalive_requests" {
		t.Errorf("http2_max_requests: %+v", d)
	}
}

func TestKnownDirective(t *testing.T) {
	for _, name := range []string{
		"proxy_pass", "spdy_chunk_size", "content_by_lua_block", "more_set_headers", "brotli", "js_import",
		"health_check", "passenger_enabled", "concat", "acme_client", "sticky",
	} {
		if !KnownDirective(name) {
			t.Errorf("%s is not known", name)
		}
	}
	for _, name := range []string{"", "proxy_psas", "Proxy_pass", "upstreams"} {
		if KnownDirective(name) {
			t.Errorf("%q is known", name)
		}
	}
	if !OtherDirective("more_set_headers") || OtherDirective("proxy_pass") {
		t.Error("OtherDirective confuses nginx's own names with others")
	}
}

func TestDefaultsOf(t *testing.T) {
	all := func(text string) []Default { return []Default{{Text: text}} }
	changed := func(v Version, before, since string) []Default {
		return []Default{{In: Until(v), Text: before}, {In: Since(v), Text: since}}
	}
	for name, want := range map[string][]Default{
		"proxy_http_version":     changed(ReuseByDefault, "1.0", "1.1"),
		"keepalive":              changed(ReuseByDefault, "off", "32 local"),
		"keepalive_requests":     changed(V(1, 19, 10), "100", "1000"),
		"sendfile_max_chunk":     changed(V(1, 21, 4), "0", "2m"),
		"keepalive_timeout":      all("75s"),
		"keepalive_time":         all("1h"),
		"proxy_buffering":        all("on"),
		"proxy_read_timeout":     all("60s"),
		"proxy_connect_timeout":  all("60s"),
		"proxy_cache":            all("off"),
		"proxy_next_upstream":    all("error timeout"),
		"proxy_socket_keepalive": all("off"),
		"fastcgi_keep_conn":      all("off"),
		"gzip":                   all("off"),
		"gzip_types":             all("text/html"),
		"sendfile":               all("off"),
		"tcp_nodelay":            all("on"),
		"tcp_nopush":             all("off"),
		"worker_connections":     all("512"),
		"worker_processes":       all("1"),
		"proxy_timeout":          all("10m"),
		"add_header_inherit":     all("on"),
		"proxy_buffer_size":      all("4k|8k"),
		"server_name":            all(`""`),
		"proxy_set_header":       nil,
		"proxy_pass":             nil,
		"no_such_directive":      nil,
	} {
		if diff := cmp.Diff(want, DefaultsOf(name), cmpopts.IgnoreFields(Default{}, "Ref")); diff != "" {
			t.Errorf("DefaultsOf(%s) (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(all("60s"), DefaultsIn(Upstream, "keepalive_timeout")); diff != "" {
		t.Errorf("keepalive_timeout in an upstream (-want +got):\n%s", diff)
	}
}

func TestOneDefault(t *testing.T) {
	versions := DefaultsOf("proxy_http_version")
	for _, test := range []struct {
		in   Range
		want string
	}{
		{NginxWindow(), ""},
		{Range{OldestNginx, ReuseByDefault}, "1.0"},
		{Only(V(1, 28, 3)), "1.0"},
		{Only(ReuseByDefault), "1.1"},
		{Since(ReuseByDefault), "1.1"},
	} {
		got, ok := OneDefault(versions, test.in)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("OneDefault in %v = %q, %v; want %q", test.in, got, ok, test.want)
		}
	}
}

func TestContext(t *testing.T) {
	for i, name := range contextNames {
		c := ParseContext(name)
		if c != 1<<i || c.String() != name {
			t.Errorf("ParseContext(%s) = %d %q", name, c, c)
		}
	}
	if last := Context(1) << (len(contextNames) - 1); last != MailServer || Anywhere&(last<<1) != 0 {
		t.Error("the names and the contexts are not in step")
	}
	for c, want := range map[Context]string{
		0: "nowhere", Anywhere: "any context", HTTP | Location | Server: "http, server, location",
	} {
		if got := c.String(); got != want {
			t.Errorf("%d: %q, want %q", c, got, want)
		}
	}
	if ParseContext("nowhere") != 0 || Anywhere.Has(0) || !Anywhere.Has(HTTP|Mail) || HTTP.Has(HTTP|Mail) {
		t.Error("Has or ParseContext is off")
	}
}

// The tables must lie ready in the binary: nothing of this package may run at start.
func TestNoStartUpCost(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "init internal/") {
		t.Fatalf("no trace of initialisation:\n%s", out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "internal/facts ") {
			t.Errorf("work at start: %s", line)
		}
	}
}

func BenchmarkDirectives(b *testing.B) {
	for b.Loop() {
		Directives("proxy_http_version")
	}
}

func BenchmarkMergeOf(b *testing.B) {
	for b.Loop() {
		MergeOf("proxy_http_version")
	}
}

func BenchmarkParamOf(b *testing.B) {
	for b.Loop() {
		ParamOf("net.ipv4.conf.eth0.rp_filter")
	}
}
