package report_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/report"
)

// publishedSchema compiles a file of the folder schema.
func publishedSchema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "schema", name))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// holds checks a document against a schema, and that the schema is of this document and of
// no other: without one of its keys, or with one more, none is valid.
func holds(t *testing.T, s *jsonschema.Schema, data []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%v\n%s", err, data)
	}
	object, ok := doc.(map[string]any)
	if !ok {
		t.Fatalf("no object: %s", data)
	}
	object["more"] = 1
	if s.Validate(doc) == nil {
		t.Error("a key that nobody writes is valid")
	}
	delete(object, "more")
	delete(object, "schema")
	if s.Validate(doc) == nil {
		t.Error("a document without its version is valid")
	}
}

// fullDiagnosis has everything that a diagnosis of many hosts can have.
func fullDiagnosis() *fleet.Diagnosis {
	r := fleetReport()
	finding := r.Causes[0].Variants[0].Finding
	some := fleet.Answer{
		Cause: &diagnose.Symptoms()[0].Causes[0], Certainty: diagnose.Likely, Hosts: []int{0, 1, 9}, Shown: 1,
		Variants: []fleet.AnswerVariant{{Message: "it is full", Certainty: diagnose.Likely, Hosts: []int{0, 1}}, {Message: "it was full", Certainty: diagnose.Possible, Hosts: []int{9}}},
		Evidence: []fleet.Evidence{{Says: "drops", File: "evidence/dmesg.txt", Text: "table full", Line: 3}, {Says: "no line"}},
		Places:   []fleet.Note{{Message: "set here", File: "etc/sysctl.conf"}}, Finding: &finding,
		Excluded: map[string]string{"nothing-listens": "it listens"}, Open: []string{"lost-syns"}, Decide: []string{"ss -s"},
	}
	bare := fleet.Answer{Cause: some.Cause, Hosts: []int{2}, Shown: 2, Variants: []fleet.AnswerVariant{{Message: "x", Hosts: []int{2}}}}
	remark := []fleet.Remark{{Hosts: []int{0}, Text: "why"}}
	return &fleet.Diagnosis{Hosts: r.Hosts, Answers: []fleet.Answer{some, bare}, NotLooked: remark, NotUsed: remark, Remarks: remark, Skipped: r.Skipped}
}

// fullCapacity has everything that the limits of many hosts can have.
func fullCapacity() *fleet.Capacity {
	r := fleetReport()
	at := fleet.LimitAt{Host: 1, Subject: "*:80", Value: 128, Reached: 1280, Used: 64, Share: 0.5, File: "evidence/ss.txt", Line: 2}
	return &fleet.Capacity{
		Hosts: r.Hosts, Skipped: r.Skipped, Question: capacity.Question{Rate: 10, Clients: 5, Latency: capacity.DefaultLatency},
		Limits: []fleet.Limit{
			{
				ID: "accept-queue", Title: "accept queue", Unit: "connections", Driver: "new connections per second", Hosts: []int{0, 1}, Lowest: &at, Fullest: []fleet.LimitAt{at}, Overrun: []int{1},
				Values: []fleet.LimitValue{{Value: 511, Hosts: []int{0}, From: []string{"nginx's default of backlog"}}, {Value: 128, Hosts: []int{1}}},
			},
			{ID: "orphans", Title: "orphaned sockets", Unit: "sockets", Unknown: []int{2}, Missing: "sysctl -a"},
		},
	}
}

func TestReportsOfManyMatchTheirSchemas(t *testing.T) {
	write := func(f func(b *bytes.Buffer) error) []byte {
		t.Helper()
		var b bytes.Buffer
		if err := f(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	fleetOf := func(r *fleet.Report) []byte {
		return write(func(b *bytes.Buffer) error { return report.FleetJSON(b, r, report.Options{}) })
	}
	full := fleetReport()
	full.NotChecked = []fleet.Remark{{Hosts: []int{1}, Text: "an include is missing"}}
	full.NotCompared, full.Remarks = full.NotChecked, full.NotChecked
	merged := func(names []string, reports ...[]byte) []byte {
		m, err := report.Merge(names, reports)
		if err != nil {
			t.Fatal(err)
		}
		return write(func(b *bytes.Buffer) error { return report.MergedJSON(b, m, report.Options{}) })
	}
	all := map[string][][]byte{
		"fleet.schema.json": {fleetOf(full), fleetOf(&fleet.Report{})},
		"merge.schema.json": {merged([]string{"a", "b", "fleet"}, []byte(repoA), []byte(repoB), fleetOf(full)), merged([]string{"none"}, fleetOf(&fleet.Report{}))},
		"fleet-diagnose.schema.json": {
			write(func(b *bytes.Buffer) error { return report.FleetDiagnosisJSON(b, fullDiagnosis(), report.Options{}) }),
			write(func(b *bytes.Buffer) error {
				return report.FleetDiagnosisJSON(b, &fleet.Diagnosis{}, report.Options{})
			}),
		},
		"fleet-capacity.schema.json": {
			write(func(b *bytes.Buffer) error { return report.FleetCapacityJSON(b, fullCapacity(), report.Options{}) }),
			write(func(b *bytes.Buffer) error {
				return report.FleetCapacityJSON(b, &fleet.Capacity{}, report.Options{})
			}),
		},
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			s := publishedSchema(t, name)
			for _, data := range all[name] {
				holds(t, s, data)
			}
		})
	}
}

func TestFleetDiagnosisText(t *testing.T) {
	var b bytes.Buffer
	if err := report.FleetDiagnosisText(&b, fullDiagnosis(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"likely: it is full [", "] on 3 of 10 hosts: web-1, web-2, <script>␛[31m\n", "      shown: as it is on web-2\n", "          evidence/dmesg.txt:3: table full\n",
		"      but: <script>␛[31m: possible: it was full\n", "nothing here explains a fault on 6 of 10 hosts: web-4 to web-9\n", "2 causes on 4 of 10 hosts; 1 snapshot skipped\n",
	} {
		if !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestFleetCapacityText(t *testing.T) {
	var b bytes.Buffer
	if err := report.FleetCapacityText(&b, fullCapacity(), report.Options{}); err != nil {
		t.Fatal(err)
	}
	const want = `for requests of 100ms, at 10 requests per second, with 5 clients

accept queue
  value    511 connections on 1 of 10 hosts: web-1: nginx's default of backlog
  value    128 connections on 1 of 10 hosts: web-2
  reached  first on web-2 (*:80), at 1,280 new connections per second
  needs    more than there is on 1 of 10 hosts: web-2
  now      64 of 128 (50.0 %) on web-2 (*:80)  evidence/ss.txt:2

orphaned sockets
  unknown  on 1 of 10 hosts: web-3: sysctl -a

2 limits of 10 hosts; 1 snapshot skipped
`
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
}
