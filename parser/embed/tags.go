package embed

import (
	"regexp"
	"strings"
)

// holdsTag reports whether a text holds what a template engine would replace.
func holdsTag(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "<%")
}

// branches follows the conditions and loops of a template through its lines.
type branches struct {
	names *finder
	stack []string
}

var (
	tagWord   = regexp.MustCompile(`(?:\{\{|\{%|<%)[-~]?\s*(\w+)`)
	tagRemove = regexp.MustCompile(`\{\{.*?\}\}|\{%.*?%\}|<%.*?%>`)
)

// step reads the tags of a line and reports whether one of them opens or closes
// something.
func (b *branches) step(line string) bool {
	if !holdsTag(line) {
		return false
	}
	control := false
	for _, m := range tagWord.FindAllStringSubmatch(line, -1) {
		switch m[1] {
		case "if", "range", "with", "for", "unless", "block", "define", "case", "foreach", "each":
			b.stack = append(b.stack, b.names.unique("branch"))
		case "else", "elif", "elsif", "elseif", "when":
			if n := len(b.stack); n > 0 {
				b.stack[n-1] = b.names.unique("branch")
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

// world is the branch that the next line stands in; empty if it is in none.
func (b *branches) world() string {
	if len(b.stack) == 0 {
		return ""
	}
	return b.stack[len(b.stack)-1]
}

// tagsOnly reports whether a line has nothing besides tags.
func tagsOnly(line string) bool { return strings.TrimSpace(tagRemove.ReplaceAllString(line, "")) == "" }
