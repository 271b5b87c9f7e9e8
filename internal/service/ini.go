package service

import (
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// iniSection is a section of an INI file in the dialect of php-fpm and uWSGI: keys
// may come again, ";" and "#" begin a comment at the start of a line, and what
// stands before any section has none.
type iniSection struct {
	name  string
	lines []iniLine
	set   settings // the last of each key
}

type iniLine struct {
	key   string
	field Field[string]
}

// readINI reads the sections in the order of the file; a section that comes again is
// listed again.
func readINI(f *source.File) []iniSection {
	sections := []iniSection{{set: settings{}}}
	at := 0
	for line := range strings.Lines(f.Text) {
		start := at
		at += len(line)
		text := strings.TrimSpace(line)
		if text == "" || text[0] == ';' || text[0] == '#' {
			continue
		}
		if text[0] == '[' {
			name, _, _ := strings.Cut(text[1:], "]")
			sections = append(sections, iniSection{name: name, set: settings{}})
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if key = strings.TrimSpace(key); !ok && key == "" {
			continue
		}
		from := start + strings.Index(line, text)
		if i := strings.Index(value, " ;"); i >= 0 {
			value = value[:i]
		}
		field := Field[string]{Value: strings.Trim(strings.TrimSpace(value), `"'`), Sure: Set, Name: key}
		field.At = Place{File: f, Span: source.Span{Start: from, End: from + len(text)}}
		field = iniPlaceholder(field)
		last := &sections[len(sections)-1]
		last.lines = append(last.lines, iniLine{key, field})
		last.set[key] = field
	}
	return sections
}

// iniPlaceholder makes a value that a variable has unknown, or its default.
func iniPlaceholder(f Field[string]) Field[string] {
	if name, fallback, ok := iniVariable(f.Value); ok {
		f.Value = string(source.Unknown)
		if fallback != "" {
			f.Value, f.Sure, f.Env = fallback, UnlessEnv, name
		}
	}
	return f
}

// iniVariable reads "${NAME}" and "${NAME:-5}", which php-fpm takes from the
// environment, and "$(NAME)" of uWSGI.
func iniVariable(text string) (name, fallback string, ok bool) {
	for _, form := range [][2]string{{"${", "}"}, {"$(", ")"}, {"%(", ")"}, {"@(", ")"}} {
		_, rest, found := strings.Cut(text, form[0])
		if !found {
			continue
		}
		inner, _, _ := strings.Cut(rest, form[1])
		name, fallback, _ = strings.Cut(inner, ":-")
		return name, fallback, true
	}
	return "", "", false
}
