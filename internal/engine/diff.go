package engine

import (
	"path"
	"strings"

	"github.com/tcplint/tcplint/internal/diff"
	"github.com/tcplint/tcplint/internal/lint"
	"github.com/tcplint/tcplint/internal/workspace"
)

// Diff returns one unified diff of all changes. Files are named as "git apply"
// wants them: from the root of the repository that holds them, or, outside of
// one, from the current folder.
func (f *Fixed) Diff() string {
	var b strings.Builder
	for _, c := range f.Changes {
		name := f.diffName(c)
		b.WriteString(diff.Unified(quoted("a/"+name), c.Old.Text, quoted("b/"+name), c.New.Text))
	}
	return b.String()
}

func (f *Fixed) diffName(c lint.Change) string {
	if c.Old == f.ws.Input() && c.Old.Path == workspace.InputName {
		return "stdin"
	}
	name := f.ws.Name(c.Old)
	if name == "" { // of a dump: the path on the machine that wrote it
		return strings.TrimPrefix(c.Old.Path, "/")
	}
	base := f.ws.Repository(path.Dir(name))
	if base == "" {
		base = f.ws.NameOf(".")
		if real, err := f.ws.Resolve(base); err == nil {
			base = real
		}
	}
	if rel := relative(base, name); !strings.HasPrefix(rel, "../") {
		return rel
	}
	return name // outside of the current folder: for "patch -p1 -d /"
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
