package embedtest

import (
	"os"
	"os/exec"
	"testing"
)

// Oracle returns the path of a real program; where there is none, the test is
// skipped, or fails if TCPLINT_REQUIRE_ORACLES is 1.
func Oracle(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("TCPLINT_REQUIRE_ORACLES") == "1" {
		tb.Fatal(err)
	}
	tb.Skip("no oracle: ", err)
	return ""
}
