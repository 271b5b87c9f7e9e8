package rules_test

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// A preparation rewrites a configuration so that nginx can test it here. It does
// the same to the same words, before fixes and after.
type preparation struct {
	mending

	host      *model.Host
	upstreams map[string]bool
	includes  map[*nginx.Directive]*model.Include
	uses      map[string]bool
}

func newPreparation(h *model.Host, m mending) *preparation {
	p := &preparation{
		mending: m, host: h, upstreams: map[string]bool{},
		includes: map[*nginx.Directive]*model.Include{}, uses: map[string]bool{},
	}
	for _, t := range h.Nginx.Trees {
		for d := range t.Root.Walk() {
			if d.Name() == "upstream" && d.Body() != nil {
				p.upstreams[d.Arg(0)] = true
			}
			word, _, _ := strings.Cut(d.Name(), "_")
			p.uses[word] = true
			p.uses["lua"] = p.uses["lua"] || strings.Contains(d.Name(), "_by_lua")
		}
	}
	for _, inc := range h.Nginx.Includes {
		p.includes[inc.Dir] = inc
	}
	return p
}

// wrapper is the main file: it includes the one to be tested in the context that
// it needs.
func (p *preparation) wrapper(modules string) string {
	var b strings.Builder
	b.WriteString("pid nginx.pid;\n")
	root := p.host.Nginx.Root
	for _, m := range []struct {
		file string
		need bool
	}{
		{"ngx_stream_module.so", p.uses["stream"] || root.Is(model.Stream, model.StreamServer, model.StreamUpstream)},
		{"ndk_http_module.so", p.uses["lua"]},
		{"ngx_http_lua_module.so", p.uses["lua"]},
		{"ngx_http_echo_module.so", p.uses["echo"]},
	} {
		if name := filepath.Join(modules, m.file); m.need {
			if _, err := os.Stat(name); err == nil {
				fmt.Fprintf(&b, "load_module %s;\n", name)
			}
		}
	}
	if !p.uses["events"] {
		b.WriteString("events {}\n")
	}
	include := "include " + placeOf(p.host.Nginx.Trees[0].File.Path) + ";"
	switch root.Kind {
	case model.Main:
		fmt.Fprintf(&b, "%s\n", include)
	case model.Stream:
		fmt.Fprintf(&b, "stream { %s }\n", include)
	case model.HTTP:
		fmt.Fprintf(&b, "http { %s %s }\n", p.prelude, include)
	case model.Location:
		fmt.Fprintf(&b, "http { %s server { location / { %s } } }\n", p.prelude, include)
	case model.Upstream:
		fmt.Fprintf(&b, "http { %s upstream app { %s } }\n", p.prelude, include)
	default:
		fmt.Fprintf(&b, "http { %s server { %s } }\n", p.prelude, include)
	}
	return b.String()
}

// text is a prepared file.
func (p *preparation) text(t *nginx.Tree) string {
	var edits []source.Edit
	for d := range t.Root.Walk() {
		add := func(e source.Edit) {
			if merged, ok := source.Merge(edits, []source.Edit{e}); ok { // not inside what is left out
				edits = merged
			}
		}
		if slices.Contains(p.without, d.Name()) {
			add(source.Edit{Span: d.Span()})
		}
		if d.Name() == "http" && d.Body() != nil {
			add(source.Edit{Span: source.Span{Start: d.Body().Span().Start, End: d.Body().Span().Start}, New: "\n" + p.prelude})
		}
		if d.Body() == nil {
			if e, ok := p.edit(d); ok {
				add(e)
			}
			for _, w := range d.Args().All() {
				if slices.Contains(p.without, w.Value) {
					add(source.Edit{Span: w.Span})
				}
			}
		}
	}
	text, err := source.Apply(t.File.Text, edits)
	if err != nil {
		text = t.File.Text
	}
	// The suite of nginx's own tests fills these in.
	text = strings.NewReplacer("%%TEST_GLOBALS%%", "", "%%TEST_GLOBALS_HTTP%%", "", "%%TEST_GLOBALS_STREAM%%", "",
		"%%TEST_GLOBALS_DSO%%", "", "%%TESTDIR%%", ".", "daemon off;", "").Replace(text)
	return testPort.ReplaceAllString(text, "$1")
}

// edit is what has to change in a directive.
func (p *preparation) edit(d *nginx.Directive) (e source.Edit, ok bool) {
	set := func(value string) (source.Edit, bool) { return nginx.SetArg(d, 0, value), value != d.Arg(0) }
	name, arg := d.Name(), d.Arg(0)
	switch {
	case slices.Contains(unwanted, name):
		return source.Edit{Span: d.Span()}, true
	case name == "include":
		return source.Edit{Span: d.Span(), New: p.include(d)}, true
	case d.Words().Len() == 1:
		return e, false
	case strings.HasSuffix(name, "ssl_certificate_key"):
		return set("key.pem")
	case strings.HasSuffix(name, "_certificate"):
		return set("cert.pem")
	case name == "access_log" && arg != "off" && !strings.Contains(arg, "$"):
		return set("logs/access.log")
	case strings.HasSuffix(name, "_cache_path"):
		return set("cache/" + hashed(arg))
	case name == "listen":
		return set(listenHere(arg))
	case name == "server", name == "resolver":
		return set(here(arg))
	case strings.HasSuffix(name, "_pass"):
		scheme, rest, ok := strings.Cut(arg, "://")
		if !ok {
			scheme, rest = "", arg
		} else {
			scheme += "://"
		}
		if host, _, _ := strings.Cut(rest, "/"); p.upstreams[host] {
			return e, false
		}
		rest = here(rest)
		if scheme == "" && rest == "127.0.0.1" {
			rest += ":9000"
		}
		return set(scheme + rest)
	}
	return e, false
}

// placeOf is where a file of the corpus stands for nginx. An "@" in its path would
// look like a placeholder in the wrapper's include.
func placeOf(name string) string { return "conf/" + strings.ReplaceAll(name, "@", "at-") }

// include names the files that were found in place of a pattern.
func (p *preparation) include(d *nginx.Directive) string {
	if inc := p.includes[d]; inc != nil && len(inc.Files) > 0 {
		var b strings.Builder
		for _, f := range inc.Files {
			fmt.Fprintf(&b, "include %s;", placeOf(f.Path))
		}
		return b.String()
	}
	if name := "/etc/nginx/" + path.Base(d.Arg(0)); !strings.ContainsAny(name, "*?[") {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return "include " + name + ";"
		}
	}
	return ""
}

// here replaces a host that would have to be looked up. localhost stays, since
// rules look for it.
func here(arg string) string {
	end := strings.IndexAny(arg, ":/$")
	if end < 0 {
		end = len(arg)
	}
	host := arg[:end]
	_, err := netip.ParseAddr(host)
	if host == "" || host == "unix" || host[0] == '[' || host == "localhost" || err == nil {
		return arg
	}
	return "127.0.0.1" + arg[end:]
}

// listenHere replaces an address that this machine does not have by another
// one that it has.
func listenHere(arg string) string {
	if rest, ok := strings.CutPrefix(arg, "unix:"); ok {
		return "unix:" + hashed(rest)
	}
	host, port := arg, ""
	if i := strings.LastIndexByte(arg, ':'); i >= 0 && !strings.HasSuffix(arg, "]") {
		host, port = arg[:i], arg[i:]
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case host == "*", host != "" && strings.Trim(host, "0123456789") == "", err == nil && (addr.IsLoopback() || addr.IsUnspecified()):
		return arg
	case err == nil && addr.Is6():
		return "[::1]" + port
	}
	sum := sha256.Sum256([]byte(host))
	return fmt.Sprintf("127.%d.%d.%d%s", sum[0], sum[1], sum[2]|1, port)
}

func hashed(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s)))[:8] }

// TestSite makes sure that a site is read together with its main file: the pass
// in the one finds the upstream in the other.
func TestSite(t *testing.T) {
	t.Parallel()
	f := corpusFile{path: "kawaemon+isucon14/s3/etc/nginx/sites-available/isuride.conf", main: "kawaemon+isucon14/s3/etc/nginx/nginx.conf"}
	h := model.Build(corpusInput(t, f, window))
	for _, pass := range h.Nginx.Passes() {
		if pass.File().Path == f.path && pass.Target.Kind != model.TargetUpstream {
			t.Errorf("the pass to %s does not find its upstream", pass.Arg(0))
		}
	}
}
