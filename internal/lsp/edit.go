package lsp

import (
	"maps"
	"slices"

	"github.com/tcplint/tcplint/internal/diff"
	"github.com/tcplint/tcplint/internal/lint"
)

// workspaceEdit is what a client must do to its texts so that they become the new
// ones. Of open files it names the version that it was made for, so that a client
// refuses it if that is not what it has.
func (s *server) workspaceEdit(r *report, changes []lint.Change) *workspaceEdit {
	edits := map[docURI][]textEdit{}
	for _, c := range changes {
		m := r.mapper(c.Old)
		var list []textEdit
		for _, e := range diff.Edits(c.Old.Text, c.New.Text) {
			list = append(list, textEdit{Range: m.span(e.Span), NewText: e.New})
		}
		edits[r.urisOf(c.Old)[0]] = list
	}
	return s.editOf(r.snapshot, edits)
}

// editOf is one edit of several files.
func (s *server) editOf(snap *snapshot, edits map[docURI][]textEdit) *workspaceEdit {
	if !s.versionedEdits() {
		spelt := map[docURI][]textEdit{}
		for u, list := range edits {
			spelt[snap.spelt.of(u)] = list
		}
		return &workspaceEdit{Changes: spelt}
	}
	versions := map[docURI]*int32{}
	for _, d := range snap.docs {
		versions[d.uri] = &d.version
	}
	out := &workspaceEdit{}
	for _, u := range slices.Sorted(maps.Keys(edits)) {
		file := &editedFile{TextDocument: versionedName{TextDocumentIdentifier: docIdentifier{URI: snap.spelt.of(u)}, Version: versions[u]}}
		for _, e := range edits[u] {
			file.Edits = append(file.Edits, documentEdit(&e))
		}
		out.DocumentChanges = append(out.DocumentChanges, documentChange(file))
	}
	return out
}

// versionedEdits reports whether the client knows edits of versions.
func (s *server) versionedEdits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.client.Workspace
	return w != nil && w.WorkspaceEdit != nil && isTrue(w.WorkspaceEdit.DocumentChanges)
}

// resolves reports whether the client asks for a property of an action when it is
// needed.
func (s *server) resolves(property string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.client.TextDocument
	return t != nil && t.CodeAction != nil && isTrue(t.CodeAction.DataSupport) && slices.Contains(t.CodeAction.ResolveSupport.Properties, property)
}

func isTrue(b *bool) bool { return b != nil && *b }

func yes() *bool {
	b := true
	return &b
}

// touch reports whether two ranges have a place in common, if only the end of one.
func touch(a, b spanRange) bool { return !before(a.End, b.Start) && !before(b.End, a.Start) }

func before(a, b position) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Character < b.Character
}
