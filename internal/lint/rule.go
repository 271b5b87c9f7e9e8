// Package lint is the contract between rules and the rest: what a rule is, what
// it may see, what a finding and a fix are, how findings are suppressed, and how
// fixes are merged, applied and verified. It touches no file system.
package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
)

// Severity says how bad a finding is.
type Severity uint8

// The severities, from the mildest to the worst.
const (
	// Info is worth knowing; it does not fail a run by default.
	Info Severity = iota
	// Warning is measured harm, or no effect where the author wanted one.
	Warning
	// Error is what nginx or the kernel refuses, or what breaks clients.
	Error
)

var severityNames = []string{"info", "warning", "error"}

// String is the severity's name as flags and reports write it.
func (s Severity) String() string { return severityNames[s] }

// ParseSeverity reads a severity's name; the error lists the names.
func ParseSeverity(name string) (Severity, error) {
	for i, n := range severityNames {
		if n == name {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: want one of error, warning, info", name)
}

// Safety says what may be done with a fix without asking.
type Safety uint8

// The safeties, from the most careful to the freest.
const (
	// NoFix means that a rule offers none.
	NoFix Safety = iota
	// Shown fixes are displayed and never applied.
	Shown
	// Unsafe fixes are right in most cases, but depend on what the files do not
	// say; "fix --unsafe" applies them.
	Unsafe
	// Safe fixes keep the meaning for client and application; "fix" applies
	// them.
	Safe
)

var safetyNames = []string{"none", "shown", "unsafe", "safe"}

// String is the safety's name as reports write it.
func (s Safety) String() string { return safetyNames[s] }

// Rule is one fault that tcplint knows, declared in one place.
type Rule struct {
	// ID names the fault, in kebab case, with the prefix nginx-, sysctl-, host-
	// (both together), service- (nginx and what runs beside it) or tcplint-
	// (tcplint's own comments). It never changes.
	ID string
	// Title says the fault in one line without a full stop.
	Title string
	// Why explains what happens on the wire, what was measured, and when to
	// ignore the rule. Paragraphs are separated by an empty line.
	Why string
	// Severity is the worst severity of the rule's findings.
	Severity Severity
	// Fix is the freest safety that the rule's fixes have.
	Fix Safety
	// Needs narrows the versions for which the rule can claim anything.
	Needs Needs
	// Written says that the rule is about how settings are written down, so that
	// it has nothing to say where they are read from a running kernel.
	Written bool
	// AnyText says that the rule's findings hold whatever a template puts into the
	// words that they point at or quote: whether connections are kept does not
	// depend on the address that they go to. Those of other rules are left out
	// where they stand on such words.
	AnyText bool
	// Since is the version of tcplint that brought the rule.
	Since string
	// Refs are https addresses of nginx or kernel source or documentation.
	Refs []string
	// Examples are shown to people and run as tests.
	Examples []Example
	// Check looks at a host and reports findings.
	Check func(*Pass)
}

// Needs is the range of versions within which a rule's claim can hold. A zero
// Range holds for all.
type Needs struct {
	Nginx  facts.Range
	Kernel facts.Range
}

// Example is a configuration with the fault and the same without it. A text is
// one file, named sysctl.conf for a sysctl- rule and nginx.conf for others, or
// several as a txtar archive ("-- conf.d/app.conf --"); a host- rule needs one.
// The main nginx file is nginx.conf or the only one; sysctl files are named
// sysctl.conf or *.sysctl, or lie below sysctl.d/.
//
// In Bad, a comment line of carets below a line ("   #^^^^ message") marks the
// exact columns of a finding and quotes (a part of) its message; several may
// follow one line. A "#" in the first column, directly before a caret, counts
// as a caret; for column 1 or 2 alone the "#" may be left out. Package linttest
// has the whole syntax. These lines are cut out before the text is linted.
type Example struct {
	// Name tells examples of one rule apart.
	Name string
	Bad  string
	// Good is what applying the fixes (of any safety but Shown) to Bad gives,
	// byte for byte. If the rule offers no fix for Bad, it is the cure by hand.
	// Of an archive it holds the changed files; the others stay as they are.
	// It may be empty for an example that only shows where a rule is silent;
	// then Bad has no markers.
	Good string
	// Nginx and Kernel set the target version, Nginx as facts.ParseServer reads
	// it ("1.30.0", "angie-1.12"); empty means the supported window.
	Nginx, Kernel string
	// Container says where the kernel settings are made, as model.ParseContainer
	// reads it ("docker", "kubernetes-1.29"); empty means on the host.
	Container string
	// Loader reads the kernel settings ("procps", "systemd"); empty means any.
	Loader string
	// Backends is what the configuration of tcplint says of the servers behind
	// upstreams, by the name of the upstream; nil if it says nothing. As a function it
	// costs nothing when the program starts.
	Backends func() map[string]facts.Backend
}

// Declared is what Backends returns, if there is any.
func (e *Example) Declared() map[string]facts.Backend {
	if e.Backends == nil {
		return nil
	}
	return e.Backends()
}

// Place is a span in a file.
type Place struct {
	File *source.File
	Span source.Span
}

// Note is a remark beneath a finding; its place may be empty.
type Note struct {
	Msg string
	At  Place
}

// Finding is one fault found.
type Finding struct {
	Rule *Rule
	// Severity is the rule's unless the finding sets its own, which may be
	// milder.
	Severity Severity
	At       Place
	// Msg says the problem with its real values, in lower case, without a full
	// stop.
	Msg string
	// Notes say more: other places, versions, consequences.
	Notes []Note
	// Fix is the cure, or nil.
	Fix *Fix
	// Versions says for which versions of the target the finding holds, in
	// words; empty if for all of the target.
	Versions string

	mild bool
}

// EveryRule in Fix.Leads stands for all rules: the fix lets a line take effect
// that had none, and nobody can tell what is wrong about it.
var EveryRule = []string{"*"}

// FileEdit is an edit of one file.
type FileEdit struct {
	File *source.File
	Edit source.Edit
}

// Fix is a cure. Its edits are made together or not at all.
type Fix struct {
	// Title says in the imperative what the fix does.
	Title  string
	Safety Safety
	Edits  []FileEdit
	// Changes names what the fix means to change in Scopes: directives
	// ("proxy_http_version") and request headers ("connection", in lower case).
	// A fix that changes the effective value of anything else, or of these
	// elsewhere, is refused.
	Changes []string
	Scopes  []*model.Scope
	// Leads names rules whose findings the fix may bring, because it makes an
	// intent visible that needs more: a pool that is wanted now needs HTTP/1.1.
	// Their own fixes follow in the next round.
	Leads []string
	// Revives says that nginx refuses the file without the fix, so that nothing
	// in it has an effect that could be kept. Such fixes are made before all
	// others.
	Revives bool
}

// Suppression is a finding that a comment, the configuration or a baseline
// silences.
type Suppression struct {
	Finding Finding
	Reason  string
	// External says that it is no comment beside the finding that does so.
	External bool
}

// NotChecked is a rule, or all of them, that could not look at a place.
type NotChecked struct {
	// Rule is empty if it concerns all rules.
	Rule   string
	At     Place
	Reason string
}

// Broken is a rule that panicked.
type Broken struct {
	Rule string
	// Text is what it said, with where it was.
	Text string
}

// Dropped is a fix that was not applied.
type Dropped struct {
	Finding Finding
	Reason  string
}

// Result is all that a run found out; reporters need nothing else.
type Result struct {
	Findings   []Finding
	Suppressed []Suppression
	NotChecked []NotChecked
	// Broken are the rules that broke.
	Broken []Broken
	// Elsewhere is the number of findings in files that Options.Only leaves
	// out.
	Elsewhere int
	// Files are the display paths of the files that were read, sorted.
	Files []string
	// Dropped are the fixes that "fix" did not apply, and why.
	Dropped []Dropped
	// Applied is the number of fixes that "fix" applied.
	Applied int
}

// Validate says what is wrong with a rule's declaration; nil if nothing is.
func (r *Rule) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("rule %s: "+format, append([]any{r.ID}, args...)...))
		}
	}
	prefix, _, found := strings.Cut(r.ID, "-")
	check(found && slices.Contains([]string{"nginx", "sysctl", "host", "service", "tcplint"}, prefix), "the ID must begin with nginx-, sysctl-, host-, service- or tcplint-")
	check(r.ID == strings.ToLower(r.ID) && !strings.ContainsAny(r.ID, " _."), "the ID must be in kebab case")
	check(r.Title != "" && !strings.HasSuffix(r.Title, "."), "the title must not be empty or end in a full stop")
	check(strings.TrimSpace(r.Why) != "", "Why is empty")
	check(r.Since != "", "Since is empty")
	check(r.Check != nil, "Check is nil")
	check(len(r.Refs) > 0, "there are no references")
	for _, ref := range r.Refs {
		check(strings.HasPrefix(ref, "https://"), "reference %q is not an https address", ref)
	}
	bad := false
	for _, e := range r.Examples {
		bad = bad || e.Good != ""
	}
	check(bad, "there is no example with a bad and a good text")
	return errors.Join(errs...)
}
