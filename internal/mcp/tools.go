package mcp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/config"
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/workspace"
)

type tools struct{ o Options }

// Files are the arguments that say what is read.
type Files struct {
	Paths  []string `json:"paths,omitempty" jsonschema:"files and folders, from the folder that the server was started for; all of it if empty"`
	Nginx  string   `json:"nginx,omitempty" jsonschema:"the version of nginx in use, such as 1.26.3, or of a relative: angie-1.12, openresty-1.27.1"`
	Kernel string   `json:"kernel,omitempty" jsonschema:"the version of the Linux kernel in use, such as 6.1"`
}

// Patching are the arguments of "patch".
type Patching struct {
	Files
	Rules  []string `json:"rules,omitempty" jsonschema:"only the findings of these rules; of all if empty"`
	Unsafe bool     `json:"unsafe,omitempty" jsonschema:"also the unsafe patches: right in most cases, but dependent on what the files do not say"`
}

// Name is the argument of "explain".
type Name struct {
	Name string `json:"name" jsonschema:"the name of a rule, symptom, cause, directive or kernel key"`
}

// Evidence are the arguments of "diagnose".
type Evidence struct {
	Files
	Before []string `json:"before,omitempty" jsonschema:"files with earlier readings of the same counters"`
}

// Load are the arguments of "capacity".
type Load struct {
	Files
	Rate    float64 `json:"rate,omitempty" jsonschema:"requests per second to ask about"`
	Clients float64 `json:"clients,omitempty" jsonschema:"connected clients to ask about"`
	Latency float64 `json:"latencySeconds,omitempty" jsonschema:"how long a request takes, in seconds; 0.1 if nobody says"`
}

// options adds what a question says to what the server was started with.
func (t *tools) options(f Files) (workspace.Options, error) {
	o := t.o.Workspace
	o.Paths = f.Paths
	if f.Nginx != "" {
		server, err := config.ParseServer(f.Nginx)
		if err != nil {
			return o, fmt.Errorf("nginx: %w", err)
		}
		o.Override.Server = server
	}
	if f.Kernel != "" {
		v, err := facts.ParseVersion(f.Kernel)
		if err != nil {
			return o, fmt.Errorf("kernel: %w", err)
		}
		only := facts.Only(v)
		o.Override.Kernel = &only
	}
	return o, nil
}

// open reads what a question is about.
func (t *tools) open(f Files) (*workspace.Workspace, error) {
	o, err := t.options(f)
	if err != nil {
		return nil, err
	}
	ws, err := workspace.Open(t.o.FS, o)
	if err != nil {
		return nil, err
	}
	return ws, unread(ws.Messages(), len(ws.Hosts()) == 0)
}

// unread is the error of a question about which nothing could be read.
func unread(all []workspace.Message, nothing bool) error {
	var errs []error
	for _, m := range all {
		if nothing && m.Level == workspace.Problem {
			errs = append(errs, m.Err)
		}
	}
	return errors.Join(errs...)
}

// remarks are what is said beside an answer.
func remarks(all ...[]workspace.Message) []string {
	var out []string
	for _, m := range slices.Concat(all...) {
		switch m.Level {
		case workspace.Detail:
		case workspace.Remark:
			out = append(out, m.Text)
		case workspace.Problem:
			out = append(out, m.Err.Error())
		}
	}
	return out
}

func (t *tools) check(ctx context.Context, f Files) (answer, error) {
	ws, err := t.open(f)
	if err != nil {
		return answer{}, err
	}
	res, err := engine.Check(ctx, ws, engine.Options{})
	if err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	err = report.JSON(&b, res.Result, report.Options{Version: t.o.Version})
	return answer{b.String(), remarks(ws.Messages(), res.Messages)}, err
}

func (t *tools) show(_ context.Context, f Files) (answer, error) {
	ws, err := t.open(f)
	if err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	err = show.JSON(&b, engine.Show(ws))
	return answer{b.String(), remarks(ws.Messages())}, err
}

func (*tools) explain(_ context.Context, n Name) (answer, error) {
	var b bytes.Buffer
	if s, c, ok := diagnose.Lookup(n.Name); ok {
		err := report.ExplainSymptom(&b, s, c, false, 0)
		return answer{text: b.String()}, err
	}
	if rule, err := engine.Explain(n.Name); err == nil {
		err := report.Explain(&b, rule, false, 0)
		return answer{text: b.String()}, err
	}
	entry, err := engine.Entry(n.Name)
	if err != nil {
		return answer{}, err
	}
	err = report.ExplainEntry(&b, entry, false, 0)
	return answer{text: b.String()}, err
}

func (t *tools) diagnose(ctx context.Context, e Evidence) (answer, error) {
	o, err := t.options(e.Files)
	if err != nil {
		return answer{}, err
	}
	res, err := engine.Diagnose(ctx, t.o.FS, o, engine.DiagnoseOptions{Before: e.Before, Fix: true})
	if err != nil {
		return answer{}, err
	}
	if err := unread(res.Messages, len(res.Hosts) == 0 && len(res.Sources) == 0); err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	err = report.DiagnosisJSON(&b, res.Result)
	return answer{b.String(), remarks(res.Messages)}, err
}

func (t *tools) capacity(ctx context.Context, l Load) (answer, error) {
	const longest = 24 * time.Hour
	if l.Rate < 0 || l.Clients < 0 || l.Latency < 0 || l.Latency > longest.Seconds() {
		return answer{}, errors.New("rate, clients and latencySeconds are numbers from 0 on, latencySeconds up to a day")
	}
	o, err := t.options(l.Files)
	if err != nil {
		return answer{}, err
	}
	q := capacity.Question{Rate: l.Rate, Clients: l.Clients, Latency: time.Duration(l.Latency * float64(time.Second))}
	res, err := engine.AskCapacity(ctx, t.o.FS, o, engine.DiagnoseOptions{}, q)
	if err != nil {
		return answer{}, err
	}
	if err := unread(res.Messages, res.Empty); err != nil {
		return answer{}, err
	}
	var b bytes.Buffer
	err = report.CapacityJSON(&b, res.Result)
	return answer{b.String(), remarks(res.Messages)}, err
}

func (t *tools) patch(ctx context.Context, p Patching) (answer, error) {
	for _, id := range p.Rules {
		if _, err := engine.Explain(id); err != nil {
			return answer{}, err
		}
	}
	ws, err := t.open(p.Files)
	if err != nil {
		return answer{}, err
	}
	unsafe := map[string]bool{} // findings with a patch that was not asked for
	wanted := func(f *lint.Finding) bool {
		if len(p.Rules) > 0 && !slices.Contains(p.Rules, f.Rule.ID) {
			return false
		}
		if !p.Unsafe && f.Fix != nil && f.Fix.Safety == lint.Unsafe {
			unsafe[fmt.Sprint(f.Rule.ID, f.At.Span, f.Msg)] = true
		}
		return true
	}
	fixed, err := engine.Patch(ctx, ws, wanted, engine.Options{Unsafe: p.Unsafe})
	if err != nil {
		return answer{}, err
	}
	var b strings.Builder
	b.WriteString(fixed.Diff())
	if b.Len() == 0 {
		b.WriteString("nothing would change\n")
	}
	switch n := len(unsafe); {
	case n == 1:
		b.WriteString("# 1 more patch is unsafe, as it depends on what the files do not say: it comes with \"unsafe\": true\n")
	case n > 1:
		fmt.Fprintf(&b, "# %d more patches are unsafe, as they depend on what the files do not say: they come with \"unsafe\": true\n", n)
	}
	for _, d := range fixed.Result.Dropped {
		fmt.Fprintf(&b, "# not made: %s [%s]: %s\n", d.Finding.Msg, d.Finding.Rule.ID, d.Reason)
	}
	return answer{b.String(), remarks(ws.Messages(), fixed.Messages)}, nil
}
