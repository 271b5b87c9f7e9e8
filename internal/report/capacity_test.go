package report_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/parser/source"
)

// capacityOf is the table of a small host.
func capacityOf(t *testing.T, q capacity.Question) *capacity.Result {
	t.Helper()
	set := evidence.NewSet()
	if err := set.Read("sysctl-a.txt", strings.NewReader("net.core.somaxconn = 128\nfs.file-max = 5000\nfs.file-nr = 100 0 5000\n"), evidence.Options{}); err != nil {
		t.Fatal(err)
	}
	h := model.Build(model.Input{Main: source.NewFile("nginx.conf", "worker_processes 2;\nevents { worker_connections 1024; }\nhttp { server { listen 80; location / { proxy_pass http://127.0.0.1:9000; } } }\n"), Trees: model.NewTrees()})
	return capacity.Run([]*model.Host{h}, set, q)
}

func TestCapacityJSON(t *testing.T) {
	file, err := os.Open("../../schema/capacity.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("capacity.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("capacity.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []capacity.Question{{}, {Rate: 1000, Clients: 50}} {
		var b bytes.Buffer
		if err := report.CapacityJSON(&b, capacityOf(t, q)); err != nil {
			t.Fatal(err)
		}
		got, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(got); err != nil {
			t.Error(err)
		}
	}
}

func TestCapacityText(t *testing.T) {
	var b bytes.Buffer
	if err := report.CapacityText(&b, capacityOf(t, capacity.Question{Rate: 1000, Clients: 2000})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"for requests of 100ms (assumed: --latency), at 1,000 requests per second, with 2,000 clients\n",
		"connections of nginx: 2,048 connections\n  from     nginx.conf:2, nginx.conf:1\n  reached  at 1,023 connected clients\n",
		"  needs    4,002 (195.4 %): more than there is\n",
		"descriptors of nginx: not known\n  missing  the limit of a worker",
		"files of the whole machine: 5,000 files\n", "  now      100 (2.0 %)  sysctl-a.txt:3\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &b)
		}
	}
}
