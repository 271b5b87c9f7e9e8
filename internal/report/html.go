package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/show"
	"github.com/tcplint/tcplint/internal/topology"
	"github.com/tcplint/tcplint/parser/source"
)

var _ = register("html", HTML)

// The page is one file: what it needs is in it, and its policy keeps it from
// asking for more.
var (
	//go:embed html/page.html
	pageHTML string
	//go:embed html/page.css
	pageStyle string
	//go:embed html/page.js
	pageScript string

	page = template.Must(template.New("page").Parse(pageHTML))
)

// Measures of the source beside a finding.
const (
	sourceAround = 2   // lines before and behind it
	sourceMost   = 12  // lines of the finding itself
	sourceBytes  = 400 // of a line, on either side of what is marked
)

type (
	htmlPage struct {
		Version, Summary string
		Policy           string
		Style            template.CSS
		Script, Data     template.JS
		Hosts            bool
		Files            []htmlFile
		More             []htmlMore
		Diff             []htmlDiffLine
	}
	htmlMore struct {
		Title   string
		Remarks []htmlRemark
	}
	htmlDiffLine struct{ Kind, Text string }
	htmlFile     struct {
		Name     string
		Findings []htmlFinding
	}
	htmlFinding struct {
		Index                          int
		Severity, Message, Rule, Title string
		RuleURL, Place                 string
		Source                         []htmlLine
		Notes                          []htmlNote
		Fix, Safety                    string
		Patch                          []htmlHunk
	}
	htmlLine struct {
		Number              int
		Before, Mark, After string
	}
	htmlNote struct{ Text, Place string }
	htmlHunk struct {
		Place    string
		Old, New []string
	}
	htmlRemark struct{ Place, Message, Rule string }
)

// The data of the picture. Effective values that several nodes share are rows,
// which they name by number.
type (
	htmlHost struct {
		Name   string      `json:"name"`
		Hidden int         `json:"hidden"`
		Rows   [][3]string `json:"rows"`
		Nodes  []htmlNode  `json:"nodes"`
		Edges  []htmlEdge  `json:"edges"`
	}
	htmlNode struct {
		Stage    topology.Stage `json:"stage"`
		Label    string         `json:"label"`
		Note     string         `json:"note"`
		Server   int            `json:"server"`
		At       string         `json:"at"`
		Rows     []int          `json:"rows"`
		Findings []int          `json:"findings"`
	}
	htmlEdge struct {
		From     int            `json:"from"`
		To       int            `json:"to"`
		State    topology.State `json:"state"`
		Label    string         `json:"label"`
		Findings []int          `json:"findings"`
	}
)

// HTML writes a page that needs nothing but itself: the way of the connections as
// a picture, and the findings beside the source with what their fixes change. It
// can be read without its script, which draws the picture and filters.
func HTML(w io.Writer, r *lint.Result, o Options) error {
	var hosts []htmlHost
	if o.Hosts != nil {
		for _, h := range o.Hosts() {
			if g := topology.Build(h, r.Findings); len(g.Edges) > 0 || hasFacts(g) {
				hosts = append(hosts, hostHTML(g))
			}
		}
	}
	nameApart(hosts)
	data, err := json.Marshal(hosts) // writes <, > and & as escapes, so that it ends no element
	if err != nil {
		return fmt.Errorf("encoding the picture: %w", err)
	}
	if hosts == nil {
		data = []byte("[]")
	}
	p := htmlPage{
		Version: o.Version, Summary: closing(r), Hosts: len(hosts) > 0,
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hashOf(pageStyle), hashOf(pageScript)),
		Style:  template.CSS(pageStyle), //nolint:gosec // our own file
		Script: template.JS(pageScript), //nolint:gosec // our own file
		Data:   template.JS(data),       //nolint:gosec // escaped by json.Marshal
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		name := pathOf(f.At.File)
		if n := len(p.Files); n == 0 || p.Files[n-1].Name != visible(name) {
			p.Files = append(p.Files, htmlFile{Name: visible(name)})
		}
		last := &p.Files[len(p.Files)-1]
		last.Findings = append(last.Findings, findingHTML(i, f))
	}
	p.remarks(r, o)
	if o.DryRun {
		p.Diff = diffHTML(o.Diff)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// remarks adds what is to be said besides the findings.
func (p *htmlPage) remarks(r *lint.Result, o Options) {
	if o.Fix {
		title := count(r.Applied, "fix", "fixes") + " applied"
		if o.DryRun {
			title = count(r.Applied, "fix", "fixes") + " would be applied"
		}
		more := htmlMore{Title: title}
		for i := range r.Dropped {
			d := &r.Dropped[i]
			more.Remarks = append(more.Remarks, htmlRemark{placeHTML(d.Finding.At), "not applied: " + visible(d.Reason), visible(ruleID(&d.Finding))})
		}
		p.More = append(p.More, more)
	}
	if n := len(r.Suppressed); n > 0 {
		more := htmlMore{Title: count(n, "finding", "findings") + " suppressed"}
		for i := range r.Suppressed {
			s := &r.Suppressed[i]
			text := visible(s.Finding.Msg)
			if s.Reason != "" {
				text += ": " + visible(s.Reason)
			}
			more.Remarks = append(more.Remarks, htmlRemark{placeHTML(s.Finding.At), text, visible(ruleID(&s.Finding))})
		}
		p.More = append(p.More, more)
	}
	if groups := groupNotChecked(r.NotChecked); len(groups) > 0 {
		more := htmlMore{Title: count(len(groups), "place", "places") + " not checked"}
		for _, g := range groups {
			more.Remarks = append(more.Remarks, htmlRemark{Place: placeHTML(g.at), Message: g.text()})
		}
		p.More = append(p.More, more)
	}
	if r.Elsewhere > 0 {
		p.More = append(p.More, htmlMore{Title: count(r.Elsewhere, "finding", "findings") + " not shown: in files that were not named, or on lines that have not changed"})
	}
}

// diffHTML are the lines of a unified diff with what they do.
func diffHTML(diff string) []htmlDiffLine {
	var out []htmlDiffLine
	for line := range strings.Lines(diff) {
		kind := ""
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "@@"):
			kind = "head"
		case strings.HasPrefix(line, "+"):
			kind = "new"
		case strings.HasPrefix(line, "-"):
			kind = "gone"
		}
		out = append(out, htmlDiffLine{kind, spaced(strings.TrimRight(line, "\r\n"))})
	}
	return out
}

// hashOf is the name of a style or a script in a policy (CSP level 2).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func findingHTML(i int, f *lint.Finding) htmlFinding {
	h := htmlFinding{Index: i, Severity: f.Severity.String(), Message: visible(f.Msg), Rule: visible(ruleID(f)), RuleURL: ruleURL(ruleID(f)), Place: placeHTML(f.At), Source: sourceHTML(f.At)}
	if f.Rule != nil {
		h.Title = visible(f.Rule.Title)
	}
	for _, n := range f.Notes {
		h.Notes = append(h.Notes, htmlNote{visible(n.Msg), placeHTML(n.At)})
	}
	if f.Versions != "" {
		h.Notes = append(h.Notes, htmlNote{Text: "holds for " + visible(f.Versions)})
	}
	if f.Fix != nil {
		h.Fix, h.Safety = visible(f.Fix.Title), f.Fix.Safety.String()+" fix:"
		if f.Fix.Safety == lint.Shown {
			h.Safety = "to do by hand:"
		}
		for _, k := range hunks(f.Fix) {
			h.Patch = append(h.Patch, htmlHunk{fmt.Sprintf("%s:%d", visible(k.file.Path), k.line), allVisible(k.old), allVisible(k.fresh)})
		}
	}
	return h
}

func allVisible(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = spaced(l)
	}
	return out
}

// spaced is visible, but leaves tabs to the page.
func spaced(s string) string {
	parts := strings.Split(s, "\t")
	for i := range parts {
		parts[i] = visible(parts[i])
	}
	return strings.Join(parts, "\t")
}

func placeHTML(at lint.Place) string {
	if at.File == nil {
		return ""
	}
	return place(at)
}

// sourceHTML are the lines of a place and some around it.
func sourceHTML(at lint.Place) []htmlLine {
	if at.File == nil {
		return nil
	}
	f := at.File
	first := f.Position(at.Span.Start).Line
	last := f.Position(max(at.Span.Start, at.Span.End-1)).Line
	last = min(last, first+sourceMost-1)
	var out []htmlLine
	for n := max(1, first-sourceAround); n <= min(f.LineCount(), last+sourceAround); n++ {
		line := f.LineSpan(n)
		mark := source.Span{Start: line.End, End: line.End}
		if n >= first && n <= last {
			mark.Start = min(max(line.Start, at.Span.Start), line.End)
			mark.End = max(mark.Start, min(line.End, at.Span.End))
		}
		before, after := source.Span{Start: line.Start, End: mark.Start}, source.Span{Start: mark.End, End: line.End}
		h := htmlLine{Number: n, Mark: spaced(clip(f.Slice(mark), 0, 2*sourceBytes))}
		h.Before, h.After = spaced(clip(f.Slice(before), sourceBytes, 0)), spaced(clip(f.Slice(after), 0, sourceBytes))
		if mark.Len() == 0 {
			h.Before = spaced(clip(f.Slice(before), 0, 2*sourceBytes))
		}
		out = append(out, h)
	}
	return out
}

// clip leaves some bytes at the end of a text, or at its beginning.
func clip(s string, tail, lead int) string {
	switch {
	case tail > 0 && len(s) > tail:
		return ellipsis + strings.ToValidUTF8(s[len(s)-tail:], "")
	case lead > 0 && len(s) > lead:
		return strings.ToValidUTF8(s[:lead], "") + ellipsis
	}
	return s
}

// hasFacts reports whether there is something to show of a host that has no
// connections to draw.
func hasFacts(g *topology.Graph) bool {
	for _, n := range g.Nodes {
		if len(n.Facts) > 0 {
			return true
		}
	}
	return false
}

func hostHTML(g *topology.Graph) htmlHost {
	h := htmlHost{Name: visible(g.Name), Hidden: g.Hidden, Rows: [][3]string{}, Nodes: []htmlNode{}, Edges: []htmlEdge{}}
	rows := map[show.Value]int{}
	for _, n := range g.Nodes {
		j := htmlNode{Stage: n.Stage, Label: visible(n.Label), Note: visible(n.Note), Server: n.Server, Rows: []int{}, Findings: some(n.Findings)}
		if n.At.File != nil {
			j.At = visible(show.Place(n.At.File, n.At.Span))
		}
		for _, v := range n.Facts {
			k, ok := rows[v]
			if !ok {
				k = len(h.Rows)
				rows[v] = k
				h.Rows = append(h.Rows, [3]string{visible(v.Name), visible(v.Value), visible(v.From)})
			}
			j.Rows = append(j.Rows, k)
		}
		h.Nodes = append(h.Nodes, j)
	}
	for _, e := range g.Edges {
		h.Edges = append(h.Edges, htmlEdge{e.From, e.To, e.State, visible(e.Label), some(e.Findings)})
	}
	return h
}

// some is a list that JSON writes as one even if it is empty.
func some(list []int) []int {
	if list == nil {
		return []int{}
	}
	return list
}

// nameApart numbers hosts of the same name.
func nameApart(hosts []htmlHost) {
	seen := map[string]int{}
	for i := range hosts {
		name := hosts[i].Name
		if seen[name]++; seen[name] > 1 {
			hosts[i].Name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
	}
}
