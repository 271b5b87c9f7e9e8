package carrier

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

// HoldsTag reports whether a text holds what a template engine would replace.
func HoldsTag(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "<%")
}

// Branches follows the conditions and loops of a template through its lines.
type Branches struct {
	Names *Finder
	stack []string
}

// tagWord is the beginning of a tag with its first word.
var tagWord = lazyre.New(`(?:\{\{|\{%|<%)[-~]?\s*(\w+)`)

// TagRemove is a whole tag on one line.
var TagRemove = lazyre.New(`\{\{.*?\}\}|\{%.*?%\}|<%.*?%>`)

// Step reads the tags of a line and reports whether one of them opens or closes
// something.
func (b *Branches) Step(line string) bool {
	if !HoldsTag(line) {
		return false
	}
	control := false
	for _, m := range tagWord.FindAllStringSubmatch(line, -1) {
		switch m[1] {
		case "if", "range", "with", "for", "unless", "block", "define", "case", "foreach", "each":
			b.stack = append(b.stack, b.Names.Unique("branch"))
		case "else", "elif", "elsif", "elseif", "when":
			if n := len(b.stack); n > 0 {
				b.stack[n-1] = b.Names.Unique("branch")
			}
		case "end", "endif", "endfor", "endunless", "endcase", "endwith", "endblock":
			b.stack = b.stack[:max(len(b.stack)-1, 0)]
		default:
			continue
		}
		control = true
	}
	return control
}

// World is the branch that the next line stands in; empty if it is in none.
func (b *Branches) World() string {
	if len(b.stack) == 0 {
		return ""
	}
	return b.stack[len(b.stack)-1]
}

// TagsOnly reports whether a line has nothing besides tags.
func TagsOnly(line string) bool { return strings.TrimSpace(TagRemove.ReplaceAllString(line, "")) == "" }
