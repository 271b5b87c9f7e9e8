//go:build tcplint_core

package workspace

import "github.com/tcplint/tcplint/parser/source"

// filled leaves a template as it is: the core of the engine sees no role or chart around
// it, whose files it cannot read.
func (*store) filled(_ *source.File, c *content) *content { return c }
