package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
)

var (
	//go:embed html/fleet.html
	fleetHTML string
	//go:embed html/fleet.css
	fleetStyle string
	//go:embed html/fleet.js
	fleetScript string

	fleetPage = sync.OnceValue(func() *template.Template { return template.Must(template.New("fleet").Parse(fleetHTML)) })
)

type (
	htmlFleet struct {
		Summary, Policy string
		Style           template.CSS
		Script          template.JS
		Causes          []htmlCause
		Tables          []htmlFleetTable
		Hosts           []htmlFleetHost
		Remarks         []htmlPlaced
	}
	htmlCause struct {
		Severity, Message, Rule, RuleURL string
		On, Place, Line, Fix             string
		Notes                            []htmlPlaced
		Hosts                            htmlHostList
		Variants                         []htmlOnHosts
	}
	// htmlHostList are hosts as people read them, and as the filter looks for them.
	htmlHostList struct{ Text, Names string }
	htmlOnHosts  struct {
		Text, Place string
		Hosts       htmlHostList
	}
	htmlFleetTable struct {
		Title string
		Rows  []htmlOnHosts
	}
	htmlFleetHost struct {
		Name, Nginx, Kernel, Time string
		Errors, Warnings, Infos   int
	}
)

// FleetHTML writes what many hosts told as a page that needs nothing but itself: each
// cause once, its hosts folded away. It can be read without its script, which filters
// by the name of a host, by rule and by severity.
func FleetHTML(w io.Writer, r *fleet.Report, _ Options) error {
	style := pageStyle + fleetStyle
	p := htmlFleet{
		Summary: fleetSummary(r),
		Policy:  fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hashOf(style), hashOf(fleetScript)),
		Style:   template.CSS(style),      //nolint:gosec // our own files
		Script:  template.JS(fleetScript), //nolint:gosec // our own file
	}
	for i := range r.Causes {
		p.Causes = append(p.Causes, causeHTML(r, &r.Causes[i]))
	}
	p.table("Hosts that differ from their group", differencesHTML(r))
	p.table("The running kernel has another value than the files", notInForceHTML(r))
	p.table("Settings of the repository that are not in force", driftHTML(r))
	for i := range r.Hosts {
		h := &r.Hosts[i]
		row := htmlFleetHost{Name: visible(h.Name), Nginx: h.Nginx, Kernel: h.Kernel, Errors: h.Findings[lint.Error], Warnings: h.Findings[lint.Warning], Infos: h.Findings[lint.Info]}
		if !h.Time.IsZero() {
			row.Time = h.Time.UTC().Format("2006-01-02 15:04 UTC")
		}
		p.Hosts = append(p.Hosts, row)
	}
	remarks := func(title string, list []fleet.Remark) {
		for _, x := range list {
			at := visible(x.Archive)
			if x.Hosts != nil {
				at = onHosts(r.Hosts, x.Hosts)
			}
			p.Remarks = append(p.Remarks, htmlPlaced{at, title + ": " + visible(strings.ReplaceAll(x.Text, "\n", "; "))})
		}
	}
	remarks("skipped", r.Skipped)
	remarks("incomplete", r.Remarks)
	remarks("not checked", r.NotChecked)
	remarks("not compared", r.NotCompared)
	var b bytes.Buffer
	if err := fleetPage().Execute(&b, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (p *htmlFleet) table(title string, rows []htmlOnHosts) {
	if len(rows) > 0 {
		p.Tables = append(p.Tables, htmlFleetTable{title, rows})
	}
}

func hostList(all []fleet.Host, hosts []int) htmlHostList {
	names := hostNames(all, hosts)
	return htmlHostList{fleet.AllNames(names), strings.Join(names, " ")}
}

func causeHTML(r *fleet.Report, c *fleet.Cause) htmlCause {
	v := &c.Variants[0]
	out := htmlCause{
		Severity: c.Severity.String(), Message: visible(v.Message), Rule: c.Rule.ID, RuleURL: lint.RuleURL(c.Rule.ID),
		On: ofHosts(len(c.Hosts), len(r.Hosts)), Line: visible(v.Line), Fix: visible(v.Fix), Hosts: hostList(r.Hosts, c.Hosts),
	}
	if v.File != "" {
		out.Place = fleetPlace(v.File, v.Start.Line, v.Start.Column)
	}
	for _, n := range v.Notes {
		at := ""
		if n.File != "" {
			at = fleetPlace(n.File, n.Start.Line, n.Start.Column)
		}
		out.Notes = append(out.Notes, htmlPlaced{at, visible(n.Message)})
	}
	if len(c.Variants) > 1 {
		for _, v := range c.Variants {
			at := ""
			if v.File != "" {
				at = fleetPlace(v.File, v.Start.Line, v.Start.Column)
			}
			out.Variants = append(out.Variants, htmlOnHosts{visible(v.Message), at, hostList(r.Hosts, v.Hosts)})
		}
	}
	return out
}

func differencesHTML(r *fleet.Report) (rows []htmlOnHosts) {
	for _, d := range r.Differences {
		for _, v := range d.Others {
			text := fmt.Sprintf("%s: %s; %s on %d of the %d hosts %s", visible(d.Key), valueOr(v.Value), valueOr(d.Usual), len(d.Hosts), d.Size, visible(d.Group))
			rows = append(rows, htmlOnHosts{text, visible(v.From), hostList(r.Hosts, v.Hosts)})
		}
	}
	return rows
}

func notInForceHTML(r *fleet.Report) (rows []htmlOnHosts) {
	for _, n := range r.NotInForce {
		rows = append(rows, htmlOnHosts{visible(n.Key + ": " + n.Running + ", not " + n.File), visible(n.From), hostList(r.Hosts, n.Hosts)})
	}
	return rows
}

func driftHTML(r *fleet.Report) (rows []htmlOnHosts) {
	for _, d := range r.Drift {
		rows = append(rows, htmlOnHosts{visible(d.Key) + ": " + driftText(d), visible(d.From), hostList(r.Hosts, d.Hosts)})
	}
	return rows
}
