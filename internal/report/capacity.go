package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/internal/capacity"
)

// CapacityText prints the table of limits for people.
func CapacityText(w io.Writer, r *capacity.Result) error {
	var b strings.Builder
	b.WriteString(capacityQuestion(r.Question))
	b.WriteString("\n")
	for _, h := range r.Hosts {
		if h.Name != "" {
			fmt.Fprintf(&b, "\n== %s\n", visible(h.Name))
		}
		for i := range h.Limits {
			capacityLimit(&b, &h.Limits[i])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func capacityLimit(b *strings.Builder, l *capacity.Limit) {
	b.WriteString("\n" + l.Title)
	if l.Subject != "" {
		b.WriteString(" of " + visible(l.Subject))
	}
	if !l.Known {
		fmt.Fprintf(b, ": not known\n  missing  %s\n", l.Missing)
	} else {
		fmt.Fprintf(b, ": %s %s\n  from     %s\n", figure(l.Value), l.Unit, visible(strings.Join(l.From, ", ")))
		fmt.Fprintf(b, "  reached  at %s %s\n", figure(math.Floor(l.Reached)), l.Driver)
	}
	fmt.Fprintf(b, "  by       %s\n", l.Formula)
	if l.HasAsked {
		fmt.Fprintf(b, "  needs    %s", figure(math.Ceil(l.Asked)))
		if l.Known && l.Value > 0 {
			fmt.Fprintf(b, " (%s)", percent(l.Asked/l.Value))
		}
		if l.Overrun() {
			b.WriteString(": more than there is")
		}
		b.WriteString("\n")
	}
	if l.HasUsed {
		fmt.Fprintf(b, "  now      %s", figure(l.Used))
		if share, ok := l.Full(); ok {
			fmt.Fprintf(b, " (%s)", percent(share))
		}
		fmt.Fprintf(b, "  %s:%d\n", visible(l.UsedAt.File), l.UsedAt.Number)
	}
	if l.Note != "" {
		fmt.Fprintf(b, "  note     %s\n", l.Note)
	}
}

func percent(share float64) string { return strconv.FormatFloat(share*100, 'f', 1, 64) + " %" }

// figure writes a number with its thousands apart.
func figure(n float64) string {
	s := strconv.FormatFloat(n, 'f', -1, 64)
	if n >= 100 {
		s = strconv.FormatFloat(n, 'f', 0, 64)
	}
	whole, rest, dot := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		return whole + "." + rest
	}
	return whole
}

// capacityJSON is the form of schema/capacity.schema.json.
type capacityJSON struct {
	Schema  int                `json:"schema"`
	Rate    float64            `json:"rate,omitempty"`
	Clients float64            `json:"clients,omitempty"`
	Latency float64            `json:"latencySeconds"`
	Assumed bool               `json:"latencyAssumed"`
	Hosts   []capacityHostJSON `json:"hosts"`
}

type capacityHostJSON struct {
	Name   string              `json:"name"`
	Limits []capacityLimitJSON `json:"limits"`
}

type capacityLimitJSON struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Subject string    `json:"subject,omitempty"`
	Unit    string    `json:"unit"`
	Value   *float64  `json:"value"`
	From    []string  `json:"from"`
	Missing string    `json:"missing,omitempty"`
	Driver  string    `json:"driver"`
	Formula string    `json:"formula"`
	Reached *float64  `json:"reached"`
	Needs   *float64  `json:"needs"`
	Used    *usedJSON `json:"used"`
	Overrun bool      `json:"overrun"`
	Note    string    `json:"note,omitempty"`
}

type usedJSON struct {
	Value float64 `json:"value"`
	File  string  `json:"file"`
	Line  int     `json:"line"`
}

// CapacityJSON prints the table of limits for programs.
func CapacityJSON(w io.Writer, r *capacity.Result) error {
	out := capacityJSON{Schema: 1, Rate: r.Question.Rate, Clients: r.Question.Clients, Latency: r.Question.Latency.Seconds(), Assumed: r.Question.Assumed, Hosts: []capacityHostJSON{}}
	for _, h := range r.Hosts {
		hj := capacityHostJSON{Name: h.Name, Limits: []capacityLimitJSON{}}
		for i := range h.Limits {
			l := &h.Limits[i]
			j := capacityLimitJSON{ID: l.ID, Title: l.Title, Subject: l.Subject, Unit: l.Unit, From: l.From, Driver: string(l.Driver), Formula: l.Formula, Overrun: l.Overrun(), Note: l.Note}
			if j.From == nil {
				j.From = []string{}
			}
			if l.Known {
				j.Value, j.Reached = &l.Value, &l.Reached
			} else {
				j.Missing = l.Missing
			}
			if l.HasAsked {
				j.Needs = &l.Asked
			}
			if l.HasUsed {
				j.Used = &usedJSON{l.Used, l.UsedAt.File, l.UsedAt.Number}
			}
			hj.Limits = append(hj.Limits, j)
		}
		out.Hosts = append(out.Hosts, hj)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
