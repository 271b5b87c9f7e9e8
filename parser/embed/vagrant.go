package embed

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// takesVagrant takes Vagrantfiles, which hold scripts.
func takesVagrant(base, _, text string) bool {
	return base == "vagrantfile" && (text == anything || mentions(text))
}

// readVagrant reads the scripts of a Vagrantfile: all here-documents, and the
// strings that are given as inline scripts. Each may be for a machine of its own.
func readVagrant(f *source.File) Found {
	finder := newFinder(f, readVagrant)
	tokens, ok := rubyTokens(f.Text)
	if !ok {
		return Found{Carrier: "a Vagrantfile", Skipped: []Skipped{{Reason: "the Vagrantfile cannot be read"}}}
	}
	for i, t := range tokens {
		inline := i > 0 && t.kind == rubyString && (tokens[i-1].text == "inline:" || tokens[i-1].is("=>") && i > 1 && tokens[i-2].text == ":inline")
		if !t.heredoc && !inline || !mentions(f.Slice(t.body)) {
			continue
		}
		text, enc := rubyText(f, t)
		s := &shell{finder: finder, in: text.within(f), base: enc, echoes: !strings.HasPrefix(text.String(), "#!/bin/sh")}
		s.script(finder.unique("script"))
	}
	found := finder.found()
	found.Carrier = "a Vagrantfile"
	return found
}
