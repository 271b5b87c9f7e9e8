package report

import (
	"fmt"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
)

// RulesMarkdown renders the list of all rules, as rules/README.md holds it.
func RulesMarkdown(rules []*lint.Rule) []byte {
	p := newPrinter(false)
	p.line("# Rules")
	p.line()
	p.line(notByHand)
	p.line()
	p.line(`A fix is "safe" (` + "`tcplint fix`" + ` applies it), "unsafe" (` + "`tcplint fix --unsafe`" + `
applies it: right in most cases, but it depends on what the files do not say),
or "shown" (printed, never applied). What a rule says here is the freest that its
fixes are; one of them may be more careful. Each rule has a page, which is what
` + "`tcplint explain RULE`" + ` prints.`)
	p.line()
	p.line("| Rule | Severity | Fix | Finds |")
	p.line("| --- | --- | --- | --- |")
	for _, r := range rules {
		title := strings.ReplaceAll(markdown(r.Title), "|", `\|`)
		p.line(fmt.Sprintf("| [%s](../%s) | %s | %s | %s |", r.ID, lint.RulePage(r.ID), r.Severity, r.Fix, title))
	}
	return p.Bytes()
}

// RuleMarkdown renders the page of a rule, as the file that Page names holds it.
func RuleMarkdown(r *lint.Rule) []byte {
	p := newPrinter(false)
	p.line("# ", r.ID)
	p.line()
	p.line(notByHand)
	p.line()
	p.ruleBody(r)
	return p.Bytes()
}

// notByHand heads what is rendered from the rules.
const notByHand = "<!-- Written from the rules themselves. Do not edit: run go test ./rules -update -->"

// ruleBody writes what stands below the heading of a rule.
func (p *printer) ruleBody(r *lint.Rule) {
	p.line("**", markdown(r.Title), "**")
	p.line()
	p.line("- severity: ", r.Severity.String())
	p.line("- fix: ", markdown(fixOf(r.Fix)))
	p.line("- versions: ", versionsOf(r))
	if r.Since != "" {
		p.line("- since: tcplint ", r.Since)
	}
	why := blocks(r.Why)
	for i, b := range why {
		if !sameList(why, i) {
			p.line()
		}
		switch {
		case b.verbatim:
			p.fence("text", strings.Join(b.lines, "\n")+"\n")
		case b.item:
			p.wrapped("- ", "  ", b.text())
		default:
			p.wrapped("", "", b.text())
		}
	}
	for i := range r.Examples {
		e := &r.Examples[i]
		kind := "Bad"
		if e.Good == "" {
			kind = "Not reported"
		}
		p.exampleMarkdown(r, exampleTitle(kind, e), badText(e))
		if e.Good != "" {
			p.exampleMarkdown(r, "Good", e.Good)
		}
	}
	if len(r.Refs) > 0 {
		p.line()
		p.line("References:")
		p.line()
		for _, ref := range r.Refs {
			p.line("- <", ref, ">")
		}
	}
}

// exampleMarkdown writes the files of an example. Markers stay: they are
// comments in both languages, so that the text can be copied as it is.
func (p *printer) exampleMarkdown(r *lint.Rule, title, text string) {
	p.line()
	p.line(markdown(title), ":")
	for _, f := range exampleFiles(text) {
		p.line()
		if f.name != "" {
			p.line("`", f.name, "`")
			p.line()
		}
		p.fence(language(r, f.name), f.text)
	}
}

// fence writes a code block whose fence no line of the text can end.
func (p *printer) fence(language, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	p.line(fence, language)
	p.WriteString(text)
	p.line(fence)
}

func (p *printer) wrapped(first, rest, text string) {
	lead := first
	for _, l := range wrap(markdown(text), defaultWidth-len(first)) {
		p.line(lead, l)
		lead = rest
	}
}

// language is the name by which highlighters know the language of a file.
func language(r *lint.Rule, name string) string {
	switch {
	case strings.HasSuffix(name, ".yaml"), strings.HasSuffix(name, ".yml"):
		return "yaml"
	case strings.HasSuffix(name, ".toml"):
		return "toml"
	case strings.Contains(name, "sysctl"), name == "" && strings.HasPrefix(r.ID, "sysctl-"):
		return "ini"
	default:
		return "nginx"
	}
}

// markdown escapes what Markdown would take for markup in prose. Text between
// backquotes stays as it is; an underscore within a word means nothing.
func markdown(text string) string {
	var b strings.Builder
	code := false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '`':
			code = !code
		case !code && strings.IndexByte(`*<[\`, c) >= 0:
			b.WriteByte('\\')
		case !code && c == '_' && (i == 0 || text[i-1] == ' '):
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}
