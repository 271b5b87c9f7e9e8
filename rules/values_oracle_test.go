package rules_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint/linttest"
)

// valueRuns is the environment variable that says how many values each nginx is asked
// about; fewer without it.
const valueRuns = "TCPLINT_VALUES"

// aValue is a directive with arguments, in a context in which it may stand.
type aValue struct {
	name, module string
	context      facts.Context
	args         []string
}

// complaintAboutValue is how nginx refuses a value that it cannot read.
var complaintAboutValue = regexp.MustCompile(`invalid value|invalid number|value must be|directive invalid`)

// complaintAboutParameter is how nginx refuses a parameter; that two exclude each other, or
// "invalid number of arguments", is another complaint.
var complaintAboutParameter = regexp.MustCompile(`invalid ([^n]|n[^u])`)

// What the table of slots says of values, real nginx of every release says, too: no
// value that it calls refused loads, and none that it calls readable is refused as
// unreadable.
func TestValues(t *testing.T) {
	all, err := linttest.Nginxes()
	if err != nil && os.Getenv(linttest.RequireOracles) == "1" {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Skip(err)
	}
	runs := 300
	if s := os.Getenv(valueRuns); s != "" {
		if runs, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range all {
		t.Run(n.Version.String(), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(runs)))
			o := &valueOracle{Nginx: n, dir: t.TempDir()}
			var rows []facts.Directive
			for name := range facts.DirectiveNames() {
				for _, d := range facts.Directives(name) {
					if d.In.Contains(facts.Only(n.Version)) && !d.Block && (facts.SlotsOf(name, d.Module) != nil || facts.ParametersOf(name, d.Module) != nil) {
						rows = append(rows, d)
					}
				}
			}
			// Few directives have parameters, but each of them has many.
			for _, d := range rows {
				for range len(facts.ParametersOf(d.Name, d.Module)) / 2 {
					rows = append(rows, d)
				}
			}
			refused := 0
			for range runs {
				d := rows[r.IntN(len(rows))]
				v := aValue{d.Name, d.Module, d.Contexts, nil}
				var no bool
				complaint := complaintAboutValue
				if len(facts.ParametersOf(d.Name, d.Module)) > 1 {
					v.args = randomParameters(r, d, n)
					_, _, no = facts.RefusedParameter(v.name, v.module, facts.Only(n.Version), v.args)
					complaint = complaintAboutParameter
				} else {
					v.args = randomValues(r, d)
					_, _, no = facts.RefusedValue(v.name, v.module, facts.Only(n.Version), v.args)
				}
				says, ok := o.ask(t, v)
				switch {
				case !ok: // nothing was built in that has it
				case no && says == "":
					t.Errorf("%s %q: taken, the table says it is refused", v.name, v.args)
				case !no && complaint.MatchString(says):
					t.Errorf("%s %q: %s; the table says it is taken", v.name, v.args, says)
				case no:
					refused++
				}
			}
			if refused < runs/10 {
				t.Errorf("only %d of %d values were refused", refused, runs)
			}
		})
	}
}

// randomValues are arguments for a directive: good ones, odd ones and those of another
// kind.
func randomValues(r *rand.Rand, d facts.Directive) []string {
	slots := facts.SlotsOf(d.Name, d.Module)
	pool := []string{
		"0", "1", "2", "7", "9", "10", "399", "400", "599", "600", "255", "256", "-1", "1.5", "5x", "on", "off", "none",
		"1k", "8K", "4m", "1M", "1g", "2G", "1kb", "k", "1 k", "60s", "500ms", "1h30m", "30m1h", "1d", "2w", "1M2w", "1y", "1y1M", "1ms500",
		"1h 30m", "30s1m", "5s500ms", "1s1s", "99999999999999999999", "9223372036854775807", "1.0", "1.1", "2.0", "error", "timeout", "http_500", "HTTP_502",
		"Error", "updating", "$var", "${arg_x}", "TLSv1.2", "tlsv1.3", "any", "ALL",
	}
	for _, s := range slots {
		pool = append(pool, s.Words...)
		pool = append(pool, s.Words...)
	}
	n := max(d.Args.Min, 1)
	if d.Args.Max < 0 || d.Args.Max > n {
		n += r.IntN(2)
	}
	args := make([]string, n)
	for i := range args {
		args[i] = pool[r.IntN(len(pool))]
	}
	return args
}

// leading are good arguments before the parameters of a directive, with those that it
// must have.
var leading = map[string][]string{
	"listen": {"127.0.0.1:3"}, "server": {"127.0.0.1:4"}, "keepalive": {"8"}, "resolver": {"127.0.0.1"},
	"access_log": {"access.log", "combined"}, "limit_req_zone": {"$uri", "zone=a:1m", "rate=1r/s"}, "limit_conn_zone": {"$uri", "zone=a:1m"},
	"limit_req": {"zone=a"}, "open_file_cache": {"max=8"}, "open_log_file_cache": {"max=8"}, "disable_symlinks": {"on", "from=/"},
	"proxy_cache_path": {"cache", "keys_zone=a:1m"}, "fastcgi_cache_path": {"cache", "keys_zone=a:1m"},
	"uwsgi_cache_path": {"cache", "keys_zone=a:1m"}, "scgi_cache_path": {"cache", "keys_zone=a:1m"},
	"sticky": {"learn", "create=$upstream_cookie_a", "lookup=$cookie_a", "zone=a:1m"},
}

// randomParameters are arguments for a directive whose parameters are known: good ones,
// those of other directives, and good ones with odd values. Values of which nothing is
// claimed are not given.
func randomParameters(r *rand.Rand, d facts.Directive, n linttest.Nginx) []string {
	args := slices.Clone(leading[d.Name])
	all := facts.ParametersOf(d.Name, d.Module)
	odd := []string{
		"backup2", "Down", "backlog", "ssl=on", "weight", "resolved", "maxfails=3", "reuse_port", "deferred=1", "proxy-protocol", "off2", "burst",
	}
	values := []string{
		"", "0", "1", "2", "10", "-1", "1.5", "5x", "on", "off", "ON", "1k", "8K", "4m", "1g", "60s", "500ms", "1h30m", "1d", "1y", "1M", "1 h",
		"99999999999999999999", "::", "1:2", "30", "30m::10", ":5s:", "0:0:0", "::3s", "500ms::", "1:2:3:4", ":", "::0", "10s:0:1",
	}
	for range 1 + r.IntN(2) {
		p := all[r.IntN(len(all))]
		switch {
		case r.IntN(5) == 0:
			if d.Name != "resolver" && d.Name != "sticky" { // which take other words
				args = append(args, odd[r.IntN(len(odd))])
			}
		case p.Name == "*" || slices.ContainsFunc(all, func(q facts.Parameter) bool { return q.Other && q.Name == p.Name }) || d.Name == "resolver" && !p.Sure.Contains(facts.Only(n.Version)):
			// To resolver, what it does not know is an address.
		case !strings.HasSuffix(p.Name, "="):
			args = append(args, p.Name)
		case p.Kind != facts.SlotOther:
			args = append(args, p.Name+values[r.IntN(len(values))])
		}
	}
	return args
}

// valueOracle asks one nginx about values.
type valueOracle struct {
	linttest.Nginx
	dir string
}

// ask returns nginx's complaint, "" if it takes the value. ok is false if it does not
// know the directive, or complains of something else first.
func (o *valueOracle) ask(t *testing.T, v aValue) (says string, ok bool) {
	t.Helper()
	var line strings.Builder
	line.WriteString(v.name)
	for _, a := range v.args {
		line.WriteString(` "` + a + `"`)
	}
	text, ok := inContext(v.context, line.String()+";\n")
	if !ok {
		return "", false
	}
	file := filepath.Join(o.dir, "nginx.conf")
	text = "error_log stderr emerg;\npid " + filepath.Join(o.dir, "pid") + ";\n" + text
	if module := filepath.Join(o.Modules, "ngx_stream_module.so"); strings.Contains(text, "stream {") {
		if _, err := os.Stat(module); err != nil {
			return "", false
		}
		text = "load_module " + module + ";\n" + text
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(o.Program, "-t", "-p", o.dir, "-c", file)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return "", true
	}
	for l := range strings.Lines(string(out)) {
		if strings.Contains(l, "[emerg]") {
			// setfib is there on FreeBSD only.
			if strings.Contains(l, "unknown directive") || strings.Contains(l, "setfib") || strings.Contains(l, "unknown") && strings.Contains(l, "variable") || strings.Contains(l, "requires") {
				return "", false
			}
			return strings.TrimSpace(l), true
		}
	}
	return "", false
}

// inContext is a whole configuration with a line in one of the contexts.
func inContext(in facts.Context, line string) (text string, ok bool) {
	const events = "events {}\n"
	switch {
	case in.Has(facts.Location):
		return fmt.Sprintf("%shttp { server { listen 127.0.0.1:1; location / { %s } } }\n", events, line), true
	case in.Has(facts.Server):
		return fmt.Sprintf("%shttp { server { listen 127.0.0.1:1; %s } }\n", events, line), true
	case in.Has(facts.HTTP):
		return fmt.Sprintf("%shttp { %s }\n", events, line), true
	case in.Has(facts.Upstream):
		return fmt.Sprintf("%shttp { upstream u { server 127.0.0.1:2; %s } }\n", events, line), true
	case in.Has(facts.StreamUpstream):
		return fmt.Sprintf("%sstream { upstream u { server 127.0.0.1:2; %s } }\n", events, line), true
	case in.Has(facts.StreamServer):
		return fmt.Sprintf("%sstream { server { listen 127.0.0.1:1; proxy_pass 127.0.0.1:2; %s } }\n", events, line), true
	case in.Has(facts.Events):
		return fmt.Sprintf("events { %s }\n", line), true
	case in.Has(facts.Main):
		return events + line, true
	}
	return "", false
}
