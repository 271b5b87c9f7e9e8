package template

import (
	"strings"
	"sync"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// Placeholders are the place holders that programs such as envsubst and sed
// replace.
type Placeholders uint8

// The kinds of place holders.
const (
	// NoPlaceholders replaces none.
	NoPlaceholders Placeholders = iota
	// CertainPlaceholders are ${NAME}, %%name%%, @@name@@, @NAME@, __NAME__,
	// Puppet's %{hiera('name')} and a NAME alone on its line: what neither nginx
	// nor sysctl reads as anything else. nginx's own variables have small letters.
	CertainPlaceholders
	// AllPlaceholders are these and $NAME, %name%, @name@, <NAME> and %{name}, in
	// files that are known to be templates.
	AllPlaceholders
)

var placeholderForms = map[Placeholders]*lazyre.Regexp{
	CertainPlaceholders: lazyre.New(
		`\$\{[A-Z_][A-Z0-9_]*(?::?[-=?+][^{}\n]*)?\}|%%[A-Za-z_][A-Za-z0-9_]*%%|@@[A-Za-z_][A-Za-z0-9_]*@@|@[A-Z][A-Z0-9_]+@|\b__[A-Z][A-Z0-9_]*__|%\{(?:hiera|lookup|alias|literal|facts|trusted|scope|::)[^}\n]*\}|` + bareName),
	AllPlaceholders: lazyre.New(
		`\$\{[A-Z_][A-Z0-9_]*(?::?[-=?+][^{}\n]*)?\}|\$[A-Z_][A-Z0-9_]+|%%?[A-Za-z_][A-Za-z0-9_]*%%?|@@?[A-Za-z_][A-Za-z0-9_]*@@?|\b__[A-Z][A-Z0-9_]*__|<%?[A-Z_][A-Z0-9_]+%?>|%\{[^}\n]+\}|` + bareName),
}

// bareName is a name alone on its line, in the place of a directive.
const bareName = `(?m:^[ \t]*[A-Z][A-Z0-9_]{2,}[ \t]*\r?$)`

// wholeName is a bareName without its line.
var wholeName = lazyre.New(`^[A-Z][A-Z0-9_]{2,}$`)

// ownVariable finds the variables that a configuration sets itself.
var ownVariable = lazyre.New(
	`(?m)\b(?:set|js_set|perl_set|auth_request_set|set_by_lua\w*|js_var)\s+\$\{?([A-Z_][A-Z0-9_]*)|\b(?:map|geo|split_clients)\s[^;{]*\$\{?([A-Z_][A-Z0-9_]*)\}?\s*\{`)

// escapedByte is what follows "%" in a URL.
var escapedByte = lazyre.New(`^[0-9A-Fa-f]{2}$`)

// HasPlaceholders reports whether a text holds what would be replaced; see
// Options.Placeholders.
func HasPlaceholders(text string, which Placeholders) bool {
	return len(withPlaceholders(text, nil, which)) > 0
}

// withPlaceholders adds the place holders between tags.
func withPlaceholders(text string, tags []*tag, which Placeholders) []*tag {
	own := sync.OnceValue(func() map[string]bool { return ownVariables(text) })
	var out []*tag
	add := func(start, end int) {
		for isBlank(text[start]) {
			start++
		}
		for isBlank(text[end-1]) {
			end--
		}
		if isPlaceholder(text, start, end, own) {
			out = append(out, &tag{span: source.Span{Start: start, End: end}, code: text[start:end], kind: valueTag, held: true})
		}
	}
	at := 0
	// No place holder spans lines, and few lines have one.
	between := func(end int) {
		for at < end {
			line := text[at:end]
			if i := strings.IndexByte(line, '\n'); i >= 0 {
				line = line[:i+1]
			}
			if which.MayBeIn(line) {
				for _, m := range placeholderForms[which].FindAllStringIndex(line, -1) {
					add(at+m[0], at+m[1])
				}
			}
			at += len(line)
		}
	}
	for _, t := range tags {
		between(t.span.Start)
		out = append(out, t)
		at = t.span.End
	}
	between(len(text))
	return out
}

// ownVariables are the variables in capital letters that a configuration sets itself.
func ownVariables(text string) map[string]bool {
	own := map[string]bool{}
	for _, m := range ownVariable.FindAllStringSubmatch(text, -1) {
		own[m[1]+m[2]] = true
	}
	return own
}

// beginsPlaceholder marks the bytes with which a place holder may begin, but for
// capital letters.
var beginsPlaceholder = [256]bool{'$': true, '%': true, '_': true, '@': true, '<': true}

// MayBeIn is a quick look for place holders in a line: it holds none if this says no.
func (p Placeholders) MayBeIn(line string) bool {
	for line != "" && (line[0] == ' ' || line[0] == '\t') {
		line = line[1:]
	}
	if line != "" && 'A' <= line[0] && line[0] <= 'Z' {
		return true // perhaps a name alone on its line
	}
	for i := range len(line) {
		if !beginsPlaceholder[line[i]] {
			continue
		}
		next := byte(0)
		if i+1 < len(line) {
			next = line[i+1]
		}
		switch line[i] {
		case '$':
			if next == '{' || p == AllPlaceholders {
				return true
			}
		case '%':
			if next == '%' || next == '{' || p == AllPlaceholders {
				return true
			}
		case '_':
			if next == '_' {
				return true
			}
		case '@':
			return true
		case '<':
			if p == AllPlaceholders {
				return true
			}
		}
	}
	return false
}

// isPlaceholder tells a place holder from what only looks like one.
func isPlaceholder(text string, start, end int, own func() map[string]bool) bool {
	found := text[start:end]
	name := strings.Trim(found, "${}%@<>")
	switch found[0] {
	case '$':
		following := byte(' ')
		if end < len(text) {
			following = text[end]
		}
		return !own()[name] && (found[1] == '{' || !isWord(following)) && (start == 0 || text[start-1] != '\\')
	case '%', '@':
		if found[1] == '{' {
			return true
		}
		return len(name) > 1 && found[len(found)-1] == found[0] && !escapedByte.MatchString(name)
	case '<': // "(?<NAME>" names a group
		return start == 0 || text[start-1] != '?' && text[start-1] != 'P'
	case '_':
		return true
	}
	return alone(text, start, end) && beginsDirective(text, start)
}

// alone reports whether nothing else stands on the line of a span.
func alone(text string, start, end int) bool {
	before := text[strings.LastIndexByte(text[:start], '\n')+1 : start]
	after, _, _ := strings.Cut(text[end:], "\n")
	return strings.TrimSpace(before+after) == ""
}

// beginsDirective reports whether a directive of nginx may begin at an offset that
// begins a line: the last line above that is no comment and not blank ends one.
func beginsDirective(text string, start int) bool {
	for above := text[:start]; ; {
		above = strings.TrimRight(above, " \t\r\n")
		if above == "" {
			return true
		}
		line := strings.TrimSpace(above[strings.LastIndexByte(above, '\n')+1:])
		if !strings.HasPrefix(line, "#") && !wholeName.MatchString(line) {
			code, _, _ := strings.Cut(line, " #")
			return strings.ContainsAny(code[len(strings.TrimRight(code, " \t"))-1:], ";{}")
		}
		above = above[:len(above)-len(line)]
	}
}
