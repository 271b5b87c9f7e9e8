package report

import (
	"cmp"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

var _ = register("sarif", SARIF)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	// sarifBase stands for the folder that tcplint runs in, which is the root of
	// the repository in most pipelines.
	sarifBase = "%SRCROOT%"
	// fingerprintName names the fingerprints of lint.Fingerprints. It is not
	// primaryLocationLineHash, which code scanning works out itself and warns about
	// if it is not what it expects.
	fingerprintName = "tcplint/v1"
	// descriptionLimit is the number of characters that code scanning takes of a
	// description.
	descriptionLimit = 1024
)

// sarifWriter collects one run.
type sarifWriter struct {
	run   sarifRun
	index map[string]int // of rules, by ID
	fixOf func(*lint.Finding) *lint.Fix
	out   *jsonStream
}

// SARIF writes a result as the Static Analysis Results Interchange Format 2.1.0,
// as code scanning of GitHub and the viewers of editors read it. Suppressed
// findings are results with a suppression; what was not checked, and which fixes
// were not applied, are notifications of the invocation.
func SARIF(w io.Writer, r *lint.Result, o Options) error {
	s := sarifWriter{
		run: sarifRun{
			Tool:        sarifTool{sarifDriver{Name: "tcplint", Version: o.Version, InformationURI: lint.Home, Rules: []sarifRule{}}},
			Invocations: []sarifInvocation{{Successful: true}},
			ColumnKind:  "unicodeCodePoints",
			Bases:       map[string]sarifArtifact{sarifBase: {Description: &sarifText{Text: "the folder in which tcplint was run"}}},
		},
		index: map[string]int{},
		fixOf: appliable(r),
	}
	// What is suppressed counts, so that a suppression changes no other
	// fingerprint.
	all := make([]lint.Finding, 0, len(r.Findings)+len(r.Suppressed))
	all = append(all, r.Findings...)
	for i := range r.Suppressed {
		all = append(all, r.Suppressed[i].Finding)
	}
	for i := range all {
		s.rule(&all[i])
	}
	for _, n := range r.NotChecked {
		s.notify("warning", "not checked: "+n.Reason, n.At, n.Rule)
	}
	for i := range r.Dropped {
		d := &r.Dropped[i]
		s.notify("note", "fix not applied: "+d.Reason, d.Finding.At, ruleID(&d.Finding))
	}
	prints := lint.Fingerprints(all)
	s.write(w, len(all), func(i int) any {
		out := s.result(&all[i])
		out.Fingerprints = map[string]string{fingerprintName: prints[i]}
		if n := i - len(r.Findings); n >= 0 {
			kind := "inSource"
			if r.Suppressed[n].External {
				kind = "external"
			}
			out.Suppressions = []sarifSuppression{{kind, visible(r.Suppressed[n].Reason)}}
		}
		return out
	})
	return s.out.close()
}

// write writes the log: one run with n results.
func (s *sarifWriter) write(w io.Writer, n int, result func(i int) any) {
	s.out = newJSONStream(w)
	s.out.open("{")
	s.out.field("$schema", sarifSchema)
	s.out.field("version", "2.1.0")
	s.out.key("runs")
	s.out.open("[")
	s.out.next()
	s.out.open("{")
	s.out.field("tool", s.run.Tool)
	s.out.field("invocations", s.run.Invocations)
	s.out.field("columnKind", s.run.ColumnKind)
	s.out.field("originalUriBaseIds", s.run.Bases)
	s.out.list("results", n, result)
	s.out.end("}")
	s.out.end("]")
	s.out.end("}")
}

// notify adds a notification; rule is empty if it concerns all.
func (s *sarifWriter) notify(level, text string, at lint.Place, rule string) {
	n := sarifNotification{Level: level, Message: sarifText{Text: sarifPlain(text)}, Locations: sarifPlaces(at)}
	if rule != "" {
		n.Rule = &sarifRuleRef{ID: rule}
		if i, ok := s.index[rule]; ok {
			n.Rule.Index = &i
		}
	}
	s.run.Invocations[0].Notifications = append(s.run.Invocations[0].Notifications, n)
}

// rule notes the rule of a finding, and returns its ID.
func (s *sarifWriter) rule(f *lint.Finding) string {
	id := cmp.Or(ruleID(f), "tcplint")
	if _, ok := s.index[id]; !ok {
		s.index[id] = len(s.run.Tool.Driver.Rules)
		s.run.Tool.Driver.Rules = append(s.run.Tool.Driver.Rules, sarifRuleOf(id, f))
	}
	return id
}

// result makes a result of a finding, without fingerprint and suppression.
func (s *sarifWriter) result(f *lint.Finding) sarifResult {
	id := s.rule(f)
	out := sarifResult{RuleID: id, RuleIndex: s.index[id], Level: levelOf(f.Severity, "note"), Locations: sarifPlaces(f.At)}
	var text strings.Builder
	text.WriteString(sarifPlain(remarks(f)))
	for _, n := range f.Notes {
		if n.At.File == nil {
			continue
		}
		l := sarifPlaces(n.At)[0]
		l.ID, l.Message = len(out.Related)+1, &sarifText{Text: sarifPlain(n.Msg)}
		out.Related = append(out.Related, l)
		// Code scanning shows a related location only where the message links to
		// it.
		writeAll(&text, "\n", l.Message.Text, ": [", brackets.Replace(place(n.At)), "](", strconv.Itoa(l.ID), ")")
	}
	out.Message.Text = text.String()
	if fix := s.fixOf(f); fix != nil {
		out.Fixes = []sarifFix{sarifFixOf(fix)}
	}
	return out
}

var brackets = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`)

// sarifPlain writes text, lines of it, as a message in which nothing is a link.
func sarifPlain(text string) string {
	if plain(text) && !strings.Contains(text, "](") {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.ReplaceAll(visible(l), "](", "] (")
	}
	return strings.Join(lines, "\n")
}

// sarifRuleOf describes the rule of a finding.
func sarifRuleOf(id string, f *lint.Finding) sarifRule {
	r := f.Rule
	if r == nil {
		return sarifRule{ID: id, Default: sarifDefault{levelOf(f.Severity, "note")}}
	}
	md := newPrinter(false)
	md.ruleBody(r)
	out := sarifRule{
		ID: id,
		// The format wants text beside Markdown. Who shows only text leads to the
		// page, so that no log holds the page twice.
		Help:    &sarifText{Text: r.Title + "; see " + lint.RuleURL(id), Markdown: md.String()},
		HelpURI: lint.RuleURL(id),
		Default: sarifDefault{levelOf(r.Severity, "note")},
	}
	if r.Title != "" {
		out.Short = &sarifText{Text: shorten(r.Title)}
	}
	if why := blocks(r.Why); len(why) > 0 {
		out.Full = &sarifText{Text: shorten(why[0].text())}
	}
	prefix, _, _ := strings.Cut(id, "-")
	out.Props = &sarifProps{[]string{prefix}, levelOf(r.Severity, "recommendation")}
	return out
}

// shorten cuts a description where code scanning would.
func shorten(s string) string {
	runes := []rune(visible(s))
	if len(runes) <= descriptionLimit {
		return string(runes)
	}
	return string(runes[:descriptionLimit-len(ellipsis)]) + ellipsis
}

// sarifFixOf writes a fix, by file.
func sarifFixOf(fix *lint.Fix) sarifFix {
	out := sarifFix{Description: sarifText{Text: sarifPlain(fixTitle(fix))}}
	byFile := map[*source.File]int{}
	for _, e := range fix.Edits {
		i, ok := byFile[e.File]
		if !ok {
			i = len(out.Changes)
			byFile[e.File] = i
			out.Changes = append(out.Changes, sarifChange{Artifact: sarifArtifactOf(e.File.Path)})
		}
		change := &out.Changes[i]
		change.Replacements = append(change.Replacements, sarifReplacement{
			sarifRegionOf(lint.Place{File: e.File, Span: e.Edit.Span}), sarifContentOf(e.Edit.New),
		})
	}
	return out
}

func sarifContentOf(text string) sarifContent {
	if utf8.ValidString(text) {
		return sarifContent{Text: &text}
	}
	return sarifContent{Binary: base64.StdEncoding.EncodeToString([]byte(text))}
}

// sarifPlaces has one location, none if there is no place.
func sarifPlaces(at lint.Place) []sarifLocation {
	if at.File == nil {
		return []sarifLocation{}
	}
	return []sarifLocation{{Physical: sarifPhysical{sarifArtifactOf(at.File.Path), sarifRegionOf(at)}}}
}

func sarifArtifactOf(path string) sarifArtifact {
	a := sarifArtifact{URI: uriOf(path)}
	if below(path) {
		a.BaseID = sarifBase
	}
	return a
}

func sarifRegionOf(at lint.Place) sarifRegion {
	r := rangeJSON(at)
	return sarifRegion{r.Start.Line, r.Start.Column, r.End.Line, r.End.Column}
}
