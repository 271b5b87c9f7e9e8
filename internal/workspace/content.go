package workspace

import (
	"slices"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/internal/values"
	"github.com/tcplint/tcplint/parser/detect"
	"github.com/tcplint/tcplint/parser/embed"
	"github.com/tcplint/tcplint/parser/source"
	"github.com/tcplint/tcplint/parser/sysctl"
)

// content is what a file on disk holds.
type content struct {
	// kind is Nginx or Sysctl for a configuration, be it a template; else None
	// or Binary.
	kind detect.Kind
	// reason says why, in words that fit behind "it is".
	reason string
	// text is the file as the parsers read it: itself, or the view of a template.
	text *source.File
	// dump are the files that a dump of "nginx -T" was made from.
	dump []*source.File
	// live says that it is what "sysctl -a" shows, and release which kernel
	// showed it, if that is known.
	live    bool
	release facts.Version
	// carried is what is found inside of a file of another kind.
	carried embed.Found
}

// filling is what a file holds with the values of its template's variables, and what
// says them.
type filling struct {
	set    *values.Set
	filled *content
}

// valueSet is what is said of the variables of a role or chart, and the files that say
// it.
type valueSet struct {
	by  [][]*source.File
	set *values.Set
}

// holds reports whether there is anything to check.
func (c *content) holds() bool {
	return c.kind == detect.Nginx || c.kind == detect.Sysctl || len(c.carried.Texts) > 0 || c.leaves()
}

// leaves reports whether there is something to check of which it cannot be told
// whether it takes effect.
func (c *content) leaves() bool {
	return slices.ContainsFunc(c.carried.Skipped, func(s embed.Skipped) bool { return s.Setting })
}

type contentKey struct {
	file *source.File
	as   detect.Kind
}

// content returns what a file holds, the same each time. A kind that the user named
// is taken.
func (r *raw) content(f *source.File, as detect.Kind) *content {
	key := contentKey{f, as}
	r.mu.Lock()
	c, ok := r.contents[key]
	r.mu.Unlock()
	if ok {
		return c
	}
	c = readContent(f, as)
	r.work.Recognised.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if first, ok := r.contents[key]; ok {
		return first // everybody must see the same text
	}
	r.contents[key] = c
	return c
}

// readContent finds out what a file holds. A kind that the user named is taken.
func readContent(f *source.File, as detect.Kind) *content {
	c := &content{text: f, kind: as, reason: "named so"}
	language := ""
	if as == detect.None {
		c.kind, c.reason = detect.Detect(f.Path, f.Text)
	}
	if c.kind == detect.Template || as != detect.None {
		var kind detect.Kind
		if kind, language = detect.Masked(f.Path, f.Text); as == detect.None {
			c.kind = kind
		}
	}
	switch {
	case language != "":
		c.text = embed.Template(f, c.kind == detect.Sysctl)
	case c.kind == detect.Nginx:
		c.dump = embed.Dump(f)
	case c.kind == detect.Sysctl:
		c.live, c.release = readLive(f)
	case c.kind == detect.None:
		if c.carried = embed.Extract(f); len(c.carried.Texts) > 0 || c.leaves() {
			c.reason = c.carried.Carrier
		}
	}
	return c
}

// readLive reports whether a text is the output of "sysctl -a" or a part of it:
// it has no comments, and keys that nobody would write because they can only be
// read.
func readLive(f *source.File) (live bool, release facts.Version) {
	const enough = 2
	tree := sysctl.Parse(f)
	n := 0
	for _, e := range tree.Entries {
		if p, ok := facts.ParamOf(e.Key.Value); ok && p.ReadOnly {
			n++
		}
		if e.Key.Value == "kernel.osrelease" {
			n++
			if v, err := facts.ParseVersion(e.Value.Value); err == nil {
				release = v
			}
		}
	}
	return n >= enough && len(tree.Comments) == 0, release
}
