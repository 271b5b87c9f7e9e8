package model

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tcplint/tcplint/parser/nginx"
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

	notFollowed map[*Scope][]*Include // see Scope.Includes

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

	listenersOnce sync.Once
	listeners     map[string]*Listener
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

	// name stands for the directive's name, so that a search through many
	// settings need not look at the text of each; see Nginx.idOf.
	name nameID
	via  uint32 // the number of the include, see Include.number
}

// Unknown reports whether a word of the directive is not known before a template
// is rendered.
func (s Setting) Unknown() bool { return s.In.Tree.Unknown && s.Directive.Unknown() }

// Scope is a block with the directives that stand in it, included ones among
// them. A block in a file that is included twice is two scopes.
type Scope struct {
	Kind Kind
	// Block is the directive that opens the scope; nil for the outermost one.
	Block *nginx.Directive
	// Parent is the scope around this one, nil for the outermost.
	Parent *Scope
	// Settings are the directives in the scope in order, without blocks that
	// are scopes and without includes.
	Settings []Setting
	// By is the include that brought the block, nil in the main file.
	By *Include

	host *Host
	pass *Pass
	// index is the place of the scope in Nginx.Scopes, until that behind the last one
	// below it.
	index, until uint32

	// has are the bits of the directives in Settings, reach those of the scopes
	// around as well.
	has, reach uint64
	// upgrades is what Upgrades found: 1 if not, 2 if so; 0 if nobody has asked.
	upgrades atomic.Uint32
	// broken says that an include here cannot be followed, clouded that one here or
	// further out cannot.
	broken, clouded bool
}

// Body is the text between the scope's braces, or the whole main file.
func (s *Scope) Body() *nginx.Block {
	if s.Block == nil {
		return s.host.Nginx.Trees[0].Root
	}
	return s.Block.Body()
}

// Kids yields the blocks inside, in order.
func (s *Scope) Kids() iter.Seq[*Scope] {
	return func(yield func(*Scope) bool) {
		for at := s.index + 1; at < s.until; {
			k := s.host.Nginx.Scopes[at]
			if !yield(k) {
				return
			}
			at = k.until
		}
	}
}

// HasKid reports whether a block inside is of a kind.
func (s *Scope) HasKid(kind Kind) bool {
	for k := range s.Kids() {
		if k.Kind == kind {
			return true
		}
	}
	return false
}

// Includes are those that stand in the scope and could not be followed.
func (s *Scope) Includes() []*Include {
	if !s.broken {
		return nil
	}
	return s.host.Nginx.notFollowed[s]
}

// Via returns the include that brought a setting of the scope, or of another one of
// its configuration; nil if that stands in the main file.
func (s *Scope) Via(set Setting) *Include {
	if set.via == 0 {
		return nil
	}
	return s.host.Nginx.Includes[set.via-1]
}

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
	var b strings.Builder
	for i, w := range s.Block.Words().All() {
		// What follows a quoted word in an "if" is a word of its own: `"")`.
		if i > 0 && w.Value != ")" {
			b.WriteByte(' ')
		}
		if w.Value == "" {
			b.WriteString(`""`)
		}
		b.WriteString(w.Value)
	}
	return b.String()
}

// Walk yields the scope and all below it, a parent before its children.
func (s *Scope) Walk() iter.Seq[*Scope] {
	return func(yield func(*Scope) bool) {
		for at := s.index; at < s.until && yield(s.host.Nginx.Scopes[at]); at++ {
		}
	}
}
