package terminal

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Progress shows on a terminal how far a long run has come. A nil one shows
// nothing.
type Progress struct {
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

// NewProgress starts a display of what is done. It is nil, which does nothing, where
// nobody would see it.
func NewProgress(w io.Writer, what string) *Progress {
	if !Is(w) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return startProgress(w, what, patience)
}

func startProgress(w io.Writer, what string, wait time.Duration) *Progress {
	p := &Progress{w: w, what: what, end: make(chan struct{})}
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
func (p *Progress) draw() {
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

// Show notes how many parts are done. It may be called by several goroutines.
func (p *Progress) Show(done, all int) {
	if p != nil {
		p.all.Store(int64(all))
		p.done.Store(max(p.done.Load(), int64(done)))
	}
}

// Stop takes the display away.
func (p *Progress) Stop() {
	if p != nil {
		close(p.end)
		p.gone.Wait()
	}
}
