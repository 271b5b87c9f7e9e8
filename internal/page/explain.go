package page

import (
	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/lint"
)

// Explained is the answer to "explain".
type Explained struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Severity string    `json:"severity,omitempty"`
	Why      string    `json:"why"`
	Cure     string    `json:"cure,omitempty"`
	Examples []Example `json:"examples"`
	Refs     []string  `json:"refs"`
	// Docs is the page about a rule; empty for a symptom.
	Docs string `json:"docs,omitempty"`
}

// Example is a text with the fault and the same without it; Good may be empty.
type Example struct {
	Name string `json:"name"`
	Bad  string `json:"bad"`
	Good string `json:"good"`
}

func explain(id string) (*Explained, error) {
	if s, c, ok := diagnose.Lookup(id); ok {
		out := &Explained{ID: s.ID, Title: s.Title, Why: s.Why, Examples: []Example{}, Refs: append([]string{}, s.Refs...)}
		if c != nil {
			out.ID, out.Title, out.Cure = c.ID, c.Title, c.Cure
		}
		return out, nil
	}
	r, err := engine.Explain(id)
	if err != nil {
		return nil, err
	}
	out := &Explained{
		ID: r.ID, Title: r.Title, Severity: r.Severity.String(), Why: r.Why, Examples: []Example{},
		Refs: append([]string{}, r.Refs...), Docs: lint.RuleURL(r.ID),
	}
	for _, e := range r.Examples {
		if e.Good != "" {
			out.Examples = append(out.Examples, Example{e.Name, e.Bad, e.Good})
		}
	}
	return out, nil
}
