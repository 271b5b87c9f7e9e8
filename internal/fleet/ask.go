package fleet

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/snapshot"
	"github.com/tcplint/tcplint/internal/workspace"
)

// told is what one host told.
type told struct {
	Host

	group                            string // of hosts that are alike, by name
	findings                         []Finding
	settings                         []setting
	idle                             []idle
	drift                            []drift
	remarks, notChecked, notCompared []string
	fails                            bool
}

// limits bound an archive: far more than a collector writes, and little enough that
// several are held at a time.
func limits(leave func(name string) bool) snapshot.Limits {
	const files, most = 20000, 64 << 20
	return snapshot.Limits{Files: files, Bytes: most, Leave: leave}
}

// notAsked reports whether a file of a snapshot, whose folder may stand in front of its
// name, is for diagnose alone: what sockets, counters and logs show.
func notAsked(name string) bool {
	name = "/" + name
	return strings.HasSuffix(name, ".log") || strings.Contains(name, "/"+snapshot.EvidenceDir+"/") && !strings.HasSuffix(name, "/"+snapshot.SettingsPath)
}

// open reads a snapshot. The remarks say what of it is missing; an error means that it
// cannot be used.
func open(from Source, leave func(name string) bool) (s *snapshot.Snapshot, h Host, remarks []string, err error) {
	in, err := from.Open()
	if err != nil {
		return nil, h, nil, err
	}
	s, err = snapshot.Read(in, limits(leave))
	err = errors.Join(err, in.Close())
	if err != nil {
		return nil, h, nil, err
	}
	h = Host{Name: s.Manifest.Host, Archive: from.Name, Time: s.Manifest.Time}
	if h.Name == "" {
		h.Name = path.Base(from.Name)
	}
	if s.Manifest.Complete && len(s.Problems) > 0 || len(s.Problems) > 1 {
		return nil, h, nil, errors.Join(s.Problems...) // what is left of it cannot be compared
	}
	for _, p := range s.Problems {
		remarks = append(remarks, p.Error())
	}
	return s, h, remarks, nil
}

// problems are the messages that say what could not be read.
func problems(all []workspace.Message) []string {
	var out []string
	for _, m := range all {
		if m.Level == workspace.Problem {
			out = append(out, m.Text)
		}
	}
	return out
}

// recovered makes an error of a panic: one snapshot must not end the others.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("reading it broke tcplint: %v", r)
	}
}

// ask reads a snapshot and asks about it. An error means that it is skipped.
func ask(ctx context.Context, from Source, o Options) (t *told, err error) {
	defer recovered(&err)
	s, h, remarks, err := open(from, notAsked)
	if err != nil {
		return nil, err
	}
	t = &told{Host: h, group: groupOf(h.Name), remarks: remarks}
	ws, err := workspace.Open(s.FS, workspace.Options{Paths: []string{"."}, Override: o.Override})
	if err != nil {
		return nil, err
	}
	res, err := engine.Check(ctx, ws, engine.Options{})
	if err != nil {
		return nil, err
	}
	t.take(res)
	t.describe(ws)
	t.against(ws, o.Against)
	return t, nil
}

// take copies the findings.
func (t *told) take(res *engine.Result) {
	t.fails = res.Fails
	for i := range res.Findings {
		t.findings = append(t.findings, findingOf(&res.Findings[i]))
		t.Findings[res.Findings[i].Severity]++
	}
	for _, n := range res.NotChecked {
		t.notChecked = append(t.notChecked, notChecked(n))
	}
	t.remarks = append(t.remarks, problems(res.Messages)...)
}

func notChecked(n lint.NotChecked) string {
	text := n.Reason
	if n.At.File != nil {
		text = fmt.Sprintf("%s:%d: %s", n.At.File.Path, n.At.File.Position(n.At.Span.Start).Line, text)
	}
	return text
}
