package report

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

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
	full := reporttest.Fleet()
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
		"merge.schema.json": {merged([]string{"a", "b", "fleet"}, reporttest.Rendered(t, "json", reporttest.Sample(t)), reporttest.Rendered(t, "json", reporttest.Hostile()), fleetOf(full)), merged([]string{"none"}, fleetOf(&fleet.Report{}))},
		"fleet-diagnose.schema.json": {
			write(func(b *bytes.Buffer) error {
				return report.FleetDiagnosisJSON(b, reporttest.FleetDiagnosis(), report.Options{})
			}),
			write(func(b *bytes.Buffer) error {
				return report.FleetDiagnosisJSON(b, &fleet.Diagnosis{}, report.Options{})
			}),
		},
		"fleet-capacity.schema.json": {
			write(func(b *bytes.Buffer) error {
				return report.FleetCapacityJSON(b, reporttest.FleetCapacity(), report.Options{})
			}),
			write(func(b *bytes.Buffer) error {
				return report.FleetCapacityJSON(b, &fleet.Capacity{}, report.Options{})
			}),
		},
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			s := published(t, "schema/"+name)
			for _, data := range all[name] {
				holds(t, s, data)
			}
		})
	}
}
