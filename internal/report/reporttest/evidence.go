package reporttest

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// Capacity is the table of a small host.
func Capacity(tb testing.TB, q capacity.Question) *capacity.Result {
	tb.Helper()
	set := evidence.NewSet()
	if err := set.Read("sysctl-a.txt", strings.NewReader("net.core.somaxconn = 128\nfs.file-max = 5000\nfs.file-nr = 100 0 5000\n"), evidence.Options{}); err != nil {
		tb.Fatal(err)
	}
	h := model.Build(model.Input{Main: source.NewFile("nginx.conf", "worker_processes 2;\nevents { worker_connections 1024; }\nhttp { server { listen 80; location / { proxy_pass http://127.0.0.1:9000; } } }\n"), Trees: model.NewTrees()})
	return capacity.Run([]*model.Host{h}, set, q)
}

// Diagnosis asks about an example.
func Diagnosis(tb testing.TB, e *diagnose.Example) *diagnose.Result {
	tb.Helper()
	in := diagnose.Input{Evidence: evidence.NewSet(), Rules: rules.All()}
	files := txtar.Parse([]byte(e.Archive())).Files
	for _, f := range files {
		if f.Name == "nginx.conf" {
			in.Hosts = []*model.Host{model.Build(model.Input{Main: source.NewFile("nginx.conf", string(f.Data))})}
		}
	}
	for _, f := range files {
		if f.Name == "nginx.conf" {
			continue
		}
		if err := in.Evidence.Read(f.Name, bytes.NewReader(f.Data), evidence.Options{Formats: diagnose.Formats(in.Hosts)}); err != nil {
			tb.Fatal(err)
		}
	}
	return diagnose.Run(in)
}
