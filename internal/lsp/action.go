package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// promise says which edit an action stands for, so that it can be made when it is
// wanted: to verify a patch costs a build.
type promise struct {
	URI  docURI `json:"uri"`
	Rule string `json:"rule,omitempty"` // empty means all safe fixes of the file
	Msg  string `json:"msg,omitempty"`
	Span [2]int `json:"span"`
	// Generation is that of the texts.
	Generation int `json:"generation"`
}

// codeActions offers what can be done about the findings in a range.
func (s *server) codeActions(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[actionParams](req)
	if err != nil {
		return nil, err
	}
	c, err := s.check(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := []codeAction{}
	if c.result == nil {
		return out, nil
	}
	r := newReport(c)
	wants := func(kind actionKind) bool {
		return len(p.Context.Only) == 0 || slices.ContainsFunc(p.Context.Only, func(k actionKind) bool {
			return k == "" || k == kind || strings.HasPrefix(string(kind), string(k)+".")
		})
	}
	safe := false
	for i := range c.result.Findings {
		f := &c.result.Findings[i]
		if f.At.File == nil || !slices.Contains(r.urisOf(f.At.File), p.TextDocument.URI) {
			continue
		}
		safe = safe || fixable(f) && f.Fix.Safety == lint.Safe
		d := r.diagnostic(f)
		if !wants(kindQuickFix) || !touch(d.Range, p.Range) {
			continue
		}
		out = append(out, s.actionsOf(ctx, r, f, d, p.TextDocument.URI)...)
	}
	if safe && wants(kindFixAll) {
		all := codeAction{Title: "Make all safe fixes of tcplint in this file", Kind: new(kindFixAll)}
		out = append(out, s.promised(ctx, r, all, promise{URI: p.TextDocument.URI, Generation: c.generation})...)
	}
	return out, nil
}

// fixable reports whether a finding's fix may be made by an editor: a person chose it.
func fixable(f *lint.Finding) bool { return f.Fix != nil && f.Fix.Safety >= lint.Unsafe }

// actionsOf are what can be done about one finding.
func (s *server) actionsOf(ctx context.Context, r *report, f *lint.Finding, d diagnostic, u docURI) []codeAction {
	var out []codeAction
	if fixable(f) {
		a := codeAction{Title: upper(f.Fix.Title), Kind: new(kindQuickFix), Diagnostics: []diagnostic{d}}
		if f.Fix.Safety == lint.Safe {
			a.IsPreferred = yes()
		} else {
			a.Title += " (depends on what the files do not say)"
		}
		out = s.promised(ctx, r, a, promise{u, f.Rule.ID, f.Msg, [2]int{f.At.Span.Start, f.At.Span.End}, r.generation})
	}
	if e, ok := suppression(r, f); ok {
		a := codeAction{Title: "Leave " + f.Rule.ID + " alone here, with a reason", Kind: new(kindQuickFix), Diagnostics: []diagnostic{d}}
		a.Edit = s.workspaceEdit(r, []lint.Change{e})
		out = append(out, a)
	}
	explain := codeAction{Title: "Explain " + f.Rule.ID, Kind: new(kindQuickFix), Diagnostics: []diagnostic{d}}
	explain.Command = command(explain.Title, explainCommand, f.Rule.ID)
	return append(out, explain)
}

// promised is an action with its edit, or with what the edit can be made of where the
// client asks for it later. There is none if its edit is refused.
func (s *server) promised(ctx context.Context, r *report, a codeAction, p promise) []codeAction {
	if s.resolves("edit") {
		if data, err := json.Marshal(p); err == nil {
			a.Data = lspAny(data)
		}
		return []codeAction{a}
	}
	edit, err := s.keep(ctx, r, p)
	if err != nil {
		return nil
	}
	a.Edit = edit
	return []codeAction{a}
}

// resolveAction makes the edit of an action.
func (s *server) resolveAction(ctx context.Context, req *jrpc2.Request) (any, error) {
	a, err := decode[codeAction](req)
	if err != nil {
		return nil, err
	}
	if a.Edit != nil || len(a.Data) == 0 {
		return a, nil
	}
	var p promise
	if err := json.Unmarshal(a.Data, &p); err != nil {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "the data of the action is not what it was: %v", err)
	}
	c, err := s.check(ctx, nil)
	if err != nil {
		return nil, err
	}
	if c.result == nil {
		return nil, jrpc2.Errorf(codeContentModified, "the configuration of tcplint has become wrong")
	}
	a.Edit, err = s.keep(ctx, newReport(c), p)
	return a, err
}

// keep makes the edit that was promised. The error says why there is none.
func (s *server) keep(ctx context.Context, r *report, p promise) (*workspaceEdit, error) {
	found := false
	wanted := func(f *lint.Finding) bool {
		if f.At.File == nil || !fixable(f) || !slices.Contains(r.urisOf(f.At.File), p.URI) {
			return false
		}
		is := f.Fix.Safety == lint.Safe
		if p.Rule != "" {
			is = f.Rule.ID == p.Rule && f.Msg == p.Msg && f.At.Span == source.Span{Start: p.Span[0], End: p.Span[1]}
		}
		found = found || is
		return is
	}
	fixed, err := s.patch(ctx, r.snapshot, wanted, p.Rule != "")
	switch {
	case err != nil:
		return nil, err
	case !found || s.stale(r.snapshot):
		return nil, jrpc2.Errorf(codeContentModified, "the text has changed since the fix was offered")
	case len(fixed.Changes) == 0:
		reason := "nothing is left of it"
		for _, d := range fixed.Result.Dropped {
			reason = d.Reason
		}
		return nil, jrpc2.Errorf(codeRequestFailed, "the fix is not made: %s", reason)
	}
	return s.workspaceEdit(r, fixed.Changes), nil
}

// patch makes fixes, while no check is running.
func (s *session) patch(ctx context.Context, snap *snapshot, wanted func(*lint.Finding) bool, unsafe bool) (*engine.Fixed, error) {
	select {
	case s.checking <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.checking }()
	return engine.Patch(ctx, snap.ws, wanted, engine.Options{Cache: s.cache, Unsafe: unsafe})
}

// suppression is the comment that silences a finding, on a line above it.
func suppression(r *report, f *lint.Finding) (lint.Change, bool) {
	if f.Rule.ID == lint.SuppressionID {
		return lint.Change{}, false
	}
	for _, at := range r.views(f.At.File, f.At.Span.Start) {
		line := at.file.LineSpan(at.file.Line(at.offset))
		text := at.file.Slice(line)
		indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		e := source.Edit{Span: source.Span{Start: line.Start, End: line.Start}}
		e.New = fmt.Sprintf("%s# tcplint:ignore %s -- TODO: say why%s", indent, f.Rule.ID, at.file.EOL(at.offset))
		done, err := source.Rewrite(map[*source.File][]source.Edit{at.file: {e}})
		if err != nil {
			continue // no comment can stand there
		}
		old := at.file.OnDisk()
		if changed := done.Disk[old.Path]; changed != nil {
			return lint.Change{Old: old, New: changed}, true
		}
	}
	return lint.Change{}, false
}

func upper(title string) string {
	if title == "" {
		return title
	}
	return strings.ToUpper(title[:1]) + title[1:]
}
