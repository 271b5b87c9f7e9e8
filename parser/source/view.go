package source

import (
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
)

// Unknown stands, byte for byte, for text that nobody knows before a template
// is rendered. It is the SUBSTITUTE of ASCII, which no configuration holds: a
// word with it in it has an unknown value.
const Unknown = '\x1a'

// HasUnknown reports whether a text has a part that is not known.
func HasUnknown(text string) bool { return strings.IndexByte(text, Unknown) >= 0 }

// Item is a line of a text, with its line end, and what goes on disk with it.
type Item struct {
	Line, Disk Span
	// List is where the list, or the mapping, that it is of begins on disk, and Of the
	// number of items that it has: it must keep one, as an empty one would be
	// nothing at all.
	List, Of int
}

// View ties the text of a File to another one, the file on disk, in which it is
// found: the block scalar of a ConfigMap, the value of an Ansible task, a
// template whose code is masked.
type View struct {
	// Disk is the file on disk.
	Disk *File
	// Where names the text within Disk for people, such as
	// "data.nginx.conf"; empty if it is the whole of it.
	Where string
	// Segments are the parts of the text that stand on disk, in the order of
	// the text. What lies between two of them is on disk nowhere.
	Segments []Segment
	// Encoding is how a line of the text is written on disk.
	Encoding Encoding
	// Items are the lines of the text that something larger on disk stands for, such
	// as an item of a list, in the order of the text: if such a line is taken away,
	// that goes.
	Items []Item
	// Locked says why the text cannot be edited; empty if it can be.
	Locked string
	// Extract finds the texts in another version of Disk, as the one was found
	// that this view belongs to. A text that is still there has its old path.
	Extract func(disk *File) ([]*File, error)
	// Rendered says that the text is one rendering of a template.
	Rendered bool
	// Choices is the number of conditions and loops of a template that decide
	// what its text is.
	Choices int
	// Render returns the text as the template makes it if choice i, counted
	// from 0, falls out as choose(i) says: the number of the branch of a
	// condition (a number without a branch is the way round it), how often to
	// go through a loop. Nil if there are no choices.
	Render func(choose func(i int) int) *File
	// Toward returns how choices must fall out, by their numbers, so that what
	// Render returns has what stands at an offset of the text. All others may
	// fall out in any way. Nil if there are no choices.
	Toward func(offset int) map[int]int
	// Around returns the conditions and loops of a template that hold an offset of the
	// text, the outermost first. Nil if there are no choices.
	Around func(offset int) []Choice
	// Expression tells which text a template puts where a span of the text is
	// Unknown: spans with the same answer hold the same text in every rendering. It
	// is empty where that cannot be known. Nil if the text is no template.
	Expression func(s Span) string
	// Variable tells which variable of a template stands where a span of the text is
	// Unknown, and what stands there if nothing sets it. Nil if the text is no template.
	Variable func(s Span) (name, otherwise string, ok bool)
	// Filled are the values that stand in the text for code of a template, in the order
	// of the text.
	Filled []Filled
}

// Choice is a condition or a loop of a template, of which Loop tells, with its tags.
type Choice struct {
	Span Span
	Loop bool
}

// Filled is a value in the place of code that a template writes it with.
type Filled struct {
	// Span is the value in the text, Disk the code.
	Span, Disk Span
	// Name is the variable, From what says its value, such as "the default of the role".
	Name, From string
	// File and At are where it is said; File is nil if the template itself says it.
	File *File
	At   Span
}

// Segment is a part of a text that stands on disk as it is.
type Segment struct {
	// Text and Disk are its offsets in the text and on disk, Len its bytes.
	Text, Disk, Len int
}

// Encoding is how text is written into the file on disk.
type Encoding struct {
	// Prefix stands on disk before every line that is not empty: the indentation
	// of a YAML block scalar.
	Prefix string
	// EOL is what ends a line on disk, "\n" if empty.
	EOL string
	// Escape writes a new part of a line, not ok if it cannot be written there;
	// nil writes it as it is.
	Escape func(text string) (string, bool)
	// Lines says that Escape is for texts of more than one line: line ends stay
	// line ends. Without it, a text with Escape takes no new lines.
	Lines bool
}

// FilledIn yields the values that stand in a span of the text, or reach into it.
func (v *View) FilledIn(s Span) iter.Seq[Filled] {
	first := sort.Search(len(v.Filled), func(i int) bool { return v.Filled[i].Span.End > s.Start })
	return func(yield func(Filled) bool) {
		for _, g := range v.Filled[first:] {
			if g.Span.Start >= s.End || !yield(g) {
				return
			}
		}
	}
}

// NewView returns a File whose text is found in another one.
func NewView(path, text string, v View) *File {
	f := NewFile(path, text)
	f.View = &v
	return f
}

// OnDisk returns the file on disk that the text is found in, which is f itself
// if it is no view.
func (f *File) OnDisk() *File {
	if f.View == nil {
		return f
	}
	return f.View.Disk
}

// Templated reports whether the text is what can be known of a template without
// rendering it.
func (f *File) Templated() bool {
	return f.View != nil && (f.View.Choices > 0 || HasUnknown(f.Text))
}

// Locate returns the place on disk of a span of the text: the smallest one that
// holds all of it that is there.
func (f *File) Locate(s Span) (*File, Span) {
	if f.View == nil {
		return f, s
	}
	return f.View.Disk, f.View.locate(s)
}

func (v *View) locate(s Span) Span {
	out := Span{-1, -1}
	for _, g := range v.Segments[v.after(s.Start):] {
		if g.Text > s.End || g.Text == s.End && out.Start >= 0 {
			break
		}
		start, end := max(s.Start, g.Text), min(s.End, g.Text+g.Len)
		if start > end || start == end && s.Len() > 0 {
			continue
		}
		start, end = g.Disk+start-g.Text, g.Disk+end-g.Text
		if out.Start < 0 {
			out = Span{start, end}
		}
		out.Start, out.End = min(out.Start, start), max(out.End, end)
	}
	for g := range v.FilledIn(s) {
		if out.Start < 0 {
			out = g.Disk
		}
		out.Start, out.End = min(out.Start, g.Disk.Start), max(out.End, g.Disk.End)
	}
	if out.Start >= 0 {
		return out
	}
	// Nothing of it is on disk: the point behind what comes before it.
	at := 0
	if i := v.after(s.Start) - 1; i >= 0 {
		at = v.Segments[i].Disk + v.Segments[i].Len
	} else if len(v.Segments) > 0 {
		at = v.Segments[0].Disk
	}
	return Span{at, at}
}

// after returns the index of the first segment that ends behind an offset, or
// that ends the text at it.
func (v *View) after(offset int) int {
	i := sort.Search(len(v.Segments), func(i int) bool { return v.Segments[i].Text+v.Segments[i].Len > offset })
	if n := len(v.Segments); i == n && n > 0 && v.Segments[n-1].Text+v.Segments[n-1].Len == offset {
		return n - 1
	}
	return i
}

// DiskEdit returns the edit of the file on disk that an edit of the text
// stands for. The error says why there is none.
func (f *File) DiskEdit(e Edit) (Edit, error) {
	if f.View == nil {
		return e, nil
	}
	v := f.View
	switch {
	case v.Locked != "":
		return Edit{}, fmt.Errorf("%s cannot be edited: %s", f.Path, v.Locked)
	case !(Span{0, len(f.Text)}).Contains(e.Span) || e.Span.Len() < 0:
		return Edit{}, fmt.Errorf("an edit of %s lies outside of it", f.Path)
	case HasUnknown(f.Slice(e.Span)):
		return Edit{}, fmt.Errorf("%s: a fix would have to change the code of a template", f.Path)
	}
	if item, ok := v.item(e); ok {
		return Edit{Span: item.Disk}, nil
	}
	first, ok := v.whole(e.Span)
	if !ok {
		return Edit{}, fmt.Errorf("%s: a fix would have to change text that the file does not hold", f.Path)
	}
	atLine := e.Span.Start == 0 || f.Text[e.Span.Start-1] == '\n'
	if v.Encoding.Prefix != "" && atLine && (e.New == "" && e.Span.Len() > 0 || strings.HasSuffix(e.New, "\n")) && endsLine(f.Text, e.Span) {
		return v.lines(first, e)
	}
	span := v.locate(e.Span)
	g := v.Segments[first]
	span.Start = g.Disk + e.Span.Start - g.Text
	if first > 0 && g.Text == e.Span.Start && e.Span.Start < len(f.Text) && f.Text[e.Span.Start] == '\n' {
		// A CR before the line feed belongs to the line end.
		if p := v.Segments[first-1]; p.Text+p.Len == g.Text {
			span.Start = p.Disk + p.Len
		}
	}
	if e.Span.Len() == 0 {
		span.End = span.Start
	}
	text, ok := v.encode(e.New, e.Span.Len() > 0 && f.Text[e.Span.End-1] == '\n')
	if !ok {
		return Edit{}, fmt.Errorf("%s: %q cannot be written there", f.Path, e.New)
	}
	return Edit{Span: span, New: text}, nil
}

// item returns the item that an edit takes away.
func (v *View) item(e Edit) (item Item, ok bool) {
	i := sort.Search(len(v.Items), func(i int) bool { return v.Items[i].Line.Start >= e.Span.Start })
	if e.New == "" && i < len(v.Items) && v.Items[i].Line == e.Span {
		return v.Items[i], true
	}
	return Item{}, false
}

// endsLine reports whether a span that begins a line ends with one, or has
// nothing in it.
func endsLine(text string, s Span) bool { return s.Len() == 0 || text[s.End-1] == '\n' }

// whole returns the first segment of a span that lies on disk in one go, apart
// from the prefixes of lines.
func (v *View) whole(s Span) (first int, ok bool) {
	first = v.after(s.Start)
	if first >= len(v.Segments) || v.Segments[first].Text > s.Start {
		// The end of a segment is a place as well, if nothing follows at once.
		if first == 0 || s.Len() > 0 || v.Segments[first-1].Text+v.Segments[first-1].Len != s.Start {
			return 0, false
		}
		return first - 1, true
	}
	end := v.Segments[first].Text
	for i := first; i < len(v.Segments) && end < s.End; i++ {
		if v.Segments[i].Text != end || i > first && v.Segments[i].Disk < v.Segments[i-1].Disk+v.Segments[i-1].Len {
			return 0, false
		}
		end += v.Segments[i].Len
	}
	return first, end >= s.End
}

// lines replaces whole lines, with their prefixes.
func (v *View) lines(first int, e Edit) (Edit, error) {
	g := v.Segments[first]
	start := g.Disk + e.Span.Start - g.Text
	start = strings.LastIndexByte(v.Disk.Text[:start], '\n') + 1
	end := start
	if e.Span.Len() > 0 {
		end = v.locate(e.Span).End
	}
	var b strings.Builder
	for line := range strings.Lines(e.New) {
		if line != "\n" {
			b.WriteString(v.Encoding.Prefix)
		}
		text, ok := v.encode(line, true)
		if !ok {
			return Edit{}, fmt.Errorf("%q cannot be written there", line)
		}
		b.WriteString(text)
	}
	return Edit{Span: Span{start, end}, New: b.String()}, nil
}

// encode writes a text that does not begin a line. bare says that the line on
// which it ends is empty behind it, so that it needs no prefix.
func (v *View) encode(text string, bare bool) (string, bool) {
	lines := strings.SplitAfter(text, "\n")
	var b strings.Builder
	for i, line := range lines {
		line, ended := strings.CutSuffix(line, "\n")
		last := i == len(lines)-1
		if i > 0 && (line != "" || last && !bare) {
			b.WriteString(v.Encoding.Prefix)
		}
		if v.Encoding.Escape != nil {
			var ok bool
			if line, ok = v.Encoding.Escape(line); !ok || ended && !v.Encoding.Lines {
				return "", false
			}
		}
		b.WriteString(line)
		switch {
		case ended && v.Encoding.EOL != "":
			b.WriteString(v.Encoding.EOL)
		case ended:
			b.WriteByte('\n')
		}
	}
	return b.String(), true
}

// Rewritten is what Rewrite returns, by path.
type Rewritten struct {
	// Files are the new texts, views among them: all that are found in a file
	// on disk that has changed.
	Files map[string]*File
	// Disk are the changed files on disk.
	Disk map[string]*File
}

// Rewrite applies edits to files and, for views, to the files on disk that they
// are found in. A view is then extracted again, and must be the text that its
// edits make of it: else the error says so, and nothing is rewritten.
func Rewrite(edits map[*File][]Edit) (Rewritten, error) {
	out := Rewritten{map[string]*File{}, map[string]*File{}}
	disk := map[*File][]Edit{}
	views := map[*File][]*File{}    // by the file on disk
	left := map[*File]map[int]int{} // items of lists, by where these begin
	want := map[string]string{}
	for f, list := range edits {
		text, err := Apply(f.Text, list)
		if err != nil {
			return Rewritten{}, err
		}
		if f.View == nil {
			n := NewFile(f.Path, text)
			out.Files[f.Path], out.Disk[f.Path] = n, n
			continue
		}
		want[f.Path] = text
		views[f.View.Disk] = append(views[f.View.Disk], f)
		for _, e := range list {
			d, err := f.DiskEdit(e)
			if err != nil {
				return Rewritten{}, err
			}
			disk[f.View.Disk] = append(disk[f.View.Disk], d)
			item, ok := f.View.item(e)
			if !ok {
				continue
			}
			lists := left[f.View.Disk]
			if lists == nil {
				lists = map[int]int{}
				left[f.View.Disk] = lists
			}
			if _, seen := lists[item.List]; !seen {
				lists[item.List] = item.Of
			}
			if lists[item.List]--; lists[item.List] == 0 {
				return Rewritten{}, fmt.Errorf("nothing would be left of a list in %s", f.Path)
			}
		}
	}
	for d, list := range disk {
		merged, ok := Merge(nil, list)
		if !ok {
			return Rewritten{}, fmt.Errorf("%s: two edits meet on disk", d.Path)
		}
		text, err := Apply(d.Text, merged)
		if err != nil {
			return Rewritten{}, err
		}
		n := NewFile(d.Path, text)
		again, err := views[d][0].View.Extract(n)
		if err != nil {
			return Rewritten{}, fmt.Errorf("%s cannot be read again after a fix: %w", d.Path, err)
		}
		for _, f := range again {
			out.Files[f.Path] = f
		}
		for _, f := range views[d] {
			if got := out.Files[f.Path]; got == nil || got.Text != want[f.Path] {
				if strings.TrimSpace(want[f.Path]) == "" {
					return Rewritten{}, fmt.Errorf("nothing would be left of %s", f.Path)
				}
				return Rewritten{}, fmt.Errorf("%s does not read as meant after a fix", f.Path)
			}
		}
		out.Disk[d.Path] = n
	}
	return out, nil
}

// Joined returns segments with those that follow each other both in the text and
// on disk made one.
func Joined(segments []Segment) []Segment {
	out := make([]Segment, 0, len(segments))
	for _, s := range segments {
		if n := len(out); n > 0 && out[n-1].Text+out[n-1].Len == s.Text && out[n-1].Disk+out[n-1].Len == s.Disk {
			out[n-1].Len += s.Len
			continue
		}
		if s.Len > 0 {
			out = append(out, s)
		}
	}
	return slices.Clip(out)
}
