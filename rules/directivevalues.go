package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// value is the complaint about what nginx reads out of the arguments of a directive:
// nil unless every release of the target refuses it, in every module that the
// directive may belong to; see readsAsNginx.
func (j *judge) value(d *nginx.Directive, rows []facts.Directive) *complaint {
	if !j.readsAsNginx() {
		return nil
	}
	if secondBehind[d.Name()] != nil {
		return wrongFirst(d)
	}
	var args []string
	var bad, want string
	what := "value"
	for i := range rows {
		r := &rows[i]
		if facts.SlotsOf(r.Name, r.Module) == nil && facts.ParametersOf(r.Name, r.Module) == nil {
			return nil
		}
		if args == nil {
			if args = readable(d); args == nil {
				return nil
			}
		}
		in := j.target.Intersect(r.In)
		arg, says, refused := facts.RefusedValue(r.Name, r.Module, in, args)
		if !refused {
			what = "parameter"
			arg, says, refused = facts.RefusedParameter(r.Name, r.Module, in, args)
		}
		if !refused {
			return nil
		}
		bad, want = arg, says
	}
	return &complaint{
		kind: wrongValue, d: d, msg: "invalid " + what + ` "` + bad + `" in "` + d.Name() + `" directive`,
		note: "nginx wants " + want + " here",
	}
}

// secondBehind says of directives that take one argument, or two, whether nginx takes a
// second one behind a first (ngx_http_headers_expires, ngx_http_upstream_bind_set_slot,
// ngx_stream_proxy_bind).
var secondBehind = func() map[string]func(first string) (ok bool, want string) {
	bind := func(first string) (bool, string) { return first != "off", "nothing behind off" }
	all := map[string]func(string) (bool, string){
		"expires": func(first string) (bool, string) {
			return first == "modified", "modified in front of a second argument"
		},
	}
	for _, module := range []string{"proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached"} {
		all[module+"_bind"] = bind
	}
	return all
}()

// wrongFirst is the complaint about a first argument behind which there can be none.
func wrongFirst(d *nginx.Directive) *complaint {
	first := d.Arg(0)
	if d.Name() == "expires" && d.Words().Len() == 2 && first == "modified" {
		return &complaint{kind: wrongValue, d: d, msg: `invalid value "modified" in "expires" directive`, note: "nginx wants a time behind modified"}
	}
	if d.Words().Len() != 3 || source.HasUnknown(first) || first != "off" && replaced(first) {
		return nil
	}
	ok, want := secondBehind[d.Name()](first)
	if ok {
		return nil
	}
	return &complaint{
		kind: wrongValue, d: d, msg: `invalid value "` + first + `" in "` + d.Name() + `" directive`,
		note: "nginx wants " + want,
	}
}

// readsAsNginx reports whether the server reads arguments with nginx's own code, as far
// as is known.
func (j *judge) readsAsNginx() bool {
	switch j.server.Name {
	case "", "nginx", "openresty":
		return true
	}
	return false
}

// readable are the values of a directive's arguments, nil if some tool may put others
// in their place: what a template decides, or what looks as if it were replaced.
func readable(d *nginx.Directive) []string {
	args := make([]string, 0, d.Words().Len()-1)
	for _, w := range d.Args().All() {
		_, value, assigns := strings.Cut(w.Value, "=")
		if source.HasUnknown(w.Value) || replaced(w.Value) || assigns && replaced(value) {
			return nil
		}
		args = append(args, w.Value)
	}
	return args
}

// replaced reports whether a value looks like a place holder: NAME, __NAME__, <name>,
// %name%, @name@, ${NAME}, $NAME. GET and the like, which no reader of a number or a
// time takes either, count as such, too.
func replaced(s string) bool {
	if strings.HasPrefix(s, "[") && strings.Contains(s, ":") && strings.Trim(s, "[]:.0123456789abcdefABCDEF") == "" {
		return false // an address of IPv6
	}
	if s == "" || strings.ContainsAny(s, "{}<>%@[]\\|*#!") || strings.Contains(s, "__") || strings.Contains(s, "..") {
		return true
	}
	letters := strings.Trim(s, "$_-0123456789")
	return len(letters) > 2 && strings.ToUpper(letters) == letters && strings.ToLower(letters) != letters
}
