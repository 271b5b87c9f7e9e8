package page

import (
	"context"
	"maps"
	"slices"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Diagnosed is the answer to "diagnose".
type Diagnosed struct {
	Answers []Answer `json:"answers"`
	Normal  []string `json:"normal"`
	// NotUsed are files, or parts of them, that were not used, and why; NotLooked
	// symptoms that could not be looked for, with the commands that would help.
	NotUsed   []string   `json:"notUsed"`
	NotLooked []NotAsked `json:"notLooked"`
}

// Answer is a cause.
type Answer struct {
	Cause     string     `json:"cause"`
	Certainty string     `json:"certainty"`
	Title     string     `json:"title"`
	Message   string     `json:"message"`
	Evidence  []Line     `json:"evidence"`
	Places    []Note     `json:"places"`
	Rule      string     `json:"rule,omitempty"`
	Diff      string     `json:"diff,omitempty"`
	Cure      string     `json:"cure,omitempty"`
	Cured     string     `json:"cured,omitempty"`
	Excluded  [][]string `json:"excluded"`
	Open      []string   `json:"open"`
	Decide    []string   `json:"decide"`
}

// Line is a line of evidence and what it says.
type Line struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
	Says string `json:"says"`
}

// NotAsked is a symptom that could not be looked for.
type NotAsked struct {
	Symptom string   `json:"symptom"`
	Title   string   `json:"title"`
	Try     []string `json:"try"`
}

func (*Session) diagnose(ctx context.Context, r *Request) (*Diagnosed, error) {
	o, err := options(r)
	if err != nil {
		return nil, err
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
	res, err := engine.Diagnose(ctx, workspace.Memory(all), o, engine.DiagnoseOptions{Fix: true})
	if err != nil {
		return nil, err
	}
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
	return out, nil
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
