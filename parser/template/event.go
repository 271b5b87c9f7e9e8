package template

import (
	"strings"

	"github.com/tcplint/tcplint/parser/lazyre"
)

// eventKind is what a tag does to the structure of the template.
type eventKind uint8

const (
	silent eventKind = iota // brings nothing
	value                   // brings text that nobody knows
	lines                   // may bring any number of lines
	opens                   // begins a block
	turns                   // begins the next arm of a block
	closes                  // ends a block
)

// blockKind is what becomes of the body of a block.
type blockKind uint8

const (
	condition blockKind = iota // one of its arms is there
	loop                       // its first arm is there any number of times
	define                     // it is put elsewhere, by its name
	wrapper                    // it is there
	hidden                     // it is not there
	altered                    // something is made of it and put there
	choosing                   // a condition whose first arm begins with the first turn
)

// event is what a tag does. Most tags do one thing.
type event struct {
	kind  eventKind
	block blockKind
	// name is what ends the block ("if"), or which one this ends; empty for any.
	name string
	// about is the condition, what a loop goes through, or the name of what is
	// defined or called.
	about string
	// last says that this turn is the arm for everything else.
	last bool
}

// read returns what a tag does.
func (e Engine) read(t *tag) []event {
	switch t.kind {
	case commentTag:
		return []event{{}}
	case brokenTag:
		return []event{{kind: value}}
	case valueTag, statementTag:
	}
	switch e {
	case Jinja:
		if t.kind == valueTag {
			return []event{{kind: value, about: jinjaCall(t.code)}}
		}
		return []event{jinjaStatement(t.code)}
	case Go:
		return goAction(t.code)
	case Handlebars:
		return []event{handlebarsTag(t.code)}
	case ERB:
		if t.kind == statementTag {
			return rubyEvents(t.code)
		}
		return rubyValue(t.code)
	case None:
	}
	return []event{{kind: value}}
}

// jinjaCall returns the name of the macro that an expression calls, if it does
// little else.
func jinjaCall(code string) string {
	name, rest := firstWord(code)
	if name == "" || !strings.HasPrefix(rest, "(") {
		return ""
	}
	if i := strings.LastIndexByte(rest, ')'); i < 0 || !sameLines.MatchString(rest[i+1:]) {
		return ""
	}
	return name
}

// sameLines are filters that change indentation only.
var sameLines = lazyre.New(`^(\s*\|\s*(indent|trim|safe)(\s*\([^()|]*\)?)?)*$`)

// jinjaBlocks are the statements of Jinja2, Liquid, Twig and Salt with a body.
var jinjaBlocks = map[string]blockKind{
	"if": condition, "unless": condition, "ifchanged": condition, "case": choosing,
	"for": loop, "tablerow": loop, "macro": define,
	"with": wrapper, "autoescape": wrapper, "spaceless": wrapper, "trans": wrapper, "blocktrans": wrapper, "sandbox": wrapper,
	"capture": hidden, "load_yaml": hidden, "load_json": hidden, "load_text": hidden, "profile": hidden, "schema": hidden, "javascript": hidden,
	"call": altered, "filter": altered, "embed": altered, "apply": altered, "cache": altered,
}

// jinjaSilent are the statements that bring nothing.
var jinjaSilent = map[string]bool{
	"set": true, "assign": true, "do": true, "import": true, "from": true, "use": true, "extends": true, "break": true, "continue": true,
	"load": true, "import_yaml": true, "import_json": true, "import_text": true, "debug": true, "deprecated": true, "flush": true,
	"raw": true, "endraw": true, "verbatim": true, "endverbatim": true, "comment": true, "parent": true,
}

func jinjaStatement(code string) event {
	word, rest := firstWord(code)
	switch word {
	case "elif", "elsif", "elseif", "elsunless":
		return event{kind: turns, about: rest}
	case "when":
		return event{kind: turns, name: "case", about: rest}
	case "else", "empty":
		return event{kind: turns, last: true}
	case "block":
		return event{kind: opens, block: condition, name: word, about: "block " + rest}
	case "cycle", "echo", "print", "increment", "decrement":
		return event{kind: value}
	case "set":
		if !strings.Contains(rest, "=") {
			return event{kind: opens, block: hidden, name: word}
		}
		return event{about: rest}
	case "filter", "apply":
		if sameLines.MatchString("|" + rest) {
			return event{kind: opens, block: wrapper, name: word}
		}
	case "for", "tablerow":
		if _, list, ok := strings.Cut(rest, " in "); ok {
			rest = list
		}
	case "unless":
		rest = "not " + rest
	case "macro":
		rest, _ = firstWord(rest)
	case "":
		return event{kind: value}
	}
	if name, ok := strings.CutPrefix(word, "end"); ok {
		if strings.HasPrefix(name, "load") {
			name = "load"
		}
		return event{kind: closes, name: name}
	}
	if block, ok := jinjaBlocks[word]; ok {
		if strings.HasPrefix(word, "load_") {
			word = "load"
		}
		return event{kind: opens, block: block, name: word, about: rest}
	}
	if jinjaSilent[word] {
		return event{about: rest}
	}
	return event{kind: lines} // include, render, and what nobody knows
}

// goAssignment is an action that sets variables, and what it sets.
var goAssignment = lazyre.New(`^\$\w*(\s*,\s*\$\w+)?\s*:?=`)

// goRange are the variables in front of what a loop goes through.
var goRange = lazyre.New(`^(\$\w*(\s*,\s*\$\w+)?\s*:?=)?\s*`)

// goName is the name of a template.
var goName = lazyre.New("^[\"`]([^\"`]*)[\"`]")

func goAction(code string) []event {
	word, rest := firstWord(code)
	one := func(e event) []event { return []event{e} }
	switch word {
	case "if", "with":
		return one(event{kind: opens, block: condition, name: word, about: rest[len(goRange.FindString(rest)):]})
	case "range":
		return one(event{kind: opens, block: loop, about: rest[len(goRange.FindString(rest)):]})
	case "else":
		return one(event{kind: turns, about: rest, last: rest == ""})
	case "end":
		return one(event{kind: closes})
	case "define":
		return one(event{kind: opens, block: define, about: name(goName, rest)})
	case "block":
		return []event{{kind: lines}, {kind: opens, block: condition, about: code}}
	case "template":
		return one(event{kind: lines, about: name(goName, rest)})
	case "include", "tpl", "partial":
		return one(event{kind: lines, about: included(rest)})
	case "break", "continue":
		return one(event{})
	case "":
		if code == "" || strings.HasPrefix(code, "/*") {
			return one(event{})
		}
		if found := goAssignment.FindString(code); found != "" {
			return one(event{about: found})
		}
	}
	return one(event{kind: value})
}

// included is the name of the template that Helm's include renders, if all that
// is done to it is to indent it.
func included(rest string) string {
	for _, f := range strings.Split(rest, "|")[1:] {
		switch w, _ := firstWord(strings.TrimSpace(f)); w {
		case "indent", "nindent", "trim":
		default:
			return ""
		}
	}
	return name(goName, rest)
}

func name(form *lazyre.Regexp, text string) string {
	if m := form.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

func handlebarsTag(code string) event {
	if code == "" {
		return event{}
	}
	word, rest := firstWord(strings.TrimSpace(code[1:]))
	switch code[0] {
	case '#':
		if strings.HasPrefix(code, "#>") {
			return event{kind: opens, block: altered}
		}
		switch word {
		case "if", "with":
			return event{kind: opens, block: condition, name: word, about: rest}
		case "unless":
			return event{kind: opens, block: condition, name: word, about: "not " + rest}
		case "each":
			return event{kind: opens, block: loop, name: word, about: rest}
		}
		return event{kind: opens, block: loop, name: word, about: word + " " + rest}
	case '^':
		if word == "" {
			return event{kind: turns, last: true}
		}
		return event{kind: opens, block: condition, name: word, about: "not " + word + " " + rest}
	case '/':
		return event{kind: closes, name: word}
	case '>':
		return event{kind: lines}
	case '=':
		return event{}
	}
	if word, rest = firstWord(code); word == "else" {
		return event{kind: turns, about: rest, last: rest == ""}
	}
	return event{kind: value}
}
