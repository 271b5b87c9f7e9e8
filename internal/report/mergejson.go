package report

import (
	"encoding/json"
	"fmt"
	"io"
)

type (
	jsonMergedRun struct {
		Name       string          `json:"name"`
		Hosts      int             `json:"hosts,omitempty"`
		Errors     int             `json:"errors"`
		Warnings   int             `json:"warnings"`
		Infos      int             `json:"infos"`
		Suppressed int             `json:"suppressed"`
		Report     json.RawMessage `json:"report"`
	}
	jsonMergedCause struct {
		Rule         string             `json:"rule"`
		Severity     string             `json:"severity"`
		Message      string             `json:"message"`
		Runs         []jsonMergedPlaces `json:"runs"`
		SuppressedIn []string           `json:"suppressedIn"`
	}
	jsonMergedPlaces struct {
		Name     string   `json:"name"`
		Findings int      `json:"findings"`
		Hosts    []string `json:"hosts,omitempty"`
		File     string   `json:"file"`
		Line     int      `json:"line"`
	}
)

// MergedJSON writes what several runs found as one JSON object, with the whole report
// of each in it.
func MergedJSON(w io.Writer, m *Merged, _ Options) error {
	s := newJSONStream(w)
	s.open("{")
	s.field("schema", schemaVersion)
	s.list("causes", len(m.Causes), func(i int) any {
		c := &m.Causes[i]
		out := jsonMergedCause{Rule: c.Rule, Severity: c.Severity.String(), Message: c.Message, SuppressedIn: []string{}}
		for _, x := range c.In {
			out.Runs = append(out.Runs, jsonMergedPlaces{m.Runs[x.Run].Name, x.Findings, x.Hosts, x.File, x.Line})
		}
		for _, k := range c.Known {
			out.SuppressedIn = append(out.SuppressedIn, m.Runs[k].Name)
		}
		return out
	})
	s.list("runs", len(m.Runs), func(i int) any {
		r := &m.Runs[i]
		return jsonMergedRun{r.Name, r.Hosts, r.Errors, r.Warnings, r.Infos, r.Suppressed, r.data}
	})
	s.end("}")
	return s.close()
}

// IsSARIF reports whether a text is a SARIF log.
func IsSARIF(data []byte) bool {
	var log struct {
		Version string
		Runs    []json.RawMessage
	}
	return json.Unmarshal(data, &log) == nil && log.Version == "2.1.0" && log.Runs != nil
}

// MergeSARIF writes one SARIF log with the runs of several. Each run gets the name of
// its log, by which code scanning keeps runs of one tool apart.
func MergeSARIF(w io.Writer, names []string, logs [][]byte) error {
	var runs []any
	for i, data := range logs {
		var log struct{ Runs []map[string]json.RawMessage }
		if err := json.Unmarshal(data, &log); err != nil || !IsSARIF(data) {
			return fmt.Errorf("%s is no SARIF log of version 2.1.0: %w", names[i], errNotSARIF)
		}
		for n, run := range log.Runs {
			id := "tcplint/" + names[i] + "/"
			if n > 0 {
				id = fmt.Sprintf("tcplint/%s-%d/", names[i], n+1)
			}
			text, err := json.Marshal(map[string]string{"id": id})
			if err != nil {
				return fmt.Errorf("encoding JSON: %w", err)
			}
			run["automationDetails"] = text
			runs = append(runs, run)
		}
	}
	s := newJSONStream(w)
	s.open("{")
	s.field("$schema", sarifSchema)
	s.field("version", "2.1.0")
	s.list("runs", len(runs), func(i int) any { return runs[i] })
	s.end("}")
	return s.close()
}
