package diagnose

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// input reads a recorded incident: the configuration first, since it says how the
// access log is written.
func input(t *testing.T, files map[string]string) Input {
	t.Helper()
	in := Input{Evidence: evidence.NewSet()}
	if conf, ok := files["nginx.conf"]; ok {
		in.Inputs = []model.Input{{Main: source.NewFile("nginx.conf", conf)}}
		in.Hosts = []*model.Host{model.Build(in.Inputs[0])}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == "nginx.conf" {
			continue
		}
		if err := in.Evidence.Read(name, strings.NewReader(files[name]), evidence.Options{Formats: Formats(in.Hosts)}); err != nil {
			t.Fatal(name, err)
		}
	}
	return in
}

// folder reads the files of a recorded incident.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() == "answer.txt" || e.Name() == "traffic.txt" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

// recording is an incident as the tools printed it, see testdata/record.
type recording struct {
	name  string
	files map[string]string
}

func recordings(t *testing.T) []recording {
	t.Helper()
	dirs, err := filepath.Glob("testdata/recorded/*")
	if err != nil {
		t.Fatal(err)
	}
	cured, err := filepath.Glob("testdata/recorded/*/cured")
	if err != nil {
		t.Fatal(err)
	}
	var out []recording
	for _, dir := range append(dirs, cured...) {
		name, err := filepath.Rel("testdata/recorded", dir)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, recording{filepath.ToSlash(name), folder(t, dir)})
	}
	return out
}

// TestFolder prints what is said about the folder in TCPLINT_EVIDENCE.
func TestFolder(t *testing.T) {
	dirs := os.Getenv("TCPLINT_EVIDENCE")
	if dirs == "" {
		t.Skip("TCPLINT_EVIDENCE names no folder")
	}
	for dir := range strings.FieldsSeq(dirs) {
		res := Run(input(t, folder(t, dir)))
		t.Log("=====", dir)
		for _, a := range res.Answers {
			t.Logf("%s (%s): %s", a.Cause.ID, a.Certainty, a.Message)
			for _, s := range a.Signs {
				t.Logf("    [%s] %s", s.Of, s.Says)
			}
			t.Log("    excluded", a.Excluded, "open", a.Open, "follows", a.Follows, "missing", string(a.Missing))
		}
		for _, n := range res.Normal {
			t.Log("  normal:", n.Message)
		}
		for _, s := range res.Sources {
			if s.Lines != s.Read {
				t.Log("  unread:", s.Name, s.Lines-s.Read, s.Unread)
			}
		}
	}
}

// An address with the port that nginx listens on is nginx's own only on the same host.
func TestPassesToItself(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		title, listen, target, connections string
		itself                             bool
	}{
		{"loopback", "80", "127.0.0.1:80", "", true},
		{"another host", "80", "10.0.0.1:80", "", false},
		{"an address that is written", "10.0.0.1:80", "10.0.0.1:80", "", true},
		{"an address of connections", "80", "10.0.0.1:80", "ESTAB 0 0 10.0.0.1:80 10.0.0.7:50000\n", true},
		{"another port", "8080", "127.0.0.1:80", "", false},
	} {
		files := map[string]string{
			"nginx.conf": "events { worker_connections 64; }\nhttp { server { listen " + tt.listen + "; location / { proxy_pass http://" + tt.target + "; } } }\n",
			"error.log":  "2026/11/30 01:27:28 [alert] 40#40: 64 worker_connections are not enough\n",
		}
		if tt.connections != "" {
			files["ss.txt"] = "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n" + tt.connections
		}
		res := Run(input(t, files))
		if len(res.Answers) == 0 {
			t.Fatalf("%s: no answer", tt.title)
		}
		if got := strings.Contains(res.Answers[0].Message, "to itself"); got != tt.itself {
			t.Errorf("%s: %s", tt.title, res.Answers[0].Message)
		}
	}
}
