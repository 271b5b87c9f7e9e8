package ruby

import (
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/source"
)

// TakesVagrant takes Vagrantfiles, which hold scripts.
func TakesVagrant(base, _, text string) bool {
	return base == "vagrantfile" && (text == carrier.Anything || carrier.Mentions(text))
}

// ReadVagrant reads the scripts of a Vagrantfile: all here-documents, and the
// strings that are given as inline scripts. Each may be for a machine of its own.
func ReadVagrant(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, ReadVagrant)
	tokens, ok := rubyTokens(f.Text)
	if !ok {
		return carrier.Found{Carrier: "a Vagrantfile", Skipped: []carrier.Skipped{{Reason: "the Vagrantfile cannot be read"}}}
	}
	for i, t := range tokens {
		inline := i > 0 && t.kind == rubyString && (tokens[i-1].text == "inline:" || tokens[i-1].is("=>") && i > 1 && tokens[i-2].text == ":inline")
		if !t.heredoc && !inline || !carrier.Mentions(f.Slice(t.body)) {
			continue
		}
		text, enc := rubyText(f, t)
		s := &shell.Reader{Finder: finder, In: text.Within(f), Base: enc, Echoes: !strings.HasPrefix(text.String(), "#!/bin/sh")}
		s.Script(finder.Unique("script"))
	}
	found := finder.Found()
	found.Carrier = "a Vagrantfile"
	return found
}
