package page

import (
	"context"
	"fmt"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Checked is the answer to "check".
type Checked struct {
	Findings   []Finding `json:"findings"`
	NotChecked []Note    `json:"notChecked"`
	Messages   []string  `json:"messages"`
	Suppressed int       `json:"suppressed"`
	Pictures   []Picture `json:"pictures"`
}

// Finding is one fault.
type Finding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	At       *Place `json:"at"`
	Notes    []Note `json:"notes"`
	Versions string `json:"versions,omitempty"`
	// Fix says in the imperative what the patch does, Safety what may be done with
	// it; both are empty if there is none.
	Fix    string `json:"fix,omitempty"`
	Safety string `json:"safety,omitempty"`
}

// Note is a remark; its place may be missing.
type Note struct {
	Message string `json:"message"`
	At      *Place `json:"at,omitempty"`
}

// Patched is the answer to "patch" and "fix": the files as they are after it.
type Patched struct {
	Changes []Changed `json:"changes"`
	Diff    string    `json:"diff"`
	Applied int       `json:"applied"`
	// Dropped says why fixes were not made.
	Dropped []string `json:"dropped"`
}

// Changed is a file with its new text.
type Changed struct {
	File string `json:"file"`
	Text string `json:"text"`
}

func (s *Session) check(ctx context.Context) (*Checked, error) {
	res, err := engine.Check(ctx, s.ws, engine.Options{Cache: s.cache})
	if err != nil {
		return nil, err
	}
	out := &Checked{Findings: []Finding{}, NotChecked: []Note{}, Messages: []string{}, Pictures: []Picture{}, Suppressed: len(res.Suppressed)}
	for i := range res.Findings {
		out.Findings = append(out.Findings, findingOf(&res.Findings[i]))
	}
	for _, n := range res.NotChecked {
		out.NotChecked = append(out.NotChecked, Note{n.Reason, placeOf(n.At)})
	}
	if doubt := facts.DoubtServer(s.server); doubt != "" {
		out.Messages = append(out.Messages, doubt)
	}
	if v, err := facts.ParseVersion(s.kernel); err == nil {
		if doubt := facts.DoubtKernel(v); doubt != "" {
			out.Messages = append(out.Messages, doubt)
		}
	}
	for _, m := range append(s.ws.Messages(), res.Messages...) {
		switch m.Level {
		case workspace.Detail:
		case workspace.Remark:
			out.Messages = append(out.Messages, m.Text)
		case workspace.Problem:
			out.Messages = append(out.Messages, m.Err.Error())
		}
	}
	for _, h := range res.Hosts() {
		out.Pictures = append(out.Pictures, picture(h, res.Findings))
	}
	return out, nil
}

func findingOf(f *lint.Finding) Finding {
	out := Finding{
		Rule: f.Rule.ID, Severity: f.Severity.String(), Message: f.Msg, At: placeOf(f.At),
		Notes: []Note{}, Versions: f.Versions,
	}
	for _, n := range f.Notes {
		out.Notes = append(out.Notes, Note{n.Msg, placeOf(n.At)})
	}
	if f.Fix != nil {
		out.Fix, out.Safety = f.Fix.Title, f.Fix.Safety.String()
	}
	return out
}

// patch mends one finding of the last check, and what that leads to.
func (s *Session) patch(ctx context.Context, index int) (*Patched, error) {
	res, err := engine.Check(ctx, s.ws, engine.Options{Cache: s.cache})
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= len(res.Findings) {
		return nil, fmt.Errorf("there is no finding %d", index)
	}
	want := &res.Findings[index]
	fixed, err := engine.Patch(ctx, s.ws, func(f *lint.Finding) bool { return same(f, want) }, engine.Options{Cache: s.cache, Unsafe: true})
	if err != nil {
		return nil, err
	}
	return patched(fixed), nil
}

func same(a, b *lint.Finding) bool {
	return a.Rule == b.Rule && a.Msg == b.Msg && a.At.Span == b.At.Span && a.At.File.Path == b.At.File.Path
}

func patched(f *engine.Fixed) *Patched {
	out := &Patched{Changes: []Changed{}, Diff: f.Diff(), Applied: f.Result.Applied, Dropped: []string{}}
	for _, c := range f.Changes {
		out.Changes = append(out.Changes, Changed{c.Old.Path, c.New.Text})
	}
	for _, d := range f.Result.Dropped {
		out.Dropped = append(out.Dropped, d.Finding.Msg+": "+d.Reason)
	}
	return out
}
