// Package detect tells from a file's name and content what it is: nginx
// configuration, kernel settings, a template of either, or something else. It
// touches no file system.
//
// A name alone decides little: countless programs keep a *.conf in a conf.d. So
// the content has the word, and the name says how much evidence it takes.
package detect

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

// Kind says what a file is.
type Kind uint8

// The kinds.
const (
	// None is neither nginx configuration nor kernel settings.
	None Kind = iota
	// Nginx is a configuration file of nginx, or a part of one.
	Nginx
	// Sysctl is a file of kernel settings as sysctl(8) reads it.
	Sysctl
	// Template is a file that a template engine turns into one of the two.
	Template
	// Binary is not text.
	Binary
)

var kindNames = []string{"none", "nginx", "sysctl", "template", "binary"}

// hunkHead begins a part of a unified diff, which shows configuration of two
// versions at once.
var hunkHead = lazyre.New(`(?m)^@@ -\d+(,\d+)? \+\d+(,\d+)? @@`)

// reportLine is a line of tcplint's own reports, which quote configuration.
var reportLine = lazyre.New(`(?m)^\S[^\n]*:\d+:\d+: (?:error|warning|info): [^\n]*\[[a-z]+(?:-[a-z0-9]+)+\]\r?$`)

// logLine is a line of nginx's error log, which quotes it as well.
var logLine = lazyre.New(`(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] `)

// quoting says what a text is that shows configuration, and is none; empty if it
// is not one of these.
func quoting(text string) string {
	switch {
	case holdsLine(text, "@@ -", hunkHead):
		return "a patch"
	case holdsReport(text):
		return "a report of tcplint"
	case holdsLog(text):
		return "a log"
	}
	return ""
}

// holdsLine looks for lines that begin with a word before it tries a pattern.
func holdsLine(text, word string, re *lazyre.Regexp) bool {
	return (strings.HasPrefix(text, word) || strings.Contains(text, "\n"+word)) && re.MatchString(text)
}

// holdsReport reports whether there is a line of a report.
func holdsReport(text string) bool {
	return slices.ContainsFunc([]string{": error: ", ": warning: ", ": info: "}, func(word string) bool {
		return strings.Contains(text, word)
	}) && reportLine.MatchString(text)
}

// holdsLog reports whether there is a line of a log, which begins with a date.
func holdsLog(text string) bool {
	const year = len("2026/")
	for line := range strings.Lines(text) {
		if len(line) > year && line[year-1] == '/' && '0' <= line[0] && line[0] <= '9' && logLine.MatchString(line) {
			return true
		}
	}
	return false
}

// String is the kind's name.
func (k Kind) String() string { return kindNames[k] }

// Detect says what a file is, and why in words that fit behind "the file is".
// The path has forward slashes; it may be empty if there is none.
func Detect(path, text string) (kind Kind, reason string) {
	kind, reason, language := recognise(path, text)
	if language != "" {
		return Template, language
	}
	return kind, reason
}

// recognise says what a file is, or what a template makes; language is the
// template's language in words, empty if the file is none.
func recognise(path, text string) (kind Kind, reason, language string) {
	if binary(text) {
		return Binary, "not text: it holds NUL bytes", ""
	}
	n := readName(path)
	if n.other != "" {
		return None, n.other, ""
	}
	if strings.HasPrefix(text, "#!/") {
		return None, "a program: it begins with #!", ""
	}
	if ini := iniSection(text); ini != "" && n.hint != hintSysctl {
		return None, "divided into sections such as " + ini, ""
	}
	if what := quoting(text); what != "" {
		return None, what, ""
	}
	if YAML(text) {
		return None, "YAML", ""
	}
	ng := nginxEvidence(text, n)
	if !ng.enough(n) && mayHoldTags(text) {
		// Much of what nginx would refuse may be code of a template.
		ng = nginxEvidence(withoutTags(text), n)
		ng.tags = looseTags(text)
	}
	sc := sysctlEvidence(text)
	if ng.other != "" && !n.certain {
		return None, "a configuration of " + ng.other, ""
	}
	switch {
	case sc.enough(n) && (!ng.enough(n) || ng.strong <= sc.good):
		kind, reason = Sysctl, "kernel settings: "+sc.witness
	case ng.enough(n):
		kind, reason = Nginx, "nginx configuration: "+ng.witness
	case n.certain && blank(text):
		// Nothing to find in it, but an include that names it is not missing.
		kind, reason = n.kind(), "empty, with the name of "+n.kind().words()
	default:
		return None, "neither nginx configuration nor kernel settings, as far as its content tells", ""
	}
	return kind, reason, templateOf(text, n, kind, ng)
}

func (k Kind) words() string {
	if k == Sysctl {
		return "kernel settings"
	}
	return "nginx configuration"
}

// binary applies git's test: a NUL byte near the beginning.
func binary(text string) bool {
	const near = 8000
	return strings.IndexByte(text[:min(len(text), near)], 0) >= 0
}

// blank reports whether a file has nothing but white space and comments.
func blank(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && line[0] != ';' {
			return false
		}
	}
	return true
}

// yamlKey is a line with which YAML begins: a key, in a list or not.
var yamlKey = lazyre.New(`^(- )?[A-Za-z_][\w.-]*:(\s.*)?$`)

// toolSays is a line that "nginx -T" or "sysctl -a" writes to standard error, above what
// it shows.
var toolSays = lazyre.New(`^(nginx: (\[|(the )?configuration file )|sysctl: (reading|permission|cannot|error|setting) )`)

// saysTool asks toolSays, which most runs need not compile.
func saysTool(line string) bool {
	return (strings.HasPrefix(line, "nginx: ") || strings.HasPrefix(line, "sysctl: ")) && toolSays.MatchString(line)
}

// YAML reports whether a text, which may be a template, begins as YAML does: no name of
// a directive or of a setting ends in a colon. Tools render templates whose names tell
// nothing of what they make: Helm's manifests, user data of cloud-init, playbooks.
func YAML(text string) bool {
	end := "" // of a template's code that is open
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		if end == "" && strings.HasPrefix(line, "{{") {
			end = "}}"
			if strings.Contains(line, "/*") {
				end = "*/"
			}
		}
		switch {
		case end != "":
			if strings.Contains(line, end) {
				end = ""
			}
		case strings.HasPrefix(line, "{%"), strings.HasPrefix(line, "<%"), line == "", line[0] == '#', line == "---", saysTool(line):
		default:
			return strings.Contains(line, ":") && !strings.HasSuffix(line, ";") && !strings.HasSuffix(line, "{") && yamlKey.MatchString(line)
		}
	}
	return false
}

// iniSection returns the first line that is not blank or a comment if it is a
// section's heading, "[main]"; else nothing. Neither nginx nor sysctl has such
// lines, but php-fpm, MySQL, systemd, Supervisor and tuned begin with one.
func iniSection(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		const longest = 200 // a heading of a snapshot of tests is a sentence
		if len(line) < longest && line[0] == '[' && line[len(line)-1] == ']' && !strings.ContainsAny(line[1:len(line)-1], "[]{}%") {
			return line
		}
		return ""
	}
	return ""
}
