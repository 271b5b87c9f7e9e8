package collect

import (
	"strconv"
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

var (
	directiveName = lazyre.New(`^[a-z][a-z0-9_]*$`)
	headerName    = lazyre.New(`^[A-Za-z$][A-Za-z0-9_-]*$`)
	secretName    = lazyre.New(`auth|cookie|token|secret|pass|key|session|signature|credential`)
	mimeShape     = lazyre.New(`^[a-z0-9.+/-]+$`)
	longRun       = lazyre.New(`[A-Za-z0-9+/=_-]+`)
	anyDigit      = lazyre.New(`[0-9]`)
	anyLetter     = lazyre.New(`[A-Za-z]`)
	listArgument  = lazyre.New(`^(zone|keys_zone|path|levels|inactive|max_size|use_temp_path)=`)
)

// NginxText returns the configuration of nginx without what may be a secret: only
// the words that the tables allow are written, each where it stood, so that lines
// and columns are those of the host's own file. Comments and code are left out.
func NginxText(text string) string {
	c := &nginxCleaner{text: text, out: make([]byte, len(text))}
	for i := range len(text) {
		switch text[i] {
		case '\n', '\r', '\t':
			c.out[i] = text[i]
		default:
			c.out[i] = ' '
		}
	}
	for t := range nginx.Tokens(text) {
		c.token(t)
	}
	c.directive()
	return string(c.out)
}

type nginxCleaner struct {
	text  string
	out   []byte
	words []source.Span
	stack []string // names of the blocks around
	rows  int      // that were left out, to keep them apart
}

func (c *nginxCleaner) token(t nginx.Token) {
	switch t.Kind {
	case nginx.Word:
		c.words = append(c.words, t.Span)
	case nginx.Semi:
		c.directive()
		c.out[t.Span.Start] = ';'
	case nginx.Open:
		c.stack = append(c.stack, c.directive())
		c.out[t.Span.Start] = '{'
	case nginx.Close:
		c.directive()
		if len(c.stack) > 0 {
			c.stack = c.stack[:len(c.stack)-1]
		}
		c.out[t.Span.Start] = '}'
	case nginx.Space, nginx.Comment, nginx.Lua:
	}
}

// directive writes the words that were read, and returns the first.
func (c *nginxCleaner) directive() string {
	if len(c.words) == 0 {
		return ""
	}
	name := c.value(0)
	around := ""
	if len(c.stack) > 0 {
		around = c.stack[len(c.stack)-1]
	}
	for i := range c.words {
		c.put(i, c.clean(around, name, i))
	}
	c.words = c.words[:0]
	return name
}

// value is a word without its quotes.
func (c *nginxCleaner) value(i int) string {
	s := c.text[c.words[i].Start:c.words[i].End]
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		if len(s) > 1 && s[len(s)-1] == s[0] {
			return s[1 : len(s)-1]
		}
		return s[1:]
	}
	return s
}

// put writes a word into its place, with the quotes that it had.
func (c *nginxCleaner) put(i int, word string) {
	at := c.words[i]
	if q := c.text[at.Start]; q == '"' || q == '\'' {
		if at.Len() < 2 {
			return
		}
		word = string(q) + word + string(q)
	}
	copy(c.out[at.Start:at.End], word)
}

// clean is a word as it may leave the host.
func (c *nginxCleaner) clean(around, name string, i int) string {
	s := c.value(i)
	if s == "" {
		return s
	}
	switch {
	case tables[around]:
		if isSafe(s) {
			return s
		}
		c.rows++
		if row := blank + strconv.Itoa(c.rows); len(row) <= len(s) {
			return row
		}
		return blank
	case around == "types":
		if len(s) <= 90 && mimeShape.MatchString(s) {
			return s
		}
		return blank
	case i == 0:
		if len(s) <= 48 && directiveName.MatchString(s) {
			return s
		}
		return blank
	}
	switch directives()[name] {
	case asWritten:
		return s
	case asWords:
		return cleanWord(s)
	case asValue:
		return cleanValue(c.value(1), s, i)
	case asSafe:
		if isSafe(s) {
			return s
		}
	}
	return blank
}

// cleanValue is a word behind the name of a header or a variable.
func cleanValue(name, s string, i int) string {
	if i == 1 {
		if len(s) <= 48 && headerName.MatchString(s) {
			return s
		}
		return blank
	}
	low := strings.ToLower(name)
	switch {
	case secretName.MatchString(low):
		if marks.MatchString(variable.ReplaceAllString(s, "")) {
			return s
		}
		return blank
	case isSafe(s), (low == "host" || low == "x-forwarded-host") && isHost(s):
		return s
	}
	return blank
}

// cleanWord is a word of a setting.
func cleanWord(s string) string {
	switch {
	case schemeURL.MatchString(s):
		return cleanURL(s)
	case strings.HasPrefix(s, "unix:"):
		if unixShape.MatchString(s) {
			return s
		}
		return blank
	case strings.HasPrefix(s, "/"):
		return cleanVariablePath(s)
	case listArgument.MatchString(s):
		return s
	}
	for _, run := range longRun.FindAllString(variable.ReplaceAllString(s, ""), -1) {
		if len(run) >= 24 && anyDigit.MatchString(run) && anyLetter.MatchString(run) {
			return blank
		}
	}
	return s
}
