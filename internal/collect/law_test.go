package collect

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// answers are the causes that a diagnosis finds, with how certain each is.
func answers(t *testing.T, files []taken) []string {
	t.Helper()
	fsys := fstest.MapFS{}
	var paths []string
	for _, f := range files {
		fsys[f.path] = &fstest.MapFile{Data: f.data}
		paths = append(paths, f.path)
	}
	res, err := engine.Diagnose(t.Context(), fsys, workspace.Options{Paths: paths}, engine.DiagnoseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range res.Answers {
		out = append(out, fmt.Sprintf("%s %s", a.Cause.ID, a.Certainty))
	}
	return out
}

// cleaned is what the collector makes of files: the same functions by what a file is.
func cleaned(files []taken) []taken {
	c := &collector{names: map[string]bool{}}
	for _, f := range files {
		if isNginx(f) {
			for d := range nginx.Parse(source.NewFile("", string(f.data))).Root.Walk() {
				if d.Name() == "upstream" {
					c.names[d.Arg(0)] = true
				}
			}
		}
	}
	out := slices.Clone(files)
	for i, f := range out {
		switch base := path.Base(f.path); {
		case isNginx(f):
			out[i].data = []byte(NginxText(string(f.data)))
		case strings.HasPrefix(base, "access"):
			out[i].data = c.cleanLog(false, f.data)
		case strings.HasPrefix(base, "error"):
			out[i].data = c.cleanLog(true, f.data)
		}
	}
	return out
}

func isNginx(f taken) bool { return strings.Contains(f.path, "nginx") && path.Ext(f.path) == ".conf" }

// TestDiagnosisStaysTheSame holds the laws of collecting: what is left out and what is
// replaced changes no answer, over the examples of all symptoms.
func TestDiagnosisStaysTheSame(t *testing.T) {
	n := 0
	for _, s := range diagnose.Symptoms() {
		for _, e := range s.Examples {
			var files []taken
			for _, f := range txtar.Parse([]byte(e.Files)).Files {
				files = append(files, taken{path: f.Name, data: f.Data})
			}
			want := answers(t, files)
			if len(want) > 0 {
				n++
			}
			clean := cleaned(files)
			if got := answers(t, clean); !slices.Equal(got, want) {
				t.Errorf("%s: %s: collected it is %v, not %v\n%s", s.ID, e.Name, got, want, show(clean))
				continue
			}
			for _, salt := range []string{"a", "b", "c"} {
				redacted := slices.Clone(clean)
				redact(redacted, &snapshot.Manifest{}, []byte(salt))
				if got := answers(t, redacted); !slices.Equal(got, want) {
					t.Errorf("%s: %s: redacted it is %v, not %v\n%s", s.ID, e.Name, got, want, show(redacted))
					break
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d examples have an answer", n)
	}
}

func show(files []taken) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "-- %s --\n%s", f.path, f.data)
	}
	return b.String()
}

// TestErrorBeginsAreAllEvents holds the messages that are taken against those that
// evidence tells apart.
func TestErrorBeginsAreAllEvents(t *testing.T) {
	for _, begin := range errorBegins {
		set := evidence.NewSet()
		line := "2026/11/30 01:27:28 [error] 1#1: *1 " + begin + "x failed (24: Too many open files) exited on signal 11 to upstream\n"
		if err := set.Read("error.log", strings.NewReader(line), evidence.Options{}); err != nil {
			t.Fatal(err)
		}
		if len(set.Errors.All()) == 0 && begin != "kevent() reported" && begin != "epoll_wait() reported" && begin != "signal 1 (SIGHUP)" {
			t.Errorf("%q is no message that evidence knows", begin)
		}
	}
}
