package diagnose

import (
	"fmt"
	"strings"
	"time"

	"github.com/tcplint/tcplint/internal/evidence"
)

// times writes how often something happened.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

// connections is a number of them, as the object of a sentence.
func connections(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}

// clock is the time of day, which is how people look things up in a log.
func clock(t time.Time) string { return t.Format("15:04:05") }

// what names a group's event with its system call.
func what(g *evidence.ErrorGroup) string {
	s := g.Event.String()
	if g.Phase != "" {
		s += " while " + g.Phase
	}
	return s
}

// seconds writes milliseconds as nginx's logs do, without needless digits.
func seconds(ms int) string { return time.Duration(ms * int(time.Millisecond)).String() }

// set0 is the first argument of a directive that is written.
func set0(written bool, arg func(int) string) string {
	if !written {
		return ""
	}
	return arg(0)
}

// lines writes n lines, for examples that need many.
func lines(n int, line func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}
