// Package page answers what a page in a browser asks, as JSON: what is wrong in the
// files that it holds, what they look like once a finding is mended, what is in
// force, what a rule means, and what a machine's own words come from. It prints
// nothing and needs no templates, since all of it is loaded by every visitor.
//
// Places are counted in UTF-16 code units from the start of a file, as JavaScript
// counts.
package page

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Request is a question. Op is "check", "patch", "fix", "show", "explain",
// "diagnose" or "capacity".
type Request struct {
	Op string `json:"op"`
	// Files are the texts by their paths.
	Files map[string]string `json:"files"`
	// Server and Kernel are the versions in use ("1.26.3", "angie-1.12"; "6.1");
	// empty means all that are supported.
	Server string `json:"server"`
	Kernel string `json:"kernel"`
	// Evidence is what the machine printed, by names.
	Evidence map[string]string `json:"evidence"`
	// Finding is what "patch" mends: the index in the last answer to "check".
	Finding int `json:"finding"`
	// Unsafe lets "fix" make the unsafe fixes, too.
	Unsafe bool `json:"unsafe"`
	// ID is the rule, symptom, cause, directive or kernel key that "explain" explains.
	ID string `json:"id"`
	// Rate (requests per second), Clients (connected) and Latency (seconds that a
	// request takes) are the load that "capacity" asks about; 0 is no load, and the
	// latency that is taken where nobody names one.
	Rate    float64 `json:"rate"`
	Clients float64 `json:"clients"`
	Latency float64 `json:"latency"`
}

// Session keeps what one answer can use of the ones before it. It is not for
// several goroutines.
type Session struct {
	files          map[string]string
	server, kernel string
	ws             *workspace.Workspace
	cache          *engine.Cache
}

// NewSession returns a session that has been asked nothing yet.
func NewSession() *Session { return &Session{cache: engine.NewCache()} }

// Ask answers a Request in JSON with JSON: the answer's form is that of the type
// with its name (Checked, Patched, ...), or {"error": TEXT} if the question cannot
// be answered. The core of the program (built with the tag tcplint_core, for visitors
// to begin with) answers {"more": true} what only the whole program can answer.
func (s *Session) Ask(request []byte) (answer []byte) {
	defer func() {
		if x := recover(); x != nil {
			s.ws, s.cache = nil, engine.NewCache()
			answer = failed(fmt.Errorf("something broke inside: %v", x))
		}
	}()
	var r Request
	if err := json.Unmarshal(request, &r); err != nil {
		return failed(err)
	}
	if wantsMore(&r) {
		return []byte(`{"more":true}`)
	}
	got, err := s.answer(context.Background(), &r)
	if err != nil {
		return failed(err)
	}
	out, err := json.Marshal(got)
	if err != nil {
		return failed(err)
	}
	return out
}

func failed(err error) []byte {
	out, _ := json.Marshal(map[string]string{"error": err.Error()})
	return out
}

func (s *Session) answer(ctx context.Context, r *Request) (any, error) {
	switch r.Op {
	case "explain":
		return explain(r.ID)
	case "diagnose":
		return diagnosed(ctx, r)
	case "capacity":
		return capacityOf(ctx, r)
	}
	if err := s.open(r); err != nil {
		return nil, err
	}
	switch r.Op {
	case "check":
		return s.check(ctx)
	case "patch":
		return s.patch(ctx, r.Finding)
	case "fix":
		fixed, err := engine.Fix(ctx, s.ws, engine.Options{Unsafe: r.Unsafe})
		if err != nil {
			return nil, err
		}
		return patched(fixed), nil
	case "show":
		return engine.Show(s.ws), nil
	}
	return nil, fmt.Errorf("unknown question %q", r.Op)
}

// options reads the versions that were chosen.
func options(r *Request) (workspace.Options, error) {
	o := workspace.Options{}
	if r.Server != "" {
		server, err := config.ParseServer(r.Server)
		if err != nil {
			return o, fmt.Errorf("version of nginx: %w", err)
		}
		o.Override.Server = server
	}
	if r.Kernel != "" {
		v, err := facts.ParseVersion(r.Kernel)
		if err != nil {
			return o, fmt.Errorf("version of Linux: %w", err)
		}
		in := facts.Only(v)
		o.Override.Kernel = &in
	}
	return o, nil
}

// open makes the workspace that of the request, from the last one where it can.
func (s *Session) open(r *Request) error {
	if s.ws != nil && s.server == r.Server && s.kernel == r.Kernel {
		if maps.Equal(s.files, r.Files) {
			return nil
		}
		var changes []workspace.Change
		for p, text := range r.Files {
			if old, ok := s.files[p]; !ok || old != text {
				changes = append(changes, workspace.Edit(p, text))
			}
		}
		gone := false
		for p := range s.files {
			if _, ok := r.Files[p]; !ok {
				gone = true
			}
		}
		if !gone {
			ws, err := s.ws.With(changes...)
			if err == nil {
				s.ws, s.files = ws, r.Files
				return nil
			}
		}
	}
	s.ws = nil
	o, err := options(r)
	if err != nil {
		return err
	}
	ws, err := workspace.Open(workspace.Memory(r.Files), o)
	if err != nil {
		return err
	}
	s.ws, s.files, s.server, s.kernel = ws, r.Files, r.Server, r.Kernel
	return nil
}
