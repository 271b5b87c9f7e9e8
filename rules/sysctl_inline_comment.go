package rules

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

var sysctlInlineComment = lint.Rule{
	ID:       "sysctl-inline-comment",
	Title:    "a comment behind a value is part of the value",
	Severity: lint.Error,
	Written:  true,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `sysctl.conf knows comments on lines of their own only. "key = value # why" hands all of "value # why" to the kernel. What becomes of it depends on the key: behind a number and a blank the kernel ignores the rest, so nothing breaks, and this is info. Glued to the number it is EINVAL, and the setting keeps its old value. On a key that holds text or a list (the congestion control, the qdisc, reserved ports, core_pattern) the comment becomes part of the text, or the write fails.

Measured with procps 3.3.17 to 4.0.7 and systemd 252 and 257: "30 # text" sets 30, "30#text" fails, "cubic # text" fails, and a port list with a comment fails.

The patch moves the comment to a line of its own above.`,
	Refs: []string{
		"https://man7.org/linux/man-pages/man5/sysctl.conf.5.html",
		"https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/kernel/sysctl.c",
	},
	Examples: []lint.Example{
		{
			Name: "on a key that holds a name",
			Bad: `net.ipv4.tcp_congestion_control = bbr # needs 4.9
                                     #^^^^^^^^^^^ the kernel gets the comment as part of the value
`,
			Good: `# needs 4.9
net.ipv4.tcp_congestion_control = bbr
`,
		},
		{
			Name: "glued to a number",
			Bad: `net.ipv4.tcp_fin_timeout = 30# seconds
                            #^^^^^^^^^ the kernel refuses
`,
			Good: `# seconds
net.ipv4.tcp_fin_timeout = 30
`,
		},
		{
			Name: "behind a number",
			Bad: `net.core.somaxconn = 4096   # was 128
                           #^^^^^^^^^ the comment is part of the value
`,
			Good: `# was 128
net.core.somaxconn = 4096
`,
		},
		{
			Name: "behind a semicolon",
			Bad: `net.core.somaxconn = 4096 ; was 128
                         #^^^^^^^^^ the comment is part of the value
`,
			Good: `# was 128
net.core.somaxconn = 4096
`,
		},
		{
			Name: "where the kernel still waits for numbers",
			Bad: `net.ipv4.tcp_rmem = 4096 87380 # the maximum stays
                              #^^^^^^^^^^^^^^^^^^^ the kernel takes the comment for number 3 of tcp_rmem
`,
			Good: `# the maximum stays
net.ipv4.tcp_rmem = 4096 87380
`,
		},
		{
			Name: "on a line that another rule removes, which takes it along",
			Bad: `net.ipv4.tcp_tw_recycle = 1 # fast
                           #^^^^^^ the comment is part of the value
net.ipv4.tcp_tw_reuse = 1
`,
			Good: `net.ipv4.tcp_tw_reuse = 1
`,
		},
		{
			Name: "silent: sysctl-value says that it is no number",
			Bad: `net.ipv4.tcp_sack = yes # on
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		dead := map[*sysctl.Entry]bool{}
		for _, key := range p.Host.Sysctl.Keys() {
			for _, d := range p.Host.Sysctl.Dead(key) {
				dead[d.Entry] = d.Tree == d.By.Tree
			}
		}
		for _, t := range p.Host.Sysctl.Trees {
			for _, e := range t.Entries {
				if !e.Exclude {
					inlineComment(p, model.Assignment{Entry: e, Tree: t}, dead[e])
				}
			}
		}
	},
}

var _ = add(&sysctlInlineComment)

// inlineComment looks at one line. The comment of one that another rule removes
// goes with it.
func inlineComment(p *lint.Pass, a model.Assignment, dead bool) {
	at := commentStart(a.Value.Value)
	if at < 0 {
		return
	}
	value := strings.TrimRight(a.Value.Value[:at], " \t")
	glued := len(value) == at
	text := holdsText(a.Key.Value)
	numeric := isNumbers(value)
	words, read := len(strings.Fields(value)), model.Numbers(a.Key.Value)
	switch {
	case glued && (text || !numeric):
		return // a "#" inside a text is a text's own
	case value == "", !numeric && read > 0:
		return // sysctl-value says that the kernel refuses what stands there
	}
	f := lint.Finding{
		At: lint.Place{File: a.Tree.File, Span: source.Span{Start: a.Value.Span.Start + at, End: a.Value.Span.End}},
		Fix: &lint.Fix{
			Title: "move the comment to a line of its own", Safety: lint.Safe,
			Edits: lint.InSysctl(a.Tree,
				sysctl.AddBefore(a.Tree, a.Entry, commentLine(a.Value.Value[at:])), sysctl.SetValue(a.Entry, value)),
		},
	}
	f.Fix.Leads = []string{"sysctl-duplicate-key"}
	if _, gone := facts.GoneParamOf(a.Key.Value); dead || gone {
		f.Fix = nil
	}
	switch {
	case glued && (read == 0 || words <= read):
		f.Msg = fmt.Sprintf("the kernel refuses %q: a comment needs a line of its own", a.Value.Value)
		p.Report(f)
	case text || !numeric:
		f.Msg = "the kernel gets the comment as part of the value of " + short(a.Key.Value)
		p.Report(f)
	case words < read:
		if f.Fix != nil {
			f.Fix.Leads = append(f.Fix.Leads, "sysctl-triple")
		}
		f.Msg = fmt.Sprintf("the kernel takes the comment for number %d of %s and refuses it", words+1, short(a.Key.Value))
		p.Report(f)
	default:
		if f.Fix != nil && !p.Host.Sysctl.Same(a.Entry, value) {
			f.Fix.Safety = lint.Unsafe // another line says the same then, and systemd writes one of them
		}
		f.Msg = "the comment is part of the value; the kernel ignores it behind a number"
		p.ReportMild(lint.Info, f)
	}
}

// commentStart finds a "#" that begins a comment in a value, or a ";" behind a
// blank; -1 if there is none.
func commentStart(value string) int {
	for i := range len(value) {
		blank := i > 0 && (value[i-1] == ' ' || value[i-1] == '\t')
		if value[i] == '#' || value[i] == ';' && blank {
			return i
		}
	}
	return -1
}

// commentLine makes a line of its own of a comment. It begins with "#" in any
// case: systemd 262 knows no other comments.
func commentLine(comment string) string {
	return "#" + comment[1:]
}

// holdsText reports whether a key's value is text or a list, which a comment
// becomes a part of.
func holdsText(key string) bool {
	k, ok := facts.ParamOf(key)
	return ok && (k.Kind == facts.String || k.Kind == facts.List)
}

// isNumbers reports whether a value consists of numbers only.
func isNumbers(value string) bool {
	for w := range strings.FieldsSeq(value) {
		if _, ok := model.ParseInt(w); !ok {
			return false
		}
	}
	return value != ""
}
