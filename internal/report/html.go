package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/topology"
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

	// page is parsed when the first page is written.
	page = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageHTML)) })
)

type (
	htmlPage struct {
		Version, Summary string
		Policy           string
		Style            template.CSS
		Script           template.JS
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
		Name string
		// Findings are made when the page comes to them.
		Findings iter.Seq[htmlFinding]
	}
	htmlFinding struct {
		Index                          int
		Severity, Message, Rule, Title string
		RuleURL, Place                 string
		Source                         template.HTML
		Notes                          []htmlNote
		Fix, Safety                    string
		Patch                          []htmlHunk
	}
	htmlNote struct{ Text, Place string }
	htmlHunk struct {
		Place string
		Lines template.HTML
	}
	htmlRemark struct{ Place, Message, Rule string }
)

// HTML writes a page that needs nothing but itself: the way of the connections as
// a picture, and the findings beside the source with what their fixes change. It
// can be read without its script, which draws the picture and filters.
func HTML(w io.Writer, r *lint.Result, o Options) error {
	var hosts []*topology.Graph
	if o.Hosts != nil {
		for _, h := range o.Hosts() {
			if g := topology.Build(h, r.Findings); len(g.Edges) > 0 || hasFacts(g) {
				hosts = append(hosts, g)
			}
		}
	}
	p := htmlPage{
		Version: o.Version, Summary: closing(r, o), Hosts: len(hosts) > 0,
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hashOf(pageStyle), hashOf(pageScript)),
		Style:  template.CSS(pageStyle), //nolint:gosec // our own file
		Script: template.JS(pageScript), //nolint:gosec // our own file
	}
	p.files(r)
	p.remarks(r, o)
	if o.DryRun {
		p.Diff = diffHTML(o.Diff)
	}
	const piece = 64 << 10
	b := bufio.NewWriterSize(w, piece)
	if err := page().Execute(b, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if err := writePicture(b, hosts); err != nil {
		return fmt.Errorf("writing the picture: %w", err)
	}
	if err := page().ExecuteTemplate(b, "end", p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return b.Flush()
}

// files adds the findings, file by file.
func (p *htmlPage) files(r *lint.Result) {
	order := worstFirst(r.Findings)
	for len(order) > 0 {
		name := visible(pathOf(r.Findings[order[0]].At.File))
		n := 1
		for n < len(order) && visible(pathOf(r.Findings[order[n]].At.File)) == name {
			n++
		}
		here := order[:n]
		p.Files = append(p.Files, htmlFile{name, func(yield func(htmlFinding) bool) {
			for _, i := range here {
				if !yield(findingHTML(i, &r.Findings[i])) {
					return
				}
			}
		}})
		order = order[n:]
	}
}

// worstFirst returns the order in which findings stand on a page: file by file, those
// with the worst first, and within a file by severity.
func worstFirst(all []lint.Finding) []int {
	worst := map[string]lint.Severity{}
	first := map[string]int{}
	order := make([]int, len(all))
	for i := range all {
		name := pathOf(all[i].At.File)
		if _, ok := first[name]; !ok {
			first[name] = i
		}
		worst[name] = max(worst[name], all[i].Severity)
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := pathOf(all[a].At.File), pathOf(all[b].At.File)
		return cmp.Or(cmp.Compare(worst[y], worst[x]), cmp.Compare(first[x], first[y]), cmp.Compare(all[b].Severity, all[a].Severity))
	})
	return order
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
		p.More = append(p.More, htmlMore{Title: count(r.Elsewhere, "finding", "findings") + " not shown: in files that were not named, on lines that have not changed, or in the baseline"})
	}
}

// hashOf is the name of a style or a script in a policy (CSP level 2).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// stylePolicy lets a page without scripts have its own style, and nothing else.
func stylePolicy(style string) string { return "default-src 'none'; style-src '" + hashOf(style) + "'" }
