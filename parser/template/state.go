package template

import "strings"

// mode is where in its language a text stands.
type mode uint8

const (
	atStart   mode = iota // a directive or a line may begin
	inComment             // behind "#"
	inGap                 // between the words of a directive
	inWord                // in a bare word
	inQuotes              // in a quoted word
	atQuote               // directly behind a quoted word
	inLua                 // in a block of Lua
	inKey                 // of a kernel setting
	inSetting             // behind its "="
)

// state is what a reader of nginx configuration or of kernel settings knows at
// some place of a text.
type state struct {
	mode   mode
	sysctl bool
	// within says that a directive has begun, which matters in comments.
	within bool
	quote  byte
	// escaped and dollar say what the last byte was.
	escaped, dollar bool
	// lua says that the directive opens a block of Lua.
	lua   bool
	depth int

	// In Lua: braces, the closing mark of a long string or comment, a comment.
	braces  int
	long    string
	remark  bool
	literal byte

	// word is where the directive's name begins.
	word int
	tally
}

// tally counts what was read.
type tally struct {
	ends  int // ends of directives and blocks, beginnings of blocks, ends of lines of settings
	words int // bytes of words
	lines int // comments that ended
	low   int // the lowest depth
}

// place is what of a state matters for how to read on.
func (s state) place() state {
	s.tally = tally{}
	if s.mode == atStart {
		s.word, s.lua = 0, false
	}
	return s
}

// same reports whether a reader goes on alike.
func (s state) same(o state) bool { return s.place() == o.place() }

// inside reports whether a directive or a setting has begun and is not over, and
// no quoted word or comment in it.
func (s state) inside() bool {
	switch s.mode {
	case inGap, inWord, atQuote, inKey, inSetting:
		return true
	case atStart, inComment, inQuotes, inLua:
	}
	return false
}

// read follows the text from one offset to another.
func (s *state) read(text string, from, to int) {
	for i := from; i < to; {
		switch {
		case s.sysctl:
			s.setting(text[i])
			i++
		case s.mode == inLua:
			i = s.luaCode(text, i, to)
		default:
			s.step(text, i)
			i++
		}
	}
}

// setting reads a byte of kernel settings.
func (s *state) setting(c byte) {
	switch {
	case c == '\n':
		if s.inside() {
			s.ends++
		} else if s.mode == inComment {
			s.lines++
		}
		s.mode = atStart
	case s.mode == inComment || c == ' ' || c == '\t' || c == '\r':
	case s.mode == atStart && (c == '#' || c == ';'):
		s.mode = inComment
	case s.mode == inKey && c == '=':
		s.mode = inSetting
		s.words++
	default:
		if s.mode == atStart {
			s.mode = inKey
		}
		s.words++
	}
}

// step reads a byte of nginx configuration as ngx_conf_read_token does.
func (s *state) step(text string, i int) {
	c := text[i]
	switch s.mode {
	case inComment:
		if c == '\n' {
			s.mode = s.resumed()
			s.lines++
		}
		return
	case inQuotes:
		s.words++
		switch {
		case s.escaped:
			s.escaped = false
		case c == '\\':
			s.escaped = true
		case c == s.quote:
			s.mode, s.quote = atQuote, 0
		}
		return
	case inWord:
		if s.inner(c) {
			s.words++
			return
		}
		s.named(text, i)
	default:
	}
	switch c {
	case ' ', '\t', '\r', '\n':
		s.mode = s.resumed()
	case ';':
		s.finish()
	case '{':
		s.depth++
		if s.lua {
			s.finish()
			s.mode, s.braces = inLua, 1
			return
		}
		s.finish()
	case '}':
		s.depth--
		s.low = min(s.low, s.depth)
		s.finish()
	case '#':
		s.mode = inComment
	case '"', '\'':
		s.begin(i)
		s.mode, s.quote, s.escaped = inQuotes, c, false
	default:
		s.begin(i)
		s.mode, s.escaped, s.dollar = inWord, c == '\\', c == '$'
	}
}

// resumed is the mode behind blanks and comments.
func (s *state) resumed() mode {
	if s.within {
		return inGap
	}
	return atStart
}

// begin notes that a word begins.
func (s *state) begin(i int) {
	if !s.within {
		s.within, s.word = true, i
	}
	s.words++
}

// finish ends a directive, or begins or ends a block.
func (s *state) finish() {
	s.mode, s.within, s.lua, s.word = atStart, false, false, 0
	s.ends++
}

// inner reports whether a byte belongs to the bare word before it.
func (s *state) inner(c byte) bool {
	switch {
	case s.escaped:
		s.escaped = false
		return true
	case c == '{' && s.dollar:
		return true
	case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '{':
		return false
	}
	s.escaped, s.dollar = c == '\\', c == '$'
	return true
}

// named notes what block a directive opens once its first word ends.
func (s *state) named(text string, end int) {
	if s.word < end && !s.lua {
		name := text[s.word:end]
		s.lua = strings.HasSuffix(name, "_by_lua_block") && !strings.ContainsAny(name, " \t\r\n;{}")
	}
}

// luaCode reads on in Lua and returns where to go on.
func (s *state) luaCode(text string, i, to int) int {
	c := text[i]
	switch {
	case s.long != "":
		if strings.HasPrefix(text[i:], s.long) {
			i += len(s.long) - 1
			s.long = ""
		}
	case s.remark:
		s.remark = c != '\n'
	case s.literal != 0:
		switch c {
		case '\\':
			i++
		case s.literal, '\n':
			s.literal = 0
		}
	case c == '{':
		s.braces++
	case c == '}':
		if s.braces--; s.braces == 0 {
			s.depth--
			s.low = min(s.low, s.depth)
			s.finish()
		}
	case c == '"' || c == '\'':
		if stringEnd(text, i) > 0 {
			s.literal = c
		}
	case c == '[':
		i = s.bracket(text, i, to)
	case c == '-' && strings.HasPrefix(text[i:], "--"):
		if j := s.bracket(text, min(i+2, to), to); s.long != "" {
			i = j
		} else {
			s.remark = true
		}
	}
	return i + 1
}

// bracket reads the "[==[" that may begin at i.
func (s *state) bracket(text string, i, to int) int {
	j := i + 1
	for j < to && text[j] == '=' {
		j++
	}
	if i < to && text[i] == '[' && j < to && text[j] == '[' {
		s.long = "]" + text[i+1:j] + "]"
		return j
	}
	return i
}
