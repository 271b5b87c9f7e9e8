package fleet

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Diagnosis is what the evidence of many hosts comes to.
type Diagnosis struct {
	// Hosts are those that were asked, by name.
	Hosts []Host
	// Answers are the causes that were found, each once: the most certain and most
	// harmful first, then those of the most hosts.
	Answers []Answer
	// NotLooked are the symptoms that could not be looked for on hosts, each with the
	// evidence that it wants.
	NotLooked []Remark
	// Skipped are archives that could not be used, Remarks what is to be said of those
	// that were, NotUsed the files of theirs that tell nothing, and why.
	Skipped, Remarks, NotUsed []Remark
	// Sick says that an answer is proved or likely.
	Sick bool
}

// Answer is a cause that was found on one host or on many.
type Answer struct {
	Cause *diagnose.Cause
	// Certainty is that of the host where it is most certain.
	Certainty diagnose.Certainty
	// Hosts are indices of Diagnosis.Hosts.
	Hosts []int
	// Variants are the answers as they are worded, the most certain first.
	Variants []AnswerVariant
	// Shown is one of the hosts where it is most certain: what follows is from there.
	Shown int
	// Evidence are the signs, each with a line that shows it.
	Evidence []Evidence
	// Places are where in the configuration it sits.
	Places []Note
	// Finding is what the rule that cures it finds there; nil if there is none.
	Finding *Finding
	// Excluded are causes that look the same, with what speaks against each; Open are
	// those that are left, Decide the commands that would decide.
	Excluded     map[string]string
	Open, Decide []string
}

// AnswerVariant is an answer as it is worded on some of the hosts.
type AnswerVariant struct {
	Message   string
	Certainty diagnose.Certainty
	Hosts     []int
}

// Evidence is a sign with the line that shows it.
type Evidence struct {
	Says string
	// File is empty where it stands in no single line.
	File, Text string
	Line       int
}

// DiagnoseOptions say how hosts are asked for causes.
type DiagnoseOptions struct {
	// Override is put on top of what a snapshot says about itself.
	Override config.Override
	// Progress, if not nil, is told how many snapshots are done. It is called by
	// several goroutines.
	Progress func(done, all int)
}

// Diagnose looks for the causes of incidents on the hosts of all snapshots, on as many
// processors as there are. What cannot be used is in Skipped; the error is that of a
// context which ended.
func Diagnose(ctx context.Context, sources []Source, o DiagnoseOptions) (*Diagnosis, error) {
	f := newAnswerFolder(len(sources))
	err := each(ctx, len(sources), o.Progress, func(i int) {
		t, err := diagnoseOne(ctx, sources[i], o)
		f.add(i, sources[i].Name, t, err)
	})
	if err != nil {
		return nil, err
	}
	return f.report(), nil
}

// diagnosed is what the evidence of one host told.
type diagnosed struct {
	Host

	answers                     []Answer
	remarks, notUsed, notLooked []string
}

func diagnoseOne(ctx context.Context, from Source, o DiagnoseOptions) (t *diagnosed, err error) {
	defer recovered(&err)
	s, h, remarks, err := open(from, nil)
	if err != nil {
		return nil, err
	}
	res, err := engine.Diagnose(ctx, s.FS, workspace.Options{Paths: []string{"."}, Override: o.Override}, engine.DiagnoseOptions{})
	if err != nil {
		return nil, err
	}
	t = &diagnosed{Host: h, remarks: remarks}
	t.remarks = append(t.remarks, problems(res.Messages)...)
	for i := range res.Answers {
		t.answers = append(t.answers, answerOf(&res.Answers[i]))
	}
	for _, n := range res.NotUsed {
		at := n.File
		if n.Line > 0 {
			at = fmt.Sprintf("%s:%d", n.File, n.Line)
		}
		t.notUsed = append(t.notUsed, at+": "+n.Reason)
	}
	for _, n := range res.NotLooked {
		var kinds []string
		for _, k := range n.Missing {
			kinds = append(kinds, fmt.Sprintf("%s (%s)", k, k.Command()))
		}
		t.notLooked = append(t.notLooked, n.Symptom.ID+" wants "+strings.Join(kinds, " or "))
	}
	return t, nil
}

// answerOf copies what is kept of an answer, so that nothing holds its files.
func answerOf(a *diagnose.Answer) Answer {
	out := Answer{
		Cause: a.Cause, Certainty: a.Certainty, Variants: []AnswerVariant{{Message: strings.Clone(a.Message), Certainty: a.Certainty}},
		Excluded: maps.Clone(a.Excluded), Open: slices.Clone(a.Open), Decide: slices.Clone(a.Decide),
	}
	told := map[string]bool{}
	for _, s := range a.Signs {
		if told[s.Says] {
			continue
		}
		told[s.Says] = true
		e := Evidence{Says: strings.Clone(s.Says)}
		if len(s.Lines) > 0 {
			l := s.Lines[0]
			e.File, e.Line, e.Text = strings.Clone(l.File), l.Number, strings.Clone(l.Text[:min(len(l.Text), longestLine)])
		}
		out.Evidence = append(out.Evidence, e)
	}
	for _, p := range a.Places {
		out.Places = append(out.Places, noteOf(p.Message, p.Place))
	}
	if a.Finding != nil {
		f := findingOf(a.Finding)
		out.Finding = &f
	}
	return out
}

// answerFolder puts together what diagnoses of hosts told.
type answerFolder struct {
	mu sync.Mutex
	roster
	answers            map[string]*answerFold // by cause
	notUsed, notLooked map[string][]int
	sick               bool
}

type answerFold struct {
	Answer
	of       int // the source that it is told of: the first of the most certain
	variants map[answerKey][]int
}

type answerKey struct {
	message   string
	certainty diagnose.Certainty
}

func newAnswerFolder(n int) *answerFolder {
	return &answerFolder{roster: newRoster(n), answers: map[string]*answerFold{}, notUsed: map[string][]int{}, notLooked: map[string][]int{}}
}

func (f *answerFolder) add(i int, archive string, t *diagnosed, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.skip(i, archive, err)
		return
	}
	f.take(i, t.Host, t.remarks)
	for j := range t.answers {
		f.addAnswer(i, &t.answers[j])
	}
	note(f.notUsed, t.notUsed, i)
	note(f.notLooked, t.notLooked, i)
}

func (f *answerFolder) addAnswer(i int, a *Answer) {
	f.sick = f.sick || a.Certainty >= diagnose.Likely
	fold := f.answers[a.Cause.ID]
	if fold == nil {
		fold = &answerFold{Answer: *a, of: i, variants: map[answerKey][]int{}}
		f.answers[a.Cause.ID] = fold
	} else if a.Certainty > fold.Certainty || a.Certainty == fold.Certainty && i < fold.of {
		fold.Answer, fold.of = *a, i
	}
	k := answerKey{a.Variants[0].Message, a.Certainty}
	fold.variants[k] = append(fold.variants[k], i)
}

// report puts everything in order, so that it does not depend on which snapshot was
// done first.
func (f *answerFolder) report() *Diagnosis {
	d := &Diagnosis{Sick: f.sick, Skipped: f.left()}
	var at places
	d.Hosts, at = f.order()
	for _, fold := range f.answers {
		a := fold.Answer
		a.Shown, a.Variants = at[fold.of], nil
		var hosts []int
		for k, list := range fold.variants {
			hosts = append(hosts, list...)
			a.Variants = append(a.Variants, AnswerVariant{k.message, k.certainty, at.all(list)})
		}
		slices.SortFunc(a.Variants, func(x, y AnswerVariant) int {
			shown := func(v AnswerVariant) int {
				if slices.Contains(v.Hosts, a.Shown) {
					return 0
				}
				return 1
			}
			return cmp.Or(cmp.Compare(y.Certainty, x.Certainty), cmp.Compare(shown(x), shown(y)), cmp.Compare(len(y.Hosts), len(x.Hosts)), cmp.Compare(x.Hosts[0], y.Hosts[0]), cmp.Compare(x.Message, y.Message))
		})
		a.Hosts = at.all(hosts)
		d.Answers = append(d.Answers, a)
	}
	slices.SortFunc(d.Answers, func(a, b Answer) int {
		return cmp.Or(cmp.Compare(b.Certainty, a.Certainty), cmp.Compare(b.Cause.Harm, a.Cause.Harm), cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.Cause.ID, b.Cause.ID))
	})
	d.Remarks, d.NotUsed, d.NotLooked = at.remarks(f.remarks), at.remarks(f.notUsed), at.remarks(f.notLooked)
	return d
}
