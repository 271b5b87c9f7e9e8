package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/rules"
)

// What is said of the number of words in an entry of a block that holds data, and
// behind the first word of a directive that counts its arguments itself, every nginx
// here says, too.
func TestEntries(t *testing.T) {
	t.Parallel()
	blocks := map[string][]string{
		"map $uri $mapped":                {"a", "default", "hostnames", "volatile", "include", `""`, "~^/a", "*.example.com"},
		"geo $office":                     {"10.0.0.0/8", "default", "ranges", "proxy", "proxy_recursive", "volatile", "delete", "include"},
		"types":                           {"text/html", "default", "include"},
		"charset_map koi8-r windows-1251": {"80", "include"},
		"split_clients $uri $part":        {"10%", "*"},
	}
	lines := map[string]string{}
	for block, firsts := range blocks {
		for _, first := range firsts {
			for _, more := range []string{"", " e2", " e2 e3", " e2 e3 e4", " {}"} {
				if more == " {}" && strings.HasPrefix(block, "split_clients") {
					continue // nothing is claimed of it
				}
				line := fmt.Sprintf("%s { %s; }", block, first+more)
				if more == " {}" {
					line = fmt.Sprintf("%s { %s {} }", block, first)
				}
				lines[line] = "http { " + line + " server { location / { return 204; } } }\n"
			}
		}
	}
	for _, more := range []string{"auto", "auto 01", "auto 01 10", "01 10 01 10", "01"} {
		lines["worker_cpu_affinity "+more] = "worker_cpu_affinity " + more + ";\n"
	}
	for _, line := range []string{
		"expires 1h", "expires modified 1h", "expires 1h 2h", "expires off 1h", "expires modified", "proxy_bind off", "proxy_bind off 1",
		"proxy_bind 127.0.0.1 transparent", "proxy_bind off transparent", "grpc_bind off transparent", "memcached_bind off",
	} {
		lines[line] = "http { " + line + "; server { location / { return 204; } } }\n"
	}
	rule := slices.DeleteFunc(rules.All(), func(r *lint.Rule) bool { return r.ID != "nginx-directive-args" && r.ID != "nginx-directive-value" })
	for _, o := range oracles(t) {
		t.Run(o.Version.String(), func(t *testing.T) {
			t.Parallel()
			refused := 0
			for _, name := range slices.Sorted(maps.Keys(lines)) {
				files := map[string]string{"main.conf": "events {}\n" + lines[name], "e2": ""}
				read := modeltest.New(files)
				h := model.Build(model.Input{
					Target: model.Target{Nginx: o.target, Kernel: facts.KernelWindow()}, Main: read.File("main.conf"), Reader: read,
				})
				found := lint.Run([]*model.Host{h}, lint.Options{Rules: rule, Known: rules.IDs()}).Findings
				says := o.run(t, files)
				value := strings.Contains(says, "directive invalid value") || strings.Contains(says, `invalid address "off"`)
				no := value || strings.Contains(says, "invalid number") || strings.Contains(says, "parameters number") || strings.Contains(says, `unexpected "{"`)
				switch {
				case no != (len(found) > 0):
					t.Errorf("%s: nginx says %q; found: %v", name, says, found)
				case no && !value && !strings.Contains(says, found[0].Msg):
					t.Errorf("%s: nginx says %q, not %q", name, says, found[0].Msg)
				case no:
					refused++
				}
			}
			if refused < len(lines)/4 {
				t.Errorf("only %d of %d are refused", refused, len(lines))
			}
		})
	}
}
