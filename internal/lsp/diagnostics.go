package lsp

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
	"github.com/tcplint/tcplint/parser/source"
)

// report makes diagnostics of what was found, by the addresses of files.
type report struct {
	*checked

	uris    map[string][]docURI // of open files, by their names without links
	mappers map[*source.File]*mapper
}

func newReport(c *checked) *report {
	r := &report{checked: c, uris: map[string][]docURI{}, mappers: map[*source.File]*mapper{}}
	for _, p := range slices.Sorted(maps.Keys(c.docs)) {
		name := r.realName(p)
		r.uris[name] = append(r.uris[name], c.docs[p].uri)
	}
	return r
}

// diagnostics are all that is to be shown. Files that are open are there even if
// nothing is wrong with them.
func (r *report) diagnostics() map[docURI][]diagnostic {
	out := map[docURI][]diagnostic{}
	if r.err != nil {
		r.configuration(out)
		return out
	}
	for _, d := range r.docs {
		out[d.uri] = []diagnostic{}
	}
	for i := range r.result.Findings {
		f := &r.result.Findings[i]
		if f.At.File == nil {
			continue
		}
		d := r.diagnostic(f)
		for _, u := range r.urisOf(f.At.File) {
			out[u] = append(out[u], d)
		}
	}
	return out
}

// urisOf are the addresses under which a client knows a file.
func (r *report) urisOf(f *source.File) []docURI {
	f = f.OnDisk()
	name := r.ws.Name(f)
	if us := r.uris[name]; name != "" && len(us) > 0 {
		return us
	}
	return []docURI{uriOf(r.ws.NameOf(f.Path))}
}

func (r *report) mapper(f *source.File) *mapper {
	m := r.mappers[f]
	if m == nil {
		m = newMapper(f.Text, r.utf8)
		r.mappers[f] = m
	}
	return m
}

// location is a place on disk.
func (r *report) location(at lint.Place) location {
	f, span := at.File.Locate(at.Span)
	return location{URI: r.spelt.of(r.urisOf(f)[0]), Range: r.mapper(f).span(span)}
}

func (r *report) diagnostic(f *lint.Finding) diagnostic {
	msg := []string{f.Msg}
	var places []related
	for _, n := range f.Notes {
		if n.At.File == nil {
			msg = append(msg, "note: "+n.Msg)
			continue
		}
		places = append(places, related{Location: r.location(n.At), Message: n.Msg})
	}
	if f.Versions != "" {
		msg = append(msg, "note: holds for "+f.Versions)
	}
	if f.Fix != nil && f.Fix.Safety == lint.Shown {
		msg = append(msg, "cure: "+f.Fix.Title)
	}
	d := plainDiagnostic(r.location(f.At).Range, severityOf(f.Severity), f.Rule.ID, strings.Join(msg, "\n"))
	d.RelatedInformation = places
	d.Tags = tagsOf(unnecessary[f.Rule.ID], deprecated[f.Rule.ID])
	return d
}

// unnecessary are the rules about text that has no effect, which editors fade;
// deprecated those about names that are gone, which they strike through.
var (
	unnecessary = map[string]bool{
		"nginx-upstream-unused": true, "host-keepalive-unused": true, "sysctl-duplicate-key": true,
		"sysctl-exclusion-lost": true, "sysctl-not-loaded": true, lint.SuppressionID: true,
	}
	deprecated = map[string]bool{"sysctl-removed-key": true, "sysctl-tcp-tw-recycle": true}
)

// configuration shows what is wrong with the configuration of tcplint.
func (r *report) configuration(out map[docURI][]diagnostic) {
	wrong, ok := r.err.(config.Errors) //nolint:errorlint // the workspace returns it as it is
	if !ok {
		return
	}
	for _, err := range wrong {
		e, ok := err.(*config.Error) //nolint:errorlint // the workspace returns it as it is
		if !ok {
			continue
		}
		text, _ := r.ws.Text(e.Path) // a text that is gone has no lines
		f := source.NewFile(e.Path, text)
		line := f.LineSpan(max(e.Line, 1))
		start := line.Start
		for range e.Column - 1 {
			_, n := utf8.DecodeRuneInString(text[start:line.End])
			start += n
		}
		at := r.mapper(f).span(source.Span{Start: start, End: line.End})
		uris := r.uris[r.realName(e.Path)]
		if len(uris) == 0 {
			uris = []docURI{uriOf(r.ws.NameOf(e.Path))}
		}
		for _, u := range uris {
			out[u] = append(out[u], plainDiagnostic(at, severityOf(lint.Error), "", e.Err.Error()))
		}
	}
}

// published is what the client was told.
type published struct {
	texts map[docURI]string // as sent
	told  map[string]bool   // messages
	last  string            // the sum of what a client was told to ask for
}

// work checks and publishes, each time that something has changed.
func (s *server) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		run, cancel := context.WithCancel(ctx)
		s.mu.Lock()
		s.cancel = cancel
		s.mu.Unlock()
		s.guard("the check", func() { s.run(run) })
		cancel()
	}
}

// run checks once. It is given up when a text changes: there will be another run.
func (s *server) run(ctx context.Context) {
	tell, end := s.progress(ctx)
	c, err := s.check(ctx, tell)
	end()
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		s.log(err.Error())
		return
	}
	s.publish(ctx, c)
}

// publish tells the client what is new to it.
func (s *server) publish(ctx context.Context, c *checked) {
	all := newReport(c).diagnostics()
	s.mu.Lock()
	pulling := pulls(s.client)
	s.mu.Unlock()
	if pulling {
		s.refresh(ctx, all)
		s.tell(ctx, c)
		return
	}
	p := &s.published
	versions := map[docURI]int32{}
	for _, d := range c.docs {
		versions[d.uri] = d.version
	}
	uris := slices.Collect(maps.Keys(all))
	for u := range p.texts {
		// While the configuration of tcplint is wrong, nobody knows what else is.
		if c.err == nil {
			uris = append(uris, u)
		}
	}
	slices.Sort(uris)
	for _, u := range slices.Compact(uris) {
		params := &publishParams{URI: c.spelt.of(u), Diagnostics: all[u]}
		if params.Diagnostics == nil {
			params.Diagnostics = []diagnostic{}
		}
		v, open := versions[u]
		if open {
			params.Version = optional(v)
		}
		raw, err := encode(params)
		if err != nil {
			s.log(err.Error())
			continue
		}
		if p.texts[u] == string(raw) {
			continue
		}
		// A newer text may have come: what is said of it must not be overtaken.
		if ctx.Err() != nil {
			return
		}
		if s.rpc.Notify(ctx, "textDocument/publishDiagnostics", raw) != nil {
			return // the client is gone
		}
		if p.texts[u] = string(raw); len(params.Diagnostics) == 0 && !open {
			delete(p.texts, u)
		}
	}
	s.tell(ctx, c)
}

// tell logs what could not be read at the client, once.
func (s *server) tell(ctx context.Context, c *checked) {
	all := c.ws.Messages()
	if c.result != nil {
		all = slices.Concat(all, c.result.Messages)
	}
	for _, m := range all {
		if m.Level != workspace.Problem || m.Err == nil || s.published.told[m.Err.Error()] {
			continue
		}
		s.published.told[m.Err.Error()] = true
		if raw, err := encode(logMessage(cmp.Or(m.Text, m.Err.Error()))); err == nil {
			_ = s.rpc.Notify(ctx, "window/logMessage", raw) // a client that is gone needs none
		}
	}
}

// changed begins a check, and gives up the one that is running.
func (s *server) changed() {
	s.mu.Lock()
	if s.cancel != nil {
		s.cancel()
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
