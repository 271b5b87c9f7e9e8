package lsp

import (
	"bytes"
	"sync"
	"time"

	"github.com/creachadair/jrpc2/channel"
)

// outbox is a channel that never waits for the other end to read: a client that writes
// a long text while it is told of many findings would else wait for a server that
// waits for it.
type outbox struct {
	channel.Channel

	mu      sync.Mutex
	waiting [][]byte
	closed  bool
	news    chan struct{} // has room for one
	done    chan struct{}
}

func newOutbox(ch channel.Channel) *outbox {
	o := &outbox{Channel: ch, news: make(chan struct{}, 1), done: make(chan struct{})}
	go o.write()
	return o
}

// Send puts a message in line.
func (o *outbox) Send(raw []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return channel.ErrClosed
	}
	o.waiting = append(o.waiting, bytes.Clone(raw))
	o.wake()
	return nil
}

func (o *outbox) wake() {
	select {
	case o.news <- struct{}{}:
	default:
	}
}

// Close ends the channel once what is in line was read, or nobody reads it.
func (o *outbox) Close() error {
	o.mu.Lock()
	o.closed = true
	o.wake()
	o.mu.Unlock()
	const patience = 2 * time.Second
	select {
	case <-o.done:
	case <-time.After(patience):
	}
	return o.Channel.Close()
}

func (o *outbox) write() {
	defer close(o.done)
	for range o.news {
		o.mu.Lock()
		list, closed := o.waiting, o.closed
		o.waiting = nil
		o.mu.Unlock()
		for _, raw := range list {
			if o.Channel.Send(raw) != nil {
				return // the reader is gone, which the other half of the channel tells
			}
		}
		if closed {
			return
		}
	}
}
