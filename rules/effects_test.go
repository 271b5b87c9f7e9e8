package rules_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// What a location does is computed here a second time, by hand and from the
// trees, so that the check which fixes have to pass (internal/lint/verify.go) is
// tested by something that shares nothing with it: neither Scope.Get nor the
// tables of how directives are inherited.

// effects are what the locations of a configuration do: by location, then by
// directive, or by request header in lower case. Every directive counts as
// inherited all or nothing from the nearest level that has it, which is the
// nginx rule for proxy_set_header and holds for plain values too.
type effects map[string]map[string]string

// level is a block with what it and its includes hold.
type level struct {
	key    string
	name   string
	dirs   []*nginx.Directive
	parent *level
}

// reading is the work of effectsOf.
type reading struct {
	trees map[*source.File]*nginx.Tree
	files map[*nginx.Directive][]*source.File
	maps  map[string]string // what a variable's map says, by "$name"
	out   effects
}

// effectsOf computes what every location with a pass does. With throughMaps, a
// request header that is a map's variable counts as what the map says, so that
// a change in the map is a change of the header.
func effectsOf(h *model.Host, throughMaps bool) effects {
	r := reading{
		trees: map[*source.File]*nginx.Tree{}, files: map[*nginx.Directive][]*source.File{},
		maps: map[string]string{}, out: effects{},
	}
	for _, t := range h.Nginx.Trees {
		r.trees[t.File] = t
		if !throughMaps {
			continue
		}
		for d := range t.Root.Walk() {
			if d.Name() == "map" && d.Body != nil {
				_, body, _ := strings.Cut(textOf(d), "{")
				r.maps[d.Arg(1)] += "{" + body
			}
		}
	}
	for _, inc := range h.Nginx.Includes {
		r.files[inc.Dir] = inc.Files
	}
	main := h.Nginx.Trees[0]
	if len(main.Errors) == 0 {
		r.walk(&level{name: "main", dirs: r.expand(main.Root, nil)})
	}
	return r.out
}

// expand lists the directives of a block with those of included files in place
// of the includes.
func (r *reading) expand(b *nginx.Block, open []*source.File) []*nginx.Directive {
	var out []*nginx.Directive
	open = append(open, b.Tree.File)
	for _, d := range b.Kids {
		if d.Name() != "include" {
			out = append(out, d)
			continue
		}
		for _, f := range r.files[d] {
			if t := r.trees[f]; t != nil && len(t.Errors) == 0 && !slices.Contains(open, f) {
				out = append(out, r.expand(t.Root, open)...)
			}
		}
	}
	return out
}

// walk looks at a level and those inside it.
func (r *reading) walk(l *level) {
	if l.passes() {
		r.out[l.key] = r.doing(l)
	}
	nth := map[string]int{}
	for _, d := range l.dirs {
		switch d.Name() {
		case "http", "server", "location", "if", "limit_except":
		default:
			continue
		}
		if d.Body == nil {
			continue
		}
		words := make([]string, len(d.Words))
		for i, w := range d.Words {
			words[i] = w.Value
		}
		label := strings.Join(words, " ")
		key := join(l.key, label, nth[label])
		nth[label]++
		r.walk(&level{key: key, name: d.Name(), dirs: r.expand(d.Body, nil), parent: l})
	}
}

// passes reports whether requests at a level go to a backend. An if and a
// limit_except hand on what the location around them does.
func (l *level) passes() bool {
	if l.name == "if" || l.name == "limit_except" {
		return hasPass(l.dirs) || l.parent.name == "location" && l.parent.passes()
	}
	return l.name != "server" && hasPass(l.dirs)
}

func hasPass(dirs []*nginx.Directive) bool {
	return slices.ContainsFunc(dirs, func(d *nginx.Directive) bool { return strings.HasSuffix(d.Name(), "_pass") && d.Body == nil })
}

// header marks the request headers among the effects.
const header = "header "

// doing lists what is in force at a level.
func (r *reading) doing(l *level) map[string]string {
	out, headers := map[string]string{}, map[string]string{}
	for cur := l; cur != nil; cur = cur.parent {
		here, sent := map[string]string{}, map[string]string{}
		for _, d := range cur.dirs {
			switch {
			case d.Body != nil:
			case d.Name() == "proxy_set_header":
				sent[header+strings.ToLower(d.Arg(0))] += r.value(d.Arg(1)) + ";"
			default:
				here[d.Name()] += textOf(d)
			}
		}
		for name, text := range here {
			if _, nearer := out[name]; !nearer {
				out[name] = text
			}
		}
		if len(headers) == 0 { // else an inner level's set hides this one as a whole
			headers = sent
		}
	}
	maps.Copy(out, headers)
	if _, set := out[header+"host"]; !set {
		// nginx sends the name in proxy_pass, be it an upstream's.
		host := strings.TrimSuffix(strings.TrimPrefix(out["proxy_pass"], "proxy_pass "), ";")
		_, host, _ = strings.Cut(host, "://")
		host, _, _ = strings.Cut(host, "/")
		out[header+"host"] = host + ", by default"
	}
	return out
}

// value is a header's value with what its map says.
func (r *reading) value(text string) string {
	if said, ok := r.maps[text]; ok {
		return text + " " + said
	}
	return text
}

// textOf writes a directive in one way, however it is quoted and laid out.
func textOf(d *nginx.Directive) string {
	words := make([]string, len(d.Words))
	for i, w := range d.Words {
		words[i] = w.Value
		if w.Value == "" {
			words[i] = `""`
		}
	}
	text := strings.Join(words, " ")
	if d.Body == nil {
		return text + ";"
	}
	kids := make([]string, len(d.Body.Kids))
	for i, k := range d.Body.Kids {
		kids[i] = textOf(k)
	}
	return text + " { " + strings.Join(kids, " ") + " }"
}

// keyOf is the key that effectsOf has for a scope.
func keyOf(s *model.Scope) string {
	if s.Parent == nil {
		return ""
	}
	nth := 0
	for _, k := range s.Parent.Kids {
		if k == s {
			break
		}
		if k.Label() == s.Label() {
			nth++
		}
	}
	return join(keyOf(s.Parent), s.Label(), nth)
}

// join makes the key of the nth block with a label inside another block.
func join(outer, label string, nth int) string {
	if outer != "" {
		outer += " > "
	}
	if nth > 0 {
		label += fmt.Sprintf(" (%d)", nth+1)
	}
	return outer + label
}

// compareEffects says what has changed without being named by an applied fix:
// in Changes, and for one of Scopes.
func compareEffects(was, is effects, applied []lint.Finding) []string {
	named := map[string]map[string]bool{}
	for _, x := range applied {
		for _, s := range x.Fix.Scopes {
			key := keyOf(s)
			if named[key] == nil {
				named[key] = map[string]bool{}
			}
			for _, name := range x.Fix.Changes {
				named[key][name] = true
			}
		}
	}
	// What is named for a location holds in the "if" blocks inside it, too.
	names := func(key, name string) bool {
		for {
			i := strings.LastIndex(key, " > ")
			if named[key][name] || i < 0 || !strings.HasPrefix(key[i:], " > if ") && !strings.HasPrefix(key[i:], " > limit_except ") {
				return named[key][name]
			}
			key = key[:i]
		}
	}
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if is[key] == nil {
			problems = append(problems, key+" has no pass any more")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(is)) {
		all := maps.Clone(was[key])
		maps.Copy(all, is[key])
		for _, name := range slices.Sorted(maps.Keys(all)) {
			before, after := was[key][name], is[key][name]
			if before != after && !names(key, strings.TrimPrefix(name, header)) {
				problems = append(problems, fmt.Sprintf("%s: %s: %q becomes %q, which no fix names", key, name, before, after))
			}
		}
	}
	return problems
}

// otherHeaders says which request headers other than Connection have changed. A
// safe fix changes none, whatever it names, but for X-Accel-*: these are
// response headers and mean nothing in a request.
func otherHeaders(was, is effects) []string {
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(is)) {
		names := maps.Clone(was[key])
		maps.Copy(names, is[key])
		for _, name := range slices.Sorted(maps.Keys(names)) {
			h, ok := strings.CutPrefix(name, header)
			if ok && h != "connection" && !strings.HasPrefix(h, "x-accel-") && was[key][name] != is[key][name] {
				problems = append(problems, fmt.Sprintf("%s: a safe fix changes %s: %q becomes %q", key, name, was[key][name], is[key][name]))
			}
		}
	}
	return problems
}

// An effectCase is a configuration in which a careless fix would change more
// than it means to.
type effectCase struct {
	name string
	// text is the main file, or an archive with nginx.conf in it.
	text string
	// before, safe and unsafe say what every location with a pass sends: at
	// first, after "fix" and after "fix --unsafe". A line is the location, the
	// HTTP version ("-" for nginx's default), and the headers.
	before, safe, unsafe string
	// dropped are the reasons for fixes that were not made, in both runs
	// together.
	dropped []string
}

// sending writes what every location sends, in the form of effectCase.
func sending(h *model.Host) string {
	var b strings.Builder
	all := effectsOf(h, true)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		does := all[key]
		version := strings.TrimSuffix(strings.TrimPrefix(does["proxy_http_version"], "proxy_http_version "), ";")
		if version == "" {
			version = "-"
		}
		fmt.Fprintf(&b, "%s: %s", strings.TrimPrefix(strings.TrimPrefix(key, "http > "), "server > "), version)
		for _, name := range slices.Sorted(maps.Keys(does)) {
			value, ok := strings.CutSuffix(does[name], ";")
			if name, isHeader := strings.CutPrefix(name, header); ok && isHeader {
				fmt.Fprintf(&b, ", %s %s", name, cmp.Or(value, `""`))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (c effectCase) input() model.Input {
	text := c.text
	if !strings.Contains(text, "-- nginx.conf --") {
		text = "-- nginx.conf --\n" + text
	}
	files := modeltest.Txtar(text)
	return model.Input{Target: window, Main: files.File("nginx.conf"), Reader: files, Trees: model.NewTrees()}
}

// effectRules are the rules whose fixes write headers or versions. The cases
// name what becomes of every header, so no further rule may add to that.
var effectRules = []string{
	"nginx-proxy-http10", "nginx-proxy-connection-close", "nginx-proxy-headers-lost", "nginx-sse-buffered",
}

// TestEffects looks at what every location sends, before and after fixes.
func TestEffects(t *testing.T) {
	t.Parallel()
	few := options
	few.Rules = slices.DeleteFunc(rules.All(), func(r *lint.Rule) bool { return !slices.Contains(effectRules, r.ID) })
	for _, c := range effectCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := c.input()
			host := model.Build(in)
			for _, tree := range host.Nginx.Trees {
				for _, e := range tree.Errors {
					t.Fatalf("%s is not what nginx accepts: %s", tree.File.Path, e.Msg)
				}
			}
			if diff := gocmp.Diff(c.before, sending(host)); diff != "" {
				t.Fatalf("before (-want +got):\n%s", diff)
			}
			var reasons []string
			for _, run := range []struct {
				allow lint.Safety
				want  string
			}{{lint.Safe, c.safe}, {lint.Unsafe, c.unsafe}} {
				out := lint.FixAll([]model.Input{in}, few, run.allow)
				if got := sending(model.Build(patched(in, out))); got != run.want {
					t.Errorf("after %s fixes (-want +got):\n%s", run.allow, gocmp.Diff(run.want, got))
					for _, x := range out.Changes {
						t.Log(unifiedDiff("a/"+x.Old.Path, x.Old.Text, "b/"+x.New.Path, x.New.Text))
					}
				}
				for _, d := range out.Dropped {
					reasons = append(reasons, d.Finding.Rule.ID+": "+d.Reason)
				}
				c.lawful(t, run.allow, out)
				c.lawful(t, run.allow, lint.FixAll([]model.Input{in}, options, run.allow)) // in the company of all rules
			}
			slices.Sort(reasons)
			if diff := gocmp.Diff(c.dropped, slices.Compact(reasons)); diff != "" {
				t.Errorf("dropped (-want +got):\n%s", diff)
			}
		})
	}
}

// lawful makes sure that nothing has changed but what the fixes name.
func (c effectCase) lawful(t *testing.T, allow lint.Safety, out *lint.Outcome) {
	t.Helper()
	throughMaps := allow == lint.Safe
	was, is := effectsOf(model.Build(c.input()), throughMaps), effectsOf(model.Build(patched(c.input(), out)), throughMaps)
	problems := compareEffects(was, is, out.Applied)
	if allow == lint.Safe {
		problems = append(problems, otherHeaders(was, is)...)
	}
	for _, problem := range problems {
		t.Errorf("%s fixes: %s", allow, problem)
	}
}

var effectCases = []effectCase{
	{
		name: "http owns the headers and everything is pooled",
		text: `events {}
http {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /api/ { proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host, x-real-ip $remote_addr
location /api/: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /api/: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /api/: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "http owns the headers and one location has no pool",
		text: `events {}
http {
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: -, host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "http owns a literal close and one location has no pool",
		text: `events {}
http {
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection close;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
	},
	{
		name: "two servers, each owns its headers",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header Host $host;
        location / { proxy_pass http://app; }
        location /x/ { proxy_set_header X-Only 1; proxy_pass http://127.0.0.1:9090; }
    }
    server {
        listen 81;
        proxy_set_header Host $http_host;
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `server (2) > location /: -, host $http_host
location /: -, host $host
location /x/: -, x-only 1
`,
		safe: `server (2) > location /: -, host $http_host
location /: 1.1, connection "", host $host
location /x/: -, x-only 1
`,
		unsafe: `server (2) > location /: -, host $http_host
location /: 1.1, connection "", host $host
location /x/: -, host $host, x-only 1
`,
	},
	{
		name: "the location owns its headers, others inherit",
		text: `events {}
http {
    proxy_set_header X-Outer 1;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_set_header Host $host; proxy_set_header X-Outer 1; proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: -, host $host, x-outer 1
location /other/: -, x-outer 1
`,
		safe: `location /: 1.1, connection "", host $host, x-outer 1
location /other/: -, x-outer 1
`,
		unsafe: `location /: 1.1, connection "", host $host, x-outer 1
location /other/: -, x-outer 1
`,
	},
	{
		name: "an included file owns the headers of a server",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        include headers.conf;
        location / { proxy_pass http://app; }
    }
    server {
        listen 81;
        include headers.conf;
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
-- headers.conf --
proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
`,
		before: `server (2) > location /: -, host $host, x-real-ip $remote_addr
location /: -, host $host, x-real-ip $remote_addr
`,
		safe: `server (2) > location /: -, host $host, x-real-ip $remote_addr
location /: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
		unsafe: `server (2) > location /: -, host $host, x-real-ip $remote_addr
location /: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "an included file owns the headers of locations",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { include headers.conf; proxy_pass http://app; }
        location /other/ { include headers.conf; proxy_pass http://127.0.0.1:9090; }
    }
}
-- headers.conf --
proxy_set_header Host $host;
proxy_set_header X-Real-IP $remote_addr;
`,
		before: `location /: -, host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: -, host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "an included file sends close to a pool and to another backend",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { include headers.conf; proxy_pass http://app; }
        location /other/ { include headers.conf; proxy_pass http://127.0.0.1:9090; }
    }
}
-- headers.conf --
proxy_http_version 1.1;
proxy_set_header Host $host;
proxy_set_header Connection close;
`,
		before: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		safe: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		unsafe: `location /: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
	},
	{
		name: "a location that is included twice, where both servers agree",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server { include app.conf; }
    server { listen 81; include app.conf; }
}
-- app.conf --
location / {
    proxy_set_header Host $host;
    proxy_pass http://app;
}
`,
		before: `server (2) > location /: -, host $host
location /: -, host $host
`,
		safe: `server (2) > location /: 1.1, connection "", host $host
location /: 1.1, connection "", host $host
`,
		unsafe: `server (2) > location /: 1.1, connection "", host $host
location /: 1.1, connection "", host $host
`,
	},
	{
		name: "a location that is included twice, where one server has headers",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server { include app.conf; }
    server { listen 81; proxy_set_header X-Second 1; include app.conf; }
}
-- app.conf --
location / {
    proxy_pass http://app;
}
`,
		before: `server (2) > location /: -, x-second 1
location /: -
`,
		safe: `server (2) > location /: -, x-second 1
location /: -
`,
		unsafe: `server (2) > location /: -, x-second 1
location /: -
`,
	},
	{
		name: "a location that is included twice, where the servers have different headers",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header X-First 1;
        include app.conf;
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
    server {
        listen 81;
        proxy_set_header X-Second 1;
        include app.conf;
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
-- app.conf --
location / {
    proxy_pass http://app;
}
`,
		before: `server (2) > location /: -, x-second 1
server (2) > location /other/: -, x-second 1
location /: -, x-first 1
location /other/: -, x-first 1
`,
		safe: `server (2) > location /: -, x-second 1
server (2) > location /other/: -, x-second 1
location /: -, x-first 1
location /other/: -, x-first 1
`,
		unsafe: `server (2) > location /: -, x-second 1
server (2) > location /other/: -, x-second 1
location /: -, x-first 1
location /other/: -, x-first 1
`,
	},
	{
		name: "a pass that is included twice",
		text: `-- nginx.conf --
events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_set_header Host $host; include pass.conf; }
        location /api/ { include pass.conf; }
    }
}
-- pass.conf --
proxy_pass http://app;
`,
		before: `location /: -, host $host
location /api/: -
`,
		safe: `location /: -, host $host
location /api/: -
`,
		unsafe: `location /: -, host $host
location /api/: -
`,
	},
	{
		name: "a nested location inherits the headers of the outer one",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://app;
            location /inner/ { proxy_pass http://127.0.0.1:9090; }
        }
    }
}
`,
		before: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		safe: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		unsafe: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		dropped: []string{`nginx-proxy-http10: it would change what location /inner/ does: connection from not set to "", proxy_http_version from not set to "1.1"`},
	},
	{
		name: "a nested location that is pooled, too",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://app;
            location /inner/ { proxy_pass http://app; }
        }
    }
}
`,
		before: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location / > location /inner/: 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > location /inner/: 1.1, connection "", host $host
`,
	},
	{
		name: "a nested location that is pooled alone",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            proxy_pass http://127.0.0.1:9090;
            location /inner/ { proxy_pass http://app; }
        }
    }
}
`,
		before: `location /: -, host $host
location / > location /inner/: -, host $host
`,
		safe: `location /: -, host $host
location / > location /inner/: 1.1, connection "", host $host
`,
		unsafe: `location /: -, host $host
location / > location /inner/: 1.1, connection "", host $host
`,
	},
	{
		name: "an if hands on the pass and the headers of its location",
		text: `events {}
http {
    proxy_set_header Host $host;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            if ($arg_debug) { set $debug 1; }
            proxy_pass http://app;
        }
        location /other/ { if ($arg_debug) { set $debug 1; } proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_debug): -, host $host
location /other/: -, host $host
location /other/ > if ($arg_debug): -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location / > if ($arg_debug): 1.1, connection "", host $host
location /other/: 1.1, connection "", host $host
location /other/ > if ($arg_debug): 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_debug): 1.1, connection "", host $host
location /other/: 1.1, connection "", host $host
location /other/ > if ($arg_debug): 1.1, connection "", host $host
`,
	},
	{
		name: "only the if is pooled",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            if ($arg_app) { proxy_pass http://app; }
            proxy_pass http://127.0.0.1:9090;
        }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_app): -, host $host
`,
		safe: `location /: -, host $host
location / > if ($arg_app): -, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_app): 1.1, connection "", host $host
`,
	},
	{
		name: "only limit_except is pooled",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            limit_except GET { proxy_pass http://app; }
            proxy_pass http://127.0.0.1:9090;
        }
    }
}
`,
		before: `location /: -, host $host
location / > limit_except GET: -, host $host
`,
		safe: `location /: -, host $host
location / > limit_except GET: -, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > limit_except GET: 1.1, connection "", host $host
`,
	},
	{
		name: "both are pooled, the location and its if",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    upstream web { server 127.0.0.1:8081; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            if ($arg_app) { proxy_pass http://app; }
            proxy_pass http://web;
        }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_app): -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location / > if ($arg_app): 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_app): 1.1, connection "", host $host
`,
	},
	{
		name: "a named location inherits from the server",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        location / {
            proxy_set_header X-First 1;
            try_files $uri @app;
        }
        location @app { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /other/: -, host $host, x-real-ip $remote_addr
location @app: -, host $host, x-real-ip $remote_addr
`,
		safe: `location /other/: -, host $host, x-real-ip $remote_addr
location @app: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
		unsafe: `location /other/: -, host $host, x-real-ip $remote_addr
location @app: 1.1, connection "", host $host, x-real-ip $remote_addr
`,
	},
	{
		name: "the map is used by pools alone",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    upstream web { server 127.0.0.1:8081; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
        location /web/ { proxy_pass http://web; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
location /web/: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
location /web/: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
location /web/: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
`,
	},
	{
		name: "the map is used where there is no pool, too",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
location /other/: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
location /other/: 1.1, connection $connection_upgrade { default upgrade; "" close; }, upgrade $http_upgrade
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
location /other/: 1.1, connection $connection_upgrade { default upgrade; "" ""; }, upgrade $http_upgrade
`,
	},
	{
		name: "the map is used for another header, too",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
        location /api/ {
            proxy_set_header Connection "";
            proxy_set_header X-Was $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /api/: 1.1, connection "", x-was $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /api/: 1.1, connection "", x-was $connection_upgrade { default upgrade; "" close; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
location /api/: 1.1, connection "", x-was $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "the map may be used in a file that cannot be seen",
		text: `events {}
http {
    include /srv/elsewhere/*.conf;
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection $connection_upgrade;
        location / { proxy_pass http://app; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "what a location sends cannot be seen",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { include /srv/elsewhere/proxy.conf; proxy_pass http://app; }
    }
}
`,
		before: `location /: -
`,
		safe: `location /: -
`,
		unsafe: `location /: -
`,
	},
	{
		name: "a lost header is repeated only by unsafe fixes",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Real-IP $remote_addr;
        location / { proxy_set_header Host $host; proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, host $host
location /other/: 1.1, connection "", x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host
location /other/: 1.1, connection "", x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /other/: 1.1, connection "", x-real-ip $remote_addr
`,
	},
	{
		name: "the location is pooled and its if is not",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / {
            proxy_set_header Host $host;
            if ($arg_other) { proxy_pass http://127.0.0.1:9090; }
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: -, host $host
location / > if ($arg_other): -, host $host
`,
		safe: `location /: -, host $host
location / > if ($arg_other): -, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location / > if ($arg_other): 1.1, connection "", host $host
`,
	},
	{
		name: "the map stands in a variable of another map",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    map $uri $by_path { default $connection_upgrade; /x keep-alive; }
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        location / { proxy_set_header Connection $connection_upgrade; proxy_pass http://app; }
        location /by/ { proxy_set_header Connection $by_path; proxy_pass http://app; }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /by/: 1.1, connection $by_path { default $connection_upgrade; /x keep-alive; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location /by/: 1.1, connection $by_path { default $connection_upgrade; /x keep-alive; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
location /by/: 1.1, connection $by_path { default $connection_upgrade; /x keep-alive; }
`,
	},
	{
		name: "the map is logged and asked in an if",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    log_format x "$remote_addr $connection_upgrade";
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        location / {
            if ($connection_upgrade = close) { return 403; }
            proxy_set_header Connection $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location / > if ($connection_upgrade = close): 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
location / > if ($connection_upgrade = close): 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
location / > if ($connection_upgrade = close): 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "a variable with a longer name is another one",
		text: `events {}
http {
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    log_format x "$connection_upgrade_time";
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        location / {
            proxy_set_header Connection $connection_upgrade;
            proxy_pass http://app;
        }
    }
}
`,
		before: `location /: 1.1, connection $connection_upgrade { default upgrade; "" close; }
`,
		safe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
		unsafe: `location /: 1.1, connection $connection_upgrade { default upgrade; "" ""; }
`,
	},
	{
		name: "the lost header stands there with other quotes",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_http_version 1.1;
        proxy_set_header Connection '';
        proxy_set_header X-Real-IP $remote_addr;
        location / { proxy_set_header HOST $host; proxy_pass http://app; }
        location /api/ { proxy_pass http://app; }
    }
}
`,
		before: `location /: 1.1, host $host
location /api/: 1.1, connection "", x-real-ip $remote_addr
`,
		safe: `location /: 1.1, connection "", host $host
location /api/: 1.1, connection "", x-real-ip $remote_addr
`,
		unsafe: `location /: 1.1, connection "", host $host, x-real-ip $remote_addr
location /api/: 1.1, connection "", x-real-ip $remote_addr
`,
	},
	{
		name: "the headers of http, of a server and of a location",
		text: `events {}
http {
    proxy_set_header X-Http 1;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header X-Server 1;
        location / { proxy_pass http://app; }
        location /own/ { proxy_set_header X-Own 1; proxy_pass http://app; }
    }
    server {
        listen 81;
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `server (2) > location /: -, x-http 1
location /: -, x-server 1
location /own/: -, x-own 1
`,
		safe: `server (2) > location /: -, x-http 1
location /: 1.1, connection "", x-server 1
location /own/: 1.1, connection "", x-own 1
`,
		unsafe: `server (2) > location /: -, x-http 1
location /: 1.1, connection "", x-http 1, x-server 1
location /own/: 1.1, connection "", x-http 1, x-own 1, x-server 1
`,
	},
	{
		name: "a site read alone, with the http block unseen",
		text: `upstream app { server 127.0.0.1:8080; keepalive 8; }
server {
    location / { proxy_pass http://app; }
    location /own/ { proxy_set_header Host $host; proxy_pass http://app; }
}
`,
		before: `location /: -
location /own/: -, host $host
`,
		safe: `location /: -
location /own/: 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection ""
location /own/: 1.1, connection "", host $host
`,
	},
	{
		name: "a literal close for two pools and for a backend without one",
		text: `events {}
http {
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection close;
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        location / { proxy_pass http://app; }
        location /api/ { proxy_pass http://app; }
        location /other/ { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: 1.1, connection close, host $host
location /api/: 1.1, connection close, host $host
location /other/: 1.1, connection close, host $host
`,
		safe: `location /: 1.1, connection "", host $host
location /api/: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
location /api/: 1.1, connection "", host $host
location /other/: 1.1, connection close, host $host
`,
	},
	{
		name: "a file that cannot be seen is about who may come in",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        include snippets/agent_deny.conf;
        location / { proxy_set_header Host $host; proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host
`,
		safe: `location /: 1.1, connection "", host $host
`,
		unsafe: `location /: 1.1, connection "", host $host
`,
	},
	{
		name: "a file that cannot be seen is about passing on",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        include snippets/proxy.conf;
        location / { proxy_set_header Host $host; proxy_pass http://app; }
    }
}
`,
		before: `location /: -, host $host
`,
		safe: `location /: -, host $host
`,
		unsafe: `location /: -, host $host
`,
	},
	{
		name: "an event stream changes alone",
		text: `events {}
http {
    upstream app { server 127.0.0.1:8080; keepalive 8; }
    server {
        proxy_set_header Host $host;
        location /events { proxy_pass http://127.0.0.1:9090; }
        location / { proxy_pass http://127.0.0.1:9090; }
    }
}
`,
		before: `location /: -, host $host
location /events: -, host $host
`,
		safe: `location /: -, host $host
location /events: 1.1, host $host
`,
		unsafe: `location /: -, host $host
location /events: 1.1, host $host
`,
	},
}
