package lsp

import (
	"context"
	"path"

	"github.com/creachadair/jrpc2"

	"github.com/tcplint/tcplint/internal/workspace"
)

func (s *server) didOpen(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[openParams](req)
	if err != nil {
		return nil, err
	}
	d := p.TextDocument
	file, ok := pathOf(d.URI, s.session.options.Volumes)
	if !ok {
		return nil, nil // a text that is no file has no place in a configuration
	}
	file = path.Clean(file)
	s.spelt.learn(d.URI, req)
	s.note(file, &document{uri: d.URI, path: file, version: d.Version, text: d.Text}, workspace.Edit(file, d.Text))
	s.changed()
	return nil, nil
}

// didChange makes edits one after the other. A version that is not newer is of a
// message that came late, or twice: to edit by it would spoil the text.
func (s *server) didChange(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[changeParams](req)
	if err != nil {
		return nil, err
	}
	doc := s.document(p.TextDocument.URI)
	if doc == nil {
		return nil, nil
	}
	if p.TextDocument.Version <= doc.version {
		s.log("a change of " + doc.path + " is left out: its version is not newer than the one that is open")
		return nil, nil
	}
	next := *doc
	next.version = p.TextDocument.Version
	for _, c := range p.ContentChanges {
		next.text = edited(next.text, c, s.utf8)
	}
	s.note(doc.path, &next, workspace.Edit(doc.path, next.text))
	s.changed()
	return nil, nil
}

// edited makes one change of a text.
func edited(text string, c contentChange, utf8 bool) string {
	switch c := c.(type) {
	case *wholeChange:
		return c.Text
	case *partialChange:
		at := newMapper(text, utf8).offsets(c.Range)
		return text[:at.Start] + c.Text + text[at.End:]
	}
	return text
}

func (s *server) didClose(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[closeParams](req)
	if err != nil {
		return nil, err
	}
	if doc := s.document(p.TextDocument.URI); doc != nil {
		s.note(doc.path, nil, workspace.Close(doc.path), workspace.Reread(doc.path))
		s.changed()
	}
	return nil, nil
}

// didSave needs no answer for the text, which is known; but others may have been
// written beside it.
func (s *server) didSave(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[saveParams](req)
	if err != nil {
		return nil, err
	}
	if doc := s.document(p.TextDocument.URI); doc != nil {
		s.note(doc.path, doc, workspace.Reread(doc.path))
		s.changed()
	}
	return nil, nil
}

func (s *server) didChangeWatched(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[watchedParams](req)
	if err != nil {
		return nil, err
	}
	var changes []workspace.Change
	for _, c := range p.Changes {
		if file, ok := pathOf(c.URI, s.session.options.Volumes); ok {
			changes = append(changes, workspace.Reread(path.Clean(file)))
		}
	}
	s.state.Lock()
	s.pending = append(s.pending, changes...)
	s.generation++
	s.state.Unlock()
	s.changed()
	return nil, nil
}

func (s *server) didChangeFolders(_ context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[foldersParams](req)
	if err != nil {
		return nil, err
	}
	s.state.Lock()
	for _, f := range p.Event.Removed {
		if dir, ok := pathOf(f.URI, s.session.options.Volumes); ok {
			s.folders = without(s.folders, path.Clean(dir))
		}
	}
	for _, f := range p.Event.Added {
		if dir, ok := pathOf(f.URI, s.session.options.Volumes); ok {
			s.folders = append(without(s.folders, path.Clean(dir)), path.Clean(dir))
		}
	}
	s.reopen = true
	s.generation++
	s.state.Unlock()
	s.changed()
	return nil, nil
}

func without(list []string, gone string) []string {
	var out []string
	for _, s := range list {
		if s != gone {
			out = append(out, s)
		}
	}
	return out
}

// document returns the open text of an address, nil if there is none.
func (s *server) document(u docURI) *document {
	p, ok := pathOf(u, s.session.options.Volumes)
	if !ok {
		return nil
	}
	s.state.Lock()
	defer s.state.Unlock()
	return s.docs[path.Clean(p)]
}
