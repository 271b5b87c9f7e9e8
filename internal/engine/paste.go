//go:build !tcplint_core

package engine

import (
	"strings"

	"github.com/tcplint/tcplint/internal/evidence"
	"github.com/tcplint/tcplint/internal/facts"
)

// mostPaste is the size up to which a text is looked at as a whole: what people paste
// is short.
const mostPaste = 2 << 20

// splitPaste divides a text in which what tools print and a configuration of nginx
// stand one after the other, as people paste them. In both, the lines of the other are
// empty, so that places stay right. ok is false if the text holds one of them alone.
func splitPaste(text string) (config, rest string, ok bool) {
	var conf, other strings.Builder
	s := configScanner{}
	blocks := false
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, "\r\n")
		end := line[len(bare):]
		if s.takes(bare) {
			blocks = blocks || s.opened
			conf.WriteString(line)
			other.WriteString(end)
			continue
		}
		conf.WriteString(end)
		other.WriteString(line)
	}
	rest = other.String()
	head := rest[:min(len(rest), headSize)]
	return conf.String(), rest, blocks && evidence.Recognise("", []byte(strings.TrimLeft(head, "\r\n")))
}

// configScanner tells the lines of a configuration from others.
type configScanner struct {
	depth  int
	quote  byte // that is open; 0 if none is
	within bool // the line before belongs to a configuration
	opened bool // the line opens a block that stands at the top of a configuration
}

// tops are blocks that stand at the top of a file of nginx.
var tops = map[string]bool{"http": true, "events": true, "server": true, "upstream": true, "stream": true}

// takes reports whether a line belongs to a configuration.
func (s *configScanner) takes(line string) bool {
	t := strings.TrimSpace(line)
	s.opened = false
	switch {
	case s.depth > 0 || s.quote != 0:
	case strings.HasPrefix(t, "# configuration file /"):
		s.opened = true // "nginx -T" writes it above each file
	case t == "", t[0] == '#':
		return s.within && t != "" // a comment, or what is between
	default:
		word := strings.TrimRight(strings.Fields(t)[0], ";{")
		code, _, _ := strings.Cut(t, " #")
		code = strings.TrimSpace(code)
		if !facts.KnownDirective(word) || !strings.ContainsRune(";{}", rune(code[len(code)-1])) && !strings.HasPrefix(t, "log_format ") {
			s.within = false
			return false
		}
		s.opened = tops[word] && strings.ContainsRune(t, '{')
	}
	s.within = true
	s.braces(t)
	return true
}

// braces follows blocks and quotes through a line.
func (s *configScanner) braces(line string) {
	before := byte(' ')
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\':
			i++
		case s.quote != 0:
			if c == s.quote {
				s.quote = 0
			}
		case c == '#' && before == ' ':
			return
		case (c == '"' || c == '\'') && (before == ' ' || before == '('):
			s.quote = c
		case c == '{' && before != '$':
			s.depth++
		case c == '}' && s.depth > 0:
			s.depth--
		}
		if before = c; c == '\t' || c == ';' || c == '{' || c == '}' {
			before = ' '
		}
	}
}
