package rules

import (
	"iter"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// settings yields every line that sets a key or a wildcard, in the order in
// which the files are read. Files that no loader reads are left out.
func settings(h *model.Host) iter.Seq[model.Assignment] {
	return func(yield func(model.Assignment) bool) {
		if h.Sysctl == nil {
			return
		}
		for _, t := range h.Sysctl.Trees {
			if h.Sysctl.Masked[t] != nil {
				continue
			}
			for _, e := range t.Entries {
				if !e.Exclude && !yield(model.Assignment{Entry: e, Tree: t}) {
					return
				}
			}
		}
	}
}

// dropLines removes the lines of a host that set a key to what is bad. It is nil
// where a wildcard sets it, too: its line is there for other keys as well.
func dropLines(v model.SysctlValue, h *model.Host, bad func(int64) bool) *lint.Fix {
	if v.Glob {
		return nil
	}
	fix := &lint.Fix{Title: "remove the line", Safety: lint.Unsafe}
	n := 0
	in := map[*sysctl.Tree][]*sysctl.Entry{}
	for _, a := range h.Sysctl.Assignments(v.Key.Value) {
		if value, ok := model.ParseInt(a.Value.Value); ok && bad(value) {
			in[a.Tree] = append(in[a.Tree], a.Entry)
			n++
		}
	}
	for _, t := range h.Sysctl.Trees {
		if len(in[t]) > 0 {
			fix.Edits = append(fix.Edits, lint.InSysctl(t, sysctl.RemoveAll(t, in[t]...)...)...)
		}
	}
	if n > 1 {
		fix.Title = "remove the lines"
	}
	return fix
}

// setNumber gives a key another value, where that is not a wildcard's line.
func setNumber(v model.SysctlValue, value string) *lint.Fix {
	if v.Glob {
		return nil
	}
	return setValue(v.Assignment, value)
}

// lastTree is the file of a host that is read last, for lines to be added.
func lastTree(h *model.Host) *sysctl.Tree {
	for _, t := range slices.Backward(h.Sysctl.Trees) {
		if h.Sysctl.Masked[t] == nil {
			return t
		}
	}
	return h.Sysctl.Trees[0]
}

// setOrAppend sets a key in the line that decides, or in a new one at the end of
// the last file.
func setOrAppend(h *model.Host, v model.SysctlValue, key, value string) *lint.Fix {
	if v.Set && !v.Glob {
		return setValue(v.Assignment, value)
	}
	last := lastTree(h)
	return &lint.Fix{
		Title: "set " + short(key) + " to " + value, Safety: lint.Unsafe,
		Edits: lint.InSysctl(last, sysctl.Append(last, key+" = "+value)),
	}
}

// moduleOf names the module that brings a key, "" if the kernel itself has it.
func moduleOf(key string) string {
	for _, m := range []struct{ prefix, module string }{
		{"net.netfilter.nf_conntrack_", "nf_conntrack"},
		{"net.nf_conntrack_", "nf_conntrack"},
		{"net.bridge.bridge-nf-", "br_netfilter"},
		{"net.ipv4.vs.", "ip_vs"},
		{"net.sctp.", "sctp"},
		{"net.mptcp.", ""},
	} {
		if strings.HasPrefix(key, m.prefix) {
			return m.module
		}
	}
	return ""
}
