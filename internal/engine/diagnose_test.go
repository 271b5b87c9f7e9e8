package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

const fewFiles = "2026/11/30 01:27:28 [crit] 40#40: accept4() failed (24: Too many open files)\n"

// TestDiagnose asks as a page or an editor does: of texts in memory.
func TestDiagnose(t *testing.T) {
	fsys := workspace.Memory(map[string]string{
		"etc/nginx/nginx.conf":       "worker_rlimit_nofile 256;\nevents { worker_connections 1024; }\nhttp { include conf.d/*.conf; }\n",
		"etc/nginx/conf.d/site.conf": "log_format t '$status in $request_time by $upstream_addr';\nserver { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }\n",
		"log/error.log":              fewFiles,
		"log/access.log":             "500 in 0.000 by -\n",
		"log/old/error.log":          strings.Repeat(fewFiles, 3),
	})
	read := int64(0)
	res, err := engine.Diagnose(context.Background(), fsys, workspace.Options{Paths: []string{"etc", "log"}}, engine.DiagnoseOptions{
		Fix: true, Progress: func(done, _ int64) { read = done },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Answers) != 1 || res.Answers[0].Cause.ID != "file-limit" || res.Answers[0].Certainty.String() != "proved" || !res.Sick() {
		t.Fatalf("answers %+v", res.Answers)
	}
	if d := res.Diffs["file-limit"]; !strings.Contains(d, "+worker_rlimit_nofile 2048;") {
		t.Errorf("diff %s", d)
	}
	if len(res.NotUsed) != 1 || res.NotUsed[0].File != "log/old" {
		t.Errorf("not used %+v", res.NotUsed)
	}
	if len(res.Hosts) != 1 || read != 0 {
		t.Errorf("%d hosts; progress was told of %d bytes, which are too few for that", len(res.Hosts), read)
	}
}

// TestDiagnoseInput takes a text that is handed in for what it is.
func TestDiagnoseInput(t *testing.T) {
	ask := func(text string) *engine.Diagnosis {
		res, err := engine.Diagnose(context.Background(), workspace.Memory(nil), workspace.Options{}, engine.DiagnoseOptions{Input: strings.NewReader(text)})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	if res := ask(fewFiles); len(res.Answers) != 1 {
		t.Errorf("evidence: %+v", res.Answers)
	}
	if res := ask("events {}\nhttp { server { listen 80; } }\n"); len(res.Hosts) != 1 || len(res.Answers) != 0 {
		t.Errorf("configuration: %d hosts, %+v", len(res.Hosts), res.Answers)
	}
	if res := ask(""); len(res.Answers) != 0 {
		t.Errorf("nothing: %+v", res.Answers)
	}
}

// pasted is what somebody copies out of a terminal.
const pasted = `$ sudo ss -ltnp
State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN 0      511          0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=40,fd=6))
$ sudo nginx -T
nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
# configuration file /etc/nginx/nginx.conf:
worker_rlimit_nofile 256; # { no block
events { worker_connections 1024; }
http {
    log_format j escape=json '{ "status": $status }'
                             '}';
    # }
    server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }
}
$ tail -n 2 error.log
` + fewFiles

// TestDiagnosePasted takes tools, logs and a configuration out of one text.
func TestDiagnosePasted(t *testing.T) {
	for name, d := range map[string]engine.DiagnoseOptions{"paste.txt": {}, "-": {Input: strings.NewReader(pasted)}} {
		o := workspace.Options{}
		if name != "-" {
			o.Paths = []string{name}
		}
		res, err := engine.Diagnose(context.Background(), workspace.Memory(map[string]string{"paste.txt": pasted}), o, d)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Answers) != 1 || res.Answers[0].Certainty.String() != "proved" || len(res.Hosts) != 1 {
			t.Fatalf("%s: answers %+v, %d hosts", name, res.Answers, len(res.Hosts))
		}
		if at := res.Answers[0].Places[0]; at.File.Text[at.Span.Start:at.Span.End] != "worker_rlimit_nofile 256;" {
			t.Errorf("%s: the place is %+v", name, at)
		}
		if l := res.Answers[0].Signs[0].Lines[0]; l.Number != 16 {
			t.Errorf("%s: the line is %+v", name, l)
		}
	}
}

// TestNothingIsPasted holds that one sort alone stays whole.
func TestNothingIsPasted(t *testing.T) {
	log := strings.Repeat("return x; }\nserver is busy;\n", 5) + strings.Repeat(fewFiles, 9)
	res, err := engine.Diagnose(context.Background(), workspace.Memory(nil), workspace.Options{}, engine.DiagnoseOptions{Input: strings.NewReader(log)})
	if err != nil || len(res.Hosts) != 0 || len(res.Answers) != 1 {
		t.Errorf("%d hosts, %v", len(res.Hosts), err)
	}
}
