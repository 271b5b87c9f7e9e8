package lsp

import (
	"context"
	"sync"
)

// progress returns what the first check, which reads everything, tells of its parts,
// and what ends that. Later ones are too short to be spoken of.
func (s *server) progress(ctx context.Context) (tell func(done, all int), end func()) {
	s.mu.Lock()
	wanted := !s.shown && s.client.Window != nil && isTrue(s.client.Window.WorkDoneProgress)
	s.shown = true
	s.mu.Unlock()
	if !wanted {
		return nil, func() {}
	}
	const token = "tcplint/first-check"
	var mu sync.Mutex
	done, all, ended, open := 0, 0, false, false
	news := make(chan struct{}, 1)
	wake := func() {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	send := func(value any) {
		if raw, err := progressParams(token, value); err == nil {
			_ = s.rpc.Notify(ctx, "$/progress", raw) // a client that is gone needs none
		}
	}
	go func() {
		raw, err := encode(createProgress(token))
		if err == nil {
			_, err = s.rpc.Callback(ctx, "window/workDoneProgress/create", raw)
		}
		if err != nil {
			return
		}
		for range news {
			mu.Lock()
			d, a, e := done, all, ended
			mu.Unlock()
			if !open {
				send(beginProgress("tcplint reads the configuration"))
				open = true
			}
			if e {
				send(endProgress())
				return
			}
			send(reportProgress(d, a))
		}
	}()
	tell = func(d, a int) {
		mu.Lock()
		done, all = max(done, d), a
		mu.Unlock()
		wake()
	}
	end = func() {
		mu.Lock()
		ended = true
		mu.Unlock()
		wake()
	}
	return tell, end
}
