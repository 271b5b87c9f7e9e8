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
	"github.com/tcplint/tcplint/parser/sysctl"
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
	s.res = run([]*model.Host{s.host}, f.o)
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
	for old, list := range edits {
		if err := reread(before.host, old, next[old.Path], list); err != nil {
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
		if x.Severity >= Warning && !leads(batch, x.Rule.ID) && !reworded(x, before.res.Findings, batch, edits) {
			return fmt.Errorf("it would bring a new finding: %s [%s]", x.Msg, x.Rule.ID)
		}
	}
	return f.verifyOthers(i, batch, files, next)
}

// reworded reports whether a finding stood there before with another message,
// such as one that counts lines or names another place.
func reworded(x Finding, before, batch []Finding, edits map[*source.File][]source.Edit) bool {
	return slices.ContainsFunc(before, func(b Finding) bool {
		return b.Rule == x.Rule && b.At.File.Path == x.At.File.Path &&
			source.Shift(b.At.Span.Start, edits[b.At.File]) == x.At.Span.Start &&
			!slices.ContainsFunc(batch, func(c Finding) bool { return c.Rule == b.Rule && c.At == b.At })
	})
}

func leads(batch []Finding, rule string) bool {
	return slices.ContainsFunc(batch, func(b Finding) bool {
		return slices.Contains(b.Fix.Leads, rule) || slices.Equal(b.Fix.Leads, EveryRule)
	})
}

// reread parses a changed file again and asks the second reader.
func reread(h *model.Host, old, changed *source.File, edits []source.Edit) error {
	if h.Sysctl != nil {
		for _, t := range h.Sysctl.Trees {
			if t.File != old {
				continue
			}
			// The lines of a sysctl file stand alone.
			if errs := sysctl.Parse(changed).Errors; len(errs) > len(t.Errors) {
				return fmt.Errorf("sysctl would refuse the result: %s", errs[len(errs)-1].Msg)
			}
			return nil
		}
	}
	a, b := nginx.Parse(old), nginx.Parse(changed)
	if len(b.Errors) > len(a.Errors) {
		return fmt.Errorf("nginx would refuse the result: %s", b.Errors[0].Msg)
	}
	if err := untouched(a, b, edits); err != nil {
		return err
	}
	return secondRead(a, b)
}

// verifyOthers looks at the other hosts that use a changed file.
func (f *fixer) verifyOthers(i int, batch []Finding, files, next map[string]*source.File) error {
	for j := range f.inputs {
		if j == i {
			continue
		}
		before := f.build(j, f.changed)
		if !slices.ContainsFunc(before.Files(), func(x *source.File) bool { return next[x.Path] != nil }) {
			continue
		}
		was, is := f.state(j, f.changed), f.state(j, files)
		if err := sameEffects(was.host, is.host, shared(was.res.Findings, batch)); err != nil {
			return fmt.Errorf("in another configuration, %w", err)
		}
		for _, x := range is.res.Findings {
			if k := countKey(x); x.Severity >= Warning && is.counts[k] > was.counts[k] {
				return fmt.Errorf("it would bring a new finding to another configuration: %s [%s]", x.Msg, x.Rule.ID)
			}
		}
	}
	return nil
}

// shared returns the findings of another configuration that the fixes of batch
// are meant for as well: its own rules ask for the same edits.
func shared(theirs, batch []Finding) []Finding {
	same := func(a, b FileEdit) bool { return a.File.Path == b.File.Path && a.Edit == b.Edit }
	var out []Finding
	for _, x := range theirs {
		if x.Fix != nil && slices.ContainsFunc(batch, func(b Finding) bool {
			return b.Rule == x.Rule && slices.EqualFunc(b.Fix.Edits, x.Fix.Edits, same)
		}) {
			out = append(out, x)
		}
	}
	return out
}

// watched are the directives whose effective value a fix must not change unless
// it means to.
var watched = []string{
	"proxy_http_version", "proxy_buffering", "proxy_cache", "proxy_store", "proxy_read_timeout", "proxy_send_timeout",
	"proxy_connect_timeout", "proxy_next_upstream", "proxy_request_buffering", "proxy_ignore_client_abort",
	"proxy_socket_keepalive", "proxy_ssl_verify", "proxy_ssl_session_reuse", "gzip", "gzip_types", "add_header",
	"fastcgi_keep_conn", "fastcgi_buffering", "fastcgi_param", "uwsgi_param", "scgi_param", "grpc_set_header",
}

var protocols = map[string]bool{"proxy": true, "grpc": true, "fastcgi": true, "uwsgi": true, "scgi": true, "memcached": true}

// sameEffects compares what every location does before and after. Only what a
// fix names in Changes may differ, and only in its Scopes.
func sameEffects(before, after *model.Host, batch []Finding) error {
	revived := !slices.ContainsFunc(batch, func(x Finding) bool { return !x.Fix.Revives })
	if before.Nginx == nil || len(batch) > 0 && revived {
		return nil
	}
	a, b := before.Nginx.Scopes, after.Nginx.Scopes
	if len(a) != len(b) {
		return fmt.Errorf("it would change the number of blocks from %d to %d", len(a), len(b))
	}
	allowed := meant(batch)
	for i := range a {
		if name := repeated(a[i], b[i]); name != "" {
			return fmt.Errorf("%s would stand twice in one block, which nginx refuses", name)
		}
		if a[i].Pass() == nil && b[i].Pass() == nil {
			continue
		}
		was, is := effects(a[i]), effects(b[i])
		var changes []string
		for _, name := range slices.Sorted(maps.Keys(union(was, is))) {
			if was[name] != is[name] && !slices.Contains(allowed[a[i]], name) {
				changes = append(changes, name+" "+becomes(was[name], is[name]))
			}
		}
		if len(changes) > 0 {
			return fmt.Errorf("it would change what %s does: %s", a[i].Label(), strings.Join(changes, ", "))
		}
	}
	return nil
}

// meant returns what fixes mean to change, by scope. Many fixes may share one
// list of many scopes, which is gone through once.
func meant(batch []Finding) map[*model.Scope][]string {
	type list struct {
		first **model.Scope
		n     int
	}
	changes, scopes := map[list][]string{}, map[list][]*model.Scope{}
	for _, x := range batch {
		if len(x.Fix.Scopes) == 0 {
			continue
		}
		l := list{&x.Fix.Scopes[0], len(x.Fix.Scopes)}
		scopes[l] = x.Fix.Scopes
		for _, name := range x.Fix.Changes {
			if !slices.Contains(changes[l], name) {
				changes[l] = append(changes[l], name)
			}
		}
	}
	allowed := map[*model.Scope][]string{}
	for l, names := range changes {
		for _, s := range scopes[l] {
			allowed[s] = append(allowed[s], names...)
		}
	}
	return allowed
}

func becomes(was, is string) string {
	show := func(s string) string {
		if s == "" {
			return "not set"
		}
		return `"` + strings.TrimSuffix(s, "; ") + `"`
	}
	return "from " + show(was) + " to " + show(is)
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
	p := s.Pass()
	if p == nil {
		return out
	}
	out[p.Protocol+"_pass"] = p.Arg(0)
	for _, name := range watched {
		// What another protocol's module makes of its settings does not matter.
		if module, _, _ := strings.Cut(name, "_"); protocols[module] && module != p.Protocol {
			continue
		}
		for _, set := range s.Get(name).Settings {
			out[name] += join(set.Args()) + "; "
		}
	}
	if p.Protocol != "proxy" {
		return out
	}
	if p.Target.Kind != model.TargetUpstream {
		out["host"] = "$proxy_host (" + p.Target.Host + ")" // nginx's own default; a header set below replaces it
	}
	set := map[string]string{}
	for _, h := range s.Get("proxy_set_header").Settings {
		set[strings.ToLower(h.Arg(0))] += join(h.ArgsFrom(1)) + "; "
	}
	maps.Copy(out, set)
	return out
}

func join(args nginx.Words) string {
	words := make([]string, args.Len())
	for i, a := range args.All() {
		words[i] = a.Value
	}
	return strings.Join(words, " ")
}

// repeated names a directive that stands twice in a scope after the fixes and
// did not before, and that nginx takes only once; empty if none does.
func repeated(before, after *model.Scope) string {
	if len(before.Settings) >= len(after.Settings) {
		return ""
	}
	count := func(settings []model.Setting, name string) (n int) {
		for _, set := range settings {
			if set.Name() == name {
				n++
			}
		}
		return n
	}
	for i, set := range after.Settings {
		if name := set.Name(); once(name) && count(after.Settings[:i], name) > 0 && count(before.Settings, name) < 2 {
			return name
		}
	}
	return ""
}

// once reports whether nginx refuses a second directive of the name in a block.
func once(name string) bool {
	rows := facts.Directives(name)
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(d facts.Directive) bool { return !d.Once })
}
