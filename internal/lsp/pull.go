package lsp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/creachadair/jrpc2"
)

// pull answers what is wrong with one file. The text must be the one that is asked
// about: if it has changed meanwhile, the client asks again.
func (s *server) pull(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[pullParams](req)
	if err != nil {
		return nil, err
	}
	c, err := s.check(ctx, nil)
	if err != nil {
		return nil, err
	}
	if s.stale(c.snapshot) {
		return nil, jrpc2.Errorf(codeContentModified, "the text has changed meanwhile")
	}
	all := newReport(c).diagnostics()[p.TextDocument.URI]
	if all == nil {
		all = []diagnostic{}
	}
	id := sum(all)
	if p.PreviousResultID != nil && *p.PreviousResultID == id {
		return sameReport(id), nil
	}
	return fullReport(id, all), nil
}

// pullAll answers what is wrong with all files; those that the client knows of and that
// are cured are among them.
func (s *server) pullAll(ctx context.Context, req *jrpc2.Request) (any, error) {
	p, err := decode[pullAllParams](req)
	if err != nil {
		return nil, err
	}
	c, err := s.check(ctx, nil)
	if err != nil {
		return nil, err
	}
	if s.stale(c.snapshot) {
		return nil, jrpc2.Errorf(codeContentModified, "a text has changed meanwhile")
	}
	all := newReport(c).diagnostics()
	known, versions := map[docURI]string{}, map[docURI]*int32{}
	for _, k := range p.PreviousResultIds {
		known[k.URI] = k.Value
		if all[k.URI] == nil {
			all[k.URI] = []diagnostic{}
		}
	}
	for _, d := range c.docs {
		versions[d.uri] = &d.version
	}
	var out []fileReport
	for _, u := range slices.Sorted(maps.Keys(all)) {
		id := sum(all[u])
		out = append(out, fileReport{c.spelt.of(u), versions[u], id, known[u] == id, all[u]})
	}
	return allReports(out), nil
}

// sum tells two lists of diagnostics apart.
func sum(all []diagnostic) string {
	h := sha256.New()
	for i := range all {
		raw, err := encode(&all[i])
		if err != nil {
			continue // what cannot be written is not sent either
		}
		_, _ = h.Write(raw) // it never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// refresh tells a client that asks for diagnostics to ask again, if they are others.
func (s *server) refresh(ctx context.Context, all map[docURI][]diagnostic) {
	h := sha256.New()
	for _, u := range slices.Sorted(maps.Keys(all)) {
		_, _ = h.Write([]byte(string(u) + " " + sum(all[u]) + "\n")) // it never fails
	}
	now := hex.EncodeToString(h.Sum(nil))
	if s.published.last == now {
		return
	}
	s.published.last = now
	go func() {
		if _, err := s.rpc.Callback(ctx, "workspace/diagnostic/refresh", nil); err != nil && ctx.Err() == nil {
			s.log("the client does not ask again: " + err.Error())
		}
	}()
}
