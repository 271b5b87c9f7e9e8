package nginx

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/source"
)

// The helpers below turn "remove this", "add that" into edits of bytes. They
// own indentation, trailing comments and line ends, so that rules never count
// blanks. Every one returns a single edit of the text as it was parsed;
// source.Merge puts several together. Insertions at one point queue in the
// order of the calls.

// defaultUnit indents a block in a file that shows no indentation of its own.
const defaultUnit = "    "

// Remove deletes a directive. If it stands alone on its lines they go with it:
// indentation, trailing comment and line end. Else only the directive goes, and
// the blanks that separated it. To replace a directive by another one, combine
// Remove with AddBefore: their edits never conflict.
func Remove(d *Directive) source.Edit {
	text, span := d.File().Text, d.Span()
	_, begins := indentation(text, span.Start)
	end, ends := lineTail(text, span.End)
	switch {
	case begins && ends:
		span = source.Span{Start: lineStart(text, span.Start), End: end}
	case begins:
		span.End = skipBlanks(text, span.End)
	default:
		span.Start = skipBlanksBack(text, span.Start)
	}
	return source.Edit{Span: span}
}

// Drop is Remove with the comment above the directive, as far as it is about that
// alone: it names the directive and not the one below, or nothing stands below it
// in its paragraph. A comment over a whole file, one that frames a part of it,
// directives that are put aside, and what tells tcplint of the context stay. Blank
// lines do not pile up.
func Drop(d *Directive) source.Edit {
	e := Remove(d)
	text, kids := d.File().Text, slices.Collect(d.In.Kids())
	i := slices.Index(kids, d)
	if e.Span.Start != lineStart(text, d.Span().Start) || e.Span.End < len(text) && text[e.Span.End-1] != '\n' {
		return e // something else stands on its lines
	}
	top, below, rest := d.In.Span().Start, "", text[e.Span.End:]
	if i > 0 {
		top = kids[i-1].Span().End
	}
	if i+1 < len(kids) {
		rest = text[e.Span.End:kids[i+1].Span().Start]
		if strings.TrimLeft(rest, " \t") == "" {
			below = kids[i+1].Name()
		}
	}
	start, told := commentAbove(d, top, e.Span.Start)
	named := mentions(told, d.Name())
	switch {
	case told == "":
	case below != "" && named && !mentions(told, below), below == "" && (named || start > 0):
		e.Span.Start = start
	}
	// A blank line above goes where another one, or the end of the block, is below.
	if first, _, _ := strings.Cut(rest, "\n"); strings.TrimSpace(first) == "" || strings.HasPrefix(strings.TrimSpace(first), "}") {
		if above := lineStart(text, max(e.Span.Start-1, 0)); below == "" && above > top && strings.TrimSpace(text[above:e.Span.Start]) == "" {
			e.Span.Start = above
		}
	}
	return e
}

// mentions reports whether a text holds a directive's name as a word.
func mentions(text, name string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}), name)
}

// commentAbove returns where the comment over a directive starts, and what it says:
// nothing if it is about more than that.
func commentAbove(d *Directive, top, start int) (from int, told string) {
	text := d.File().Text
	var b strings.Builder
	for from = start; from > 0; {
		at := lineStart(text, from-1)
		line := strings.TrimSpace(text[at:from])
		if at < top || !strings.HasPrefix(line, "#") {
			break
		}
		line = strings.TrimSpace(strings.TrimLeft(line, "#"))
		switch {
		case strings.Trim(line, "#=-*_~+ ") == "", strings.HasPrefix(line, "tcplint:context"):
			return start, ""
		case strings.HasSuffix(line, ";"), strings.HasSuffix(line, "{"), strings.HasSuffix(line, "}"):
			if first, _, _ := strings.Cut(line, " "); first != d.Name() {
				return start, ""
			}
		}
		b.WriteString(line + "\n")
		from = at
	}
	return from, b.String()
}

// SetName replaces the name of a directive.
func SetName(d *Directive, name string) source.Edit {
	return source.Edit{Span: d.Words().At(0).Span, New: Quote(name)}
}

// SetArg replaces the i-th argument, counted from 0. The new word is quoted as
// the old one was, or as Quote does if that had no quotes. Where there is no
// i-th argument, value becomes a further one behind the last word.
func SetArg(d *Directive, i int, value string) source.Edit {
	text, args := d.File().Text, d.Args()
	if i < 0 || i >= args.Len() {
		end := d.Head().End
		return source.Edit{Span: source.Span{Start: end, End: end}, New: " " + quoteBefore(text, end, value)}
	}
	a := args.At(i)
	if a.Quote != 0 {
		return source.Edit{Span: a.Span, New: quoteWith(a.Quote, value)}
	}
	word := quoteBefore(text, a.Span.End, value)
	if prev := d.Words().At(i); prev.Span.End == a.Span.Start {
		word = " " + word // behind a closing quote nginx takes ")" without a blank, but no other word
	}
	return source.Edit{Span: a.Span, New: word}
}

// RemoveArg deletes the i-th argument, counted from 0, with the blanks before it
// on its line. Where there is no i-th argument, the edit changes nothing.
func RemoveArg(d *Directive, i int) source.Edit {
	args := d.Args()
	if i < 0 || i >= args.Len() {
		return insert(d.Span().End, "")
	}
	span := args.At(i).Span
	span.Start = skipBlanksBack(d.File().Text, span.Start)
	return source.Edit{Span: span}
}

// AddBefore adds a directive, such as "keepalive 32;", in front of d: on a line
// of its own with d's indentation if d begins its line, else inline.
func AddBefore(d *Directive, directive string) source.Edit {
	text, at := d.File().Text, d.Span().Start
	if indent, begins := indentation(text, at); begins {
		return insert(lineStart(text, at), indent+directive+d.File().EOL(at))
	}
	if blank := skipBlanksBack(text, at); blank < at {
		return insert(blank, " "+directive)
	}
	return insert(at, directive+" ")
}

// AddAfter adds a directive behind d: on a line of its own with d's
// indentation, below d's trailing comment, if d stands alone on its lines, else
// inline directly behind d. Where d stands in a loop of a template that its block is
// not in, the directive stands behind the loop: it would be there more than once.
func AddAfter(d *Directive, directive string) source.Edit {
	return addBehind(d, func(c source.Choice) bool { return c.Loop }, directive)
}

// AddAfterAll adds a directive behind the last of several of one block as AddAfter
// does, and behind the conditions of a template that do not hold them all.
func AddAfterAll(all []*Directive, directive string) source.Edit {
	first := all[0].Span().Start
	return addBehind(all[len(all)-1], func(c source.Choice) bool { return c.Loop || first < c.Span.Start }, directive)
}

// addBehind adds a directive behind d and behind the choices of a template inside d's
// block that hold d and that it has to leave.
func addBehind(d *Directive, leaves func(source.Choice) bool, directive string) source.Edit {
	text := d.File().Text
	if view := d.File().View; view != nil && view.Around != nil {
		for _, c := range view.Around(d.Span().Start) {
			if c.Span.Start < d.In.Span().Start || c.Span.End > d.In.Span().End || !leaves(c) {
				continue
			}
			indent, _ := indentation(text, d.Span().Start)
			if end, ends := lineTail(text, c.Span.End); ends {
				return insertLine(d.File(), end, indent+directive)
			}
			return insert(c.Span.End, " "+directive)
		}
	}
	indent, begins := indentation(text, d.Span().Start)
	end, ends := lineTail(text, d.Span().End)
	if begins && ends {
		return insertLine(d.File(), end, indent+directive)
	}
	return insert(d.Span().End, " "+directive)
}

// AddInside adds a directive at the end of a block, behind the last directive
// in it and before the comments that may follow that, and behind the conditions and
// loops of a template that hold that one alone. A block on one line stays on one line. At a file's root the directive becomes the file's last line. A
// Lua block takes no directives: the edit changes nothing.
func AddInside(b *Block, directive string) source.Edit {
	text := b.Tree.File.Text
	switch {
	case b.Owner() == nil:
		return appendLine(b.Tree.File, directive)
	case b.Len() > 0:
		return addBehind(b.Last(), func(source.Choice) bool { return true }, directive)
	case !b.Lua() && strings.Contains(text[b.Span().Start:b.Span().End], "\n"):
		// Only blanks and comments precede the "}", so it begins its line.
		return insertLine(b.Tree.File, lineStart(text, b.Span().End), kidIndent(b)+directive)
	default:
		return addOnlyInline(b, directive)
	}
}

// AddInsideTop adds a directive at the beginning of a block, before the first
// directive in it and before the comments above that. At a file's root the
// comments at the top stay there and the directive follows them.
func AddInsideTop(b *Block, directive string) source.Edit {
	if b.Owner() == nil {
		if b.Len() == 0 {
			return AddInside(b, directive)
		}
		return AddBefore(b.First(), directive)
	}
	text := b.Tree.File.Text
	end, ends := lineTail(text, b.Span().Start)
	switch {
	case !b.Lua() && ends && end <= b.Span().End && text[end-1] == '\n':
		return insertLine(b.Tree.File, end, kidIndent(b)+directive)
	case b.Len() > 0:
		return AddBefore(b.First(), directive)
	default:
		return addOnlyInline(b, directive)
	}
}

// addOnlyInline makes a directive the only one of a block without line ends.
func addOnlyInline(b *Block, directive string) source.Edit {
	switch {
	case b.Lua():
		return insert(b.Span().End, "")
	case b.Span().Len() > 0:
		return insert(b.Span().Start, " "+directive)
	default:
		return insert(b.Span().Start, " "+directive+" ")
	}
}

func insert(at int, text string) source.Edit {
	return source.Edit{Span: source.Span{Start: at, End: at}, New: text}
}

// insertLine inserts a line at the start of a line, or at the end of a file
// that lacks its last line end and keeps lacking it.
func insertLine(f *source.File, at int, line string) source.Edit {
	if lineStart(f.Text, at) != at {
		return insert(at, f.EOL(at)+line)
	}
	return insert(at, line+f.EOL(at-1))
}

// appendLine makes line the last one of a file and gives the one before it the
// line end that it may lack.
func appendLine(f *source.File, line string) source.Edit {
	at := len(f.Text)
	e := insert(at, line+f.EOL(at))
	if lineStart(f.Text, at) != at {
		e.New = f.EOL(at) + e.New
	}
	return e
}

// kidIndent is the indentation for a directive inside b: that of the first one
// there if it begins its line, else one unit more than the owner's.
func kidIndent(b *Block) string {
	text := b.Tree.File.Text
	if b.Len() > 0 {
		if indent, begins := indentation(text, b.First().Span().Start); begins {
			return indent
		}
	}
	indent, _ := indentation(text, b.Owner().Span().Start)
	return indent + unit(b)
}

// unit is what the file adds to the indentation per level: what the owner of b
// has more than the block around it, else what the first block has that shows
// it.
func unit(b *Block) string {
	if u := step(b.Owner()); u != "" {
		return u
	}
	for d := range b.Tree.Root.Walk() {
		if u := step(d); u != "" {
			return u
		}
	}
	return defaultUnit
}

// step is what d is indented more than the directive around it, or "" where the
// two do not show that.
func step(d *Directive) string {
	if d.In.Owner() == nil {
		return ""
	}
	text := d.File().Text
	outer, outerBegins := indentation(text, d.In.Owner().Span().Start)
	inner, innerBegins := indentation(text, d.Span().Start)
	if !outerBegins || !innerBegins || !strings.HasPrefix(inner, outer) {
		return ""
	}
	return inner[len(outer):]
}

// lineStart is the offset of the first byte of the line that holds offset.
func lineStart(text string, offset int) int {
	return strings.LastIndexByte(text[:offset], '\n') + 1
}

// indentation returns the blanks at the start of offset's line, and whether
// they are all that precedes offset there.
func indentation(text string, offset int) (indent string, begins bool) {
	start := lineStart(text, offset)
	end := skipBlanks(text[:offset], start)
	return text[start:end], end == offset
}

// lineTail reports whether only blanks and a comment follow offset on its line,
// and returns the offset behind the line end.
func lineTail(text string, offset int) (end int, ends bool) {
	end = skipBlanks(text, offset)
	if end < len(text) && text[end] == '#' {
		if n := strings.IndexByte(text[end:], '\n'); n >= 0 {
			end += n
		} else {
			end = len(text)
		}
	}
	switch {
	case end == len(text):
		return end, true
	case text[end] == '\n':
		return end + 1, true
	default:
		return end, false
	}
}

// skipBlanks returns the offset of the first byte from offset on that is not
// white space, stopping at the end of the line.
func skipBlanks(text string, offset int) int {
	for offset < len(text) && text[offset] != '\n' && isSpace(text[offset]) {
		offset++
	}
	return offset
}

// skipBlanksBack is the mirror image of skipBlanks.
func skipBlanksBack(text string, offset int) int {
	for offset > 0 && text[offset-1] != '\n' && isSpace(text[offset-1]) {
		offset--
	}
	return offset
}
