package service

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// directive is a line of a configuration that is made of such: a name and words.
type directive struct {
	name string
	args []string
	at   Place
	// within are the names of the sections around it, outermost first.
	within []string
	// maybe says that it stands below a condition.
	maybe bool
}

// field makes an argument a field.
func (d directive) field(i int) Field[string] {
	f := Field[string]{Sure: Set, At: d.at, Name: d.name}
	if i < len(d.args) {
		f.Value = d.args[i]
	}
	if strings.ContainsAny(f.Value, "$%") || unknown(f.Value) || d.maybe {
		f.Value = string(source.Unknown)
	}
	return f
}

// words splits a line at its blanks, quoted ones kept together; "#" begins a comment.
func words(line string) []string {
	var out []string
	var b strings.Builder
	var quote byte
	started := false
	flush := func() {
		if started {
			out = append(out, b.String())
		}
		b.Reset()
		started = false
	}
	for i := range len(line) {
		c := line[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
				continue
			}
			b.WriteByte(c)
		case c == '"' || c == '\'':
			quote, started = c, true
		case c == '#' && !started:
			flush()
			return out
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			flush()
		default:
			b.WriteByte(c)
			started = true
		}
	}
	flush()
	return out
}

// lineSpan is where the text of a line stands that begins at an offset.
func lineSpan(f *source.File, start int, line string) Place {
	text := strings.TrimSpace(line)
	from := start + strings.Index(line, text)
	return Place{File: f, Span: source.Span{Start: from, End: from + len(text)}}
}

// below returns the files of a repository that a pattern of a configuration means,
// looked up beside the file that includes them, whatever folder comes before; and below
// the file's own folder where the pattern names it: "/etc/apache2/ports.conf" of
// apache2/apache2.conf, "conf/extra/mpm.conf" of conf/httpd.conf.
func (r *repo) below(f *source.File, pattern string) []*source.File {
	dir := path.Dir(path.Clean(f.Path))
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	least := len(parts) // how many parts must be left: of a relative pattern all
	if path.IsAbs(pattern) {
		least = min(2, len(parts))
	}
	for skip := 0; len(parts)-skip >= least; skip++ {
		if out := r.matching(f, path.Join(dir, path.Join(parts[skip:]...))); len(out) > 0 {
			return out
		}
	}
	for i, part := range parts[:len(parts)-1] {
		if part == path.Base(dir) {
			if out := r.matching(f, path.Join(dir, path.Join(parts[i+1:]...))); len(out) > 0 {
				return out
			}
		}
	}
	return nil
}

// matching returns the files of a repository whose path fits a pattern, without the one
// that asks.
func (r *repo) matching(asks *source.File, pattern string) []*source.File {
	if !strings.ContainsAny(pattern, "*?[") {
		if g := r.file(pattern); g != nil && g != asks {
			return []*source.File{g}
		}
		return nil
	}
	var out []*source.File
	for _, g := range r.order {
		if ok, err := path.Match(pattern, path.Clean(g.Path)); err == nil && ok && g != asks {
			out = append(out, g)
		}
	}
	return out
}
