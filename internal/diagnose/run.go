package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
)

// Input is what a diagnosis starts from.
type Input struct {
	Evidence *evidence.Set
	// Hosts are the configurations at hand; there may be none.
	Hosts []*model.Host
	// Inputs are what the hosts were built from, in the same order; nil if nothing
	// that was learned of backends can be told to rules.
	Inputs []model.Input
	// Rules are those whose patches may cure a cause; nil means that none are
	// looked for.
	Rules []*lint.Rule
}

// Answer is a cause that was found.
type Answer struct {
	Cause     *Cause
	Certainty Certainty
	// Message says what is wrong with its real values.
	Message string
	Signs   []Sign
	Places  []Place
	// Excluded are causes that look the same, with what speaks against them; Open
	// are those that are left.
	Excluded map[string]string
	Open     []string
	// Follows are causes whose signs were found and follow from this one.
	Follows []string
	// Rule is the rule that finds the cause in the configuration, Finding what it
	// found there with its patch; empty and nil if there is none.
	Rule    string
	Finding *lint.Finding
	// Learned is what the evidence shows of the servers behind upstreams, by name.
	Learned map[string]facts.Backend
	// Decide are commands that decide what is left.
	Decide []string
	// Missing is evidence that the symptom asked for in vain.
	Missing []evidence.Kind

	weight int
}

// Result is all that a diagnosis found out.
type Result struct {
	// Answers are sorted: the most certain and the most harmful first.
	Answers []Answer
	// Normal is what may look bad and is not.
	Normal []Normal
	// NotLooked are symptoms that could not be looked for, for want of evidence.
	NotLooked []NotLooked
	// Sources are the texts that were read.
	Sources []*evidence.Source
	// NotUsed are files, or parts of them, that were not used, and why.
	NotUsed []NotUsed
	// Diffs are the patches of answers, by the cause, as unified diffs; nil if they
	// were not asked for.
	Diffs map[string]string
}

// NotUsed is a file that was not used, or not as a whole.
type NotUsed struct {
	File   string
	Reason string
	// Line is the first line that was not understood, 0 if it is about the file.
	Line int
}

// NotLooked is a symptom that could not be looked for.
type NotLooked struct {
	Symptom *Symptom
	Missing []evidence.Kind
}

// Sick reports whether an answer is proved or likely.
func (r *Result) Sick() bool {
	return slices.ContainsFunc(r.Answers, func(a Answer) bool { return a.Certainty >= Likely })
}

// Run looks for all symptoms.
func Run(in Input) *Result {
	res := &Result{Sources: in.Evidence.Sources}
	sh := &shared{evidence: in.Evidence, hosts: in.Hosts}
	var found []Answer
	for _, s := range Symptoms() {
		p := &Pass{symptom: s, evidence: in.Evidence, hosts: in.Hosts, shared: sh, asked: map[evidence.Kind]bool{}}
		if missing := p.lacks(); missing != nil {
			res.NotLooked = append(res.NotLooked, NotLooked{s, missing})
			continue
		}
		s.Look(p)
		for _, x := range p.suspects {
			if len(x.signs) > 0 {
				found = append(found, p.answer(x))
			}
		}
		res.Normal = append(res.Normal, p.normal...)
	}
	res.Answers = settle(join(found))
	for i := range res.Answers {
		res.Answers[i].cure(in)
	}
	return res
}

// lacks returns the evidence without which the symptom cannot be looked for; nil
// if there is enough.
func (p *Pass) lacks() []evidence.Kind {
	var missing []evidence.Kind
	for _, k := range p.symptom.Needs {
		if !p.ask(k) {
			missing = append(missing, k)
		}
	}
	if len(p.symptom.OneOf) > 0 && !slices.ContainsFunc(p.symptom.OneOf, p.ask) {
		missing = append(missing, p.symptom.OneOf...)
	}
	return missing
}

func (p *Pass) answer(s *Suspect) Answer {
	a := Answer{
		Cause: describe(s.cause.ID), Certainty: s.certainty(), Message: s.message, Signs: s.signs, Places: s.places,
		Excluded: s.excluded, Open: s.open(), Decide: s.decide, weight: s.weight,
		Learned: s.learned,
	}
	if a.Message == "" {
		a.Message = a.Cause.Title
	}
	if a.Certainty < Proved {
		for _, k := range slices.Concat(p.symptom.OneOf, p.symptom.Helps) {
			if p.asked[k] && !p.has(k) && !slices.Contains(a.Missing, k) {
				a.Missing = append(a.Missing, k)
			}
		}
		for _, d := range slices.Concat(s.cause.Decide, a.Cause.Decide) {
			if !slices.Contains(a.Decide, d) {
				a.Decide = append(a.Decide, d)
			}
		}
	}
	a.Rule = first(s.rules)
	return a
}

func (p *Pass) has(k evidence.Kind) bool {
	if k == evidence.Configuration {
		return len(p.Nginx()) > 0
	}
	return p.evidence.Has(k)
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// join puts answers of several symptoms to one cause together.
func join(found []Answer) []Answer {
	var out []Answer
	for _, a := range found {
		i := slices.IndexFunc(out, func(o Answer) bool { return o.Cause.ID == a.Cause.ID })
		if i < 0 {
			out = append(out, a)
			continue
		}
		o := &out[i]
		if a.Certainty > o.Certainty {
			*o, a = a, *o
		}
		for _, s := range a.Signs {
			if !slices.ContainsFunc(o.Signs, func(k Sign) bool { return k.Says == s.Says }) {
				o.Signs = append(o.Signs, s)
			}
		}
		for _, pl := range a.Places {
			if !slices.ContainsFunc(o.Places, func(k Place) bool { return k.Message == pl.Message }) {
				o.Places = append(o.Places, pl)
			}
		}
		o.weight = max(o.weight, a.weight)
		if o.Rule == "" {
			o.Rule = a.Rule
		}
	}
	return out
}

// settle drops causes that follow from others, and sorts the rest.
func settle(all []Answer) []Answer {
	sortAnswers(all)
	var out []Answer
	for i, a := range all {
		by := slices.IndexFunc(all, func(o Answer) bool {
			return o.Cause.ID != a.Cause.ID && o.Certainty >= Likely && o.Certainty >= a.Certainty && slices.Contains(o.Cause.Explains, a.Cause.ID) &&
				!slices.Contains(a.Cause.Explains, o.Cause.ID)
		})
		if by < 0 {
			out = append(out, all[i])
		}
	}
	for i := range out {
		for _, a := range all {
			if slices.Contains(out[i].Cause.Explains, a.Cause.ID) && !slices.ContainsFunc(out, func(o Answer) bool { return o.Cause.ID == a.Cause.ID }) {
				out[i].Follows = append(out[i].Follows, a.Cause.ID)
			}
		}
	}
	return out
}

func sortAnswers(all []Answer) {
	slices.SortStableFunc(all, func(a, b Answer) int {
		return cmp.Or(
			cmp.Compare(b.Certainty, a.Certainty),
			cmp.Compare(b.Cause.Harm, a.Cause.Harm),
			cmp.Compare(b.weight, a.weight),
			strings.Compare(a.Cause.ID, b.Cause.ID),
		)
	})
}

// Know returns an input of a host with what was learned of its backends. What
// somebody declared counts more.
func (a *Answer) Know(in model.Input) model.Input {
	known := map[string]facts.Backend{}
	maps.Copy(known, a.Learned)
	maps.Copy(known, in.Backends)
	in.Backends = known
	return in
}

// cure finds the patch of a rule.
func (a *Answer) cure(in Input) {
	hosts := in.Hosts
	if len(a.Learned) > 0 && len(in.Inputs) == len(in.Hosts) {
		hosts = make([]*model.Host, len(in.Inputs))
		for i := range in.Inputs {
			hosts[i] = model.Build(a.Know(in.Inputs[i]))
		}
	}
	ids := a.Cause.Rules
	if a.Rule != "" {
		ids = append([]string{a.Rule}, ids...)
	}
	a.Rule = first(ids)
	for _, id := range ids {
		i := slices.IndexFunc(in.Rules, func(r *lint.Rule) bool { return r.ID == id })
		if i < 0 {
			continue
		}
		found := lint.Run(hosts, lint.Options{Rules: in.Rules[i : i+1]}).Findings
		if len(found) == 0 {
			continue
		}
		best := slices.IndexFunc(found, func(f lint.Finding) bool { return f.Fix != nil })
		a.Rule, a.Finding = id, &found[max(best, 0)]
		return
	}
}
