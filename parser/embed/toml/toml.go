// Package toml finds kernel settings in the TOML that Bottlerocket is set up with.
package toml

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Takes takes TOML files with the table settings.kernel.sysctl.
func Takes(base, _, text string) bool {
	return path.Ext(base) == ".toml" && (text == carrier.Anything || strings.Contains(text, "kernel.sysctl"))
}

// table is the head of a table, entry a line "key = value" with a value in quotes:
// other values are none of a setting, which is always a string.
var (
	table = lazyre.New(`^\s*\[\s*([^\]]*?)\s*\]`)
	entry = lazyre.New(`^\s*(settings\s*\.\s*kernel\s*\.\s*sysctl\s*\.\s*)?(?:"([^"\\]*)"|'([^']*)')\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$`)
)

// Read reads the settings of Bottlerocket, line by line.
func Read(f *source.File) carrier.Found {
	finder := carrier.NewFinder(f, Read)
	in, start := "", 0
	for line := range strings.Lines(f.Text) {
		at := start
		start += len(line)
		line = strings.TrimRight(line, "\r\n")
		if m := table.FindStringSubmatch(line); m != nil {
			in = strings.ReplaceAll(m[1], " ", "")
			continue
		}
		m := entry.FindStringSubmatchIndex(line)
		if m == nil || in != "settings.kernel.sysctl" && (in != "" || m[2] < 0) {
			continue
		}
		part := func(double, single int) carrier.Phrase {
			if m[2*double] < 0 {
				double = single
			}
			return carrier.Literal(f, at+m[2*double], at+m[2*double+1])
		}
		finder.Setting("", "settings.kernel.sysctl", part(2, 3), part(4, 5))
	}
	found := finder.Found()
	found.Carrier = "settings of Bottlerocket"
	return found
}
