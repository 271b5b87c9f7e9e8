package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// BaselineName is the file of known findings where nobody names another one.
const BaselineName = ".tcplint-baseline.json"

// Baseline are the findings that are known and not reported again.
type Baseline struct {
	Schema   int            `json:"schema"`
	Findings []KnownFinding `json:"findings"`

	ws   *workspace.Workspace
	path string // of the file, as it is shown
	dir  string // the name of the folder that paths count from, without links
}

// KnownFinding is one of them. The fingerprint recognises it; the rest is for people.
type KnownFinding struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule"`
	File        string `json:"file"` // from the folder of the baseline
	Line        int    `json:"line"`
	Message     string `json:"message"`
}

const baselineSchema = 1

// NewBaseline checks a workspace and returns all that is found as a baseline, which is
// to be written to a file.
func NewBaseline(ctx context.Context, ws *workspace.Workspace, file string, o Options) (*Baseline, []workspace.Message, error) {
	r, err := check(ctx, ws, o)
	if err != nil {
		return nil, nil, err
	}
	b, err := newBaseline(ws, file)
	if err != nil {
		return nil, r.messages, err
	}
	all := combine(r.results).Findings
	prints := b.fingerprints(all)
	for i := range all {
		pos := all[i].At.File.Position(all[i].At.Span.Start)
		b.Findings = append(b.Findings, KnownFinding{prints[i], all[i].Rule.ID, b.name(all[i].At.File.Path), pos.Line, all[i].Msg})
	}
	return b, r.messages, nil
}

// Encode writes the baseline as it stands in a file.
func (b *Baseline) Encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(b)
	return out.Bytes(), err
}

func newBaseline(ws *workspace.Workspace, file string) (*Baseline, error) {
	dir, err := ws.Resolve(path.Dir(ws.NameOf(file)))
	if err != nil {
		return nil, workspace.NewReadError(file, err)
	}
	return &Baseline{Schema: baselineSchema, Findings: []KnownFinding{}, ws: ws, path: file, dir: dir}, nil
}

// readBaseline reads a baseline.
func readBaseline(ws *workspace.Workspace, file string) (*Baseline, error) {
	text, err := ws.Text(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, request(`there is no baseline %s: "tcplint baseline" writes one`, file)
	}
	if err != nil {
		return nil, err
	}
	b, err := newBaseline(ws, file)
	if err != nil {
		return nil, err
	}
	b.Schema = 0
	if err := json.Unmarshal([]byte(text), b); err != nil {
		return nil, request("%s is no baseline: %w", placeOfJSON(file, text, err), err)
	}
	if b.Schema != baselineSchema {
		return nil, request("%s has schema %d, this is for %d: write it anew with \"tcplint baseline\"", file, b.Schema, baselineSchema)
	}
	return b, nil
}

// request makes an error of what was asked for.
func request(format string, args ...any) error {
	return &workspace.RequestError{Err: fmt.Errorf(format, args...)}
}

// placeOfJSON adds the line and column of a mistake to the name of a file.
func placeOfJSON(file, text string, err error) string {
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = max(e.Offset-1, 0) // it counts the byte that it stumbled over
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	if offset < 0 {
		return file
	}
	before := text[:min(offset, int64(len(text)))]
	start := strings.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("%s:%d:%d", file, strings.Count(before, "\n")+1, utf8.RuneCountInString(before[start:])+1)
}

// name is the path of a file from the folder of the baseline, so that it does not
// matter where tcplint is called.
func (b *Baseline) name(shown string) string {
	name := b.ws.NameOf(shown)
	if real, err := b.ws.Resolve(name); err == nil {
		name = real
	}
	return relative(b.dir, name)
}

// relative is the way from a folder to a file, by their names.
func relative(dir, name string) string {
	up := ""
	for dir != "." && name != dir && !strings.HasPrefix(name, dir+"/") {
		dir, up = path.Dir(dir), up+"../"
	}
	if dir != "." {
		name = strings.TrimPrefix(strings.TrimPrefix(name, dir), "/")
	}
	return path.Clean(up + name)
}

func (b *Baseline) fingerprints(all []lint.Finding) []string {
	return lint.FingerprintsAs(all, b.name)
}

// withoutKnown takes the known findings out of the results of a run, and says
// which of them are gone from the files that were read.
func (b *Baseline) withoutKnown(results []*lint.Result) (known []lint.Suppression, gone []KnownFinding) {
	all := combine(results)
	prints := b.fingerprints(all.Findings)
	listed := map[string]bool{}
	for _, k := range b.Findings {
		listed[k.Fingerprint] = true
	}
	quiet, found := map[findingKey]bool{}, map[string]bool{}
	for i, f := range all.Findings {
		found[prints[i]] = true
		if listed[prints[i]] {
			quiet[keyOf(f)] = true
			known = append(known, lint.Suppression{Finding: f, Reason: "known in " + b.path, External: true})
		}
	}
	for _, r := range results {
		r.Findings = slices.DeleteFunc(r.Findings, func(f lint.Finding) bool { return quiet[keyOf(f)] })
	}
	read := map[string]bool{}
	for _, p := range all.Files {
		read[b.name(p)] = true
	}
	for _, k := range b.Findings {
		if found[k.Fingerprint] {
			continue
		}
		if _, there := b.ws.Exists(path.Join(b.dir, k.File)); read[k.File] || !there {
			gone = append(gone, k)
		}
	}
	return known, gone
}

// tellGone says which known findings are no more.
func (r *run) tellGone(file string, gone []KnownFinding) {
	if len(gone) == 0 {
		return
	}
	const most = 10
	for i, k := range gone {
		if i == most {
			r.remark("and %d more", len(gone)-most)
			break
		}
		r.remark("gone  %s: %s [%s]", k.File, k.Message, k.Rule)
	}
	verb := "findings of %s are"
	if len(gone) == 1 {
		verb = "finding of %s is"
	}
	r.remark("%d "+verb+" gone: %q writes it anew", len(gone), file, "tcplint baseline")
}
