package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// linked reports whether the terminal that w is turns escape sequences of
// hyperlinks (OSC 8) into links. There is no way to ask it, so those that are
// known to do so are listed; FORCE_HYPERLINK decides where it is set.
func linked(w io.Writer, env func(string) string) bool {
	if force := env("FORCE_HYPERLINK"); force != "" {
		on, err := strconv.ParseBool(force)
		return on || err != nil
	}
	if !terminal(w) || env("TERM") == "dumb" || env("CI") != "" {
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

// progress shows on a terminal how far a long run has come. A nil one shows
// nothing.
type progress struct {
	w    io.Writer
	what string
	all  atomic.Int64
	done atomic.Int64

	end  chan struct{}
	gone sync.WaitGroup
}

// Nobody looks at the progress of a run that is over in a second.
const (
	patience = time.Second
	redraw   = 100 * time.Millisecond
)

// newProgress starts a display. It is nil, which does nothing, where
// nobody would see it.
func (a *app) newProgress(f *flags, what string) *progress {
	if f.quiet || !terminal(a.stderr) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return startProgress(a.stderr, what, patience)
}

func startProgress(w io.Writer, what string, wait time.Duration) *progress {
	p := &progress{w: w, what: what, end: make(chan struct{})}
	p.gone.Go(func() {
		select {
		case <-p.end:
			return
		case <-time.After(wait):
		}
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			p.draw()
			select {
			case <-p.end:
				// Back to the start of the line, and nothing left on it.
				_, _ = io.WriteString(p.w, "\r\x1b[K")
				return
			case <-tick.C:
			}
		}
	})
	return p
}

// draw writes the bar over the last one.
func (p *progress) draw() {
	const width = 30
	all := p.all.Load()
	done := min(p.done.Load(), all)
	filled := int(done * width / max(all, 1))
	bar := make([]byte, width)
	for i := range bar {
		bar[i] = '-'
		if i < filled {
			bar[i] = '#'
		}
	}
	// If it cannot be written, there is nobody to tell.
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s [%s] %d/%d", p.what, bar, done, all)
}

// show notes how many parts are done. It may be called by several goroutines.
func (p *progress) show(done, all int) {
	if p != nil {
		p.all.Store(int64(all))
		p.done.Store(max(p.done.Load(), int64(done)))
	}
}

// stop takes the display away.
func (p *progress) stop() {
	if p != nil {
		close(p.end)
		p.gone.Wait()
	}
}
