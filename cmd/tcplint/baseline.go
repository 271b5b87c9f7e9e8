package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tcplint/tcplint/internal/lint"
)

// baselineName is the file that "tcplint baseline" writes.
const baselineName = ".tcplint-baseline.json"

// baseline are the findings that are known and not reported again.
type baseline struct {
	Schema   int            `json:"schema"`
	Findings []knownFinding `json:"findings"`

	shown string // the name of the file
	dir   string // the folder that paths count from, absolute
}

// knownFinding is one of them. The fingerprint recognises it; the rest is for
// people.
type knownFinding struct {
	Fingerprint string `json:"fingerprint"`
	Rule        string `json:"rule"`
	File        string `json:"file"` // from the folder of the baseline
	Line        int    `json:"line"`
	Message     string `json:"message"`
}

const baselineSchema = 1

func (a *app) baselineCommand() *cobra.Command {
	var raw rawFlags
	cmd := &cobra.Command{
		Use:   "baseline [PATH...]",
		Short: "write down the findings there are, so that only new ones are reported",
		Long: `baseline checks files and folders as "check" does and writes all that it finds to
` + baselineName + ` (--output names another file). "check --baseline FILE" then is
silent about these findings: it reports and fails for new ones only, and says which
are gone. A finding is recognised by its rule, its file and the text of its line,
wherever the line has moved to.`,
		RunE: func(_ *cobra.Command, args []string) error { return a.baseline(raw, args) },
	}
	addReadFlags(cmd, &raw)
	addRuleFlags(cmd, &raw)
	cmd.Flags().StringVar(&raw.output, "output", "", "write the baseline to `FILE` (default "+baselineName+", or what .tcplint.toml says)")
	return cmd
}

func (a *app) baseline(raw rawFlags, paths []string) error {
	f, err := raw.read()
	if err != nil {
		return err
	}
	if raw.output == "" {
		if raw.output, err = a.baselineHere(f); err != nil {
			return err
		}
	}
	l, _, results, err := a.lint(f, paths)
	if err != nil {
		return err
	}
	b, err := newBaseline(l, raw.output)
	if err != nil {
		return err
	}
	all := combine(results).Findings
	prints := b.fingerprints(l, all)
	for i := range all {
		pos := all[i].At.File.Position(all[i].At.Span.Start)
		b.Findings = append(b.Findings, knownFinding{prints[i], all[i].Rule.ID, b.name(l, all[i].At.File.Path), pos.Line, all[i].Msg})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return &failure{statusFailure, err}
	}
	if err := writeOutput(raw.output, out.Bytes()); err != nil {
		return &failure{statusFailure, fmt.Errorf("writing %s: %w", raw.output, err)}
	}
	known := "findings"
	if len(b.Findings) == 1 {
		known = "finding"
	}
	a.remark(f, "wrote %d known %s to %s", len(b.Findings), known, raw.output)
	a.status = l.status
	return nil
}

// baselineHere is the baseline that the configuration of the current folder names,
// or the one that is written where none does.
func (a *app) baselineHere(f *flags) (string, error) {
	l, err := newLoader(a, f)
	if err != nil {
		return "", err
	}
	set, err := l.forDir(l.cwd)
	if err != nil {
		return "", err
	}
	return cmp.Or(set.baseline, baselineName), nil
}

func newBaseline(l *loader, file string) (*baseline, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(absolute(l.cwd, file)))
	if err != nil {
		return nil, &failure{statusFailure, reading(file, err)}
	}
	return &baseline{Schema: baselineSchema, Findings: []knownFinding{}, shown: file, dir: dir}, nil
}

// readBaseline reads a baseline.
func readBaseline(l *loader, file string) (*baseline, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef(`there is no baseline %s: "tcplint baseline" writes one`, file)
	}
	if err != nil {
		return nil, &failure{statusFailure, reading(file, err)}
	}
	b, err := newBaseline(l, file)
	if err != nil {
		return nil, err
	}
	b.Schema = 0
	if err := json.Unmarshal(data, b); err != nil {
		return nil, usagef("%s is no baseline: %w", placeOfJSON(file, data, err), err)
	}
	if b.Schema != baselineSchema {
		return nil, usagef("%s has schema %d, this is for %d: write it anew with \"tcplint baseline\"", file, b.Schema, baselineSchema)
	}
	return b, nil
}

// placeOfJSON adds the line and column of a mistake to the name of a file.
func placeOfJSON(file string, data []byte, err error) string {
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = max(e.Offset-1, 0) // it counts the byte that it stumbled over
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	if offset < 0 {
		return file
	}
	line, col := lineCol(string(data), int(min(offset, int64(len(data)))))
	return fmt.Sprintf("%s:%d:%d", file, line, col)
}

// name is the path of a file from the folder of the baseline, so that it does not
// matter where tcplint is called.
func (b *baseline) name(l *loader, path string) string {
	abs := absolute(l.cwd, path)
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	rel, err := filepath.Rel(b.dir, abs)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

func (b *baseline) fingerprints(l *loader, all []lint.Finding) []string {
	return lint.FingerprintsAs(all, func(path string) string { return b.name(l, path) })
}

// withoutKnown takes the known findings out of the results of a run, and says
// which of them are gone from the files that were read.
func (b *baseline) withoutKnown(l *loader, results []*lint.Result) (known []lint.Suppression, gone []knownFinding) {
	all := combine(results)
	prints := b.fingerprints(l, all.Findings)
	listed := map[string]bool{}
	for _, k := range b.Findings {
		listed[k.Fingerprint] = true
	}
	quiet, found := map[findingKey]bool{}, map[string]bool{}
	for i, f := range all.Findings {
		found[prints[i]] = true
		if listed[prints[i]] {
			quiet[keyOf(f)] = true
			known = append(known, lint.Suppression{Finding: f, Reason: "known in " + b.shown, External: true})
		}
	}
	for _, r := range results {
		r.Findings = slices.DeleteFunc(r.Findings, func(f lint.Finding) bool { return quiet[keyOf(f)] })
	}
	read := map[string]bool{}
	for _, p := range all.Files {
		read[b.name(l, p)] = true
	}
	for _, k := range b.Findings {
		if _, err := os.Stat(filepath.Join(b.dir, filepath.FromSlash(k.File))); !found[k.Fingerprint] && (read[k.File] || err != nil) {
			gone = append(gone, k)
		}
	}
	return known, gone
}

// tellGone says on standard error which known findings are no more.
func (a *app) tellGone(f *flags, file string, gone []knownFinding) {
	if len(gone) == 0 || f.quiet {
		return
	}
	const most = 10
	for i, k := range gone {
		if i == most {
			a.say("and %d more", len(gone)-most)
			break
		}
		a.say("gone  %s: %s [%s]", k.File, k.Message, k.Rule)
	}
	verb := "findings of %s are"
	if len(gone) == 1 {
		verb = "finding of %s is"
	}
	a.say("%d "+verb+" gone: %q writes it anew", len(gone), file, "tcplint baseline")
}
