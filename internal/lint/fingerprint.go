package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// fingerprintVersion goes up when fingerprints of the same findings change, so
// that nobody compares old ones with new ones.
const fingerprintVersion = "1"

// Fingerprints returns a fingerprint for each finding, 32 hexadecimal digits. It
// stays the same when lines above are added or removed, when lines are indented in
// another way, and when the finding is worded in another way; it changes with the
// rule, the file's path, the text of the line, the part of it that the finding
// stands on, and the opening words of the blocks around the line. Findings that
// agree in all of this are told apart by their order in the file.
func Fingerprints(findings []Finding) []string {
	return FingerprintsAs(findings, func(path string) string { return path })
}

// FingerprintsAs is Fingerprints for files that are called by other names than
// the paths shown.
func FingerprintsAs(findings []Finding, name func(path string) string) []string {
	order := make([]int, len(findings))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return findings[a].At.Span.Start - findings[b].At.Span.Start
	})
	out := make([]string, len(findings))
	seen := map[string]int{}
	around := map[*source.File][]string{}
	for _, i := range order {
		if file := findings[i].At.File; file != nil && around[file] == nil {
			around[file] = blocksAround(file.Text)
		}
		key := fingerprintKey(&findings[i], around, name)
		seen[key]++
		sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(seen[key])))
		const bytes = 16
		out[i] = hex.EncodeToString(sum[:bytes])
	}
	return out
}

// fingerprintKey is what a fingerprint depends on, apart from the order.
func fingerprintKey(f *Finding, around map[*source.File][]string, name func(path string) string) string {
	parts := []string{fingerprintVersion, ""}
	if f.Rule != nil {
		parts[1] = f.Rule.ID
	}
	file := f.At.File
	if file == nil {
		return strings.Join(append(parts, f.Msg), "\x00")
	}
	line := file.Position(f.At.Span.Start).Line
	text := file.Slice(file.LineSpan(line))
	return strings.Join(append(parts, name(file.OnDisk().Path), words(text), words(file.Slice(f.At.Span)), around[file][line-1]), "\x00")
}

// words writes a text with single blanks between its words.
func words(text string) string {
	text = strings.TrimSpace(text)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == ' ' && text[i+1] == ' ' {
			return strings.Join(strings.Fields(text), " ")
		}
	}
	return text // as most are
}
