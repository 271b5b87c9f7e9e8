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

var sysctlSyntax = lint.Rule{
	ID:       "sysctl-syntax",
	Title:    "a line that sysctl cannot make sense of",
	Severity: lint.Error,
	Written:  true,
	Fix:      lint.Safe,
	Since:    "0.1",
	Why: `sysctl.conf holds "key = value" lines and nothing else. A line without "=" is skipped: procps warns and still exits with 0, systemd-sysctl exits with 1. A line with "=" is taken for an assignment whatever stands in front of it, so a pasted "sysctl -w net..." sets a key of that strange name, that is, none.

Also without effect: a path ("/proc/sys/net/..."), a key in capitals, dots and slashes mixed (the first separator decides which one the others are), a byte order mark before the first key, a no-break space copied from a web page.

"- key = value", with a blank behind the "-", sets the key under systemd; procps takes the blank for part of the key, which the kernel then does not have, and "sysctl -p" ends with 1.

A line that begins with ";" is a comment for procps and for systemd up to 257. systemd-sysctl 262, of Debian forky, knows comments behind "#" only, whatever its manual says: of prose it says "Line is not an assignment" and ends with 1, so that systemd-sysctl.service fails at boot; ";key = value" is a key of that name, which the kernel does not have. Settings in other lines take effect. The patch writes "#", which all of them know.

Measured with procps 3.3.17 to 4.0.7 and systemd 252, 257 and 262.`,
	Refs: []string{
		"https://man7.org/linux/man-pages/man5/sysctl.conf.5.html",
		"https://gitlab.com/procps-ng/procps/-/blob/master/src/sysctl.c",
	},
	Examples: []lint.Example{
		{
			Name: "a command pasted into the file",
			Bad: `sysctl -w net.core.somaxconn=4096
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ "sysctl -w" is a command
`,
			Good: `net.core.somaxconn=4096
`,
		},
		{
			Name: "a path",
			Bad: `/proc/sys/net/ipv4/tcp_syncookies = 1
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the key must be given without /proc/sys
`,
			Good: `net.ipv4.tcp_syncookies = 1
`,
		},
		{
			Name: "no equals sign",
			Bad: `net.core.somaxconn 4096
#^^^^^^^^^^^^^^^^^^^^^^ invalid syntax
`,
			Good: `net.core.somaxconn = 4096
`,
		},
		{
			Name: "a blank behind the minus",
			Bad: `- net.ipv4.tcp_fin_timeout = 30
#^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ procps takes the blank behind "-" for part of the key and sets nothing, systemd sets it
`,
			Good: `-net.ipv4.tcp_fin_timeout = 30
`,
		},
		{
			Name: "a comment that systemd 262 does not know",
			Bad: `; tuned for the edge
#^^^^^^^^^^^^^^^^^^^ systemd 262 takes a line that begins with ";" for no comment, and its boot unit fails (2 such lines)
net.ipv4.tcp_fin_timeout = 30
  ;net.ipv4.tcp_fin_timeout = 15
`,
			Good: `# tuned for the edge
net.ipv4.tcp_fin_timeout = 30
  #net.ipv4.tcp_fin_timeout = 15
`,
		},
		{
			Name:   "silent: procps knows it",
			Loader: "procps",
			Bad: `; tuned for the edge
net.ipv4.tcp_fin_timeout = 30
`,
		},
	},
	Check: func(p *lint.Pass) {
		if p.Host.Sysctl == nil {
			return
		}
		for _, t := range p.Host.Sysctl.Trees {
			semicolons(p, t)
			for _, e := range t.Errors {
				skippedLine(p, t, e)
			}
			for _, e := range t.Entries {
				strangeKey(p, model.Assignment{Entry: e, Tree: t})
			}
		}
	},
}

var _ = add(&sysctlSyntax)

// semicolons reports comments that systemd 262 takes for something else, once for
// a file.
func semicolons(p *lint.Pass, t *sysctl.Tree) {
	loader := p.Host.Target.Loader
	if loader == model.Procps || loader == model.Systemd && !p.Host.Sysctl.Reads(t) || p.Host.Sysctl.Masked[t] != nil {
		return
	}
	var edits []source.Edit
	var first source.Span
	fails := false // a line without "=" is an error, one with it a key that does not exist
	for _, c := range t.Comments {
		if t.File.Text[c.Start] != ';' {
			continue
		}
		if edits == nil {
			first = c
		}
		fails = fails || !strings.Contains(t.File.Slice(c), "=")
		edits = append(edits, source.Edit{Span: source.Span{Start: c.Start, End: c.Start + 1}, New: "#"})
	}
	if edits == nil {
		return
	}
	f := lint.Finding{
		At:  lint.Place{File: t.File, Span: first},
		Msg: `systemd 262 takes a line that begins with ";" for no comment`,
		Fix: &lint.Fix{Title: `write "#"`, Safety: lint.Safe, Edits: lint.InSysctl(t, edits...)},
	}
	if fails {
		f.Msg += ", and its boot unit fails"
	}
	if n := len(edits); n > 1 {
		f.Msg += fmt.Sprintf(" (%d such lines)", n)
	}
	severity := lint.Info
	if loader == model.Systemd {
		severity = lint.Warning
	}
	p.ReportMild(severity, f)
}

// skippedLine reports what procps passes over.
func skippedLine(p *lint.Pass, t *sysctl.Tree, e sysctl.Error) {
	f := lint.Finding{At: lint.Place{File: t.File, Span: e.Span}, Msg: strings.TrimRight(e.Msg, ".")}
	text := t.File.Slice(e.Span)
	if strings.HasPrefix(e.Msg, "invalid syntax") {
		f.Msg = `invalid syntax: the line has no "=" and is skipped`
		// Only of a key that is known can we tell that the rest is its value.
		if i := strings.IndexAny(text, " \t:"); i > 0 && known(text[:i]) && strings.Trim(text[i:], " \t:") != "" {
			end := i + len(text[i:]) - len(strings.TrimLeft(text[i:], " \t:"))
			f.Fix = &lint.Fix{
				Title: `write "=" between the key and the value`, Safety: lint.Unsafe,
				Edits: lint.InSysctl(t, source.Edit{
					Span: source.Span{Start: e.Span.Start + i, End: e.Span.Start + end}, New: " = ",
				}),
			}
		}
	}
	p.Report(f)
}

func known(key string) bool {
	_, ok := facts.ParamOf(sysctl.NormalizeKey(key))
	return ok
}

const (
	bom     = "\ufeff"
	noBreak = "\u00a0"
)

// strangeKey reports an assignment to a key, or of a value, that cannot be what
// was meant.
func strangeKey(p *lint.Pass, a model.Assignment) {
	if blankBehindMinus(a) {
		if p.Host.Target.Loader == model.Systemd {
			return
		}
		f := lint.Finding{
			At: lint.Place{File: a.Tree.File, Span: source.Span{Start: a.Key.Span.Start - 1, End: max(a.Key.Span.End, a.Value.Span.End)}}, Msg: `procps takes the blank behind "-" for part of the key and sets nothing, systemd sets it`,
			Fix: &lint.Fix{
				Title: "take the blank out", Safety: lint.Unsafe,
				Edits: lint.InSysctl(a.Tree, sysctl.SetKey(a.Entry, strings.TrimLeft(a.Tree.File.Slice(a.Key.Span), " \t"))),
			},
		}
		if p.Host.Target.Loader == model.Procps {
			p.Report(f)
			return
		}
		p.ReportMild(lint.Warning, f)
		return
	}
	if msg, key := keyFault(a); msg != "" {
		f := lint.Finding{At: lint.AtLine(a), Msg: msg}
		if key != "" && known(key) {
			f.Fix = &lint.Fix{
				Title: "write " + key, Safety: lint.Unsafe,
				Edits: lint.InSysctl(a.Tree, sysctl.SetKey(a.Entry, key)),
			}
		}
		p.Report(f)
		return
	}
	if strings.Contains(a.Value.Value, noBreak) {
		p.Report(lint.Finding{
			At: lint.AtLine(a), Msg: "a no-break space stands in the value, which the kernel refuses",
			Fix: &lint.Fix{
				Title: "write a blank", Safety: lint.Unsafe,
				Edits: lint.InSysctl(a.Tree, sysctl.SetValue(a.Entry, strings.TrimSpace(strings.ReplaceAll(a.Value.Value, noBreak, " ")))),
			},
		})
	}
}

// blankBehindMinus reports whether a blank stands between a "-" and the key.
func blankBehindMinus(a model.Assignment) bool {
	text := a.Tree.File.Slice(a.Key.Span)
	return (a.Ignore || a.Exclude) && strings.TrimLeft(text, " \t") != text
}

// keyFault says why the text in front of the "=" is no key, and what the key may
// be; msg is empty if it can be one.
func keyFault(a model.Assignment) (msg, key string) {
	written := a.Tree.File.Slice(a.Key.Span)
	plain := strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(written, bom), noBreak, " "))
	switch words := strings.Fields(written); {
	case strings.HasPrefix(written, bom):
		return "a byte order mark stands before the key, so the kernel does not know it", plain
	case strings.Contains(written, noBreak):
		return "a no-break space stands in the key, so the kernel does not know it", plain
	case len(words) > 1 && words[0] == "sysctl":
		return `"` + strings.Join(words[:len(words)-1], " ") + `" is a command and no part of a key: the line sets nothing`, words[len(words)-1]
	case strings.HasPrefix(strings.TrimLeft(written, "/"), "proc/sys/"):
		key := strings.TrimPrefix(strings.TrimLeft(written, "/"), "proc/sys/")
		return "the key must be given without /proc/sys: the line sets nothing", sysctl.NormalizeKey(key)
	case !known(written) && known(strings.ToLower(written)):
		return "keys are in lower case: the line sets nothing", strings.ToLower(written)
	case !known(written) && mixed(written) && known(strings.ReplaceAll(written, "/", ".")):
		return "dots and slashes are mixed in the key: the line sets nothing", strings.ReplaceAll(written, "/", ".")
	}
	return "", ""
}

// sensible reports whether a line can be judged: sysctl-syntax has nothing to say
// of it, and nothing in it waits for a shell to fill it in.
func sensible(a model.Assignment) bool {
	msg, _ := keyFault(a)
	return msg == "" && !blankBehindMinus(a) && !strings.Contains(a.Value.Value, noBreak) && !strings.Contains(a.Key.Value+a.Value.Value, "$")
}

// mixed reports whether a key uses both separators.
func mixed(key string) bool {
	return strings.Contains(key, ".") && strings.Contains(key, "/")
}
