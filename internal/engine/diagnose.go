//go:build !tcplint_core

package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/diff"
	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// DiagnoseOptions say what a diagnosis starts from, beside the paths of a workspace.
type DiagnoseOptions struct {
	// Before are files with earlier readings of counters, of which the names do not
	// say so.
	Before []string
	// Input is read as one more text, evidence or configuration; nil if there is none.
	Input io.Reader
	// Progress, if not nil, is told how many bytes of evidence of how many were read;
	// the second number grows while files are found, and is 0 if nobody knows.
	Progress func(done, all int64)
	// Fix asks for the patches as diffs.
	Fix bool
}

// Diagnosis is what a diagnosis has found.
type Diagnosis struct {
	*diagnose.Result

	// Hosts are the configurations that were at hand.
	Hosts []*model.Host
	// Messages are what is to be said besides.
	Messages []workspace.Message
}

// Diagnose tells evidence from configuration among what the paths name, reads both,
// and looks for causes.
func Diagnose(ctx context.Context, fsys workspace.FS, o workspace.Options, d DiagnoseOptions) (*Diagnosis, error) {
	g, err := gather(ctx, fsys, o, d)
	if err != nil {
		return nil, err
	}
	out := &Diagnosis{Hosts: g.hosts, Messages: g.messages}
	out.Result = diagnose.Run(diagnose.Input{Evidence: g.set, Hosts: g.hosts, Inputs: g.inputs, Rules: rules.All()})
	out.NotUsed = slices.Concat(g.leftOut, unused(g.set))
	if d.Fix && g.ws != nil {
		out.patch(g.ws)
	}
	return out, nil
}

// gathered is what paths hold of evidence and of configuration.
type gathered struct {
	set      *evidence.Set
	ws       *workspace.Workspace // nil if there is no configuration
	hosts    []*model.Host
	inputs   []model.Input
	messages []workspace.Message
	leftOut  []diagnose.NotUsed
}

// gather tells evidence from configuration, and reads both.
func gather(ctx context.Context, fsys workspace.FS, o workspace.Options, d DiagnoseOptions) (*gathered, error) {
	found := &sorter{fsys: fsys, dir: o.Dir, volumes: o.Volumes, hidden: map[string]bool{}}
	paths := o.Paths
	if len(paths) == 0 && d.Input == nil && len(d.Before) == 0 {
		paths = []string{"."}
	}
	out := &gathered{set: evidence.NewSet()}
	for _, p := range paths {
		if err := found.path(p); err != nil {
			return nil, err
		}
	}
	for _, p := range d.Before {
		name := found.name(p)
		if _, err := found.stat(name); err != nil {
			return nil, &workspace.RequestError{Err: fmt.Errorf("--before: %w", err)}
		}
		found.evidence = append(found.evidence, file{shown: p, name: name, moment: evidence.Before})
		found.hidden[name] = true
	}
	input, text, err := inputOf(d.Input)
	if err != nil {
		return nil, err
	}
	if text != "" {
		o.Input = &workspace.Input{Text: text}
	}
	if found.pasted != nil {
		o.Unsaved = maps.Clone(o.Unsaved)
		if o.Unsaved == nil {
			o.Unsaved = map[string]string{}
		}
		maps.Copy(o.Unsaved, found.pasted)
	}
	ws, err := found.workspace(o)
	if err != nil {
		return nil, err
	}
	if ws != nil {
		for _, m := range ws.Messages() {
			if m.Level == workspace.Problem || len(ws.Hosts()) > 0 { // a diagnosis can do without configuration
				out.messages = append(out.messages, m)
			}
		}
		for _, h := range ws.Hosts() {
			out.hosts = append(out.hosts, h.Model)
			out.inputs = append(out.inputs, h.Input)
		}
	}
	// What was named and is no configuration can only be evidence.
	if input == nil && text != "" && !slices.ContainsFunc(out.hosts, func(h *model.Host) bool { return holds(h, workspace.InputName) }) {
		input = strings.NewReader(text)
	}
	for _, f := range found.unknown {
		if !slices.ContainsFunc(out.hosts, func(h *model.Host) bool { return holds(h, f.shown) }) {
			found.evidence = append(found.evidence, f)
		}
	}
	r := &evidenceReader{set: out.set, formats: diagnose.Formats(out.hosts), progress: d.Progress}
	for _, f := range found.evidence {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := r.file(fsys, f); err != nil {
			out.messages = append(out.messages, workspace.Message{Level: workspace.Problem, Err: err})
		}
	}
	if input != nil {
		if err := r.read(workspace.InputName, input, evidence.Unknown); err != nil {
			out.messages = append(out.messages, workspace.Message{Level: workspace.Problem, Err: err})
		}
	}
	out.ws, out.leftOut = ws, found.leftOut
	return out, nil
}

// holds reports whether a host was read from a file.
func holds(h *model.Host, shown string) bool {
	return slices.ContainsFunc(h.Files(), func(f *source.File) bool { return f.OnDisk().Path == path.Clean(shown) })
}

// inputOf tells whether a text that is handed in is evidence, which may be long,
// configuration, which is not, or both.
func inputOf(in io.Reader) (stream io.Reader, text string, err error) {
	if in == nil {
		return nil, "", nil
	}
	all, err := io.ReadAll(io.LimitReader(in, mostPaste))
	if err != nil {
		return nil, "", fmt.Errorf("reading standard input: %w", err)
	}
	head := all[:min(len(all), headSize)]
	if len(all) == mostPaste || len(bytes.TrimSpace(head)) == 0 {
		return io.MultiReader(bytes.NewReader(all), in), "", nil
	}
	if config, rest, ok := splitPaste(string(all)); ok {
		return strings.NewReader(rest), config, nil
	}
	if evidence.Recognise("", head) || len(all) > headSize && !bytes.Contains(head, []byte("# configuration file /")) {
		return bytes.NewReader(all), "", nil
	}
	return nil, string(all), nil
}

// unused says what of the sources was not understood.
func unused(set *evidence.Set) []diagnose.NotUsed {
	var out []diagnose.NotUsed
	for _, s := range set.Sources {
		for _, p := range s.Problems {
			out = append(out, diagnose.NotUsed{File: s.Name, Reason: p})
		}
		switch n := s.Lines - s.Read; {
		case s.Lines == 0 && len(s.Formats) == 0 && len(s.Problems) == 0:
			out = append(out, diagnose.NotUsed{File: s.Name, Reason: "it is empty"})
		case n > 0 && len(s.Formats) == 0:
			out = append(out, diagnose.NotUsed{File: s.Name, Reason: "nothing in it is known"})
		case n > 0:
			out = append(out, diagnose.NotUsed{File: s.Name, Line: s.Unread[0].Number, Reason: fmt.Sprintf("%d of %d lines are not understood, the first: %s", n, s.Lines, s.Unread[0].Text)})
		}
	}
	return out
}

// evidenceReader reads files of evidence one after the other.
type evidenceReader struct {
	set      *evidence.Set
	formats  []evidence.LogFormat
	progress func(done, all int64)
	done     int64
	all      int64
}

func (r *evidenceReader) file(fsys fs.FS, f file) error {
	if f.text != "" {
		return r.read(f.shown, strings.NewReader(f.text), f.moment)
	}
	in, err := fsys.Open(f.name)
	if err != nil {
		return workspace.NewReadError(f.shown, err)
	}
	defer in.Close() //nolint:errcheck // it was only read
	if info, err := in.Stat(); err == nil {
		r.all += info.Size()
	}
	if err := r.read(f.shown, in, f.moment); err != nil && !errors.Is(err, evidence.ErrBinary) {
		return workspace.NewReadError(f.shown, err)
	}
	return nil
}

func (r *evidenceReader) read(name string, in io.Reader, m evidence.Moment) error {
	o := evidence.Options{Formats: r.formats, Moment: m}
	if r.progress != nil {
		told := r.done
		o.Progress = func(n int) {
			r.done += int64(n)
			if r.done-told > 8<<20 {
				told = r.done
				r.progress(r.done, r.all)
			}
		}
	}
	return r.set.Read(name, in, o)
}

// patch makes the patches of the answers' rules.
func (d *Diagnosis) patch(ws *workspace.Workspace) {
	d.Diffs = map[string]string{}
	for _, a := range d.Answers {
		if a.Finding == nil || a.Finding.Fix == nil {
			continue
		}
		i := slices.IndexFunc(rules.All(), func(r *lint.Rule) bool { return r.ID == a.Rule })
		var b strings.Builder
		for _, h := range ws.Hosts() {
			done := lint.FixAll([]model.Input{a.Know(h.Input)}, lint.Options{Rules: rules.All()[i : i+1]}, lint.Unsafe)
			f := &Fixed{ws: ws}
			for _, c := range done.Changes {
				name := f.diffName(c)
				b.WriteString(diff.Unified(quoted("a/"+name), c.Old.Text, quoted("b/"+name), c.New.Text))
			}
		}
		if b.Len() > 0 {
			d.Diffs[a.Cause.ID] = b.String()
		}
	}
}

// file is a file of evidence.
type file struct {
	shown, name string
	moment      evidence.Moment
	text        string // the part of it that is evidence, if not all of it is
}

// baseNames are the names of files without their folders.
func baseNames(files []file) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = path.Base(f.name)
	}
	return out
}
