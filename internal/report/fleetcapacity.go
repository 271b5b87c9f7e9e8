package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/tcplint/tcplint/internal/capacity"
	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
)

// FleetCapacityAs returns what writes the limits of many hosts in a format: json, or else text.
func FleetCapacityAs(format string) func(io.Writer, *fleet.Capacity, Options) error {
	if format == "json" {
		return FleetCapacityJSON
	}
	return FleetCapacityText
}

// FleetCapacityText prints the limits of many hosts for people: each limit once, with
// what it is on most of them, where it is reached first and where it is fullest.
func FleetCapacityText(w io.Writer, c *fleet.Capacity, o Options) error {
	p := newPrinter(o.Color)
	p.width = o.width()
	p.line(capacityQuestion(c.Question))
	for i := range c.Limits {
		p.line()
		p.fleetLimit(c, &c.Limits[i])
	}
	p.line()
	text := count(len(c.Limits), "limit", "limits") + " of " + count(len(c.Hosts), "host", "hosts")
	if len(c.Skipped) > 0 {
		text += "; " + count(len(c.Skipped), "snapshot", "snapshots") + " skipped"
	}
	p.line(text)
	return p.flush(w)
}

// capacityQuestion says what was asked.
func capacityQuestion(q capacity.Question) string {
	text := fmt.Sprintf("for requests of %v", q.Latency)
	if q.Assumed {
		text += " (assumed: --latency)"
	}
	if q.Rate > 0 {
		text += fmt.Sprintf(", at %s requests per second", figure(q.Rate))
	}
	if q.Clients > 0 {
		text += fmt.Sprintf(", with %s clients", figure(q.Clients))
	}
	return text
}

func (p *printer) fleetLimit(c *fleet.Capacity, l *fleet.Limit) {
	p.line(p.heading.Sprint(l.Title))
	for i, v := range l.Values {
		if i == mostVariants {
			p.line("  and      ", count(len(l.Values)-mostVariants, "other value", "other values"), " (all are in the JSON format)")
			break
		}
		p.folded(hanging, "  value    ", figure(v.Value), " ", l.Unit, " ", onHosts(c.Hosts, v.Hosts), p.dim.Sprint(origin(v.From)))
	}
	if len(l.Unknown) > 0 {
		p.folded(hanging, "  unknown  ", onHosts(c.Hosts, l.Unknown), p.dim.Sprint(": "+l.Missing))
	}
	if low := l.Lowest; low != nil {
		p.folded(hanging, "  reached  first on ", limitOf(c, low), ", at ", figure(math.Floor(low.Reached)), " ", l.Driver)
	}
	if len(l.Overrun) > 0 {
		p.folded(hanging, "  needs    ", p.severity(lint.Error).Sprint("more than there is"), " ", onHosts(c.Hosts, l.Overrun))
	}
	const most = 3
	for i := range l.Fullest[:min(len(l.Fullest), most)] {
		f := &l.Fullest[i]
		if i > 0 && f.Used == 0 {
			break
		}
		p.folded(hanging, "  now      ", figure(f.Used), " of ", figure(f.Value), " (", percent(f.Share), ") on ", limitOf(c, f),
			p.dim.Sprint(fmt.Sprintf("  %s:%d", visible(f.File), f.Line)))
	}
}

// origin says where a value comes from.
func origin(from []string) string {
	if len(from) == 0 {
		return ""
	}
	return ": " + visible(strings.Join(from, ", "))
}

// limitOf names a limit of a host.
func limitOf(c *fleet.Capacity, at *fleet.LimitAt) string {
	text := visible(c.Hosts[at.Host].Name)
	if at.Subject != "" {
		text += " (" + visible(at.Subject) + ")"
	}
	return text
}

// The types below are the JSON form of the limits of many hosts, which
// schema/fleet-capacity.schema.json describes.
type (
	jsonFleetLimit struct {
		ID      string           `json:"id"`
		Title   string           `json:"title"`
		Unit    string           `json:"unit"`
		Driver  string           `json:"driver"`
		Values  []jsonLimitValue `json:"values"`
		Hosts   []string         `json:"hosts"`
		Unknown []string         `json:"unknown"`
		Missing string           `json:"missing,omitempty"`
		Lowest  *jsonLimitAt     `json:"lowest"`
		Fullest []jsonFull       `json:"fullest"`
		Overrun []string         `json:"overrun"`
	}
	jsonLimitValue struct {
		Value float64  `json:"value"`
		Hosts []string `json:"hosts"`
		From  []string `json:"from"`
	}
	jsonLimitAt struct {
		Host    string  `json:"host"`
		Subject string  `json:"subject,omitempty"`
		Value   float64 `json:"value"`
		Reached float64 `json:"reached"`
	}
	jsonFull struct {
		Host    string  `json:"host"`
		Subject string  `json:"subject,omitempty"`
		Value   float64 `json:"value"`
		Used    float64 `json:"used"`
		Share   float64 `json:"share"`
		File    string  `json:"file"`
		Line    int     `json:"line"`
	}
	jsonCapacitySummary struct {
		Hosts   int `json:"hosts"`
		Skipped int `json:"skipped"`
		Overrun int `json:"overrun"`
	}
)

// FleetCapacityJSON prints the limits of many hosts as one JSON object.
func FleetCapacityJSON(w io.Writer, c *fleet.Capacity, _ Options) error {
	s := newJSONStream(w)
	over := map[int]bool{}
	s.open("{")
	s.field("schema", schemaVersion)
	if c.Question.Rate > 0 {
		s.field("rate", c.Question.Rate)
	}
	if c.Question.Clients > 0 {
		s.field("clients", c.Question.Clients)
	}
	s.field("latencySeconds", c.Question.Latency.Seconds())
	s.field("latencyAssumed", c.Question.Assumed)
	s.list("hosts", len(c.Hosts), func(i int) any { return askedHostJSON(&c.Hosts[i]) })
	s.list("limits", len(c.Limits), func(i int) any {
		for _, h := range c.Limits[i].Overrun {
			over[h] = true
		}
		return fleetLimitJSON(c, &c.Limits[i])
	})
	s.fleetRemarks("remarks", c.Hosts, c.Remarks)
	s.fleetRemarks("skipped", c.Hosts, c.Skipped)
	s.field("summary", jsonCapacitySummary{len(c.Hosts), len(c.Skipped), len(over)})
	s.end("}")
	return s.close()
}

func fleetLimitJSON(c *fleet.Capacity, l *fleet.Limit) jsonFleetLimit {
	out := jsonFleetLimit{
		ID: l.ID, Title: l.Title, Unit: l.Unit, Driver: l.Driver, Values: []jsonLimitValue{}, Hosts: namesJSON(c.Hosts, l.Hosts),
		Unknown: namesJSON(c.Hosts, l.Unknown), Missing: l.Missing, Fullest: []jsonFull{}, Overrun: namesJSON(c.Hosts, l.Overrun),
	}
	for _, v := range l.Values {
		out.Values = append(out.Values, jsonLimitValue{v.Value, namesJSON(c.Hosts, v.Hosts), nonNil(v.From)})
	}
	if low := l.Lowest; low != nil {
		out.Lowest = &jsonLimitAt{c.Hosts[low.Host].Name, low.Subject, low.Value, low.Reached}
	}
	for _, f := range l.Fullest {
		out.Fullest = append(out.Fullest, jsonFull{c.Hosts[f.Host].Name, f.Subject, f.Value, f.Used, f.Share, f.File, f.Line})
	}
	return out
}
