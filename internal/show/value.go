package show

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// Values describes the effective values of some directives at a scope.
func Values(s *model.Scope, names ...string) []Value {
	d := describer{target: s.Host().Target.Nginx}
	out := make([]Value, len(names))
	for i, name := range names {
		out[i] = d.value(name, s.Get(name))
	}
	return out
}

// InForce describes every line of a directive that is in force at a scope, each as it is
// written; what Values says of it if there is none, or if that cannot be known.
func InForce(s *model.Scope, name string) []Value {
	v := s.Get(name)
	if !v.Sure || !v.Set() {
		return Values(s, name)
	}
	out := make([]Value, len(v.Settings))
	for i, set := range v.Settings {
		out[i] = Value{name, Written(set.Directive, set.Args()), at(set.Directive) + chosen(set.Directive, v.Owner)}
	}
	return out
}

// chosen says that a template decides whether a directive stands in its block at all.
func chosen(d *nginx.Directive, owner *model.Scope) string {
	f := d.File()
	if f.View == nil || f.View.Around == nil {
		return ""
	}
	around := 0
	if owner != nil && owner.Block != nil && owner.Block.File() == f {
		around = len(f.View.Around(owner.Block.Span().Start))
	}
	if len(f.View.Around(d.Span().Start)) <= around {
		return ""
	}
	return ", if the template writes it"
}

type describer struct {
	target facts.Range
	assume func(what string) // notes what was taken for granted; may be nil
}

// settings are the directives shown for each kind of pass.
var settings = map[string][]string{
	"proxy": {
		"proxy_http_version", "proxy_buffering", "proxy_request_buffering", "proxy_cache", "proxy_connect_timeout",
		"proxy_send_timeout", "proxy_read_timeout", "proxy_next_upstream", "proxy_socket_keepalive", "proxy_ignore_client_abort",
	},
	"grpc":      {"grpc_connect_timeout", "grpc_send_timeout", "grpc_read_timeout", "grpc_next_upstream", "grpc_socket_keepalive"},
	"fastcgi":   {"fastcgi_keep_conn", "fastcgi_buffering", "fastcgi_connect_timeout", "fastcgi_read_timeout", "fastcgi_next_upstream"},
	"uwsgi":     {"uwsgi_buffering", "uwsgi_connect_timeout", "uwsgi_read_timeout", "uwsgi_next_upstream"},
	"scgi":      {"scgi_buffering", "scgi_connect_timeout", "scgi_read_timeout", "scgi_next_upstream"},
	"memcached": {"memcached_connect_timeout", "memcached_read_timeout", "memcached_next_upstream"},
}

// Deciding are the directives that shape the connections of a protocol and what
// is sent over them.
func Deciding(protocol string) []string {
	names := slices.Clone(settings[protocol])
	if name, ok := headers[protocol]; ok {
		names = append(names, name)
	}
	return names
}

// headers are the directives that set what the backend gets.
var headers = map[string]string{
	"proxy": "proxy_set_header", "grpc": "grpc_set_header", "fastcgi": "fastcgi_param",
	"uwsgi": "uwsgi_param", "scgi": "scgi_param",
}

// value describes a directive's effective value.
func (d describer) value(name string, v model.Value) Value {
	switch {
	case !v.Sure:
		return Value{name, "unknown", v.Hidden}
	case v.Set():
		set := v.Settings[len(v.Settings)-1]
		return Value{name, Words(set.Args()), at(set.Directive)}
	}
	var values, ranges []string
	for _, def := range v.Defaults() {
		in := d.target.Intersect(def.In)
		if in.Empty() {
			continue
		}
		values = append(values, def.Text)
		ranges = append(ranges, d.versions(in))
	}
	from := "default"
	if v.Assumed != "" {
		from += ", assumed"
		if d.assume != nil {
			d.assume(strings.TrimSuffix(v.Assumed, " no "+name))
		}
	}
	switch different := slices.Compact(slices.Clone(values)); {
	case len(values) == 0:
		return Value{name, "not set", from}
	case len(values) == 1:
		return Value{name, values[0], from + ranges[0]}
	case len(different) == 1:
		return Value{name, values[0], from}
	}
	for i := range values {
		values[i] += ranges[i]
	}
	return Value{name, strings.Join(values, ", "), from}
}

// Bracketed is where a value comes from, in brackets behind it; those that it has
// itself become commas.
func Bracketed(from string) string {
	if from == "" {
		return ""
	}
	return " (" + strings.NewReplacer(" (", ", ", ")", "").Replace(from) + ")"
}

// Versions says in brackets for which versions of the target something holds;
// nothing if for all of a range of them.
func Versions(target, in facts.Range) string {
	if in.Contains(target) {
		return ""
	}
	return describer{target: target}.versions(in)
}

// versions is the same, but for a single version, which it names.
func (d describer) versions(in facts.Range) string {
	switch {
	case in == facts.Only(in.From):
	case in.Contains(d.target):
		return ""
	case in.From == facts.NginxWindow().From:
		in.From = facts.Version{}
	}
	return " (" + in.Describe("nginx") + ")"
}

func at(d *nginx.Directive) string {
	if d == nil {
		return ""
	}
	span := d.Span()
	if d.Body() != nil {
		span = d.Head()
	}
	return Place(d.File(), d.Span()) + filledFrom(d.File(), span)
}

// filledFrom says where the values come from that a template does not write itself.
func filledFrom(f *source.File, span source.Span) string {
	if f.View == nil {
		return ""
	}
	var from []string
	for v := range f.View.FilledIn(span) {
		where := v.From
		if v.File != nil {
			where += ", " + Place(v.File, v.At)
		}
		from = append(from, v.Name+": "+where)
	}
	if len(from) == 0 {
		return ""
	}
	return " (" + strings.Join(from, "; ") + ")"
}

// Place is the file on disk and the line in it.
func Place(f *source.File, span source.Span) string {
	f, span = f.Locate(span)
	return fmt.Sprintf("%s:%d", f.Path, f.Position(span.Start).Line)
}

// Words writes the arguments of a directive without their quotes.
func Words(args nginx.Words) string {
	words := make([]string, args.Len())
	for i, a := range args.All() {
		words[i] = a.Value
	}
	return Known(strings.Join(words, " "))
}

// Written writes arguments of a directive as they stand in its file, quotes and all, on
// one line.
func Written(d *nginx.Directive, args nginx.Words) string {
	words := make([]string, args.Len())
	for i, a := range args.All() {
		words[i] = strings.Join(strings.Fields(d.File().Slice(a.Span)), " ")
	}
	return Known(strings.Join(words, " "))
}

var unknown = lazyre.New(`\x1a+`)

// Known writes "<template>" for what only a template decides.
func Known(s string) string {
	if !source.HasUnknown(s) {
		return s
	}
	return unknown.ReplaceAllLiteralString(s, "<template>")
}
