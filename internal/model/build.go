package model

import (
	"path"
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// childKind tells what a block is from its name and where it stands.
func childKind(parent Kind, name string) Kind {
	switch name {
	case "http":
		return HTTP
	case "events":
		return Events
	case "stream":
		return Stream
	case "mail":
		return Mail
	case "location":
		return Location
	case "limit_except":
		return LimitExcept
	case "upstream":
		if parent == Stream {
			return StreamUpstream
		}
		return Upstream
	case "server":
		if parent == Stream {
			return StreamServer
		}
		if parent == Mail {
			return MailServer
		}
		if parent == HTTP || parent == Main || parent == Unknown {
			return Server
		}
	case "if":
		if parent == Location {
			return If
		}
		return ServerIf
	}
	return Other
}

// What includes that include the same files again and again may blow up to is
// bounded by what there is to include: leastBrought directives, and broughtPerByte
// more for each byte of the files. A block or an include counts as heavy, since
// it takes that much more memory.
const (
	leastBrought   = 1 << 20
	broughtPerByte = 8
	heavy          = 16
)

// builder reads one configuration.
type builder struct {
	includer

	n     *Nginx
	host  *Host
	trees *Trees
	seen  map[*source.File]bool
	open  map[*source.File]bool // those that are being read, to tell circles
	count int                   // of scopes
	// brought counts the directives that includes brought, which may be
	// mayBring.
	brought, mayBring int

	scopeSlab []Scope
	setSlab   []Setting
	stack     []Setting
}

func buildNginx(h *Host, in Input) *Nginx {
	tree := in.Trees.Nginx(in.Main)
	n := &Nginx{upstreams: map[string]*UpstreamBlock{}, byScope: map[*Scope]*UpstreamBlock{}, maps: map[string][]*Map{}, sets: map[string]bool{}, sent: map[string]bool{}}
	b := &builder{
		includer: includer{main: in.Main.Path, root: in.Root, reader: in.Reader, attach: in.Attach, partial: in.Partial, rendered: isTemplate(in.Main)},
		n:        n, trees: in.Trees, seen: map[*source.File]bool{}, open: map[*source.File]bool{in.Main: true},
		host:     h,
		mayBring: leastBrought,
	}
	kind := InferKind(tree)
	_, n.Given = givenKind(tree)
	if len(in.Context) > 0 {
		kind, n.Given = innermost(in.Context), true
	}
	n.Fragment = kind != Main
	b.fragment = n.Fragment
	b.host.Nginx = n
	n.Root = b.scope(kind, nil, nil, nil)
	b.load(tree)
	if len(tree.Errors) == 0 {
		b.fill(n.Root, tree.Root, nil)
	}
	n.index()
	return n
}

// isTemplate reports whether a file lies among templates, or is one: what it
// becomes is installed elsewhere.
func isTemplate(f *source.File) bool {
	return f.Templated() || slices.Contains(strings.Split(path.Dir(f.Path), "/"), "templates")
}

// load notes that a file belongs to the configuration.
func (b *builder) load(tree *nginx.Tree) {
	if !b.seen[tree.File] {
		b.seen[tree.File] = true
		b.mayBring += broughtPerByte * len(tree.File.Text)
		b.n.Trees = append(b.n.Trees, tree)
		b.n.unseen, b.n.holes = b.n.unseen || tree.Unknown, b.n.holes || tree.Unknown
	}
}

func (b *builder) scope(kind Kind, block *nginx.Directive, parent *Scope, via *Include) *Scope {
	if len(b.scopeSlab) == 0 {
		b.scopeSlab = make([]Scope, min(max(b.count, 8), 512))
	}
	s := &b.scopeSlab[0]
	b.scopeSlab = b.scopeSlab[1:]
	b.count++
	*s = Scope{Kind: kind, Block: block, Parent: parent, By: via, host: b.host}
	s.index = uint32(len(b.n.Scopes))
	s.until = s.index + 1
	b.n.Scopes = append(b.n.Scopes, s)
	return s
}

// fill reads a block and what it includes into a scope.
func (b *builder) fill(s *Scope, block *nginx.Block, via *Include) {
	sets := len(b.stack)
	b.read(s, block, via)
	n := len(b.stack) - sets
	if len(b.setSlab) < n {
		b.setSlab = make([]Setting, max(n, min(max(b.count*8, 32), 2048)))
	}
	copy(b.setSlab, b.stack[sets:])
	s.Settings, b.setSlab = b.setSlab[:n:n], b.setSlab[n:]
	b.stack = b.stack[:sets]
	s.until = uint32(len(b.n.Scopes))
}

// read collects the directives of a block on the stacks.
func (b *builder) read(s *Scope, block *nginx.Block, via *Include) {
	if via != nil {
		b.brought += block.Len()
	}
	for d := range block.Kids() {
		if block.Tree.Unknown && source.HasUnknown(d.Name()) {
			b.templated(s, d, via)
		}
		if d.Body() == nil {
			if d.Name() == "include" && d.Words().Len() == 2 {
				b.include(s, d, via)
				continue
			}
			b.stack = append(b.stack, b.setting(d, via))
			continue
		}
		kind := childKind(s.Kind, d.Name())
		if kind == Other || d.Body().Lua() {
			b.stack = append(b.stack, b.setting(d, via))
			continue
		}
		if via != nil {
			b.brought += heavy
		}
		kid := b.scope(kind, d, s, via)
		b.fill(kid, d.Body(), via)
	}
}

// templated notes that a template may put anything in the place of a directive.
func (b *builder) templated(s *Scope, d *nginx.Directive, via *Include) {
	inc := &Include{Dir: d, From: via, Problem: Templated, Reason: "a template decides what stands here"}
	b.note(inc)
	b.n.leave(s, inc)
}

// note numbers an include.
func (b *builder) note(inc *Include) {
	b.n.Includes = append(b.n.Includes, inc)
	inc.number = uint32(len(b.n.Includes))
}

// leave notes that an include in a scope cannot be followed.
func (n *Nginx) leave(s *Scope, inc *Include) {
	if n.notFollowed == nil {
		n.notFollowed = map[*Scope][]*Include{}
	}
	s.broken = true
	n.notFollowed[s] = append(n.notFollowed[s], inc)
}

func (b *builder) setting(d *nginx.Directive, via *Include) Setting {
	set := Setting{Directive: d, name: b.n.note(d.Name())}
	if via != nil {
		set.via = via.number
	}
	return set
}

func (b *builder) include(s *Scope, d *nginx.Directive, via *Include) {
	inc := &Include{Dir: d, From: via}
	b.resolve(inc)
	b.brought += heavy + len(inc.Files)
	b.note(inc)
	for _, f := range inc.Files {
		tree := b.trees.Nginx(f)
		b.load(tree)
		switch {
		case b.open[f]:
			if inc.Problem == None {
				inc.Problem, inc.Reason = Cycle, inc.chain()+" -> "+f.Path
			}
		case len(tree.Errors) > 0:
			inc.Problem, inc.Reason = Broken, f.Path+" is not what nginx accepts"
		case b.brought > b.mayBring:
			inc.Problem, inc.Reason = Unreadable, "the includes expand to more than can be read"
		default:
			b.open[f] = true
			b.read(s, tree.Root, inc)
			delete(b.open, f)
		}
	}
	if inc.Problem != None {
		b.n.leave(s, inc)
	}
}
