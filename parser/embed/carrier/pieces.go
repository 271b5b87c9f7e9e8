package carrier

import (
	"strings"

	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// Pieces are what a program writes to a file, one after the other. What the file is
// shows only when all of it is there: a "}" alone is nothing.
type Pieces struct {
	// Path is the file's name, with source.Unknown for what is not known of it.
	Path string
	// Partial says that something else is in the file, too: what was there before,
	// or what a command adds whose output is not known.
	Partial bool
	list    []outputPiece
}

type outputPiece struct {
	text Phrase
	enc  source.Encoding
}

// Add adds a piece.
func (p *Pieces) Add(text Phrase, enc source.Encoding) {
	p.list = append(p.list, outputPiece{text, enc})
}

// Len is the number of pieces.
func (p *Pieces) Len() int { return len(p.list) }

// join tells what the pieces are together, and puts them together; not ok if that is
// nothing that is read here.
func (d *Draft) join() bool {
	var whole strings.Builder
	for _, q := range d.Pieces.list {
		if text := whole.String(); text != "" && text[len(text)-1] != '\n' {
			whole.WriteByte('\n')
		}
		whole.WriteString(q.text.String())
	}
	kind, template := KindOf(d.Pieces.Path, whole.String())
	if kind != detect.Nginx && kind != detect.Sysctl {
		return false
	}
	d.Kind, d.Template = kind, d.Template || template
	for _, q := range d.Pieces.list {
		if kind == detect.Sysctl {
			q.text = SettingLines(q.text)
		}
		d.Append(q.text, q.enc)
	}
	return true
}

// inPieces reports whether a text of nginx is only a part of a file: more is in it, or
// may be, and by itself it makes no sense.
func (d *Draft) inPieces() bool {
	return len(nginx.Parse(source.NewFile("", d.b.String())).Errors) > 0
}

// scattered returns the drafts to which something is added in a branch or a loop: how
// often, and whether at all, is not known.
func (f *Finder) scattered() map[*Draft]bool {
	type place struct{ name, world string }
	all := map[place][]*Draft{}
	for _, d := range f.Drafts {
		if d.Pieces != nil {
			all[place{d.name, d.world}] = append(all[place{d.name, d.world}], d)
		}
	}
	out := map[*Draft]bool{}
	for _, d := range f.Drafts {
		if d.Pieces == nil || !d.Pieces.Partial {
			continue
		}
		for world := d.world; world != ""; {
			world = world[:max(strings.LastIndex(world, ", "), 0)]
			for _, outer := range all[place{d.name, world}] {
				out[outer], out[d] = true, true
			}
		}
	}
	return out
}

// settle decides what the drafts are that were written in pieces.
func (f *Finder) settle() {
	partial := map[string]bool{} // files to which something is added somewhere
	for _, d := range f.Drafts {
		if d.Pieces != nil && d.Pieces.Partial {
			partial[d.name] = true
		}
	}
	scattered := f.scattered()
	kept := f.Drafts[:0]
	said := map[string]bool{}
	for _, d := range f.Drafts {
		if d.Pieces != nil && !d.join() {
			continue
		}
		known := !scattered[d] && (!partial[d.name] || !d.inPieces())
		if d.Pieces == nil || d.Kind != detect.Nginx || known {
			kept = append(kept, d)
			continue
		}
		if said[d.name] {
			continue
		}
		said[d.name] = true
		at := source.Span{}
		if s := d.segments; len(s) > 0 {
			at = source.Span{Start: s[0].Disk, End: s[0].Disk + s[0].Len}
		}
		f.skipped = append(f.skipped, Skipped{At: at, Reason: d.name + " is written in pieces, not all of which are known", Setting: true})
	}
	f.Drafts = kept
}
