package model

import (
	"iter"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tcplint/tcplint/internal/facts"
	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// Kind is the context that a scope is.
type Kind uint8

// The contexts that matter here; Other is any block that holds no directives of
// its own kind, such as map or types.
const (
	Unknown Kind = iota
	Main
	Events
	HTTP
	Server
	Location
	If          // "if" inside a location
	ServerIf    // "if" inside a server
	LimitExcept // "limit_except" inside a location
	Upstream
	Stream
	StreamServer
	StreamUpstream
	Mail
	MailServer
	Other
)

var kindNames = []string{
	"unknown", "main", "events", "http", "server", "location", "if", "server-if", "limit_except",
	"upstream", "stream", "stream-server", "stream-upstream", "mail", "mail-server", "other",
}

// String is the context's name as --context writes it.
func (k Kind) String() string { return kindNames[k] }

// ParseKind reads a context's name; ok is false if there is none of that name.
func ParseKind(name string) (k Kind, ok bool) {
	for i, n := range kindNames[:Other] {
		if i > 0 && n == name {
			return Kind(i), true
		}
	}
	return Unknown, false
}

// KindNames are the names that ParseKind reads.
func KindNames() []string { return slices.Clone(kindNames[Unknown+1 : Other]) }

// Nginx is one nginx configuration.
type Nginx struct {
	// Fragment says that there is no main file: what stands around the top
	// level is not visible.
	Fragment bool
	// Given says that the context of a fragment's top level is not inferred: a
	// comment in the file or the user named it.
	Given bool
	// Trees are the files read, the main one first, each once.
	Trees []*nginx.Tree
	// Root is the outermost scope. It is empty if the main file is not what nginx
	// accepts: nothing of it would take effect.
	Root *Scope
	// Scopes are all scopes, a parent before its children.
	Scopes []*Scope
	// Includes are all uses of include, in the order in which nginx meets them.
	Includes []*Include

	// own numbers the names of directives in the scopes that facts do not know,
	// behind those that they do.
	own map[string]nameID
	// present has the bit of each name in the scopes.
	present []uint64
	passes  []*Pass
	// proxied are the passes of proxy_pass, proxiedSure those with a known target.
	proxied, proxiedSure []*Pass

	upstreams map[string]*UpstreamBlock // by nameKey
	byScope   map[*Scope]*UpstreamBlock
	maps      map[string][]*Map
	sets      map[string]bool // variables that "set" and the like assign
	sent      map[string]bool // headers that proxy_set_header sets somewhere

	// unseen and unseenUpstream say that an include that cannot be followed may
	// hold anything, or an upstream.
	unseen, unseenUpstream bool
	// holes says that a part of some file is not known before a template is rendered.
	holes bool

	headers  headerIndex
	bodyless bodylessIndex
}

// HasUnseen reports whether a part of the configuration that may hold anything
// cannot be seen: what stands around a fragment, an include, or what a template
// brings.
func (n *Nginx) HasUnseen() bool {
	return n.Fragment || n.unseen
}

// Setting is a directive as a scope holds it.
type Setting struct {
	*nginx.Directive
	// Via is the include that brought the directive, nil if it stands in the
	// main file.
	Via *Include

	// name stands for the directive's name, so that a search through many
	// settings need not look at the text of each; see Nginx.idOf.
	name nameID
}

// Unknown reports whether a word of the directive is not known before a template
// is rendered.
func (s Setting) Unknown() bool { return s.In.Tree.Unknown && s.Directive.Unknown() }

// nameID stands for the name of a directive within one configuration: the number that
// it has in facts, or one of its own; 0 for a name of neither sort.
type nameID uint32

// idOf returns what stands for a name, and what is known of that; nil if nothing is.
func (n *Nginx) idOf(name string) (nameID, *facts.Name) {
	if known := facts.NameOf(name); known != nil {
		return nameID(known.Number), known
	}
	return n.own[name], nil
}

// note returns what stands for the name of a directive that occurs.
func (n *Nginx) note(name string) nameID {
	id, known := n.idOf(name)
	if id == 0 && known == nil {
		id = nameID(facts.NameCount() + len(n.own) + 1)
		if n.own == nil {
			n.own = map[string]nameID{}
		}
		n.own[name] = id
	}
	word := int(id / 64)
	if word >= len(n.present) {
		n.present = append(n.present, make([]uint64, word+1-len(n.present))...)
	}
	n.present[word] |= id.bit()
	return id
}

// occurs reports whether a directive of the name stands somewhere.
func (n *Nginx) occurs(id nameID) bool {
	word := int(id / 64)
	return id != 0 && word < len(n.present) && n.present[word]&id.bit() != 0
}

// bit is the bit that stands for the name, and for others, in Scope.has and
// Scope.reach.
func (id nameID) bit() uint64 { return 1 << (id % 64) }

// Scope is a block with the directives that stand in it, included ones among
// them. A block in a file that is included twice is two scopes.
type Scope struct {
	Kind Kind
	// Block is the directive that opens the scope; nil for the outermost one.
	Block *nginx.Directive
	// Parent is the scope around this one, nil for the outermost.
	Parent *Scope
	// Kids are the blocks inside, in order.
	Kids []*Scope
	// Settings are the directives in the scope in order, without blocks that
	// are scopes and without includes.
	Settings []Setting
	// Includes are those that stand in the scope and could not be followed.
	Includes []*Include
	// Via is the include that brought the block, nil in the main file.
	Via *Include

	host *Host
	body *nginx.Block
	pass *Pass

	// has are the bits of the directives in Settings, reach those of the scopes
	// around as well.
	has, reach uint64
	// upgrades is what Upgrades found: 1 if not, 2 if so; 0 if nobody has asked.
	upgrades atomic.Uint32
	// clouded says that an include here or further out cannot be followed.
	clouded bool
}

// Body is the text between the scope's braces, or the whole main file.
func (s *Scope) Body() *nginx.Block { return s.body }

// Host is the host that the scope belongs to.
func (s *Scope) Host() *Host { return s.host }

// Own returns the last use of a directive in the scope itself; ok is false if
// there is none.
func (s *Scope) Own(name string) (set Setting, ok bool) {
	return s.last(s.idOf(name))
}

// last returns the last use of a directive in the scope itself.
func (s *Scope) last(id nameID) (set Setting, ok bool) {
	if s.has&id.bit() == 0 {
		return Setting{}, false
	}
	for i := range slices.Backward(s.Settings) {
		if s.Settings[i].name == id {
			return s.Settings[i], true
		}
	}
	return Setting{}, false
}

// All yields every use of a directive in the scope itself, in order.
func (s *Scope) All(name string) iter.Seq[Setting] {
	return func(yield func(Setting) bool) {
		id := s.idOf(name)
		if s.has&id.bit() == 0 {
			return
		}
		for _, set := range s.Settings {
			if set.name == id && !yield(set) {
				return
			}
		}
	}
}

// Has reports whether a directive of that name stands in any scope.
func (n *Nginx) Has(name string) bool {
	id, _ := n.idOf(name)
	return n.occurs(id)
}

// Owning yields the scopes that have a directive of their own, in order, with its last
// use in each; see Scope.Own.
func (n *Nginx) Owning(name string) iter.Seq2[*Scope, Setting] {
	return func(yield func(*Scope, Setting) bool) {
		id, _ := n.idOf(name)
		if !n.occurs(id) {
			return
		}
		for _, s := range n.Scopes {
			if set, ok := s.last(id); ok && !yield(s, set) {
				return
			}
		}
	}
}

// Uses yields every use of a directive with the scope in which it stands, in order.
func (n *Nginx) Uses(name string) iter.Seq2[*Scope, Setting] {
	return func(yield func(*Scope, Setting) bool) {
		id, _ := n.idOf(name)
		if !n.occurs(id) {
			return
		}
		for _, s := range n.Scopes {
			if s.has&id.bit() == 0 {
				continue
			}
			for i := range s.Settings {
				if s.Settings[i].name == id && !yield(s, s.Settings[i]) {
					return
				}
			}
		}
	}
}

// idOf returns what stands for a directive's name in the scope's Settings.
func (s *Scope) idOf(name string) nameID {
	if s.has == 0 {
		return 0 // an empty scope, which need not belong to a configuration
	}
	id, _ := s.host.Nginx.idOf(name)
	return id
}

// Is reports whether the scope is one of the kinds.
func (s *Scope) Is(kinds ...Kind) bool { return slices.Contains(kinds, s.Kind) }

// Outer returns the nearest scope of a kind, starting with s itself; nil if
// there is none.
func (s *Scope) Outer(kind Kind) *Scope {
	for ; s != nil; s = s.Parent {
		if s.Kind == kind {
			return s
		}
	}
	return nil
}

// Named reports whether a scope is a named location ("@name"), which inherits
// from the server only.
func (s *Scope) Named() bool {
	return s.Kind == Location && s.Block != nil && strings.HasPrefix(s.Block.Arg(0), "@")
}

// Label writes the block's opening words, such as "location /api/".
func (s *Scope) Label() string {
	if s.Block == nil {
		return s.Kind.String()
	}
	words := make([]string, len(s.Block.Words))
	for i, w := range s.Block.Words {
		words[i] = w.Value
	}
	return strings.Join(words, " ")
}

// Walk yields the scope and all below it, a parent before its children.
func (s *Scope) Walk() iter.Seq[*Scope] {
	return func(yield func(*Scope) bool) { s.walk(yield) }
}

func (s *Scope) walk(yield func(*Scope) bool) bool {
	if !yield(s) {
		return false
	}
	for _, k := range s.Kids {
		if !k.walk(yield) {
			return false
		}
	}
	return true
}

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
	kidStack  []*Scope
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
	n.Root.body = tree.Root
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
	*s = Scope{Kind: kind, Block: block, Parent: parent, Via: via, host: b.host}
	if block != nil {
		s.body = block.Body
	}
	b.n.Scopes = append(b.n.Scopes, s)
	return s
}

// fill reads a block and what it includes into a scope.
func (b *builder) fill(s *Scope, block *nginx.Block, via *Include) {
	sets, kids := len(b.stack), len(b.kidStack)
	b.read(s, block, via)
	n := len(b.stack) - sets
	if len(b.setSlab) < n {
		b.setSlab = make([]Setting, max(n, min(max(b.count*8, 32), 2048)))
	}
	copy(b.setSlab, b.stack[sets:])
	s.Settings, b.setSlab = b.setSlab[:n:n], b.setSlab[n:]
	b.stack = b.stack[:sets]
	if len(b.kidStack) > kids {
		s.Kids = append(make([]*Scope, 0, len(b.kidStack)-kids), b.kidStack[kids:]...)
		b.kidStack = b.kidStack[:kids]
	}
}

// read collects the directives of a block on the stacks.
func (b *builder) read(s *Scope, block *nginx.Block, via *Include) {
	if via != nil {
		b.brought += len(block.Kids)
	}
	for _, d := range block.Kids {
		if block.Tree.Unknown && source.HasUnknown(d.Name()) {
			b.templated(s, d, via)
		}
		if d.Body == nil {
			if d.Name() == "include" && len(d.Words) == 2 {
				b.include(s, d, via)
				continue
			}
			b.stack = append(b.stack, b.setting(d, via))
			continue
		}
		kind := childKind(s.Kind, d.Name())
		if kind == Other || d.Body.Lua {
			b.stack = append(b.stack, b.setting(d, via))
			continue
		}
		if via != nil {
			b.brought += heavy
		}
		kid := b.scope(kind, d, s, via)
		b.fill(kid, d.Body, via)
		b.kidStack = append(b.kidStack, kid)
	}
}

// templated notes that a template may put anything in the place of a directive.
func (b *builder) templated(s *Scope, d *nginx.Directive, via *Include) {
	inc := &Include{Dir: d, From: via, Problem: Templated, Reason: "a template decides what stands here"}
	b.n.Includes = append(b.n.Includes, inc)
	s.Includes = append(s.Includes, inc)
}

func (b *builder) setting(d *nginx.Directive, via *Include) Setting {
	return Setting{d, via, b.n.note(d.Name())}
}

func (b *builder) include(s *Scope, d *nginx.Directive, via *Include) {
	inc := &Include{Dir: d, From: via}
	b.resolve(inc)
	b.brought += heavy + len(inc.Files)
	b.n.Includes = append(b.n.Includes, inc)
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
		s.Includes = append(s.Includes, inc)
	}
}
