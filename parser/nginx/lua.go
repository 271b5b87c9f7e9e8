package nginx

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// isLuaBlock reports whether a directive's block holds Lua, which the Lua
// module reads by its own rules.
func isLuaBlock(name string) bool { return strings.HasSuffix(name, "_by_lua_block") }

// lua reads the body of a Lua block up to the "}" that closes it, as
// lua-nginx-module does (ngx_http_lua_conf_lua_block_parse): braces count
// outside Lua's strings, long brackets and comments. The module's own limits on
// what must fit its read buffer are left out: they hit nobody's file, and where
// they would cut depends on the bytes before.
func (l *lexer) lua() Token {
	text, i, depth := l.text, l.pos, 1
	// What begins no string or comment, by its first byte, and up to where: so
	// that a line of nothing but quotation marks is not searched from each.
	barren := map[byte]int{}
scan:
	for i < len(text) {
		c, next := text[i], i+1
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				break scan
			}
		case '[':
			next = l.skipLongBracket(i)
		case '"', '\'':
			if i >= barren[c] {
				next, barren[c] = skipLuaString(text, i)
			}
		case '-':
			if i >= barren[c] {
				next, barren[c] = l.skipLuaComment(i)
			}
		}
		i = next
	}
	return l.emit(Lua, i)
}

// skipLuaString returns the offset behind the string whose quotation mark is at
// i. A string ends on its line; a mark that has no partner there is no string,
// and neither is one whose line end is escaped: then next is i+1 and all marks
// of this kind before the offset barren have no partner, either.
func skipLuaString(text string, i int) (next, barren int) {
	j := i + 1
	for ; j < len(text) && text[j] != '\n'; j++ {
		if text[j] == text[i] {
			return j + 1, 0
		}
		if text[j] == '\\' && j+1 < len(text) && text[j+1] != '\n' {
			j++
		}
	}
	return i + 1, j
}

// skipLongBracket returns the offset behind the Lua long bracket, such as
// "[==[ ]==]", that begins at i, or i+1 if none does.
func (l *lexer) skipLongBracket(i int) int {
	text, open := l.text, i+1
	for open < len(text) && text[open] == '=' {
		open++
	}
	if open == len(text) || text[open] != '[' {
		return i + 1
	}
	closing := "]" + text[i+1:open] + "]"
	if n := strings.Index(text[open+1:], closing); n >= 0 {
		return open + 1 + n + len(closing)
	}
	l.report(Error{
		Span:   source.Span{Start: len(text), End: len(text)},
		Msg:    `Lua code block missing the closing long bracket "` + closing + `"`,
		Opened: source.Span{Start: i, End: open + 1},
	})
	return len(text)
}

// skipLuaComment returns the offset behind the comment that begins at i, or i+1
// if none does. A comment on the last line of a file must have its line end;
// if this one has none, nothing before the offset barren has one.
func (l *lexer) skipLuaComment(i int) (next, barren int) {
	text := l.text
	if !strings.HasPrefix(text[i:], "--") {
		return i + 1, 0
	}
	if strings.HasPrefix(text[i+2:], "[") {
		if end := l.skipLongBracket(i + 2); end > i+3 {
			return end, 0
		}
	}
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n + 1, 0
	}
	return i + 1, len(text)
}
