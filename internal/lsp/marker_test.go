package lsp

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the answers of the marker tests anew")

// marker is a question about a place: "#   ^ @hover NAME" below a line, with the caret
// below the character. The answer stands in the section "@NAME".
type marker struct {
	file, question, name string
	line, column         int
}

var markerLine = regexp.MustCompile(`^\s*#?\s*(\^) @(\w+) (\S+)$`)

// markers takes the questions out of a text.
func markers(file, text string) (clean string, found []marker) {
	var kept []string
	for line := range strings.SplitSeq(text, "\n") {
		if m := markerLine.FindStringSubmatchIndex(line); m != nil {
			found = append(found, marker{file, line[m[4]:m[5]], line[m[6]:m[7]], len(kept) - 1, m[2]})
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n"), found
}

// questions are what can be asked about a place, and how the answer is written down.
var questions = map[string]func(e *editor, m marker) string{
	"hover": func(e *editor, m marker) string {
		var h *hover
		e.must("textDocument/hover", m.at(), &h)
		if h == nil {
			return "nothing\n"
		}
		text, ok := h.Contents.(*markup)
		if !ok {
			e.t.Fatalf("%T is no Markdown", h.Contents)
		}
		return rangeText(*h.Range) + "\n" + text.Value
	},
	"definition": func(e *editor, m marker) string {
		var all []location
		e.must("textDocument/definition", m.at(), &all)
		return locationsText(all)
	},
	"references": func(e *editor, m marker) string {
		var all []location
		e.must("textDocument/references", strings.TrimSuffix(m.at(), "}")+`, "context": {"includeDeclaration": true}}`, &all)
		return locationsText(all)
	},
	"rename": func(e *editor, m marker) string {
		var name *spanRange
		e.must("textDocument/prepareRename", m.at(), &name)
		if name == nil {
			return "nothing\n"
		}
		var edit workspaceEdit
		if err := e.ask("textDocument/rename", strings.TrimSuffix(m.at(), "}")+`, "newName": "other"}`, &edit); err != nil {
			return err.Error() + "\n"
		}
		var b strings.Builder
		for _, u := range slices.Sorted(maps.Keys(edit.Changes)) {
			for _, x := range edit.Changes[u] {
				fmt.Fprintf(&b, "%s:%s %s", strings.TrimPrefix(string(u), "file:///repo/"), rangeText(x.Range), x.NewText)
			}
		}
		return rangeText(*name) + "\n" + b.String()
	},
	"complete": func(e *editor, m marker) string {
		var all completionList
		e.must("textDocument/completion", m.at(), &all)
		var b strings.Builder
		const most = 12
		for i, c := range all.Items {
			if i == most {
				fmt.Fprintf(&b, "and %d more\n", len(all.Items)-most)
				break
			}
			detail, _ := c.Detail.Get()
			x, ok := c.TextEdit.(*textEdit)
			if !ok {
				e.t.Fatalf("%T is no edit", c.TextEdit)
			}
			fmt.Fprintf(&b, "%s %s (%s)\n", rangeText(x.Range), x.NewText, detail)
		}
		return b.String()
	},
	"symbols": func(e *editor, m marker) string {
		var all []documentSymbol
		e.must("textDocument/documentSymbol", m.at(), &all)
		return symbolsText(all, "")
	},
	"folds": func(e *editor, m marker) string {
		var all []foldingRange
		e.must("textDocument/foldingRange", m.at(), &all)
		var b strings.Builder
		for _, f := range all {
			fmt.Fprintf(&b, "%d-%d %s\n", f.StartLine, f.EndLine, f.Kind)
		}
		return b.String()
	},
}

func symbolsText(all []documentSymbol, indent string) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "%s%s %s %s\n%s", indent, rangeText(s.Range), rangeText(s.SelectionRange), s.Name, symbolsText(s.Children, indent+"  "))
	}
	return b.String()
}

func locationsText(all []location) string {
	var b strings.Builder
	for _, l := range all {
		fmt.Fprintf(&b, "%s:%s\n", strings.TrimPrefix(string(l.URI), "file:///repo/"), rangeText(l.Range))
	}
	return b.String()
}

func rangeText(r spanRange) string {
	return fmt.Sprintf("%d:%d-%d:%d", r.Start.Line, r.Start.Character, r.End.Line, r.End.Character)
}

// at is the place, as the parameters of a request.
func (m marker) at() string {
	return fmt.Sprintf(`{"textDocument": {"uri": "file:///repo/%s"}, "position": {"line": %d, "character": %d}}`, m.file, m.line, m.column)
}

func TestMarkers(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(all) == 0 {
		t.Fatal("no tests", err)
	}
	for _, name := range all {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, texts := map[string]string{"repo/.git/HEAD": ""}, map[string]string{}
			var asked []marker
			answers := map[string]int{}
			for i, f := range ar.Files {
				if answer, ok := strings.CutPrefix(f.Name, "@"); ok {
					answers[answer] = i
					continue
				}
				text, found := markers(f.Name, string(f.Data))
				files["repo/"+f.Name], texts[f.Name] = text, text
				asked = append(asked, found...)
			}
			e := start(t, files, "")
			for _, m := range asked {
				if _, open := e.texts["/repo/"+m.file]; !open {
					e.open("/repo/"+m.file, texts[m.file])
				}
				ask := questions[m.question]
				if ask == nil {
					t.Fatalf("%s: there is no question %s", m.name, m.question)
				}
				got := ask(e, m)
				i, ok := answers[m.name]
				if !ok {
					i = len(ar.Files)
					ar.Files = append(ar.Files, txtar.File{Name: "@" + m.name})
					answers[m.name] = i
				}
				if want := string(ar.Files[i].Data); want != got && !*update {
					t.Errorf("%s (-want +got):\n%s", m.name, cmp.Diff(want, got))
				}
				ar.Files[i].Data = []byte(got)
			}
			for answer := range answers {
				if !slices.ContainsFunc(asked, func(m marker) bool { return m.name == answer }) {
					t.Errorf("nobody asks for %s", answer)
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
