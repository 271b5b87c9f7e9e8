package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/rules"
)

// wanted are the answers to the recordings: the first, with its certainty. After
// the cure, and where nothing is named, nothing may be proved or likely.
var wanted = map[string]string{
	"accept-queue-full":          "accept-queue-full proved",
	"address-family-refused":     "address-family-refused proved",
	"backend-closes-at-once":     "backend-file-limit likely",
	"balancer-behind-is-full":    "backend-answers-errors likely",
	"disk-full":                  "disk-full likely",
	"nginx-worker-stopped":       "nginx-blocked likely",
	"php-children-busy":          "backend-workers-busy proved",
	"php-children-recycled":      "stale-pooled-connection proved",
	"backend-broke-off":          "backend-broke-off proved",
	"backend-file-limit":         "backend-file-limit proved",
	"backend-hung":               "backend-does-not-accept proved",
	"backend-hung-with-a-pool":   "backend-does-not-accept proved",
	"backend-workers-busy":       "backend-workers-busy proved",
	"client-abort-ignored":       "client-gone-nginx-reads-on proved",
	"client-gone-nginx-reads-on": "client-gone-nginx-reads-on proved",
	"ephemeral-ports-used-up":    "ephemeral-ports-used-up proved",
	"file-limit":                 "file-limit proved",
	"http10-refused":             "http10-refused proved",
	"lost-syns":                  "lost-syns likely",
	"nginx-accept-queue-full":    "accept-queue-full proved",
	"nothing-listens":            "nothing-listens proved",
	"old-workers":                "old-workers proved",
	"path-mtu":                   "path-mtu proved",
	"pool-fills-backend":         "pool-fills-backend proved",
	"process-does-not-close":     "process-does-not-close proved",
	"response-cut-temp-file":     "response-cut-temp-file proved",
	"reverse-path-filter":        "reverse-path-filter proved",
	"servers-set-aside":          "servers-set-aside proved",
	"stale-after-requests":       "stale-pooled-connection proved",
	"stale-pooled-connection":    "stale-pooled-connection proved",
	"time-wait-table-full":       "time-wait-table-full proved",
	"timeout-in-force":           "timeout-in-force proved",
	"tls-name-missing":           "tls-name-missing likely",
	"unix-queue-full":            "accept-queue-full proved",
	"worker-connections":         "worker-connections proved",
}

// TestRecordings asks about incidents that were made to happen, see
// testdata/record, before and after the cure.
func TestRecordings(t *testing.T) {
	for _, r := range recordings(t) {
		t.Run(r.name, func(t *testing.T) {
			res := Run(input(t, r.files))
			var got []string
			for _, a := range res.Answers {
				if a.Certainty >= Likely {
					got = append(got, a.Cause.ID+" "+a.Certainty.String())
				}
			}
			var want []string
			if w := wanted[r.name]; w != "" {
				want = []string{w}
			} else if !strings.HasSuffix(r.name, "/cured") && r.name != "healthy" && r.name != "one-of-two-started-again" && !strings.HasPrefix(r.name, "time-wait-on-") {
				t.Fatalf("nobody says what is right about %s", r.name)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestWithoutConfiguration holds that nothing is proved wrongly where only what
// tools print is at hand.
func TestWithoutConfiguration(t *testing.T) {
	for _, r := range recordings(t) {
		t.Run(r.name, func(t *testing.T) {
			delete(r.files, "nginx.conf")
			right, _, _ := strings.Cut(wanted[r.name], " ")
			for _, a := range Run(input(t, r.files)).Answers {
				if a.Certainty == Proved && a.Cause.ID != right {
					t.Errorf("%s is said to be proved: %s", a.Cause.ID, a.Message)
				}
			}
		})
	}
}

// TestEachAlone reads each file of the recordings alone: whatever is missing,
// nothing wrong may be proved.
func TestEachAlone(t *testing.T) {
	for _, r := range recordings(t) {
		right, _, _ := strings.Cut(wanted[r.name], " ")
		for name := range r.files {
			files := map[string]string{name: r.files[name], "nginx.conf": r.files["nginx.conf"]}
			for _, a := range Run(input(t, files)).Answers {
				if a.Certainty == Proved && a.Cause.ID != right {
					t.Errorf("%s, %s alone: %s is said to be proved: %s", r.name, name, a.Cause.ID, a.Message)
				}
			}
		}
	}
}

// TestKnow holds that what somebody declared counts, whether anything was learned or
// not.
func TestKnow(t *testing.T) {
	declared := model.Input{Backends: map[string]facts.Backend{"app": {MaxConnections: 8}}}
	for _, learned := range []map[string]facts.Backend{nil, {"app": {MaxConnections: 9}}} {
		a := Answer{Learned: learned}
		if got := a.Know(declared).Backends["app"].MaxConnections; got != 8 {
			t.Errorf("with %v learned, it is %d", learned, got)
		}
	}
}

// TestLearned holds that what the evidence shows of a backend reaches the rule that
// cures the cause: its patch keeps the pool below what the backend accepts.
func TestLearned(t *testing.T) {
	in := input(t, folder(t, "testdata/recorded/pool-fills-backend"))
	in.Rules = rules.All()
	a := Run(in).Answers[0]
	if a.Learned["app"].MaxConnections != 8 || a.Rule != "nginx-pool-larger-than-backend" || a.Finding == nil || a.Finding.Fix == nil {
		t.Errorf("learned %v, rule %s, finding %v", a.Learned, a.Rule, a.Finding)
	}
}
