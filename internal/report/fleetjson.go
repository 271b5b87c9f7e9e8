package report

import (
	"io"
	"time"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
)

// The types below are parts of the JSON form of many hosts.
type (
	jsonFleetHost struct {
		Name     string `json:"name"`
		Archive  string `json:"archive"`
		Time     string `json:"time,omitempty"`
		Nginx    string `json:"nginx,omitempty"`
		Kernel   string `json:"kernel,omitempty"`
		Errors   int    `json:"errors"`
		Warnings int    `json:"warnings"`
		Infos    int    `json:"infos"`
	}
	jsonCause struct {
		Rule     string        `json:"rule"`
		Severity string        `json:"severity"`
		Message  string        `json:"message"`
		Hosts    []string      `json:"hosts"`
		Variants []jsonVariant `json:"variants"`
		Docs     string        `json:"docs,omitempty"`
	}
	jsonVariant struct {
		Message  string          `json:"message"`
		File     string          `json:"file"`
		Range    jsonRange       `json:"range"`
		Line     string          `json:"line,omitempty"`
		Notes    []jsonFleetNote `json:"notes"`
		Fix      string          `json:"fix,omitempty"`
		Versions string          `json:"versions,omitempty"`
		Hosts    []string        `json:"hosts"`
		Findings int             `json:"findings"`
	}
	jsonFleetNote struct {
		Message string `json:"message"`
		File    string `json:"file,omitempty"`
		Line    int    `json:"line,omitempty"`
	}
	jsonDifference struct {
		Group  string            `json:"group"`
		Key    string            `json:"key"`
		Usual  *string           `json:"usual"`
		Hosts  int               `json:"hosts"`
		Size   int               `json:"size"`
		Others []jsonOtherValues `json:"others"`
	}
	jsonOtherValues struct {
		Value *string  `json:"value"`
		From  string   `json:"from,omitempty"`
		Hosts []string `json:"hosts"`
	}
	jsonNotInForce struct {
		Key     string   `json:"key"`
		File    string   `json:"file"`
		Running string   `json:"running"`
		From    string   `json:"from"`
		Hosts   []string `json:"hosts"`
	}
	jsonDrift struct {
		Key    string   `json:"key"`
		Wanted *string  `json:"wanted"`
		From   string   `json:"from"`
		Value  *string  `json:"value"`
		At     string   `json:"at,omitempty"`
		Hosts  []string `json:"hosts"`
	}
	jsonFleetRemark struct {
		Archive string   `json:"archive,omitempty"`
		Hosts   []string `json:"hosts,omitempty"`
		Reason  string   `json:"reason"`
	}
	jsonFleetSummary struct {
		Hosts    int `json:"hosts"`
		Skipped  int `json:"skipped"`
		Causes   int `json:"causes"`
		Errors   int `json:"errors"`
		Warnings int `json:"warnings"`
		Infos    int `json:"infos"`
	}
)

// FleetJSON writes what many hosts told as one JSON object, written as it is made.
func FleetJSON(w io.Writer, r *fleet.Report, _ Options) error {
	s := newJSONStream(w)
	sum := jsonFleetSummary{Hosts: len(r.Hosts), Skipped: len(r.Skipped), Causes: len(r.Causes)}
	s.open("{")
	s.field("schema", schemaVersion)
	s.list("hosts", len(r.Hosts), func(i int) any {
		h := &r.Hosts[i]
		out := jsonFleetHost{Name: h.Name, Archive: h.Archive, Nginx: h.Nginx, Kernel: h.Kernel, Errors: h.Findings[lint.Error], Warnings: h.Findings[lint.Warning], Infos: h.Findings[lint.Info]}
		if !h.Time.IsZero() {
			out.Time = h.Time.UTC().Format(time.RFC3339)
		}
		sum.Errors, sum.Warnings, sum.Infos = sum.Errors+out.Errors, sum.Warnings+out.Warnings, sum.Infos+out.Infos
		return out
	})
	names := func(hosts []int) []string { return namesJSON(r.Hosts, hosts) }
	s.list("causes", len(r.Causes), func(i int) any { return causeJSON(&r.Causes[i], names) })
	s.list("differences", len(r.Differences), func(i int) any {
		d := &r.Differences[i]
		out := jsonDifference{Group: d.Group, Key: d.Key, Usual: orNull(d.Usual), Hosts: len(d.Hosts), Size: d.Size}
		for _, o := range d.Others {
			out.Others = append(out.Others, jsonOtherValues{orNull(o.Value), o.From, names(o.Hosts)})
		}
		return out
	})
	s.list("notInForce", len(r.NotInForce), func(i int) any {
		n := &r.NotInForce[i]
		return jsonNotInForce{n.Key, n.File, n.Running, n.From, names(n.Hosts)}
	})
	if r.Compared {
		s.list("drift", len(r.Drift), func(i int) any {
			d := &r.Drift[i]
			return jsonDrift{d.Key, orNull(d.Wanted), d.From, orNull(d.Value), d.At, names(d.Hosts)}
		})
	}
	s.fleetRemarks("notChecked", r.Hosts, r.NotChecked)
	s.fleetRemarks("notCompared", r.Hosts, r.NotCompared)
	s.fleetRemarks("remarks", r.Hosts, r.Remarks)
	s.fleetRemarks("skipped", r.Hosts, r.Skipped)
	s.field("summary", sum)
	s.end("}")
	return s.close()
}

// namesJSON are the names of hosts.
func namesJSON(all []fleet.Host, hosts []int) []string {
	out := make([]string, len(hosts))
	for i, h := range hosts {
		out[i] = all[h].Name
	}
	return out
}

func (s *jsonStream) fleetRemarks(key string, hosts []fleet.Host, list []fleet.Remark) {
	s.list(key, len(list), func(i int) any {
		return jsonFleetRemark{list[i].Archive, namesJSON(hosts, list[i].Hosts), list[i].Text}
	})
}

func causeJSON(c *fleet.Cause, names func([]int) []string) jsonCause {
	out := jsonCause{Rule: c.Rule.ID, Severity: c.Severity.String(), Message: c.Variants[0].Message, Hosts: names(c.Hosts), Docs: lint.RuleURL(c.Rule.ID)}
	for _, v := range c.Variants {
		x := jsonVariant{
			Message: v.Message, File: v.File, Range: jsonRange{v.Start, v.End}, Line: v.Line, Notes: []jsonFleetNote{},
			Fix: v.Fix, Versions: v.Versions, Hosts: names(v.Hosts), Findings: v.Count,
		}
		for _, n := range v.Notes {
			x.Notes = append(x.Notes, jsonFleetNote{n.Message, n.File, n.Start.Line})
		}
		out.Variants = append(out.Variants, x)
	}
	return out
}

// orNull makes a value that is not set null.
func orNull(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
