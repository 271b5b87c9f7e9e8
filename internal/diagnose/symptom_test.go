package diagnose

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/rules"
)

func TestSymptomsAreDeclared(t *testing.T) {
	for _, s := range Symptoms() {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// TestRules holds that the rules which cure a cause exist.
func TestRules(t *testing.T) {
	for _, s := range Symptoms() {
		for _, c := range s.Causes {
			for _, id := range c.Rules {
				if !slices.Contains(rules.IDs(), id) {
					t.Errorf("%s is cured by the rule %s, which does not exist", c.ID, id)
				}
			}
		}
	}
}

// TestExamples asks about the examples of each symptom.
func TestExamples(t *testing.T) {
	for _, s := range Symptoms() {
		for _, e := range s.Examples {
			t.Run(s.ID+"/"+e.Name, func(t *testing.T) {
				res := Run(input(t, exampleFiles(e)))
				var got []string
				for _, a := range res.Answers {
					got = append(got, a.Cause.ID+" "+a.Certainty.String())
					if a.Message == "" || len(a.Signs) == 0 {
						t.Errorf("%s says nothing: %+v", a.Cause.ID, a)
					}
				}
				if d := cmp.Diff(e.Want, got); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

func exampleFiles(e Example) map[string]string {
	files := map[string]string{}
	for _, f := range txtar.Parse([]byte(e.Archive())).Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

// TestAskedIsDeclared holds what symptoms ask for against what they declare: never
// more, and over all examples and recordings no less.
func TestAskedIsDeclared(t *testing.T) {
	asked := map[*Symptom]map[evidence.Kind]bool{}
	look := func(in Input) {
		sh := &shared{evidence: in.Evidence, hosts: in.Hosts}
		for _, s := range Symptoms() {
			p := &Pass{symptom: s, evidence: in.Evidence, hosts: in.Hosts, shared: sh, asked: map[evidence.Kind]bool{}}
			if p.lacks() == nil {
				s.Look(p)
				for _, x := range p.suspects {
					if s.cause(x.cause.ID) == nil {
						t.Errorf("%s suspects %s, which it does not declare", s.ID, x.cause.ID)
					}
					for r := range x.excluded {
						if !slices.Contains(x.cause.Rivals, r) {
							t.Errorf("%s excludes %s, which is no rival of %s", s.ID, r, x.cause.ID)
						}
					}
				}
			}
			if asked[s] == nil {
				asked[s] = map[evidence.Kind]bool{}
			}
			for k := range p.asked {
				asked[s][k] = true
			}
		}
	}
	for _, s := range Symptoms() {
		for _, e := range s.Examples {
			look(input(t, exampleFiles(e)))
		}
	}
	for _, r := range recordings(t) {
		look(input(t, r.files))
	}
	for _, s := range Symptoms() {
		for _, k := range evidence.Kinds() {
			switch {
			case asked[s][k] && !s.declares(k):
				t.Errorf("%s asks for %s, which it does not declare", s.ID, k)
			case !asked[s][k] && s.declares(k):
				t.Errorf("%s declares %s, for which it never asks", s.ID, k)
			}
		}
	}
}

// TestCertainty holds that certainty follows from signs and rivals alone.
func TestCertainty(t *testing.T) {
	cause := &Cause{ID: "x", Rivals: []string{"y"}}
	for _, c := range []struct {
		name string
		s    *Suspect
		want Certainty
	}{
		{"circumstances", (&Suspect{cause: cause}).Hint(evidence.Counters, "a").Hint(evidence.ErrorLog, "b").Exclude("y", ""), Possible},
		{"a sign alone", (&Suspect{cause: cause}).Sign(evidence.ErrorLog, "a").Exclude("y", ""), Likely},
		{"a rival is left", (&Suspect{cause: cause}).Sign(evidence.ErrorLog, "a").Hint(evidence.Counters, "b"), Likely},
		{"two sorts agree", (&Suspect{cause: cause}).Sign(evidence.ErrorLog, "a").Hint(evidence.Counters, "b").Exclude("y", ""), Proved},
		{"two sorts of one command", (&Suspect{cause: cause}).Sign(evidence.Sockets, "a").Hint(evidence.Owners, "b").Exclude("y", ""), Likely},
	} {
		if got := c.s.certainty(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
