package service

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// templateSuffixes are what names of templates end in.
var templateSuffixes = []string{".j2", ".jinja", ".jinja2", ".erb", ".epp", ".tmpl", ".tpl", ".gotmpl", ".ctmpl"}

// plainName returns the name of the file that a template makes; ok is false if it is
// no template, or of a kind whose readers have ways of their own.
func plainName(p string) (name string, ok bool) {
	ext := path.Ext(p)
	name = strings.TrimSuffix(p, ext)
	if !slices.Contains(templateSuffixes, ext) {
		return p, false
	}
	switch path.Ext(name) {
	case ".conf", ".ini", ".py", ".rb", ".cfg", ".properties", ".service", ".socket":
		return name, true
	}
	return p, false
}

// templated returns the text of a template as far as it is the same in every rendering,
// under the name of the file that it makes; f itself if it is none. Of a line below a
// condition or in a loop the name is left, and what it is set to is not known.
func templated(f *source.File) *source.File {
	name, ok := plainName(f.Path)
	if !ok {
		return f
	}
	text := maskLines(f.Text)
	return source.NewView(name, text, source.View{Disk: f, Segments: []source.Segment{{Len: len(text)}}, Locked: "a template makes it"})
}

// templateTag is a tag of Jinja2, Go's templates, ERB or EPP.
var templateTag = lazyre.New(`(?s)\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}|<%.*?%>`)

var (
	opensBlock  = lazyre.New(`^(if|unless|for|foreach|while|case|range|with|macro|define|call|filter|raw)\b|\bdo\s*(\|[^|]*\|)?$|\{\s*(\|[^|]*\|)?$`)
	closesBlock = lazyre.New(`^(end\w*\b|\})`)
	goControl   = lazyre.New(`^(if|else|end|range|with|define|block|template|include|/\*)(\s|$)`)
)

// maskLines masks the tags of a template, byte for byte: with source.Unknown where they
// put a text, with blanks otherwise.
func maskLines(text string) string {
	out := []byte(text)
	depth, from := 0, 0
	for _, at := range templateTag.FindAllStringIndex(text, -1) {
		hideValues(out[from:at[0]], depth)
		tag := text[at[0]:at[1]]
		inner := strings.Trim(tag[2:len(tag)-2], "-=~+ \t\r\n")
		mask := byte(' ')
		switch {
		case strings.HasPrefix(tag, "{#"), strings.HasPrefix(tag, "<%#"):
		case strings.HasPrefix(tag, "<%="), strings.HasPrefix(tag, "{{") && !goControl.MatchString(inner):
			mask = source.Unknown
		case strings.HasPrefix(inner, "endblock") || strings.HasPrefix(inner, "endset"):
		default:
			if closesBlock.MatchString(inner) {
				depth = max(depth-1, 0)
			}
			if opensBlock.MatchString(inner) || strings.HasPrefix(tag, "{{") && strings.HasPrefix(inner, "block") {
				depth++
			}
		}
		for i := at[0]; i < at[1]; i++ {
			if out[i] != '\n' {
				out[i] = mask
			}
		}
		from = at[1]
	}
	hideValues(out[from:], depth)
	return string(out)
}

// hideValues makes what lines set unknown where a template decides whether they are
// there.
func hideValues(text []byte, depth int) {
	if depth == 0 {
		return
	}
	value := false // it stands behind the first "=" or blank of a line
	word, gap := false, false
	for i, c := range text {
		blank := c == ' ' || c == '\t' || c == '\r'
		switch {
		case c == '\n':
			value, word, gap = false, false, false
		case blank:
			gap = word
		case value || gap && c != '=':
			value = true
			text[i] = source.Unknown
		case c == '=':
			value = true
		default:
			word = word || c != '[' && c != '#' && c != ';'
		}
	}
}
