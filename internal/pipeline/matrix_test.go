package pipeline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMatrix runs the workflow of docs/fleet.md: one job for each repository, their
// reports handed on as artifacts, and one job that merges them.
func TestMatrix(t *testing.T) {
	oracle(t, "bash", "git")
	build(t)
	d := &document{env: gitEnv}
	type job struct {
		Strategy struct {
			FailFast bool `yaml:"fail-fast"`
			Matrix   struct{ Repository []string }
		}
		RunsOn    string `yaml:"runs-on"`
		Needs, If string
		Steps     []step
	}
	var w struct{ Jobs map[string]job }
	for _, b := range blocks(t, "docs/fleet.md") {
		if b.language == "yaml" {
			decodeYAML(t, "docs/fleet.md", b.text, &w)
		}
	}
	check, merge := w.Jobs["check"], w.Jobs["merge"]
	names := check.Strategy.Matrix.Repository
	if len(names) != 2 || merge.Needs != "check" {
		t.Fatalf("a matrix of %q, merged after %q: the test is written for two, after check", names, merge.Needs)
	}
	repositories := map[string]string{names[0]: repository(t, badFiles), names[1]: repository(t, goodFiles)}
	artifacts := t.TempDir()
	for name, dir := range repositories {
		failed := false
		for _, s := range check.Steps {
			fill := func(text string) string { return strings.ReplaceAll(text, "${{ matrix.repository }}", name) }
			switch {
			case failed && s.If != "always()":
			case s.Run != "":
				_, status := d.script(t, dir, fill(s.Run))
				failed = failed || status != 0
			case strings.HasPrefix(s.Uses, "actions/upload-artifact@"):
				found, err := filepath.Glob(filepath.Join(dir, s.With["path"]))
				if err != nil || len(found) != 1 {
					t.Fatalf("%s: %d files fit %s (%v), want the report", name, len(found), s.With["path"], err)
				}
				to := filepath.Join(artifacts, filepath.Base(found[0]))
				if _, err := os.Stat(to); err == nil || fill(s.With["name"]) == s.With["name"] {
					t.Errorf("the artifact of %s takes the place of another one's", name)
				}
				copyFile(t, found[0], to)
			}
		}
		if want := name == names[0]; failed != want {
			t.Errorf("the job of %s fails: %v, want %v", name, failed, want)
		}
	}
	for _, s := range merge.Steps {
		if s.Run != "" {
			if out, status := d.script(t, artifacts, s.Run); status != 0 {
				t.Errorf("%s: exit status %d\n%s", s.Run, status, out)
			}
		}
		if file, ok := s.With["sarif_file"]; ok {
			holdMerged(t, filepath.Join(artifacts, file), names)
		}
	}
}

// sarifRun is what of a run in a SARIF log tells whose it is and what it found.
type sarifRun struct {
	AutomationDetails struct{ ID string }
	Results           []struct{ RuleID string }
}

// holdMerged checks that a SARIF log has a run of each name, and the fault in the first.
func holdMerged(t *testing.T, file string, names []string) {
	t.Helper()
	var log struct{ Runs []sarifRun }
	if err := json.Unmarshal([]byte(read(t, file)), &log); err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		at := slices.IndexFunc(log.Runs, func(r sarifRun) bool { return r.AutomationDetails.ID == "tcplint/"+name+"/" })
		if at < 0 {
			t.Errorf("no run is called %s", name)
			continue
		}
		faulty := slices.ContainsFunc(log.Runs[at].Results, func(r struct{ RuleID string }) bool { return r.RuleID == kernelFault })
		if faulty != (i == 0) {
			t.Errorf("the run of %s names the fault: %v", name, faulty)
		}
	}
}
