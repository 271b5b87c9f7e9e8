// Package lazyre has regular expressions that are compiled when they are first
// needed: a run that reads one small file should not pay for all carriers, templates
// and rules there are.
package lazyre

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression, as regexp.Regexp. It may be used by several
// goroutines.
type Regexp struct {
	expr string
	once sync.Once
	re   *regexp.Regexp
}

// New returns a regular expression. One that is wrong panics where it is first used;
// the tests of this package compile all there are.
func New(expr string) *Regexp { return &Regexp{expr: expr} }

// Compiled returns the compiled expression.
func (p *Regexp) Compiled() *regexp.Regexp {
	p.once.Do(func() { p.re = regexp.MustCompile(p.expr) })
	return p.re
}

// String returns the expression.
func (p *Regexp) String() string { return p.expr }

// MatchString reports whether s holds a match.
func (p *Regexp) MatchString(s string) bool { return p.Compiled().MatchString(s) }

// FindString returns the first match.
func (p *Regexp) FindString(s string) string { return p.Compiled().FindString(s) }

// FindStringIndex returns where the first match is.
func (p *Regexp) FindStringIndex(s string) []int { return p.Compiled().FindStringIndex(s) }

// FindStringSubmatch returns the first match and its groups.
func (p *Regexp) FindStringSubmatch(s string) []string { return p.Compiled().FindStringSubmatch(s) }

// FindStringSubmatchIndex returns where the first match and its groups are.
func (p *Regexp) FindStringSubmatchIndex(s string) []int {
	return p.Compiled().FindStringSubmatchIndex(s)
}

// FindAllString returns up to n matches, all if n is below 0.
func (p *Regexp) FindAllString(s string, n int) []string { return p.Compiled().FindAllString(s, n) }

// FindAllStringIndex returns where up to n matches are.
func (p *Regexp) FindAllStringIndex(s string, n int) [][]int {
	return p.Compiled().FindAllStringIndex(s, n)
}

// FindAllStringSubmatch returns up to n matches with their groups.
func (p *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return p.Compiled().FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex returns where up to n matches with their groups are.
func (p *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return p.Compiled().FindAllStringSubmatchIndex(s, n)
}

// ReplaceAllString replaces all matches.
func (p *Regexp) ReplaceAllString(s, with string) string {
	return p.Compiled().ReplaceAllString(s, with)
}

// ReplaceAllStringFunc replaces all matches by what a function makes of them.
func (p *Regexp) ReplaceAllStringFunc(s string, with func(string) string) string {
	return p.Compiled().ReplaceAllStringFunc(s, with)
}

// SubexpIndex returns the number of a named group, -1 if there is none.
func (p *Regexp) SubexpIndex(name string) int { return p.Compiled().SubexpIndex(name) }

// Match reports whether b holds a match.
func (p *Regexp) Match(b []byte) bool { return p.Compiled().Match(b) }

// FindSubmatch returns the first match and its groups.
func (p *Regexp) FindSubmatch(b []byte) [][]byte { return p.Compiled().FindSubmatch(b) }

// ReplaceAllLiteralString replaces all matches by a text as it stands.
func (p *Regexp) ReplaceAllLiteralString(s, with string) string {
	return p.Compiled().ReplaceAllLiteralString(s, with)
}
