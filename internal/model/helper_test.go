package model_test

import (
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/model/modeltest"
)

// window is the target where no version is given.
var window = model.Target{Nginx: facts.NginxWindow(), Kernel: facts.KernelWindow()}

// input makes an Input of a txtar archive. The nginx main file is the first that
// is named so, else the first file; sysctl files are told by their names. A text
// without files is the main file.
func input(t *testing.T, archive string) model.Input {
	t.Helper()
	if !strings.HasPrefix(archive, "-- ") {
		archive = "-- nginx.conf --\n" + archive
	}
	files := modeltest.Txtar(archive)
	in := model.Input{Target: window, Reader: files}
	for _, p := range files.Paths() {
		file := files.File(p)
		switch {
		case strings.Contains(p, "sysctl"):
			in.Sysctl = append(in.Sysctl, file)
		case in.Main == nil, strings.HasSuffix(p, "nginx.conf") && !strings.HasSuffix(in.Main.Path, "nginx.conf"):
			in.Main = file
		}
	}
	return in
}

func build(t *testing.T, archive string) *model.Host {
	t.Helper()
	return model.Build(input(t, archive))
}

// at returns the host's only scope with a label such as "location /a".
func at(t *testing.T, h *model.Host, label string) *model.Scope {
	t.Helper()
	var found *model.Scope
	for _, s := range h.Nginx.Scopes {
		if s.Label() != label {
			continue
		}
		if found != nil {
			t.Fatalf("there are two scopes %q", label)
		}
		found = s
	}
	if found == nil {
		t.Fatalf("there is no scope %q", label)
	}
	return found
}

// settings writes directives and where they stand: "nginx.conf:3: keepalive 32".
func settings(sets []model.Setting) []string {
	out := make([]string, 0, len(sets))
	for _, s := range sets {
		out = append(out, place(s))
	}
	return out
}

func place(s model.Setting) string {
	if s.Directive == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(s.File().Path + ":")
	for _, w := range s.Words().All() {
		b.WriteString(" " + w.Value)
	}
	return b.String()
}

// versions names the ranges that matter here.
func versions(r facts.Range) string {
	switch {
	case r.Empty():
		return "never"
	case r == window.Nginx:
		return "all"
	case r == window.Nginx.Intersect(facts.Until(facts.ReuseByDefault)):
		return "old"
	case r == window.Nginx.Intersect(facts.Since(facts.ReuseByDefault)):
		return "new"
	}
	return r.Describe("nginx")
}
