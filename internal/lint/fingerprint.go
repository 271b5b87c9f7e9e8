package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// fingerprintVersion goes up when fingerprints of the same findings change, so
// that nobody compares old ones with new ones.
const fingerprintVersion = "1"

// Fingerprints returns a fingerprint for each finding, 32 hexadecimal digits. It
// stays the same when lines above are added or removed, and when the line is
// indented in another way; it changes with the rule, the file's path, the text of
// the line, and the part of it that the finding stands on. Findings that agree in
// all of this are told apart by their order in the file.
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
	for _, i := range order {
		key := fingerprintKey(&findings[i], name)
		seen[key]++
		sum := sha256.Sum256([]byte(key + "\x00" + strconv.Itoa(seen[key])))
		const bytes = 16
		out[i] = hex.EncodeToString(sum[:bytes])
	}
	return out
}

// fingerprintKey is what a fingerprint depends on, apart from the order.
func fingerprintKey(f *Finding, name func(path string) string) string {
	parts := []string{fingerprintVersion, ""}
	if f.Rule != nil {
		parts[1] = f.Rule.ID
	}
	if f.At.File != nil {
		file := f.At.File.OnDisk()
		line := f.At.File.LineSpan(f.At.File.Position(f.At.Span.Start).Line)
		parts = append(parts, name(file.Path), words(f.At.File.Slice(line)), words(f.At.File.Slice(f.At.Span)))
	}
	return strings.Join(parts, "\x00")
}

// words writes a text with single blanks between its words.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }
