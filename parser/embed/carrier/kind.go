package carrier

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/source"
)

// KindOf tells what a text is that is written to a file, and whether a template
// engine is still to go over it. What it is not sure of is none.
func KindOf(name, text string) (kind detect.Kind, template bool) {
	if path.Base(name) == "sysctl.conf" || path.Base(path.Dir(name)) == "sysctl.d" {
		return detect.Sysctl, HoldsTag(text)
	}
	name = strings.ReplaceAll(name, string(source.Unknown), "x")
	kind, language := detect.Masked(name, text)
	return kind, language != ""
}

// SettingLines leaves out the lines of kernel settings of which the key is not
// known: nobody can say what they are.
func SettingLines(p Phrase) Phrase {
	text := p.String()
	if !source.HasUnknown(text) {
		return p
	}
	var out Phrase
	cut := p.Cutter()
	start := 0
	for line := range strings.Lines(text) {
		key, _, _ := strings.Cut(line, "=")
		if !source.HasUnknown(key) || strings.HasPrefix(strings.TrimSpace(line), "#") {
			out = append(out, cut.Slice(start, start+len(line))...)
		}
		start += len(line)
	}
	return out
}

// Mentions is a quick look for a reason to read a script.
func Mentions(text string) bool {
	return strings.Contains(text, "sysctl") || strings.Contains(text, "/proc/sys") || strings.Contains(text, "nginx")
}
