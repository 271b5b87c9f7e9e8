package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/tcplint/tcplint/internal/fleet"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/parser/source"
)

// The rules of what is said about hosts without a rule of their own.
const (
	driftRule      = "fleet-drift"
	notInForceRule = "fleet-not-in-force"
)

// FleetSARIF writes what many hosts told as SARIF 2.1.0: one result for each cause, at
// its place on most of its hosts, which its properties list; what the repository says
// and hosts do not is at its place in the repository.
func FleetSARIF(w io.Writer, r *fleet.Report, o Options) error {
	s := sarifWriter{
		run: sarifRun{
			Tool:        sarifTool{sarifDriver{Name: "tcplint", Version: o.Version, InformationURI: lint.Home, Rules: []sarifRule{}}},
			Invocations: []sarifInvocation{{Successful: true}},
			ColumnKind:  "unicodeCodePoints",
			Bases:       map[string]sarifArtifact{sarifBase: {Description: &sarifText{Text: "the root of each host, or the folder in which tcplint was run"}}},
		},
		index: map[string]int{},
	}
	for _, x := range r.NotChecked {
		s.notify("warning", "not checked "+onHosts(r.Hosts, x.Hosts)+": "+x.Text, lint.Place{}, "")
	}
	for _, x := range r.Skipped {
		s.notify("error", x.Archive+" is skipped: "+x.Text, lint.Place{}, "")
	}
	var all []sarifResult
	for i := range r.Causes {
		all = append(all, s.cause(r, &r.Causes[i]))
	}
	for _, n := range r.NotInForce {
		text := fmt.Sprintf("the running kernel has %s = %s, not %s", n.Key, n.Running, n.File)
		all = append(all, s.other(notInForceRule, text, n.From, r, n.Hosts))
	}
	for _, d := range r.Drift {
		all = append(all, s.other(driftRule, d.Key+": "+driftText(d), d.From, r, d.Hosts))
	}
	s.write(w, len(all), func(i int) any { return all[i] })
	return s.out.close()
}

func (s *sarifWriter) cause(r *fleet.Report, c *fleet.Cause) sarifResult {
	v := &c.Variants[0]
	id := s.rule(&lint.Finding{Rule: c.Rule, Severity: c.Severity})
	lines := []string{visible(v.Message), onHosts(r.Hosts, c.Hosts)}
	for _, n := range v.Notes {
		line := visible(n.Message)
		if n.File != "" {
			line += ": " + fleetPlace(n.File, n.Start.Line, n.Start.Column)
		}
		lines = append(lines, line)
	}
	if v.Fix != "" {
		lines = append(lines, "fix: "+visible(v.Fix))
	}
	out := sarifResult{
		RuleID: id, RuleIndex: s.index[id], Level: levelOf(c.Severity, "note"), Locations: []sarifLocation{},
		Message: sarifText{Text: sarifPlain(strings.Join(lines, "\n"))}, Props: &sarifHosts{hostNames(r.Hosts, c.Hosts)},
		Fingerprints: fleetPrint(id, fleet.WithoutValues(v.Message), v.File),
	}
	if v.File != "" {
		out.Locations = append(out.Locations, fleetLocation(v.File, v.Start, v.End))
	}
	return out
}

// other makes a result without a rule of the linter's, at FILE:LINE.
func (s *sarifWriter) other(id, text, at string, r *fleet.Report, hosts []int) sarifResult {
	if _, ok := s.index[id]; !ok {
		s.index[id] = len(s.run.Tool.Driver.Rules)
		s.run.Tool.Driver.Rules = append(s.run.Tool.Driver.Rules, sarifRule{ID: id, Default: sarifDefault{"warning"}})
	}
	out := sarifResult{
		RuleID: id, RuleIndex: s.index[id], Level: "warning", Locations: []sarifLocation{},
		Message: sarifText{Text: sarifPlain(text + "\n" + onHosts(r.Hosts, hosts))}, Props: &sarifHosts{hostNames(r.Hosts, hosts)},
		Fingerprints: fleetPrint(id, fleet.WithoutValues(text), ""),
	}
	if i := strings.LastIndexByte(at, ':'); i > 0 {
		p := source.Position{Line: 1, Column: 1}
		if n, err := fmt.Sscanf(at[i+1:], "%d", &p.Line); n == 1 && err == nil {
			out.Locations = append(out.Locations, fleetLocation(at[:i], p, p))
		}
	}
	return out
}

func fleetLocation(file string, start, end source.Position) sarifLocation {
	end.Line = cmp.Or(end.Line, start.Line)
	return sarifLocation{Physical: sarifPhysical{sarifArtifactOf(file), sarifRegion{start.Line, start.Column, end.Line, max(end.Column, 1)}}}
}

// fleetPrint recognises a result again, on however many hosts it is.
func fleetPrint(parts ...string) map[string]string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	const bytes = 16
	return map[string]string{"tcplint/fleet/v1": hex.EncodeToString(sum[:bytes])}
}
