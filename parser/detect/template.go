package detect

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/template"
)

// unnamed stands for a template language that the extension does not tell.
const unnamed = "?"

// mayHoldTags is a quick look for template tags anywhere in a text.
func mayHoldTags(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "<%")
}

// templateOf names the template language of a file that looks like nginx
// configuration or kernel settings, in words that fit behind "the file is"; empty
// if it is not a template. A file with the extension of a template that holds
// no tag renders to itself and can be read as it is.
//
// "{#" and "${NAME}" are plain nginx, and quoted words and Lua code may hold
// anything. So in a file that is not known to be a template only tags count that
// stand where nginx would refuse them.
func templateOf(text string, n name, kind Kind, ng *evidence) string {
	known := n.engine != "" || n.generated
	var tags []string
	switch {
	case kind == Nginx && !known:
		tags = ng.tags
	default:
		tags = looseTags(text)
	}
	if len(tags) == 0 {
		which := template.CertainPlaceholders
		if n.engine != "" {
			which = template.AllPlaceholders
		}
		if placeholders(text, which) {
			return "a template with placeholders"
		}
		return ""
	}
	if n.engine != "" && n.engine != unnamed {
		return "a template (" + n.engine + ")"
	}
	return "a template (" + language(text, tags) + ")"
}

// tagPairs are the template tags that are looked for, with what ends them.
var tagPairs = [...][2]string{{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}, {"{#", "#}"}}

// tagWord stands for the value that a tag brings.
const tagWord = "T__T"

// withoutTags replaces values by a word and leaves out all other tags.
func withoutTags(text string) string {
	var b strings.Builder
next:
	for {
		i := strings.IndexAny(text, "{<")
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		for _, p := range tagPairs {
			if !strings.HasPrefix(text[i:], p[0]) {
				continue
			}
			b.WriteString(text[:i])
			tag, rest, _ := strings.Cut(text[i+len(p[0]):], p[1])
			if p[0] == "{{" || strings.HasPrefix(tag, "=") {
				b.WriteString(tagWord)
			}
			text = rest
			continue next
		}
		b.WriteString(text[:i+1])
		text = text[i+1:]
	}
}

// looseTags finds tags outside of comments.
func looseTags(text string) []string {
	var tags []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, t := range tagPairs[:3] {
			if _, rest, ok := strings.Cut(line, t[0]); ok && (strings.Contains(rest, t[1]) || t[0] != "{{") {
				tags = append(tags, t[0])
			}
		}
	}
	return tags
}

// language guesses the template language from the tags used.
func language(text string, tags []string) string {
	switch {
	case slices.Contains(tags, "<%"):
		return "ERB"
	case slices.Contains(tags, "{%"):
		return "Jinja2 or Liquid"
	}
	for _, word := range []string{"end", "range", "if", "with", "template", "else", "define", "$", ".", "-"} {
		for _, open := range []string{"{{", "{{ ", "{{- "} {
			if strings.Contains(text, open+word) {
				return "Go"
			}
		}
	}
	return "Jinja2 or Mustache"
}

// placeholders reports whether a text holds what scripts replace outside of
// comments.
func placeholders(text string, which template.Placeholders) bool {
	isCode := func(line string) bool {
		bare := strings.TrimSpace(line)
		return bare != "" && bare[0] != '#'
	}
	worth := false
	for line := range strings.Lines(text) {
		if worth = which.MayBeIn(line) && isCode(line); worth {
			break
		}
	}
	if !worth {
		return false
	}
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.Lines(text) {
		if isCode(line) {
			b.WriteString(line)
		}
	}
	return template.HasPlaceholders(b.String(), which)
}

// Masked tells what a template holds, and its language; the language is empty if
// the file is none.
func Masked(p, text string) (kind Kind, language string) {
	kind, _, language = recognise(p, text)
	return kind, language
}

// EngineOf tells the template language of a file: by its name, else by its tags.
// which are the place holders that are replaced as well: all kinds only where the
// name is that of a template of no certain language.
func EngineOf(p, text string) (engine template.Engine, which template.Placeholders) {
	n := readName(p)
	switch n.engine {
	case "Jinja2", "Liquid":
		return template.Jinja, template.CertainPlaceholders
	case "ERB", "EPP":
		return template.ERB, template.CertainPlaceholders
	case "Go":
		return template.Go, template.CertainPlaceholders
	case "Mustache", "Handlebars":
		return template.Handlebars, template.CertainPlaceholders
	case unnamed:
		return engineIn(text), template.AllPlaceholders
	}
	return engineIn(text), template.CertainPlaceholders
}

var (
	goTag         = lazyre.New(`\{\{-?\s*(?:(?:if|else|end|range|with|define|template|block|include)\b|[.$]|/\*)`)
	handlebarsTag = lazyre.New(`\{\{~?\s*[#^/>!]`)
)

// engineIn tells the template language of a text by its tags.
func engineIn(text string) template.Engine {
	holds := func(open, shut string) bool {
		_, rest, ok := strings.Cut(text, open)
		return ok && strings.Contains(rest, shut)
	}
	switch {
	case holds("<%", "%>"):
		return template.ERB
	case holds("{%", "%}"):
		return template.Jinja
	case !holds("{{", "}}"):
		return template.None
	case handlebarsTag.MatchString(text) && !strings.Contains(text, "{{/*"):
		return template.Handlebars
	case goTag.MatchString(text):
		return template.Go
	}
	return template.Jinja
}
