//go:build tcplint_core

package page

import (
	"context"
	"path"
	"strings"

	"github.com/tcplint/tcplint/internal/engine"
	"github.com/tcplint/tcplint/internal/service"
	"github.com/tcplint/tcplint/parser/detect"
)

// wantsMore reports whether only the whole program can answer: about what a machine
// printed, and where a file may be more than nginx configuration or kernel settings.
func wantsMore(r *Request) bool {
	switch r.Op {
	case "diagnose", "capacity":
		return true
	case "explain":
		if _, err := engine.Explain(strings.TrimSpace(r.ID)); err == nil {
			return false
		}
		_, err := engine.Entry(strings.TrimSpace(r.ID))
		return err != nil
	}
	for name, text := range r.Files {
		if !plain(name, text) {
			return true
		}
	}
	return false
}

// plain reports whether a file is nginx configuration or kernel settings, or a
// template of them, and nothing besides.
func plain(name, text string) bool {
	if service.Candidate(name) || path.Ext(name) == ".toml" {
		return false
	}
	kind, _ := detect.Detect(name, text)
	if kind == detect.Template {
		kind, _ = detect.Masked(name, text)
	}
	return kind == detect.Nginx || kind == detect.Sysctl
}

func diagnosed(context.Context, *Request) (*Diagnosed, error) { return nil, nil }
func capacityOf(context.Context, *Request) (*Capacity, error) { return nil, nil }

func explainSymptom(string) *Explained { return nil }
