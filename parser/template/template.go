// Package template tells what is known of the text that a template renders,
// without rendering it: which bytes stay as they are, where code decides, and
// which conditions and loops put whole directives there or not.
//
// It knows the tags of the common template languages (see Engine) and where
// directives of nginx and lines of kernel settings begin, since the same tag
// brings a word in one place and any number of directives in another. It
// promises that no text makes it fail: what it cannot make out is unknown.
package template

import (
	"sync"

	"github.com/tcplint/tcplint/parser/source"
)

// Engine is a family of template languages that share their tags.
type Engine uint8

// The engines.
const (
	// None has no tags.
	None Engine = iota
	// Jinja is Jinja2, as Ansible and Salt use it, and its kin: Liquid, Twig,
	// Django. Its tags are {{ }}, {% %} and {# #}.
	Jinja
	// Go is text/template, as Helm, consul-template and confd use it.
	Go
	// Handlebars is Mustache and Handlebars: {{#if x}} and {{/if}}.
	Handlebars
	// ERB is Ruby between <% and %>, or what looks like it: EPP, EJS.
	ERB
)

// String is the engine's name.
func (e Engine) String() string {
	return [...]string{"none", "Jinja2", "Go", "Handlebars", "ERB"}[e]
}

// Options say how a template is to be read.
type Options struct {
	// Engine is the language of the tags.
	Engine Engine
	// Placeholders says which place holders are replaced as well.
	Placeholders Placeholders
	// Sysctl says that the text is kernel settings, not nginx configuration.
	Sysctl bool
}

// Template is a template that was read.
type Template struct {
	text    string
	opt     Options
	tags    []*tag
	nodes   []*node
	defines map[string]*node
	called  map[string]bool
	choices int

	masked string
	gone   []source.Span

	// sets is how often names are set, of those that were asked for.
	sets struct {
		sync.Mutex
		times map[string]int
	}
}

// Parse reads a template.
func Parse(text string, opt Options) *Template {
	t := &Template{text: text, opt: opt, defines: map[string]*node{}, called: map[string]bool{}}
	t.tags = tagsOf(text, opt)
	t.lookAhead()
	t.build()
	t.place()
	t.number()
	t.paint()
	return t
}

// Tags is the number of tags and place holders in the template.
func (t *Template) Tags() int { return len(t.tags) }

// Text is the template's text with all of its code masked, byte for byte in its
// place: source.Unknown where something is put that nobody knows, blanks where
// nothing is. Line ends stay. A tag that may bring directives is an unknown word
// with ";" at its end, in kernel settings an unknown key with an unknown value.
// Every branch of a condition is there, and the body of each loop once; where
// they could not be read one behind the other, only the first branch is.
func (t *Template) Text() string { return t.masked }

// Gone are the spans of Text that are not the template's own bytes: masked code,
// apart from source.Unknown, and branches that are left out. They are sorted and
// do not touch.
func (t *Template) Gone() []source.Span { return t.gone }

// Choices is the number of conditions and loops that decide which directives
// there are. Those with the same condition fall out alike and are one.
func (t *Template) Choices() int { return t.choices }

// Piece is a part of a rendering.
type Piece struct {
	// Text is what stands there: the template's own bytes, or a mask of them.
	Text string
	// Span is where in the template it comes from. It is as long as Text.
	Span source.Span
}
