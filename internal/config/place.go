package config

import (
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// keyPlace returns the line and column of a key in a TOML document. The library
// lists the keys in the order of the file without their places, so the text is
// searched for one after the other.
func keyPlace(text string, keys []toml.Key, p at) (line, col int) {
	code := withoutValues(text)
	from, nth := 0, -1
	for _, k := range keys {
		if len(k) == 1 && len(p.key) > 0 && k[0] == p.key[0] {
			nth++ // of an array of tables, this is the next one
		}
		name := k[len(k)-1]
		i := indexKey(code, name, from)
		if i >= 0 {
			from = i + len(name)
		}
		if k.String() == p.key.String() && (nth == p.nth || nth < 0) {
			if i < 0 {
				break
			}
			return lineCol(text, i)
		}
	}
	return 1, 1
}

// lineCol counts from 1, columns in characters.
func lineCol(text string, offset int) (line, col int) {
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// indexKey finds a key as a whole word.
func indexKey(code, name string, from int) int {
	word := func(c byte) bool {
		return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	for {
		i := strings.Index(code[from:], name)
		if i < 0 || name == "" {
			return -1
		}
		i += from
		end := i + len(name)
		if (i == 0 || !word(code[i-1])) && (end == len(code) || !word(code[end])) {
			return i
		}
		from = end
	}
}

// withoutValues blanks out what cannot be a key: comments, and what stands
// behind an "=", except inside of an inline table.
func withoutValues(text string) string {
	out := []byte(text)
	var quote byte
	value := false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\n':
			quote, value = 0, false
			continue
		case quote == '#':
		case quote != 0:
			if c == quote {
				quote = 0
				break
			}
			if !value {
				continue
			}
		case c == '#', c == '"', c == '\'':
			quote = c
		case c == '=':
			value = true
		case c == '{', c == ',':
			value = false
		}
		if value || quote == '#' {
			out[i] = ' '
		}
	}
	return string(out)
}
