package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/capacity"
)

// The page of a table of limits is one file without scripts, and asks for nothing more.
var (
	//go:embed html/capacity.html
	capacityHTML string
	//go:embed html/capacity.css
	capacityStyle string

	capacityPage = sync.OnceValue(func() *template.Template { return template.Must(template.New("capacity").Parse(capacityHTML)) })
)

type (
	htmlCapacity struct {
		Summary, Policy string
		Style           template.CSS
		// Asked and Used say that a load was asked about, and that evidence tells how
		// full limits are.
		Asked, Used bool
		Hosts       []htmlCapacityHost
	}
	htmlCapacityHost struct {
		Name   string
		Limits []htmlLimit
	}
	htmlLimit struct {
		ID, Title, Formula, Note      string
		Value, From, Missing, Reached string
		Needs, Now                    htmlShare
		At                            string
		Overrun                       bool
	}
	// htmlShare is a number, and which share of the limit it is if Shown.
	htmlShare struct {
		Text  string
		Share float64
		Shown bool
	}
)

// CapacityHTML writes the table of limits as a page.
func CapacityHTML(w io.Writer, r *capacity.Result) error {
	style := pageStyle + capacityStyle
	page := htmlCapacity{
		Summary: capacityQuestion(r.Question), Style: template.CSS(style), //nolint:gosec // it is ours
		Policy: stylePolicy(style),
	}
	for _, h := range r.Hosts {
		host := htmlCapacityHost{Name: visible(h.Name)}
		for i := range h.Limits {
			l := &h.Limits[i]
			page.Asked = page.Asked || l.HasAsked
			page.Used = page.Used || l.HasUsed
			host.Limits = append(host.Limits, limitHTML(l))
		}
		page.Hosts = append(page.Hosts, host)
	}
	var b bytes.Buffer
	if err := capacityPage().Execute(&b, page); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}

func limitHTML(l *capacity.Limit) htmlLimit {
	h := htmlLimit{ID: l.ID, Title: l.Title, Formula: l.Formula, Note: l.Note, Missing: l.Missing, Overrun: l.Overrun()}
	if l.Subject != "" {
		h.Title += " of " + visible(l.Subject)
		h.ID += "-" + visible(l.Subject)
	}
	if l.Known {
		h.Value, h.From = figure(l.Value)+" "+l.Unit, visible(strings.Join(l.From, ", "))
		h.Reached = figure(math.Floor(l.Reached)) + " " + string(l.Driver)
	}
	if l.HasAsked {
		h.Needs.Text = figure(math.Ceil(l.Asked))
		if l.Known && l.Value > 0 {
			h.Needs = htmlShare{h.Needs.Text + " (" + percent(l.Asked/l.Value) + ")", l.Asked / l.Value, true}
		}
	}
	if l.HasUsed {
		h.Now.Text, h.At = figure(l.Used), lineAt(l.UsedAt.File, l.UsedAt.Number)
		if share, ok := l.Full(); ok {
			h.Now = htmlShare{h.Now.Text + " (" + percent(share) + ")", share, true}
		}
	}
	return h
}
