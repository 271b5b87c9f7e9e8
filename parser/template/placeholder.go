package template

import (
	"regexp"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// placeholderForm is what programs such as envsubst and sed replace. Names in
// capitals are no variables of nginx, unless the file sets them.
var placeholderForm = regexp.MustCompile(
	`\$\{[A-Z_][A-Z0-9_]*(?::?[-=?+][^{}\n]*)?\}|\$[A-Z_][A-Z0-9_]+|%%?[A-Za-z_][A-Za-z0-9_]*%%?|@@?[A-Za-z_][A-Za-z0-9_]*@@?|\b__[A-Z][A-Z0-9_]*__|<%?[A-Z_][A-Z0-9_]+%?>`)

// ownVariable finds the variables that a configuration sets itself.
var ownVariable = regexp.MustCompile(
	`(?m)\b(?:set|js_set|perl_set|auth_request_set|set_by_lua\w*|js_var)\s+\$\{?([A-Z_][A-Z0-9_]*)|\b(?:map|geo|split_clients)\s[^;{]*\$\{?([A-Z_][A-Z0-9_]*)\}?\s*\{`)

// escapedByte is what follows "%" in a URL.
var escapedByte = regexp.MustCompile(`^[0-9A-Fa-f]{2}$`)

// HasPlaceholders reports whether a text holds what would be replaced; see
// Options.Placeholders.
func HasPlaceholders(text string) bool { return len(withPlaceholders(text, nil)) > 0 }

// withPlaceholders adds the place holders between tags.
func withPlaceholders(text string, tags []*tag) []*tag {
	own := map[string]bool{}
	for _, m := range ownVariable.FindAllStringSubmatch(text, -1) {
		own[m[1]+m[2]] = true
	}
	var out []*tag
	at := 0
	between := func(end int) {
		for _, m := range placeholderForm.FindAllStringIndex(text[at:end], -1) {
			start, end := at+m[0], at+m[1]
			if !isPlaceholder(text, start, end, own) {
				continue
			}
			out = append(out, &tag{span: source.Span{Start: start, End: end}, code: text[start:end], kind: valueTag})
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

// isPlaceholder tells a place holder from what only looks like one.
func isPlaceholder(text string, start, end int, own map[string]bool) bool {
	found := text[start:end]
	name := strings.Trim(found, "${}%@<>")
	switch found[0] {
	case '$':
		following := byte(' ')
		if end < len(text) {
			following = text[end]
		}
		return !own[name] && (found[1] == '{' || !isWord(following)) && (start == 0 || text[start-1] != '\\')
	case '%', '@':
		return len(name) > 1 && found[len(found)-1] == found[0] && !escapedByte.MatchString(name)
	case '<': // "(?<NAME>" names a group
		return start == 0 || text[start-1] != '?' && text[start-1] != 'P'
	}
	return true
}
