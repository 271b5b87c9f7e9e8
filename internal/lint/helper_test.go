package lint_test

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// inputs makes one host for every main file named, nginx.conf if none is. The
// first has the sysctl files. A text without files is nginx.conf.
func inputs(t *testing.T, archive string, mains ...string) []model.Input {
	t.Helper()
	if !strings.HasPrefix(archive, "-- ") {
		archive = "-- nginx.conf --\n" + archive
	}
	if len(mains) == 0 {
		mains = []string{"nginx.conf"}
	}
	files := modeltest.Txtar(archive)
	var ins []model.Input
	for _, name := range mains {
		ins = append(ins, model.Input{
			Target: model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()},
			Main:   files.File(name), Reader: files, Trees: model.NewTrees(),
		})
	}
	for _, p := range files.Paths() {
		if strings.HasPrefix(p, "sysctl") {
			ins[0].Sysctl = append(ins[0].Sysctl, files.File(p))
		}
	}
	return ins
}

func hosts(t *testing.T, archive string, mains ...string) []*model.Host {
	t.Helper()
	var hs []*model.Host
	for _, in := range inputs(t, archive, mains...) {
		hs = append(hs, model.Build(in))
	}
	return hs
}

// options run some rules; all of them are known.
func options(rules ...*lint.Rule) lint.Options {
	o := lint.Options{Rules: rules}
	for _, r := range rules {
		o.Known = append(o.Known, r.ID)
	}
	return o
}

// changes writes the changed files as a txtar archive.
func changes(out *lint.Outcome) string {
	var a txtar.Archive
	for _, c := range out.Changes {
		a.Files = append(a.Files, txtar.File{Name: c.New.Path, Data: []byte(c.New.Text)})
	}
	return string(txtar.Format(&a))
}

func reasons(out *lint.Outcome) []string {
	var rs []string
	for _, d := range out.Dropped {
		rs = append(rs, d.Finding.Rule.ID+": "+d.Reason)
	}
	return rs
}

func messages(fs []lint.Finding) []string {
	var ms []string
	for _, f := range fs {
		ms = append(ms, f.Rule.ID+": "+f.Msg)
	}
	return ms
}

// A found is what a constructed rule does with a directive that it looks at.
type found func(p *lint.Pass, s *model.Scope, d *nginx.Directive)

// rule makes a rule that calls f for every use of a directive, blocks included.
func rule(id, directive string, f found) *lint.Rule {
	return &lint.Rule{ID: id, Severity: lint.Warning, Fix: lint.Safe, Check: func(p *lint.Pass) {
		if p.Host.Nginx == nil {
			return
		}
		for _, s := range p.Host.Nginx.Scopes {
			if s.Block != nil && s.Block.Name() == directive {
				f(p, s, s.Block)
			}
			for set := range s.All(directive) {
				f(p, s, set.Directive)
			}
		}
	}}
}

// report files a finding with a safe fix.
func report(p *lint.Pass, s *model.Scope, d *nginx.Directive, msg string, changes []string, edits ...source.Edit) {
	p.Report(lint.Finding{At: lint.At(d), Msg: msg, Fix: &lint.Fix{
		Title: "do it", Safety: lint.Safe, Edits: lint.In(d, edits...), Changes: changes, Scopes: []*model.Scope{s},
	}})
}

// setting is a rule that wants another value: it finds "directive from" and
// writes "directive to".
func setting(id, directive, from, to string) *lint.Rule {
	return rule(id, directive, func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		if d.Arg(0) == from {
			report(p, s, d, directive+" is "+from, []string{directive}, nginx.SetArg(d, 0, to))
		}
	})
}

// unlike is a rule that wants a directive to have one value only.
func unlike(id, directive, to string) *lint.Rule {
	return rule(id, directive, func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		if d.Arg(0) != to {
			report(p, s, d, directive+" is not "+to, []string{directive}, nginx.SetArg(d, 0, to))
		}
	})
}

// missing is a rule that wants a directive in every location with a pass that
// has none of the name, or no header of the name. name is what its fix says it
// changes.
func missing(id, directive, name string) *lint.Rule {
	words := strings.Fields(strings.TrimSuffix(directive, ";"))
	return rule(id, "proxy_pass", func(p *lint.Pass, s *model.Scope, d *nginx.Directive) {
		for set := range s.All(words[0]) {
			if words[0] != "proxy_set_header" || set.Arg(0) == words[1] {
				return
			}
		}
		report(p, s, d, "there is no "+directive, []string{name}, nginx.AddBefore(d, directive))
	})
}
