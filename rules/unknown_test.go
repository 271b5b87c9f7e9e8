package rules_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/lint/linttest"
	"github.com/tcplint/tcplint/internal/model"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/rules"
)

// perhaps are values that a template might bring. What is found where the value
// is not known must be found with each of them.
var perhaps = []string{"on", "off", "0", "1", "100", "1h", "$request_id", "close", "127.0.0.1:80", `""`}

// numbers are the same for kernel settings.
var numbers = []string{"0", "1", "2", "100", "65536"}

// sizes are the same for the line keepalive of an upstream: before 1.29.7 nginx
// refuses 0 and what is no number there, and from then on no finding asks for a pool
// whose size is not known.
var sizes = []string{"1", "100"}

// TestUnknown takes one word after the other out of every rule's examples: what
// is still found must hold whatever stands there.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, r := range rules.All() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			for i := range r.Examples {
				in := linttest.Bad(t, r, &r.Examples[i], rules.All())
				host := model.Build(in)
				for _, f := range host.Files() {
					for _, span := range wordsOf(host, f) {
						withoutWord(t, r.Examples[i].Name, in, f, span)
					}
				}
			}
		})
	}
}

// wordsOf are the places of a file's arguments or values.
func wordsOf(h *model.Host, f *source.File) []source.Span {
	var out []source.Span
	if h.Sysctl != nil {
		for _, t := range h.Sysctl.Trees {
			for _, e := range t.Entries {
				if t.File == f && e.Value.Span.Len() > 0 {
					out = append(out, e.Value.Span)
				}
			}
		}
	}
	if h.Nginx != nil {
		for _, t := range h.Nginx.Trees {
			for d := range t.Root.Walk() {
				for _, w := range d.Args().All() {
					if t.File == f {
						out = append(out, w.Span)
					}
				}
			}
		}
	}
	return out
}

// withoutWord compares what is found without a word to what is found with
// others in its place.
func withoutWord(t *testing.T, name string, in model.Input, f *source.File, span source.Span) {
	t.Helper()
	word := f.Slice(span)
	masked := f.Text[:span.Start] + strings.Repeat(string(source.Unknown), span.Len()) + f.Text[span.End:]
	_, errors := foundWith(in, f, f, span, 0)
	unknown, left := foundWith(in, f, source.NewView(f.Path, masked, source.View{
		Disk: f, Segments: []source.Segment{{Len: len(masked)}},
	}), span, 0)
	if len(unknown) == 0 {
		return
	}
	others := perhaps
	if in.Main == nil || f != in.Main && slices.Contains(in.Sysctl, f) {
		others = numbers
	}
	if strings.HasSuffix(f.Text[:span.Start], " keepalive ") {
		others = sizes
	}
	for _, other := range append([]string{word}, others...) {
		text := f.Text[:span.Start] + other + f.Text[span.End:]
		known, refused := foundWith(in, f, source.NewFile(f.Path, text), span, len(other)-len(word))
		if refused > errors || refused > left && other == word {
			continue // no template brings what nginx or the kernel refuses
		}
		for _, x := range unknown {
			if strings.Contains(x, " note of ") {
				continue
			}
			place, _, _ := strings.Cut(x, " ")
			if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, place+" ") }) {
				t.Errorf("example %q: with %q in place of %q at %d this is not found, but it is without a word:\n%s", name, other, word, span.Start, x)
			}
		}
	}
}

// foundWith lists what is found with a file in place of another: where in the old
// file, and the rule. It counts the errors among them. What a message adds to that
// may differ, and so may the rule: one speaks where another is silent.
func foundWith(in model.Input, old, file *source.File, span source.Span, longer int) (out []string, errors int) {
	in.Trees = nil
	moved := func(at lint.Place) int {
		if at.File.Path == old.Path && at.Span.Start > span.Start {
			return at.Span.Start - longer
		}
		return at.Span.Start
	}
	for _, f := range lint.Run([]*model.Host{model.Build(in.With(map[string]*source.File{old.Path: file}))}, options).Findings {
		if f.Severity == lint.Error {
			errors++
		}
		out = append(out, fmt.Sprintf("%s:%d: [%s]", f.At.File.Path, moved(f.At), f.Rule.ID))
		for _, n := range f.Notes { // one finding for several places stands at the first
			if n.At.File != nil {
				out = append(out, fmt.Sprintf("%s:%d: note of [%s]", n.At.File.Path, moved(n.At), f.Rule.ID))
			}
		}
	}
	return out, errors
}

// TestUnknownCorpus does the same with words of real configurations, one in many.
func TestUnknownCorpus(t *testing.T) {
	t.Parallel()
	const words = 400
	type place struct {
		in   model.Input
		file *source.File
		span source.Span
	}
	var all []place
	for _, f := range corpus(t) {
		in := corpusInput(t, f, window)
		host := model.Build(in)
		if len(lint.Run([]*model.Host{host}, options).Findings) == 0 {
			continue // nothing that a word could change for the worse
		}
		for _, file := range host.Files() {
			for _, span := range wordsOf(host, file) {
				all = append(all, place{in, file, span})
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, p := range all[:min(words, len(all))] {
		withoutWord(t, p.file.Path, p.in, p.file, p.span)
	}
}
