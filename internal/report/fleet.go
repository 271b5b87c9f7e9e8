package report

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/show"
)

// FleetReporter writes what many hosts told in one format.
type FleetReporter func(w io.Writer, r *fleet.Report, o Options) error

var fleetReporters = map[string]FleetReporter{"text": FleetText, "json": FleetJSON, "sarif": FleetSARIF, "html": FleetHTML}

// LookupFleet returns the reporter of a format for many hosts; names are the formats
// that there are.
func LookupFleet(name string) (r FleetReporter, names []string) {
	for n := range fleetReporters {
		names = append(names, n)
	}
	slices.Sort(names)
	return fleetReporters[name], names
}

// mostVariants is how many other wordings of a cause are written out.
const mostVariants = 5

// FleetText writes for people what many hosts have in common, and what tells them
// apart.
func FleetText(w io.Writer, r *fleet.Report, o Options) error {
	p := newPrinter(o.Color)
	p.links, p.width = o.Links, o.width()
	for i := range r.Causes {
		p.cause(r, &r.Causes[i], o)
	}
	if !o.Quiet {
		p.differences(r)
		p.notInForce(r)
		p.drift(r)
		p.fleetRemarks(r.Hosts, "not checked", r.NotChecked)
		p.fleetRemarks(r.Hosts, "not compared", r.NotCompared)
		p.folded(hanging, fleetSummary(r))
	}
	return p.flush(w)
}

// hostNames are the names of hosts.
func hostNames(all []fleet.Host, hosts []int) []string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = visible(all[h].Name)
	}
	return names
}

// onHosts says on how many hosts something is, and on which.
func onHosts(all []fleet.Host, hosts []int) string {
	switch {
	case len(hosts) == len(all) && len(hosts) > 1:
		return "on all " + count(len(all), "host", "hosts")
	case len(all) == 1:
		return "on " + visible(all[0].Name)
	}
	return "on " + ofHosts(len(hosts), len(all)) + ": " + fleet.Names(hostNames(all, hosts))
}

func ofHosts(n, all int) string { return strconv.Itoa(n) + " of " + count(all, "host", "hosts") }

// cause writes what is wrong on some hosts, as it is on most of them.
func (p *printer) cause(r *fleet.Report, c *fleet.Cause, o Options) {
	v := &c.Variants[0]
	at := ""
	if v.File != "" {
		at = p.path.Sprint(fleetPlace(v.File, v.Start.Line, v.Start.Column)+":") + " "
	}
	where := onHosts(r.Hosts, c.Hosts)
	p.folded(hanging, at, p.severity(c.Severity).Sprint(c.Severity.String()+":"), " ", visible(v.Message), " ", p.dim.Sprint("["+p.ruleLink(visible(v.Rule.ID))+"]"), " ", p.heading.Sprint(where))
	if o.Quiet {
		return
	}
	if v.Line != "" {
		number := strings.Repeat(" ", max(gutter-len(strconv.Itoa(v.Start.Line)), 0)) + strconv.Itoa(v.Start.Line)
		p.line(p.dim.Sprint(number+" |"), " ", visible(strings.ReplaceAll(strings.TrimSpace(v.Line), "\t", " ")))
	}
	for _, n := range v.Notes {
		msg := visible(n.Message)
		if n.File != "" {
			msg += ": " + fleetPlace(n.File, n.Start.Line, n.Start.Column)
		}
		p.remark(p.note, "note", msg)
	}
	if v.Versions != "" {
		p.remark(p.note, "note", "holds for "+visible(v.Versions))
	}
	if v.Fix != "" {
		p.remark(p.fix, "fix", visible(v.Fix))
	}
	p.variants(r, c)
	p.line()
}

// variants writes how the finding is worded on the other hosts.
func (p *printer) variants(r *fleet.Report, c *fleet.Cause) {
	for i, v := range c.Variants[1:] {
		if i == mostVariants {
			p.remark(p.note, "and", count(len(c.Variants)-1-mostVariants, "other value", "other values")+" (all are in the JSON format)")
			return
		}
		text := fleet.Names(hostNames(r.Hosts, v.Hosts)) + ": "
		if v.File != "" {
			text += fleetPlace(v.File, v.Start.Line, v.Start.Column) + ": "
		}
		if v.Message != c.Variants[0].Message {
			text += visible(v.Message)
		} else {
			text += "the same"
		}
		p.remark(p.note, "but", text)
	}
}

func fleetPlace(file string, line, column int) string {
	return visible(file) + ":" + strconv.Itoa(line) + ":" + strconv.Itoa(column)
}

// valueOr writes a value of a setting.
func valueOr(value string) string {
	if value == "" {
		return "not set"
	}
	return visible(shortened(value))
}

// shortened cuts a value that is a text of its own.
func shortened(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + ellipsis
	}
	return s
}

func (p *printer) differences(r *fleet.Report) {
	if len(r.Differences) == 0 {
		return
	}
	p.line(p.heading.Sprint("hosts that differ from their group"))
	for _, d := range r.Differences {
		for _, v := range d.Others {
			p.folded(hanging, "  ", fleet.Names(hostNames(r.Hosts, v.Hosts)), ": ", p.path.Sprint(visible(d.Key)), ": ", valueOr(v.Value), show.Bracketed(visible(v.From)),
				p.dim.Sprint("; "+valueOr(d.Usual)+" on "+strconv.Itoa(len(d.Hosts))+" of the "+strconv.Itoa(d.Size)+" hosts "+visible(d.Group)))
		}
	}
	p.line()
}

func (p *printer) notInForce(r *fleet.Report) {
	if len(r.NotInForce) == 0 {
		return
	}
	p.line(p.heading.Sprint("the running kernel has another value than the files"))
	for _, n := range r.NotInForce {
		p.folded(hanging, "  ", p.path.Sprint(visible(n.Key)), ": ", visible(n.Running), ", not ", visible(n.File), " as in ", visible(n.From), " ", onHosts(r.Hosts, n.Hosts))
	}
	p.line()
}

func (p *printer) drift(r *fleet.Report) {
	if !r.Compared {
		return
	}
	if len(r.Drift) == 0 {
		p.line("no host that was compared differs from the repository")
	} else {
		p.line(p.heading.Sprint("settings of the repository that are not in force"))
	}
	for _, d := range r.Drift {
		p.folded(hanging, "  ", p.path.Sprint(visible(d.Key)), ": ", driftText(d), " ", onHosts(r.Hosts, d.Hosts))
	}
	p.line()
}

// driftText says what is wanted, and what is there.
func driftText(d fleet.Drift) string {
	if d.Wanted == "" {
		return "the block of " + visible(d.From) + " is not there"
	}
	at := ""
	if d.At != "" {
		at = " (" + visible(d.At) + ")"
	}
	return valueOr(d.Value) + at + ", not " + visible(shortened(d.Wanted)) + " as in " + visible(d.From)
}

func (p *printer) fleetRemarks(hosts []fleet.Host, title string, list []fleet.Remark) {
	for _, x := range list {
		where := visible(x.Archive)
		if x.Hosts != nil {
			where = onHosts(hosts, x.Hosts)
		}
		p.folded(hanging, p.note.Sprint(title+":"), " ", visible(strings.ReplaceAll(x.Text, "\n", "; ")), " ", where)
	}
}

// fleetSummary counts.
func fleetSummary(r *fleet.Report) string {
	var n [lint.Error + 1]int
	hit := 0
	for i := range r.Hosts {
		sum := 0
		for s, k := range r.Hosts[i].Findings {
			n[s] += k
			sum += k
		}
		if sum > 0 {
			hit++
		}
	}
	all := n[lint.Error] + n[lint.Warning] + n[lint.Info]
	text := count(len(r.Causes), "cause", "causes") + " of " + count(all, "finding", "findings")
	if all > 0 {
		var parts []string
		for _, s := range []lint.Severity{lint.Error, lint.Warning, lint.Info} {
			if n[s] > 0 {
				parts = append(parts, count(n[s], s.String(), s.String()+"s"))
			}
		}
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	text += " on " + ofHosts(hit, len(r.Hosts))
	if len(r.Skipped) > 0 {
		text += "; " + count(len(r.Skipped), "snapshot", "snapshots") + " skipped"
	}
	return text
}
