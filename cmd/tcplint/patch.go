package main

import (
	"path/filepath"
	"strings"

	"github.com/tcplint/tcplint/internal/diff"
	"github.com/tcplint/tcplint/internal/lint"
)

// diff returns one unified diff of all changes. Files are named as "git apply"
// wants them: from the root of the repository that holds them, or, outside of
// one, from the current folder.
func (l *loader) diff(changes []lint.Change) string {
	var b strings.Builder
	for _, c := range changes {
		name := l.diffName(c)
		b.WriteString(diff.Unified(quoted("a/"+name), c.Old.Text, quoted("b/"+name), c.New.Text))
	}
	return b.String()
}

func (l *loader) diffName(c lint.Change) string {
	if c.Old == l.stdin && l.flags.stdinName == "" {
		return "stdin"
	}
	abs := l.disk.path(c.Old)
	if abs == "" { // of a dump: the path on the machine that wrote it
		return strings.TrimPrefix(c.Old.Path, "/")
	}
	base := l.repository(filepath.Dir(abs))
	if base == "" {
		base = l.cwd
		if real, err := filepath.EvalSymlinks(base); err == nil {
			base = real
		}
	}
	rel, err := filepath.Rel(base, abs)
	if err != nil || !filepath.IsLocal(rel) {
		// Outside of the current folder: for "patch -p1 -d /".
		rel = strings.TrimPrefix(strings.TrimPrefix(abs, filepath.VolumeName(abs)), string(filepath.Separator))
	}
	return filepath.ToSlash(rel)
}

// quoted writes a file's name as git does: in quotation marks, as in C, if a
// byte of it could be misread.
func quoted(name string) string {
	plain := true
	for i := range len(name) {
		plain = plain && name[i] >= ' ' && name[i] != '"' && name[i] != '\\' && name[i] != 0x7f
	}
	if plain {
		return name
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(name) {
		switch c := name[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			b.WriteByte('\\')
			b.WriteByte('0' + c>>6)
			b.WriteByte('0' + c>>3&7)
			b.WriteByte('0' + c&7)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
