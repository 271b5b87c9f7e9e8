package service

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/tcplint/tcplint/parser/source"
)

// settings are what files, the environment and a command line set, by the name
// of the setting in the software's own file.
type settings map[string]Field[string]

// over puts other settings on top.
func (s settings) over(other settings) settings {
	out := settings{}
	maps.Copy(out, s)
	maps.Copy(out, other)
	return out
}

// number reads a setting that is a whole number. One that is set to what nobody can
// read is not known, and has a place.
func (s settings) number(names ...string) Field[int] {
	for _, name := range names {
		f, ok := s[name]
		if !ok {
			continue
		}
		n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(f.Value), "_", ""))
		if err != nil {
			return unread[int](f)
		}
		return as(f, n)
	}
	return Field[int]{}
}

// seconds reads a setting that is a number of seconds, or a time with a unit.
func (s settings) seconds(names ...string) Field[time.Duration] {
	for _, name := range names {
		if f, ok := s[name]; ok {
			if d, ok := duration(f.Value, time.Second); ok {
				return as(f, d)
			}
			return unread[time.Duration](f)
		}
	}
	return Field[time.Duration]{}
}

// text reads a setting as it is written.
func (s settings) text(names ...string) Field[string] {
	for _, name := range names {
		if f, ok := s[name]; ok {
			return f
		}
	}
	return Field[string]{}
}

// duration reads "5", "5s", "1m30s", "500ms" and "1.5", a number without a unit in
// the unit that is given.
func duration(text string, unit time.Duration) (d time.Duration, ok bool) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "_", ""))
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Duration(n * float64(unit)), n >= 0
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	return d, err == nil && d >= 0
}

// unknown reports whether a text holds what only a template or a run knows.
func unknown(text string) bool {
	return source.HasUnknown(text) || strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "<%")
}
