package lint

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

var errOverlap = errors.New("it overlaps another fix")

// state is a host at one moment, linted.
type state struct {
	host   *model.Host
	res    *Result
	counts map[string]int // of findings, by rule, file and message
}

func (f *fixer) state(i int, files map[string]*source.File) *state {
	s := &state{host: f.build(i, files), counts: map[string]int{}}
	s.res = Run([]*model.Host{s.host}, f.o)
	for _, x := range s.res.Findings {
		s.counts[countKey(x)]++
	}
	return s
}

func countKey(x Finding) string {
	return x.Rule.ID + "\x00" + x.At.File.Path + "\x00" + x.Msg
}

// verify decides whether the files in next may replace those of before: they
// parse, the second reader sees the same change, nothing takes effect but what
// the fixes mean to change, their findings are gone and no new one at warning or
// above has come. Other hosts that use the files must not get worse either.
func (f *fixer) verify(i int, before *state, batch []Finding, edits map[*source.File][]source.Edit, next map[string]*source.File) error {
	files := maps.Clone(f.changed)
	maps.Copy(files, next)
	after := f.state(i, files)
	for old := range edits {
		if err := reread(before.host, old, next[old.Path]); err != nil {
			return err
		}
	}
	if err := sameEffects(before.host, after.host, batch); err != nil {
		return err
	}
	want := maps.Clone(before.counts)
	for _, x := range batch {
		want[countKey(x)]--
	}
	for _, x := range after.res.Findings {
		k := countKey(x)
		want[k]--
		if want[k] >= 0 {
			continue
		}
		if slices.ContainsFunc(batch, func(b Finding) bool { return countKey(b) == k }) {
			return fmt.Errorf("the finding is still there: %s", x.Msg)
		}
		if x.Severity >= Warning && !leads(batch, x.Rule.ID) {
			return fmt.Errorf("it would bring a new finding: %s [%s]", x.Msg, x.Rule.ID)
		}
	}
	return f.verifyOthers(i, files, next)
}

func leads(batch []Finding, rule string) bool {
	return slices.ContainsFunc(batch, func(b Finding) bool { return slices.Contains(b.Fix.Leads, rule) })
}

// reread parses a changed file again and asks the second reader.
func reread(h *model.Host, old, changed *source.File) error {
	if h.Sysctl != nil {
		for _, t := range h.Sysctl.Trees {
			if t.File == old {
				return nil // a sysctl file's lines stand alone; the run after the fix reads them
			}
		}
	}
	a, b := nginx.Parse(old), nginx.Parse(changed)
	if len(b.Errors) > len(a.Errors) {
		return fmt.Errorf("nginx would refuse the result: %s", b.Errors[0].Msg)
	}
	return secondRead(a, b)
}

// verifyOthers looks at the other hosts that use a changed file.
func (f *fixer) verifyOthers(i int, files, next map[string]*source.File) error {
	for j := range f.inputs {
		if j == i {
			continue
		}
		before := f.build(j, f.changed)
		if !slices.ContainsFunc(before.Files(), func(x *source.File) bool { return next[x.Path] != nil }) {
			continue
		}
		was, is := f.state(j, f.changed), f.state(j, files)
		for _, x := range is.res.Findings {
			if k := countKey(x); x.Severity >= Warning && is.counts[k] > was.counts[k] {
				return fmt.Errorf("it would bring a new finding to another configuration: %s [%s]", x.Msg, x.Rule.ID)
			}
		}
	}
	return nil
}

// watched are the directives whose effective value a fix must not change unless
// it means to.
var watched = []string{
	"proxy_http_version", "proxy_buffering", "proxy_cache", "proxy_store", "proxy_read_timeout", "proxy_send_timeout",
	"proxy_connect_timeout", "proxy_next_upstream", "proxy_request_buffering", "proxy_ignore_client_abort",
	"proxy_socket_keepalive", "proxy_ssl_verify", "proxy_ssl_session_reuse", "gzip", "gzip_types", "add_header",
	"fastcgi_keep_conn", "fastcgi_buffering", "fastcgi_param", "uwsgi_param", "scgi_param", "grpc_set_header",
}

// sameEffects compares what every location does before and after. Only what a
// fix names in Changes may differ, and only in its Scopes.
func sameEffects(before, after *model.Host, batch []Finding) error {
	if before.Nginx == nil {
		return nil
	}
	a, b := before.Nginx.Scopes, after.Nginx.Scopes
	if len(a) != len(b) {
		return fmt.Errorf("it would change the number of blocks from %d to %d", len(a), len(b))
	}
	allowed := map[*model.Scope][]string{}
	for _, x := range batch {
		for _, s := range x.Fix.Scopes {
			allowed[s] = append(allowed[s], x.Fix.Changes...)
		}
	}
	for i := range a {
		if x, y := repeated(a[i]), repeated(b[i]); y != "" && x != y {
			return fmt.Errorf("%s would stand twice in one block, which nginx refuses", y)
		}
		if a[i].Pass() == nil && b[i].Pass() == nil {
			continue
		}
		was, is := effects(a[i]), effects(b[i])
		for _, name := range slices.Sorted(maps.Keys(union(was, is))) {
			if was[name] != is[name] && !slices.Contains(allowed[a[i]], name) {
				return fmt.Errorf("it would change %s in %s: %s", name, a[i].Label(), becomes(was[name], is[name]))
			}
		}
	}
	return nil
}

func becomes(was, is string) string {
	show := func(s string) string {
		if s == "" {
			return "not set"
		}
		return `"` + s + `"`
	}
	return show(was) + " becomes " + show(is)
}

func union(a, b map[string]string) map[string]string {
	u := maps.Clone(a)
	maps.Copy(u, b)
	return u
}

// effects lists what a pass does: its target, the watched directives and every
// request header by its lower-case name.
func effects(s *model.Scope) map[string]string {
	out := map[string]string{}
	if p := s.Pass(); p != nil {
		out[p.Protocol+"_pass"] = p.Arg(0)
		if p.Target.Kind != model.TargetUpstream {
			out["host"] = "$proxy_host (" + p.Target.Host + ")" // nginx's own default; a header set below replaces it
		}
	}
	for _, name := range watched {
		v := s.Get(name)
		for _, set := range v.Settings {
			out[name] += join(set.Args()) + "; "
		}
	}
	set := map[string]string{}
	for _, h := range s.Get("proxy_set_header").Settings {
		set[strings.ToLower(h.Arg(0))] += join(h.Args()[1:]) + "; "
	}
	maps.Copy(out, set)
	return out
}

func join(args []nginx.Arg) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = a.Value
	}
	return strings.Join(words, " ")
}

// repeated names a plain directive that stands twice in a scope, which nginx
// refuses; empty if none does.
func repeated(s *model.Scope) string {
	for i, set := range s.Settings {
		name := set.Name()
		if set.Body != nil || facts.MergeOf(name) != facts.Scalar || !slices.Contains(watched, name) && name != "keepalive" {
			continue
		}
		for _, other := range s.Settings[:i] {
			if other.Name() == name {
				return name
			}
		}
	}
	return ""
}
