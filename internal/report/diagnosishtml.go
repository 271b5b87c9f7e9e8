package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/diagnose"
)

// The page of a diagnosis is one file without scripts, and asks for nothing more.
var (
	//go:embed html/diagnosis.html
	diagnosisHTML string
	//go:embed html/diagnosis.css
	diagnosisStyle string

	diagnosisPage = sync.OnceValue(func() *template.Template { return template.Must(template.New("diagnosis").Parse(diagnosisHTML)) })
)

type (
	htmlDiagnosis struct {
		Summary, Policy string
		Style           template.CSS
		Parts           []htmlPart
		Answers         []htmlAnswer
		Normal          []string
		NotUsed         []htmlPlaced
	}
	// htmlPart is a part of the path in the picture.
	htmlPart struct {
		Name, Certainty, Cause string
		Href                   template.URL
		Line                   bool
		LineFrom               int
		X, Y, Width, Middle    int
		TextY, CauseY          int
	}
	htmlPlaced struct{ At, Text string }
	htmlSign   struct {
		Says  string
		Lines []htmlPlaced
	}
	htmlAnswer struct {
		ID, Title, Certainty, Message string
		Signs                         []htmlSign
		Places, Excluded              []htmlPlaced
		Open, Follows                 string
		Rule, Finding, Cure, Cured    string
		Diff                          []htmlDiffLine
		Decide                        []string
	}
)

// DiagnosisHTML writes a diagnosis as a page: the path of a connection, coloured by
// what was found, and the answers with their evidence.
func DiagnosisHTML(w io.Writer, r *diagnose.Result) error {
	style := pageStyle + diagnosisStyle
	page := htmlDiagnosis{
		Summary: diagnosisSummary(r), Style: template.CSS(style), //nolint:gosec // it is ours
		Policy: stylePolicy(style),
		Parts:  drawParts(r),
	}
	for i := range r.Answers {
		page.Answers = append(page.Answers, answerHTML(&r.Answers[i], r.Diffs))
	}
	for _, n := range r.Normal {
		page.Normal = append(page.Normal, visible(n.Message))
	}
	for _, n := range r.NotUsed {
		page.NotUsed = append(page.NotUsed, htmlPlaced{lineAt(n.File, n.Line), visible(n.Reason)})
	}
	var b bytes.Buffer
	if err := diagnosisPage().Execute(&b, page); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}

func diagnosisSummary(r *diagnose.Result) string {
	if len(r.Answers) == 0 {
		return "nothing here explains a fault"
	}
	return r.Answers[0].Certainty.String() + ": " + visible(r.Answers[0].Message)
}

// drawParts lays the parts of the path out: one beside the other, the kernel
// beneath them.
func drawParts(r *diagnose.Result) []htmlPart {
	const width, gap, top, below = 150, 37, 23, 96
	var out []htmlPart
	x := 10
	for _, part := range diagnose.Parts() {
		p := htmlPart{Name: part.String(), X: x, Y: top, Width: width, Line: x > 10, LineFrom: x - gap}
		if part == diagnose.Kernel {
			p.X, p.Y, p.Width, p.Line = 10, below, 5*width+4*gap, false
		}
		p.Middle, p.TextY, p.CauseY = p.X+p.Width/2, p.Y+26, p.Y+38
		for i := range r.Answers {
			if a := &r.Answers[i]; a.Cause.At == part {
				p.Certainty, p.Cause = a.Certainty.String(), a.Cause.ID
				p.Href = template.URL("#" + a.Cause.ID) //nolint:gosec // an ID of ours
				p.TextY = p.Y + 19
				break // the first is the most certain
			}
		}
		out = append(out, p)
		x += width + gap
	}
	return out
}

func answerHTML(a *diagnose.Answer, diffs map[string]string) htmlAnswer {
	h := htmlAnswer{
		ID: a.Cause.ID, Title: a.Cause.Title, Certainty: a.Certainty.String(), Message: visible(a.Message),
		Follows: strings.Join(a.Follows, ", "), Cure: a.Cause.Cure, Cured: a.Cause.Cured, Decide: slices.Clone(a.Decide),
	}
	if a.Certainty < diagnose.Proved {
		h.Open = strings.Join(a.Open, ", ")
	}
	for _, s := range a.Signs {
		sign := htmlSign{Says: visible(s.Says)}
		for _, l := range s.Lines {
			sign.Lines = append(sign.Lines, htmlPlaced{lineAt(l.File, l.Number), visible(l.Text)})
		}
		h.Signs = append(h.Signs, sign)
	}
	for _, p := range a.Places {
		h.Places = append(h.Places, htmlPlaced{place(p.Place), visible(p.Message)})
	}
	for _, c := range slices.Sorted(maps.Keys(a.Excluded)) {
		h.Excluded = append(h.Excluded, htmlPlaced{c, visible(a.Excluded[c])})
	}
	if a.Finding != nil {
		h.Rule, h.Finding = a.Rule, place(a.Finding.At)+": "+visible(a.Finding.Msg)
	}
	for _, k := range a.Missing {
		h.Decide = append(h.Decide, k.Command())
	}
	for l := range strings.SplitSeq(strings.TrimSuffix(diffs[a.Cause.ID], "\n"), "\n") {
		kind := ""
		switch {
		case l == "" && len(h.Diff) == 0:
			continue
		case strings.HasPrefix(l, "+"):
			kind = "new"
		case strings.HasPrefix(l, "-"):
			kind = "gone"
		}
		h.Diff = append(h.Diff, htmlDiffLine{kind, visible(l)})
	}
	return h
}

func lineAt(file string, line int) string {
	if line == 0 {
		return visible(file)
	}
	return fmt.Sprintf("%s:%d", visible(file), line)
}
