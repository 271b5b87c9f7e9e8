package rules

import (
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// value is the complaint about what nginx reads out of the arguments of a directive:
// nil unless every release of the target refuses it, in every module that the
// directive may belong to. Of relatives of nginx only OpenResty is known to read values
// with nginx's own code.
func (j *judge) value(d *nginx.Directive, rows []facts.Directive) *complaint {
	switch j.server.Name {
	case "", "nginx", "openresty":
	default:
		return nil
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

// readable are the values of a directive's arguments, nil if some tool may put others
// in their place: what a template decides, or what looks as if it were replaced.
func readable(d *nginx.Directive) []string {
	args := make([]string, 0, len(d.Words)-1)
	for _, w := range d.Args() {
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
