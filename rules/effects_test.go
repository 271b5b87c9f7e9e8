package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
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
				r.maps[d.Arg(1)] += textOf(d)
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
		key := fmt.Sprintf("%s/%s#%d", l.key, label, nth[label])
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
		return text + " of " + said
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
	text += " {"
	for _, k := range d.Body.Kids {
		text += " " + textOf(k)
	}
	return text + " }"
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
	return fmt.Sprintf("%s/%s#%d", keyOf(s.Parent), s.Label(), nth)
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
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(was)) {
		if is[key] == nil {
			problems = append(problems, key+" has no pass any more")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(is)) {
		names := map[string]bool{}
		for name := range was[key] {
			names[name] = true
		}
		for name := range is[key] {
			names[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			before, after := was[key][name], is[key][name]
			if before != after && !named[key][strings.TrimPrefix(name, header)] {
				problems = append(problems, fmt.Sprintf("%s: %s: %q becomes %q, which no fix names", key, name, before, after))
			}
		}
	}
	return problems
}

// otherHeaders says which request headers other than Connection have changed. A
// safe fix changes none, whatever it names.
func otherHeaders(was, is effects) []string {
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(is)) {
		for name, value := range is[key] {
			if strings.HasPrefix(name, header) && name != header+"connection" && was[key][name] != value {
				problems = append(problems, fmt.Sprintf("%s: a safe fix changes %s: %q becomes %q", key, name, was[key][name], value))
			}
		}
		for name := range was[key] {
			if _, ok := is[key][name]; strings.HasPrefix(name, header) && name != header+"connection" && !ok {
				problems = append(problems, fmt.Sprintf("%s: a safe fix loses %s", key, name))
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
		place := strings.TrimPrefix(strings.ReplaceAll(key, "#0", ""), "/http")
		fmt.Fprintf(&b, "%s: %s", strings.TrimPrefix(place, "/server/"), version)
		for _, name := range slices.Sorted(maps.Keys(does)) {
			value := does[name]
			if short, ok := strings.CutPrefix(name, header); ok && !strings.HasSuffix(value, ", by default") {
				fmt.Fprintf(&b, ", %s %s", short, strings.TrimSuffix(value, ";"))
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

// TestEffects looks at what every location sends, before and after fixes.
func TestEffects(t *testing.T) {
	t.Parallel()
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
			if diff := cmp.Diff(c.before, sending(host)); diff != "" {
				t.Fatalf("before (-want +got):\n%s", diff)
			}
			var reasons []string
			for _, run := range []struct {
				allow lint.Safety
				want  string
			}{{lint.Safe, c.safe}, {lint.Unsafe, c.unsafe}} {
				out := lint.FixAll([]model.Input{in}, options, run.allow)
				after := patched(in, out)
				if got := sending(model.Build(after)); got != run.want {
					t.Errorf("after %s fixes (-want +got):\n%s", run.allow, cmp.Diff(run.want, got))
					for _, x := range out.Changes {
						t.Log(unifiedDiff("a/"+x.Old.Path, x.Old.Text, "b/"+x.New.Path, x.New.Text))
					}
				}
				for _, d := range out.Dropped {
					reasons = append(reasons, d.Finding.Rule.ID+": "+d.Reason)
				}
			}
			slices.Sort(reasons)
			if diff := cmp.Diff(c.dropped, slices.Compact(reasons)); diff != "" {
				t.Errorf("dropped (-want +got):\n%s", diff)
			}
		})
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
	},
}
