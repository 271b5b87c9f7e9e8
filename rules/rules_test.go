package rules_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/internal/report"
	"github.com/tcplint/tcplint/rules"
)

var update = flag.Bool("update", false, "rewrite the list of rules and their pages")

// TestRules runs every example of every rule.
func TestRules(t *testing.T) {
	t.Parallel()
	all := rules.All()
	if len(all) == 0 {
		t.Fatal("there are no rules")
	}
	for _, r := range all {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			if err := r.Validate(); err != nil {
				t.Error(err)
			}
			linttest.Run(t, r, all)
		})
	}
}

// TestFiles holds files and rules against each other: every rule stands in the
// file that bears its name, and every such file has one.
func TestFiles(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, name := range names {
		prefix, _, _ := strings.Cut(name, "_")
		if slices.Contains([]string{"nginx", "sysctl", "host", "service", "tcplint"}, prefix) && !strings.HasSuffix(name, "_test.go") {
			files = append(files, name)
		}
	}
	want := make([]string, 0, len(files))
	for _, id := range rules.IDs() {
		want = append(want, strings.ReplaceAll(id, "-", "_")+".go")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files of the rules there are (-) and files there are (+):\n%s", diff)
	}
	for _, id := range rules.IDs() {
		name := strings.ReplaceAll(id, "-", "_") + ".go"
		text, err := os.ReadFile(name)
		if err == nil && !bytes.Contains(text, []byte(`"`+id+`"`)) && id != lint.SuppressionID {
			t.Errorf("%s does not declare the rule %s", name, id)
		}
	}
}

// TestIDs looks at what only all rules together can get wrong.
func TestIDs(t *testing.T) {
	t.Parallel()
	seen, titles := map[string]bool{}, map[string]string{}
	for _, r := range rules.All() {
		if seen[r.ID] {
			t.Errorf("the ID %s is used twice", r.ID)
		}
		seen[r.ID] = true
		if other, ok := titles[r.Title]; ok {
			t.Errorf("%s and %s have the same title", other, r.ID)
		}
		titles[r.Title] = r.ID
	}
}

// TestProse guards how rules speak: paragraphs that any width can hold, titles
// and messages that fit behind a colon.
func TestProse(t *testing.T) {
	t.Parallel()
	for _, r := range rules.All() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			if r.Why != strings.TrimSpace(r.Why) {
				t.Error("Why begins or ends with blanks")
			}
			for paragraph := range strings.SplitSeq(r.Why, "\n\n") {
				if strings.TrimSpace(paragraph) == "" {
					t.Error("Why has an empty paragraph")
				}
			}
			for line := range strings.Lines(r.Why) {
				if line = strings.TrimSuffix(line, "\n"); line != strings.TrimRight(line, " \t") || strings.Contains(line, "\t") {
					t.Errorf("Why has a tab, or blanks at the end of a line: %q", line)
				}
			}
			if r.Title != strings.TrimSpace(r.Title) || strings.Contains(r.Title, "\n") {
				t.Errorf("Title is no single line: %q", r.Title)
			}
			names := map[string]bool{}
			for _, e := range r.Examples {
				if names[e.Name] {
					t.Errorf("two examples are named %q", e.Name)
				}
				names[e.Name] = true
			}
		})
	}
}

// TestMessages looks at what the rules say of every example.
func TestMessages(t *testing.T) {
	t.Parallel()
	for _, r := range rules.All() {
		for _, f := range linttest.Findings(t, r, rules.All()) {
			checkSentence(t, r.ID+": message", f.Msg)
			for _, n := range f.Notes {
				checkSentence(t, r.ID+": note", n.Msg)
			}
			if f.Fix != nil {
				checkSentence(t, r.ID+": title of the fix", f.Fix.Title)
			}
		}
	}
}

// checkSentence refuses a capital at the beginning, unless a name such as
// "HTTP/1.0" or "X-Real-IP" follows, and a full stop at the end.
func checkSentence(t *testing.T, what, s string) {
	t.Helper()
	word, _, _ := strings.Cut(s, " ")
	word = strings.TrimRight(word, ":,")
	switch {
	case strings.TrimSpace(s) != s || s == "":
		t.Errorf("%s is empty or has blanks around it: %q", what, s)
	case strings.ContainsAny(s, "\n\r\t"):
		t.Errorf("%s is no single line: %q", what, s)
	case strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "..."):
		t.Errorf("%s ends with a full stop: %q", what, s)
	case capitalised.MatchString(word) && !slices.Contains(properNames, word):
		t.Errorf("%s begins with a capital: %q", what, s)
	}
}

// capitalised is a word with a capital that only its place can explain.
var capitalised = regexp.MustCompile(`^[A-Z][a-z]*$`)

// properNames may begin a message.
var properNames = []string{"Linux", "Go", "Host", "Connection", "Upgrade"}

// TestAlone makes sure that no rule breaks down over a host that has nothing of
// what it looks for.
func TestAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "-- nginx.conf --\n", "-- sysctl.conf --\n", "-- nginx.conf --\nhttp {\n}\n-- sysctl.conf --\n"} {
		host := linttest.Host(t, text)
		for _, r := range rules.All() {
			res := lint.Run([]*model.Host{host}, lint.Options{Rules: []*lint.Rule{r}})
			for _, f := range res.Findings {
				t.Errorf("%s finds something in %q: %s", r.ID, text, f.Msg)
			}
		}
	}
}

// TestPages compares the list of rules and the page of each with the rules that
// they describe.
func TestPages(t *testing.T) {
	t.Parallel()
	pages := map[string][]byte{"README.md": report.RulesMarkdown(rules.All())}
	for _, r := range rules.All() {
		pages[filepath.Join("..", filepath.FromSlash(lint.RulePage(r.ID)))] = report.RuleMarkdown(r)
	}
	folder := filepath.Join("..", "docs", "rules")
	there, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range there {
		switch _, ok := pages[page]; {
		case ok:
		case *update:
			if err := os.Remove(page); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("%s is the page of no rule", page)
		}
	}
	for page, want := range pages {
		if *update {
			if err := os.WriteFile(page, want, 0o644); err != nil { //nolint:gosec // documentation is for everybody
				t.Error(err)
			}
			continue
		}
		got, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(strings.SplitAfter(string(want), "\n"), strings.SplitAfter(string(got), "\n")); diff != "" {
			t.Errorf("%s is stale (-want +have); run go test ./rules -run TestPages -update\n%s", page, diff)
		}
	}
}
