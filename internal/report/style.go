package report

import (
	"github.com/fatih/color"

	"github.com/tcplint/tcplint/internal/lint"
)

// ink is how a piece of text is coloured; the zero ink leaves it as it is.
type ink struct{ c *color.Color }

// Sprint returns the text in its colour.
func (i ink) Sprint(text string) string {
	if i.c == nil {
		return text
	}
	return i.c.Sprint(text)
}

// style is the colours of one writer. Each is an object of its own that is
// switched on, because the package-wide switch of fatih/color would be
// shared by everything in the process.
type style struct {
	path, dim, note, fix, removed, added, heading ink
	severities                                    [3]ink
}

func newStyle(on bool) *style {
	if !on {
		return &style{}
	}
	paint := func(attributes ...color.Attribute) ink {
		c := color.New(attributes...)
		c.EnableColor()
		return ink{c}
	}
	return &style{
		path:    paint(color.Bold),
		dim:     paint(color.Faint),
		note:    paint(color.FgCyan),
		fix:     paint(color.FgGreen),
		removed: paint(color.FgRed),
		added:   paint(color.FgGreen),
		heading: paint(color.Bold),
		severities: [3]ink{
			lint.Info:    paint(color.FgBlue, color.Bold),
			lint.Warning: paint(color.FgYellow, color.Bold),
			lint.Error:   paint(color.FgRed, color.Bold),
		},
	}
}

// severity is the colour of a severity.
func (s *style) severity(v lint.Severity) ink {
	return s.severities[min(int(v), len(s.severities)-1)]
}
