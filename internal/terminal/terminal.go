// Package terminal knows who may be looking at a stream, what it can show, and how to
// keep it safe.
package terminal

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"
)

// Is reports whether someone may be looking.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Columns is the width of a terminal, 0 if there is none.
func Columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// ColorModes are what a user may ask for.
var ColorModes = []string{"auto", "always", "never"}

// Colored decides whether to write colour, by one of ColorModes.
func Colored(w io.Writer, mode string) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	// https://no-color.org: any value that is not empty.
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && Is(w)
}

// Linked reports whether the terminal that w is turns escape sequences of
// hyperlinks (OSC 8) into links. There is no way to ask it, so those that are
// known to do so are listed; FORCE_HYPERLINK decides where it is set.
func Linked(w io.Writer, env func(string) string) bool {
	if force := env("FORCE_HYPERLINK"); force != "" {
		on, err := strconv.ParseBool(force)
		return on || err != nil
	}
	if !Is(w) || env("TERM") == "dumb" || env("CI") != "" {
		return false
	}
	switch env("TERM_PROGRAM") {
	case "iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio":
		return true
	}
	switch env("TERM") {
	case "xterm-kitty", "alacritty", "foot", "xterm-ghostty":
		return true
	}
	// From this version on; before it, VTE crashed on some links.
	const firstVTE = 5000
	if v, err := strconv.Atoi(env("VTE_VERSION")); err == nil && v >= firstVTE {
		return true
	}
	return env("WT_SESSION") != "" || env("DOMTERM") != "" || env("KONSOLE_VERSION") != ""
}

// Printable shows control characters, which names of files may hold, as escapes
// that no terminal obeys.
func Printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) || r == '\t' {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
