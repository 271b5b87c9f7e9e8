package report

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/diagnose"
	"github.com/tcplint/tcplint/internal/fleet"
)

// FleetDiagnosisAs returns what writes the diagnosis of many hosts in a format: json, or else text.
func FleetDiagnosisAs(format string) func(io.Writer, *fleet.Diagnosis, Options) error {
	if format == "json" {
		return FleetDiagnosisJSON
	}
	return FleetDiagnosisText
}

// FleetDiagnosisText writes for people what the evidence of many hosts comes to: each
// cause once, as it is shown on one of its hosts.
func FleetDiagnosisText(w io.Writer, d *fleet.Diagnosis, o Options) error {
	p := newPrinter(o.Color)
	p.links, p.width = o.Links, o.width()
	for i := range d.Answers {
		p.fleetAnswer(d, &d.Answers[i], o)
	}
	if o.Quiet {
		return p.flush(w)
	}
	if well := withoutAnswer(d); len(well) > 0 {
		p.folded(hanging, p.fix.Sprint("nothing here explains a fault"), " ", onHosts(d.Hosts, well))
	}
	p.fleetRemarks(d.Hosts, "not used", d.NotUsed)
	p.fleetRemarks(d.Hosts, "not looked for", d.NotLooked)
	text := count(len(d.Answers), "cause", "causes") + " on " + ofHosts(len(d.Hosts)-len(withoutAnswer(d)), len(d.Hosts))
	if len(d.Skipped) > 0 {
		text += "; " + count(len(d.Skipped), "snapshot", "snapshots") + " skipped"
	}
	p.line(text)
	return p.flush(w)
}

// withoutAnswer are the hosts on which no cause was found.
func withoutAnswer(d *fleet.Diagnosis) []int {
	has := make([]bool, len(d.Hosts))
	for i := range d.Answers {
		for _, h := range d.Answers[i].Hosts {
			has[h] = true
		}
	}
	out := []int{}
	for h := range d.Hosts {
		if !has[h] {
			out = append(out, h)
		}
	}
	return out
}

func (p *printer) fleetAnswer(d *fleet.Diagnosis, a *fleet.Answer, o Options) {
	p.folded(hanging, p.severity(severityOf(a.Certainty)).Sprint(a.Certainty.String()+":"), " ", visible(a.Variants[0].Message), " ",
		p.dim.Sprint("["+a.Cause.ID+"]"), " ", p.heading.Sprint(onHosts(d.Hosts, a.Hosts)))
	if o.Quiet {
		return
	}
	if len(a.Hosts) > 1 {
		p.item(p.note.Sprint("shown"), "as it is on "+visible(d.Hosts[a.Shown].Name))
	}
	for _, e := range a.Evidence {
		p.item(p.note.Sprint("evidence"), visible(e.Says))
		if e.File != "" {
			p.line("          ", p.path.Sprint(visible(e.File)+":"+strconv.Itoa(e.Line)), p.dim.Sprint(": "), visible(shortened(e.Text)))
		}
	}
	for _, n := range a.Places {
		at := ""
		if n.File != "" {
			at = fleetPlace(n.File, n.Start.Line, n.Start.Column) + ": "
		}
		p.item(p.note.Sprint("place"), at+visible(n.Message))
	}
	for _, c := range slices.Sorted(maps.Keys(a.Excluded)) {
		p.item(p.dim.Sprint("not"), c+": "+visible(a.Excluded[c]))
	}
	if len(a.Open) > 0 && a.Certainty < diagnose.Proved {
		p.item(p.dim.Sprint("may be"), strings.Join(a.Open, ", "))
	}
	p.fleetCure(a)
	for i, v := range a.Variants[1:] {
		if i == mostVariants {
			p.remark(p.note, "and", count(len(a.Variants)-1-mostVariants, "other value", "other values")+" (all are in the JSON format)")
			break
		}
		text := visible(v.Message)
		if v.Message == a.Variants[0].Message {
			text = "the same"
		}
		p.remark(p.note, "but", fleet.Names(hostNames(d.Hosts, v.Hosts))+": "+v.Certainty.String()+": "+text)
	}
	p.line()
}

func (p *printer) fleetCure(a *fleet.Answer) {
	if f := a.Finding; f != nil {
		at := ""
		if f.File != "" {
			at = fleetPlace(f.File, f.Start.Line, f.Start.Column) + ": "
		}
		p.item(p.fix.Sprint("rule"), f.Rule.ID+": "+at+visible(f.Message))
		if f.Fix != "" {
			p.remark(p.fix, "fix", visible(f.Fix))
		}
	}
	if a.Cause.Cure != "" {
		p.item(p.fix.Sprint("cure"), a.Cause.Cure)
	}
	for _, x := range a.Decide {
		p.command("decide", x)
	}
	p.item(p.fix.Sprint("cured when"), a.Cause.Cured)
}

// The types below are the JSON form of a diagnosis of many hosts, which
// schema/fleet-diagnose.schema.json describes.
type (
	jsonAskedHost struct {
		Name    string `json:"name"`
		Archive string `json:"archive"`
		Time    string `json:"time,omitempty"`
	}
	jsonFleetAnswer struct {
		Cause     string              `json:"cause"`
		Certainty string              `json:"certainty"`
		Title     string              `json:"title"`
		Message   string              `json:"message"`
		Hosts     []string            `json:"hosts"`
		Variants  []jsonAnswerVariant `json:"variants"`
		Shown     string              `json:"shown"`
		Evidence  []jsonEvidence      `json:"evidence"`
		Places    []jsonFleetNote     `json:"places"`
		Rule      *string             `json:"rule"`
		Fix       string              `json:"fix,omitempty"`
		Cure      string              `json:"cure,omitempty"`
		Excluded  map[string]string   `json:"excluded"`
		Open      []string            `json:"open"`
		Decide    []string            `json:"decide"`
		Cured     string              `json:"cured"`
	}
	jsonAnswerVariant struct {
		Certainty string   `json:"certainty"`
		Message   string   `json:"message"`
		Hosts     []string `json:"hosts"`
	}
	jsonDiagnosisSummary struct {
		Hosts   int `json:"hosts"`
		Skipped int `json:"skipped"`
		Causes  int `json:"causes"`
		Without int `json:"without"`
	}
)

// FleetDiagnosisJSON writes what the evidence of many hosts comes to as one JSON object.
func FleetDiagnosisJSON(w io.Writer, d *fleet.Diagnosis, _ Options) error {
	s := newJSONStream(w)
	well := withoutAnswer(d)
	s.open("{")
	s.field("schema", schemaVersion)
	s.list("hosts", len(d.Hosts), func(i int) any { return askedHostJSON(&d.Hosts[i]) })
	s.list("answers", len(d.Answers), func(i int) any { return fleetAnswerJSON(d, &d.Answers[i]) })
	s.field("without", namesJSON(d.Hosts, well))
	s.fleetRemarks("notLooked", d.Hosts, d.NotLooked)
	s.fleetRemarks("notUsed", d.Hosts, d.NotUsed)
	s.fleetRemarks("remarks", d.Hosts, d.Remarks)
	s.fleetRemarks("skipped", d.Hosts, d.Skipped)
	s.field("summary", jsonDiagnosisSummary{len(d.Hosts), len(d.Skipped), len(d.Answers), len(well)})
	s.end("}")
	return s.close()
}

func askedHostJSON(h *fleet.Host) jsonAskedHost {
	out := jsonAskedHost{Name: h.Name, Archive: h.Archive}
	if !h.Time.IsZero() {
		out.Time = h.Time.UTC().Format(time.RFC3339)
	}
	return out
}

func fleetAnswerJSON(d *fleet.Diagnosis, a *fleet.Answer) jsonFleetAnswer {
	out := jsonFleetAnswer{
		Cause: a.Cause.ID, Certainty: a.Certainty.String(), Title: a.Cause.Title, Message: a.Variants[0].Message,
		Hosts: namesJSON(d.Hosts, a.Hosts), Shown: d.Hosts[a.Shown].Name, Evidence: []jsonEvidence{}, Places: []jsonFleetNote{},
		Cure: a.Cause.Cure, Excluded: a.Excluded, Open: nonNil(a.Open), Decide: nonNil(a.Decide), Cured: a.Cause.Cured,
	}
	if out.Excluded == nil {
		out.Excluded = map[string]string{}
	}
	for _, v := range a.Variants {
		out.Variants = append(out.Variants, jsonAnswerVariant{v.Certainty.String(), v.Message, namesJSON(d.Hosts, v.Hosts)})
	}
	for _, e := range a.Evidence {
		out.Evidence = append(out.Evidence, jsonEvidence{e.File, e.Line, e.Text, e.Says})
	}
	for _, n := range a.Places {
		out.Places = append(out.Places, jsonFleetNote{n.Message, n.File, n.Start.Line})
	}
	if a.Finding != nil {
		out.Rule, out.Fix = &a.Finding.Rule.ID, a.Finding.Fix
	}
	return out
}
