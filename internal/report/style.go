package report

import (
	"github.com/fatih/color"

	"github.com/tcplint/tcplint/internal/lint"
)

// style is the colours of one writer. Each is an object of its own that is
// switched on or off, because the package-wide switch of fatih/color would be
// shared by everything in the process.
type style struct {
	path, dim, note, fix, removed, added, heading *color.Color
	severities                                    [3]*color.Color
}

func newStyle(on bool) *style {
	paint := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return &style{
		path:    paint(color.Bold),
		dim:     paint(color.Faint),
		note:    paint(color.FgCyan),
		fix:     paint(color.FgGreen),
		removed: paint(color.FgRed),
		added:   paint(color.FgGreen),
		heading: paint(color.Bold),
		severities: [3]*color.Color{
			lint.Info:    paint(color.FgBlue, color.Bold),
			lint.Warning: paint(color.FgYellow, color.Bold),
			lint.Error:   paint(color.FgRed, color.Bold),
		},
	}
}

// severity is the colour of a severity.
func (s *style) severity(v lint.Severity) *color.Color {
	return s.severities[min(int(v), len(s.severities)-1)]
}
