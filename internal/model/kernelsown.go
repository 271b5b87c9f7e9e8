package model

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
)

// KernelsOwn reports whether a running kernel shows of a key what it has by itself in
// one of the target's versions: nobody has set it, so that nobody can mend it. Of a
// file it is never true: whoever writes a default down means it.
func (h *Host) KernelsOwn(key, value string) bool {
	if h.Sysctl == nil || !h.Sysctl.Live {
		return false
	}
	param, ok := facts.ParamOf(key)
	return ok && slices.ContainsFunc(param.Defaults, func(d facts.Default) bool {
		return !d.In.Intersect(h.Target.Kernel).Empty() && slices.Equal(strings.Fields(d.Text), strings.Fields(value))
	})
}
