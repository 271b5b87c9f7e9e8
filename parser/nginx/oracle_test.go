package nginx_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tcplint/tcplint/parser/nginx"
	"github.com/tcplint/tcplint/parser/source"
)

// oracle is ngx_conf_read_token (src/core/ngx_conf_file.c) over again: the same
// flags, looked at byte by byte in the same order, and the same buffer with the
// same refills. It is slow and knows neither recovery nor Lua. What it says is
// what Parse must say.
type oracle struct {
	file   string
	offset int // how much of file has been read into buf

	buf       [4096]byte
	pos, last int

	line int
	args []string
}

// What a call of readToken ends with.
const (
	statement  = "statement"
	blockStart = "block start"
	blockDone  = "block done"
	fileDone   = "file done"
)

// oracleError is nginx's message and the line it names.
type oracleError struct {
	Msg  string
	Line int
}

func (o *oracle) fail(format string, args ...any) (string, *oracleError) {
	return "", &oracleError{fmt.Sprintf(format, args...), o.line}
}

func oracleBlank(ch byte) bool { return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n' }

// readToken reads up to the end of a statement, of a block or of the file. It is
// one long function because the original is.
func (o *oracle) readToken() (string, *oracleError) {
	var found, needSpace, sharpComment, variable, quoted, sQuoted, dQuoted bool
	lastSpace := true
	o.args = nil
	start, startLine := o.pos, o.line

	for {
		if o.pos >= o.last {
			if o.offset >= len(o.file) {
				if len(o.args) > 0 || !lastSpace {
					return o.fail(`unexpected end of file, expecting ";" or "}"`)
				}
				return fileDone, nil
			}
			n := o.pos - start
			if n == len(o.buf) {
				o.line = startLine
				switch {
				case dQuoted:
					return o.fail(`too long parameter, probably missing terminating "%c" character`, '"')
				case sQuoted:
					return o.fail(`too long parameter, probably missing terminating "%c" character`, '\'')
				default:
					return o.fail(`too long parameter "%s..." started`, o.buf[start:start+10])
				}
			}
			copy(o.buf[:], o.buf[start:o.pos])
			size := copy(o.buf[n:], o.file[o.offset:])
			o.offset += size
			o.pos, o.last, start = n, n+size, 0
		}

		ch := o.buf[o.pos]
		o.pos++
		if ch == '\n' {
			o.line++
			sharpComment = false
		}
		if sharpComment {
			continue
		}
		if quoted {
			quoted = false
			continue
		}
		if needSpace {
			switch {
			case oracleBlank(ch):
				lastSpace, needSpace = true, false
				continue
			case ch == ';':
				return statement, nil
			case ch == '{':
				return blockStart, nil
			case ch == ')':
				lastSpace, needSpace = true, false
			default:
				return o.fail("unexpected \"%s\"", string([]byte{ch}))
			}
		}
		if lastSpace {
			start, startLine = o.pos-1, o.line
			if oracleBlank(ch) {
				continue
			}
			switch ch {
			case ';', '{':
				if len(o.args) == 0 {
					return o.fail(`unexpected "%c"`, ch)
				}
				if ch == '{' {
					return blockStart, nil
				}
				return statement, nil
			case '}':
				if len(o.args) != 0 {
					return o.fail(`unexpected "}"`)
				}
				return blockDone, nil
			case '#':
				sharpComment = true
			case '\\':
				quoted, lastSpace = true, false
			case '"':
				start++
				dQuoted, lastSpace = true, false
			case '\'':
				start++
				sQuoted, lastSpace = true, false
			case '$':
				variable, lastSpace = true, false
			default:
				lastSpace = false
			}
			continue
		}
		if ch == '{' && variable {
			continue
		}
		variable = false
		if ch == '\\' {
			quoted = true
			continue
		}
		if ch == '$' {
			variable = true
			continue
		}
		switch {
		case dQuoted:
			if ch == '"' {
				dQuoted, needSpace, found = false, true, true
			}
		case sQuoted:
			if ch == '\'' {
				sQuoted, needSpace, found = false, true, true
			}
		case oracleBlank(ch) || ch == ';' || ch == '{':
			lastSpace, found = true, true
		}
		if found {
			o.args = append(o.args, oracleWord(o.buf[start:o.pos-1], ch))
			if ch == ';' {
				return statement, nil
			}
			if ch == '{' {
				return blockStart, nil
			}
			found = false
		}
	}
}

// oracleWord resolves escapes. next is the byte behind the word, which the
// original may look at.
func oracleWord(src []byte, next byte) string {
	var dst []byte
	src = append(slices.Clone(src), next)
	for i := 0; i < len(src)-1; i++ {
		if src[i] == '\\' {
			switch src[i+1] {
			case '"', '\'', '\\':
				i++
			case 't':
				dst = append(dst, '\t')
				i++
				continue
			case 'r':
				dst = append(dst, '\r')
				i++
				continue
			case 'n':
				dst = append(dst, '\n')
				i++
				continue
			}
		}
		dst = append(dst, src[i])
	}
	return string(dst)
}

// event is one step of reading a file: a simple directive, a block's beginning
// with the words in front of it, or a block's end.
type event struct {
	Kind  string
	Words []string
}

// oracleParse reads a whole file as ngx_conf_parse does and stops at the first
// error.
func oracleParse(text string) ([]event, *oracleError) {
	o := &oracle{file: text, line: 1}
	var events []event
	for depth := 0; ; {
		kind, err := o.readToken()
		switch {
		case err != nil:
			return events, err
		case kind == fileDone && depth > 0:
			_, err = o.fail(`unexpected end of file, expecting "}"`)
			return events, err
		case kind == fileDone:
			return events, nil
		case kind == blockDone && depth == 0:
			_, err = o.fail(`unexpected "}"`)
			return events, err
		case kind == blockDone:
			depth--
			events = append(events, event{Kind: blockDone})
		default:
			if kind == blockStart {
				depth++
			}
			events = append(events, event{kind, o.args})
		}
	}
}

// parseEvents tells Parse's tree as the oracle would.
func parseEvents(b *nginx.Block) []event {
	var events []event
	for d := range b.Kids() {
		e := event{Kind: statement}
		for _, w := range d.Words().All() {
			e.Words = append(e.Words, w.Value)
		}
		if d.Body() != nil {
			e.Kind = blockStart
		}
		events = append(events, e)
		if d.Body() != nil {
			events = append(append(events, parseEvents(d.Body())...), event{Kind: blockDone})
		}
	}
	return events
}

// checkOracle fails the test if Parse and the oracle disagree. Behind an error
// the oracle says nothing, so there only the beginning is compared.
func checkOracle(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "_by_lua_block") {
		return
	}
	want, wantErr := oracleParse(text)
	tree := nginx.Parse(source.NewFile("f", text))
	got := parseEvents(tree.Root)
	var gotErr *oracleError
	if len(tree.Errors) > 0 {
		e := tree.Errors[0]
		gotErr = &oracleError{e.Msg, tree.File.Position(e.Span.Start).Line}
	}
	if diff := cmp.Diff(wantErr, gotErr); diff != "" {
		t.Fatalf("first error (-oracle +Parse):\n%s\ninput: %q", diff, clip(text))
	}
	if wantErr != nil {
		got = got[:min(len(got), len(want))]
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("directives (-oracle +Parse):\n%s\ninput: %q", diff, clip(text))
	}
}
