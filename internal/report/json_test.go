package report_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/report/reporttest"
)

// TestJSONEditsAreExact takes the edits from the JSON and finds the bytes of
// the fix in them, even those that JSON cannot carry.
func TestJSONEditsAreExact(t *testing.T) {
	t.Parallel()
	r := reporttest.Sample(t)
	var out bytes.Buffer
	if err := report.JSON(&out, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(out.Bytes()) {
		t.Error("the output is not UTF-8")
	}
	var doc struct {
		Findings []struct {
			Fix *struct {
				Edits []struct {
					File       string
					Start, End int
					Text       *string
					TextBase64 string
				}
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for i, f := range r.Findings {
		if f.Fix == nil {
			if doc.Findings[i].Fix != nil {
				t.Errorf("finding %d has a fix", i)
			}
			continue
		}
		for k, e := range f.Fix.Edits {
			got := doc.Findings[i].Fix.Edits[k]
			text, err := base64.StdEncoding.DecodeString(got.TextBase64)
			if err != nil {
				t.Fatal(err)
			}
			if got.Text != nil {
				text = []byte(*got.Text)
			}
			if got.File != e.File.Path || got.Start != e.Edit.Span.Start || got.End != e.Edit.Span.End || string(text) != e.Edit.New {
				t.Errorf("finding %d, edit %d: got %+v, want %+v", i, k, got, e.Edit)
			}
		}
	}
}
