//go:build !tcplint_core

package page

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/workspace"
)

// wantsMore says that nothing is left to a larger program.
func wantsMore(*Request) bool { return false }

func diagnosed(ctx context.Context, r *Request) (*Diagnosed, error) {
	fsys, o, err := together(r)
	if err != nil {
		return nil, err
	}
	res, err := engine.Diagnose(ctx, fsys, o, engine.DiagnoseOptions{Fix: true})
	if err != nil {
		return nil, err
	}
	return diagnosisOf(res), nil
}

// together is configuration and evidence in one file system.
func together(r *Request) (workspace.FS, workspace.Options, error) {
	o, err := options(r)
	if err != nil {
		return nil, o, err
	}
	all := maps.Clone(r.Files)
	if all == nil {
		all = map[string]string{}
	}
	for name, text := range r.Evidence {
		if text != "" {
			all[name] = text
			o.Paths = append(o.Paths, name)
		}
	}
	for name := range r.Files {
		if _, ok := r.Evidence[name]; !ok {
			o.Paths = append(o.Paths, name)
		}
	}
	slices.Sort(o.Paths)
	o.IgnoreUnknown = true
	return workspace.Memory(all), o, nil
}

func diagnosisOf(res *engine.Diagnosis) *Diagnosed {
	out := &Diagnosed{Answers: []Answer{}, Normal: []string{}, NotUsed: []string{}, NotLooked: []NotAsked{}}
	for i := range res.Answers {
		out.Answers = append(out.Answers, answerOf(&res.Answers[i], res.Diffs))
	}
	for _, n := range res.Normal {
		out.Normal = append(out.Normal, n.Message)
	}
	for _, n := range res.NotUsed {
		out.NotUsed = append(out.NotUsed, n.File+": "+n.Reason)
	}
	for _, n := range res.NotLooked {
		out.NotLooked = append(out.NotLooked, NotAsked{n.Symptom.ID, n.Symptom.Title, commands(n.Missing)})
	}
	return out
}

// explainSymptom explains a symptom, or a cause; nil if there is none of that name.
func explainSymptom(id string) *Explained {
	s, c, ok := diagnose.Lookup(id)
	if !ok {
		return nil
	}
	out := &Explained{ID: s.ID, Title: s.Title, Why: s.Why, Examples: []Example{}, Refs: append([]string{}, s.Refs...)}
	if c != nil {
		out.ID, out.Title, out.Cure = c.ID, c.Title, c.Cure
	}
	return out
}

func answerOf(a *diagnose.Answer, diffs map[string]string) Answer {
	out := Answer{
		Cause: a.Cause.ID, Certainty: a.Certainty.String(), Title: a.Cause.Title, Message: a.Message,
		Evidence: []Line{}, Places: []Note{}, Rule: a.Rule, Diff: diffs[a.Cause.ID], Cure: a.Cause.Cure, Cured: a.Cause.Cured,
		Excluded: [][]string{}, Open: append([]string{}, a.Open...),
		Decide: append(append([]string{}, a.Decide...), commands(a.Missing)...),
	}
	for _, s := range a.Signs {
		for _, l := range s.Lines {
			out.Evidence = append(out.Evidence, Line{l.File, l.Number, l.Text, s.Says})
		}
		if len(s.Lines) == 0 {
			out.Evidence = append(out.Evidence, Line{Says: s.Says})
		}
	}
	for _, p := range a.Places {
		out.Places = append(out.Places, Note{p.Message, placeOf(p.Place)})
	}
	for _, id := range slices.Sorted(maps.Keys(a.Excluded)) {
		out.Excluded = append(out.Excluded, []string{id, a.Excluded[id]})
	}
	return out
}

func commands(missing []evidence.Kind) []string {
	out := []string{}
	for _, k := range missing {
		if c := k.Command(); c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func capacityOf(ctx context.Context, r *Request) (*Capacity, error) {
	const longest = 24 * 60 * 60
	if !(r.Rate >= 0 && r.Clients >= 0 && r.Latency >= 0 && r.Latency <= longest) || math.IsInf(r.Rate+r.Clients, 0) {
		return nil, errors.New("a load is given in numbers of 0 and above, a request's time as at most a day")
	}
	fsys, o, err := together(r)
	if err != nil {
		return nil, err
	}
	q := capacity.Question{Rate: r.Rate, Clients: r.Clients, Latency: time.Duration(r.Latency * float64(time.Second))}
	res, err := engine.AskCapacity(ctx, fsys, o, engine.DiagnoseOptions{}, q)
	if err != nil {
		return nil, err
	}
	out := &Capacity{Latency: res.Question.Latency.Seconds(), Assumed: res.Question.Assumed, Hosts: []CapacityHost{}}
	for _, h := range res.Hosts {
		host := CapacityHost{Name: h.Name, Limits: []Limit{}}
		for i := range h.Limits {
			host.Limits = append(host.Limits, limitOf(&h.Limits[i]))
		}
		out.Hosts = append(out.Hosts, host)
	}
	return out, nil
}

func limitOf(l *capacity.Limit) Limit {
	out := Limit{
		ID: l.ID, Title: l.Title, Subject: l.Subject, Unit: l.Unit, From: append([]string{}, l.From...),
		Driver: string(l.Driver), Formula: l.Formula, Overrun: l.Overrun(), Note: l.Note,
	}
	if l.Known {
		out.Value, out.Reached = &l.Value, &l.Reached
	} else {
		out.Missing = l.Missing
	}
	if l.HasAsked {
		out.Needs = &l.Asked
	}
	if l.HasUsed {
		out.Used, out.UsedAt = &l.Used, fmt.Sprintf("%s:%d", l.UsedAt.File, l.UsedAt.Number)
	}
	return out
}
