package page

import (
	"strings"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/facts"
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
	// Docs is the page about a rule; empty for what is none.
	Docs string `json:"docs,omitempty"`
	// Forms are what each module says of a directive, or the kernel of a key; Rules
	// those that speak of it.
	Forms []facts.Form `json:"forms,omitempty"`
	Rules []string     `json:"rules,omitempty"`
}

// Example is a text with the fault and the same without it; Good may be empty.
type Example struct {
	Name string `json:"name"`
	Bad  string `json:"bad"`
	Good string `json:"good"`
}

func explain(id string) (*Explained, error) {
	id = strings.TrimSpace(id)
	if e := explainSymptom(id); e != nil {
		return e, nil
	}
	r, err := engine.Explain(id)
	if err != nil {
		e, err := engine.Entry(id)
		if err != nil {
			return nil, err
		}
		return &Explained{ID: e.Name, Title: e.Kind, Examples: []Example{}, Refs: []string{}, Forms: e.Forms, Rules: e.Rules}, nil
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
