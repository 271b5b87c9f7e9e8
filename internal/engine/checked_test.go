package engine_test

import (
	"testing"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// checked is what is found in files that are handed in, by their paths.
func checked(t *testing.T, files map[string]string) []lint.Finding {
	t.Helper()
	ws, err := workspace.Open(workspace.Memory(files), workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := engine.Check(t.Context(), ws, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return res.Findings
}
