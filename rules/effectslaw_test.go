package rules_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/diff"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/rules"
)

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
						t.Log(diff.Unified("a/"+x.Old.Path, x.Old.Text, "b/"+x.New.Path, x.New.Text))
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
