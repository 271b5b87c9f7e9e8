package docker

import (
	"slices"
	"strings"

	"github.com/tcplint/tcplint/parser/embed/carrier"
	"github.com/tcplint/tcplint/parser/embed/shell"
	"github.com/tcplint/tcplint/parser/lazyre"
	"github.com/tcplint/tcplint/parser/source"
)

// dockerStep is one instruction.
type dockerStep struct {
	name string // in capitals
	// text is what stands behind the name and its options, the lines joined, and
	// behind its line end the here-documents.
	text carrier.Phrase
}

// dockerLines goes through the lines of a Dockerfile.
type dockerLines struct {
	file *source.File
	at   int
	// missing are delimiters that end no here-document any more.
	missing map[string]bool
}

// next returns the next line without its line end.
func (l *dockerLines) next() (start, end int, ok bool) {
	text := l.file.Text
	if l.at >= len(text) {
		return 0, 0, false
	}
	start, end = l.at, len(text)
	l.at = end
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		end = start + i
		l.at = end + 1
	}
	if end > start && text[end-1] == '\r' {
		end--
	}
	return start, end, true
}

var dockerEscape = lazyre.New(`(?i)^#\s*escape\s*=\s*` + "`")

// dockerSteps divides a Dockerfile into its instructions, as its parser does
// (frontend/dockerfile/parser/parser.go of BuildKit): comments and empty lines
// between continued lines are left out.
func dockerSteps(f *source.File) []dockerStep {
	if dockerEscape.MatchString(f.Text) {
		return nil // paths with backslashes: not of Linux
	}
	var steps []dockerStep
	lines := &dockerLines{file: f}
	for {
		start, end, ok := lines.next()
		if !ok {
			return steps
		}
		line := strings.TrimSpace(f.Text[start:end])
		if line == "" || line[0] == '#' {
			continue
		}
		steps = append(steps, lines.step(start, end))
	}
}

// step reads the instruction that begins on a line.
func (l *dockerLines) step(start, end int) dockerStep {
	text := l.file.Text
	start += len(text[start:end]) - len(strings.TrimLeft(text[start:end], " \t"))
	name, _, _ := strings.Cut(strings.ReplaceAll(text[start:end], "\t", " "), " ")
	var joined carrier.Phrase
	from := start + len(name)
	for {
		stop, more := continued(text, from, end)
		joined = append(joined, carrier.Literal(l.file, from, stop)...)
		for more {
			var ok bool
			if from, end, ok = l.next(); !ok {
				more, end = false, from
				break
			}
			if line := strings.TrimSpace(text[from:end]); line != "" && line[0] != '#' {
				break
			}
		}
		if !more {
			break
		}
	}
	step := dockerStep{name: strings.ToUpper(name), text: joined}
	step.text = step.text.Slice(options(joined.String()), len(joined.String()))
	if l.at > 0 && l.at <= len(text) && text[l.at-1] == '\n' {
		step.text = append(step.text, carrier.Literal(l.file, l.at-1, l.at)...)
	} else {
		step.text = append(step.text, carrier.Glue("\n")...)
	}
	if step.name == "RUN" || step.name == "COPY" || step.name == "ADD" {
		l.heredocs(&step)
	}
	return step
}

// continued returns where a line ends without the backslash that joins it to the
// next one.
func continued(text string, start, end int) (stop int, more bool) {
	line := strings.TrimRight(text[start:end], " \t")
	if strings.HasSuffix(line, `\`) {
		return start + len(line) - 1, true
	}
	return end, false
}

// options returns the length of the options of an instruction, such as
// "--chown=nginx".
func options(text string) int {
	n := 0
	for {
		rest := strings.TrimLeft(text[n:], " \t")
		if !strings.HasPrefix(rest, "--") {
			return len(text) - len(rest)
		}
		i := strings.IndexAny(rest, " \t")
		if i < 0 {
			return len(text)
		}
		n = len(text) - len(rest) + i
	}
}

// heredocs adds the here-documents behind an instruction.
func (l *dockerLines) heredocs(step *dockerStep) {
	for _, h := range dockerHeredocs(step.text.String()) {
		if l.missing[h.name] {
			return
		}
		_, next := h.body(l.file.Text, l.at)
		if next < 0 {
			if l.missing == nil {
				l.missing = map[string]bool{}
			}
			l.missing[h.name] = true
			return
		}
		step.text = append(step.text, carrier.Literal(l.file, l.at, next)...)
		l.at = next
	}
}

// dockerHeredoc is the beginning of a here-document.
type dockerHeredoc struct {
	name         string
	dash, quoted bool
}

var heredocWord = lazyre.New(`(?:^|[\s0-9;&|(])<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_.]*)["']?`)

// dockerHeredocs returns the here-documents that a line begins.
func dockerHeredocs(line string) []dockerHeredoc {
	var out []dockerHeredoc
	for _, m := range heredocWord.FindAllStringSubmatch(line, -1) {
		out = append(out, dockerHeredoc{name: m[3], dash: m[1] != "", quoted: m[2] != ""})
	}
	return out
}

// body returns the offsets at which the body that begins at start ends, and at
// which the line behind its delimiter begins; -1 if there is no delimiter.
func (h dockerHeredoc) body(text string, start int) (end, next int) {
	if start > len(text) {
		return start, -1
	}
	for line := range strings.Lines(text[start:]) {
		word := strings.TrimRight(line, "\r\n")
		if h.dash {
			word = strings.TrimLeft(word, "\t")
		}
		if word == h.name {
			return start, start + len(line)
		}
		start += len(line)
	}
	return start, -1
}

// jsonWords reads a command that is written as a list of strings.
func jsonWords(in *source.File) (words []carrier.Phrase, ok bool) {
	text := in.Text
	at := strings.IndexByte(text, '[') + 1
	for at < len(text) {
		switch c := text[at]; {
		case c == ']':
			return words, true
		case c == ',' || carrier.IsBlank(c):
			at++
		case c == '"':
			end := at + 1
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			word, ok := shell.Escapes(carrier.Literal(in, at+1, min(end, len(text))))
			if !ok || end >= len(text) {
				return nil, false
			}
			words = append(words, slices.Clip(word))
			at = end + 1
		default:
			return nil, false
		}
	}
	return nil, false
}
