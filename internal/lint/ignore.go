package lint

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// SuppressionID is the rule that watches over suppression comments. Its
// findings are made here, where it is known which comments were of use.
const SuppressionID = "tcplint-suppression"

const ignoreMark = "tcplint:ignore"

// mark begins the comments that are meant for tcplint; a blank behind the colon is
// often written.
var mark = lazyre.New(`^tcplint:(\s+ignore\b|[A-Za-z][\w-]*)(?:=|\b)`)

// comment is one "# tcplint:ignore rule -- reason".
type comment struct {
	at     Place
	verb   string // "ignore", or what is none
	rules  []string
	reason string
	first  int // first line that it covers
	last   int
	used   map[string]bool
}

// suppress takes the findings that a comment or the configuration silences out
// of the list and adds what is wrong with the comments themselves.
func suppress(all []Finding, hosts []*model.Host, o Options) (kept []Finding, out []Suppression) {
	comments := map[string][]*comment{}
	var order []*comment
	onDisk := map[Place]*comment{}
	for _, h := range hosts {
		for _, c := range hostComments(h) {
			path := c.at.File.Path
			if !slices.ContainsFunc(comments[path], func(d *comment) bool { return d.at.Span == c.at.Span }) {
				comments[path] = append(comments[path], c)
				_, disk := c.at.File.Locate(c.at.Span)
				place := Place{c.at.File.OnDisk(), disk}
				if same := onDisk[place]; same != nil {
					c.used = same.used // in a carrier, one comment may stand above several lines
					continue
				}
				onDisk[place] = c
				order = append(order, c)
			}
		}
	}
	kept = all[:0]
	for _, f := range all {
		c := covering(comments[f.At.File.Path], f)
		if c != nil {
			c.used[f.Rule.ID] = true
		}
		if reason, ok := o.excluded(f); ok {
			out = append(out, Suppression{Finding: f, Reason: reason, External: true})
		} else if c != nil {
			out = append(out, Suppression{Finding: f, Reason: c.reason})
		} else {
			kept = append(kept, f)
		}
	}
	i := slices.IndexFunc(o.Rules, func(r *Rule) bool { return r.ID == SuppressionID })
	if i < 0 {
		return kept, out
	}
	for _, c := range order {
		if o.Only != nil && !o.Only[c.at.File.OnDisk().Path] {
			continue
		}
		for _, msg := range c.faults(o.Rules[i], o, kept) {
			f := Finding{Rule: o.Rules[i], Severity: o.Rules[i].Severity, At: c.at, Msg: msg}
			if s, ok := o.Severity[f.Rule.ID]; ok {
				f.Severity = s
			}
			if reason, ok := o.excluded(f); ok {
				out = append(out, Suppression{Finding: f, Reason: reason, External: true})
				continue
			}
			kept = append(kept, f)
		}
	}
	return kept, out
}

// excluded says whether the configuration switches a finding off, and why.
func (o Options) excluded(f Finding) (reason string, ok bool) {
	if o.Excluded == nil {
		return "", false
	}
	return o.Excluded(f.At.File.OnDisk().Path, f.Rule.ID)
}

// covering returns the comment that silences a finding.
func covering(cs []*comment, f Finding) *comment {
	if len(cs) == 0 {
		return nil
	}
	line := f.At.File.Position(f.At.Span.Start).Line
	for _, c := range cs {
		if c.verb == "ignore" && c.first <= line && line <= c.last && c.reason != "" && slices.Contains(c.rules, f.Rule.ID) {
			return c
		}
	}
	return nil
}

// faults says what is wrong with a comment. all are the findings that no comment
// silences.
func (c *comment) faults(self *Rule, o Options, all []Finding) []string {
	var out []string
	switch {
	case c.verb == "ignore-file" || c.verb == "disable-file":
		return []string{"no comment suppresses findings in a whole file: use [[ignore]] in .tcplint.toml"}
	case c.verb != "ignore":
		return []string{"there is no comment tcplint:" + c.verb + ": write " + ignoreMark + " RULE -- REASON"}
	}
	if len(c.rules) == 0 {
		return []string{"the suppression names no rule: write " + ignoreMark + " RULE -- REASON"}
	}
	if c.reason == "" {
		out = append(out, "the suppression gives no reason and is not in force: write "+ignoreMark+" "+strings.Join(c.rules, ",")+" -- REASON")
	}
	for _, id := range c.rules {
		ran := id != self.ID && slices.ContainsFunc(o.Rules, func(r *Rule) bool { return r.ID == id })
		switch {
		case !ran && !slices.Contains(o.Known, id):
			msg := fmt.Sprintf("there is no rule %q", id)
			if near, ok := Nearest(id, o.Known); ok {
				msg += "; did you mean " + near + "?"
			}
			out = append(out, msg)
		case ran && c.reason != "" && !c.used[id]:
			out = append(out, id+" finds nothing here: "+c.instead(id, all))
		}
	}
	return out
}

// near is the number of lines within which a finding is taken for the one that a
// comment was meant for.
const near = 10

// instead says what to do with a comment that silences nothing.
func (c *comment) instead(rule string, all []Finding) string {
	for _, f := range all {
		if f.Rule.ID != rule || f.At.File.Path != c.at.File.Path {
			continue
		}
		if line := f.At.File.Position(f.At.Span.Start).Line; c.last < line && line <= c.last+near {
			shown := f.onDisk().At
			return fmt.Sprintf("put the suppression above line %d, where it does", shown.File.Position(shown.Span.Start).Line)
		}
	}
	return "remove the suppression"
}

// hostComments returns the suppression comments of a host's files.
func hostComments(h *model.Host) []*comment {
	var out []*comment
	if h.Nginx != nil {
		for _, t := range h.Nginx.Trees {
			out = appendComments(out, t.File, t.Comments(), true)
		}
	}
	if h.Sysctl != nil {
		for _, t := range h.Sysctl.Trees {
			out = appendComments(out, t.File, slices.Values(t.Comments), false)
		}
	}
	return out
}

func appendComments(out []*comment, f *source.File, spans iter.Seq[source.Span], inline bool) []*comment {
	for s := range spans {
		text := strings.TrimLeft(f.Slice(s), "#; \t")
		if !strings.HasPrefix(text, "tcplint:") {
			continue
		}
		m := mark.FindStringSubmatch(text)
		if m == nil || m[1] == "context" {
			continue
		}
		rest := strings.TrimSuffix(text[len(m[0]):], "\r") // to nginx, the CR of a CRLF belongs to the comment
		s.End = s.Start + len(strings.TrimSuffix(f.Slice(s), "\r"))
		c := &comment{at: Place{f, s}, verb: strings.TrimSpace(m[1]), used: map[string]bool{}}
		names, reason, _ := strings.Cut(rest, "--")
		c.rules = strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == ':' })
		c.reason = strings.TrimSpace(reason)
		c.first, c.last = covered(f, s, inline)
		out = append(out, c)
	}
	return out
}

// covered returns the lines that a comment at a span covers: its own, if
// something stands before it there, else the next line that is not a comment.
func covered(f *source.File, s source.Span, inline bool) (first, last int) {
	line := f.Position(s.Start).Line
	before := f.Text[f.LineSpan(line).Start:s.Start]
	if inline && strings.TrimSpace(before) != "" {
		return line, line
	}
	for next := line + 1; next <= f.LineCount(); next++ {
		text := strings.TrimSpace(f.Slice(f.LineSpan(next)))
		if text != "" && text[0] != '#' && (inline || text[0] != ';') {
			return next, next
		}
	}
	return line, line
}
