package lsp

import (
	"encoding/json"
	"sync"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
)

// answers is a channel on which no request has a result once the client has taken it
// back, be the result just on its way, and on which the code of that is the protocol's,
// not jrpc2's own.
type answers struct {
	channel.Channel

	mu   sync.Mutex
	open map[string]bool // requests without an answer, by number: whether they were taken back
	// asked are requests to the client without an answer, told those with one. Where a
	// check was given up meanwhile, jrpc2 has forgotten the request and takes the answer
	// for a request without a method: what it says to that is for nobody.
	asked, told map[string]bool
}

func newAnswers(ch channel.Channel) *answers {
	return &answers{Channel: ch, open: map[string]bool{}, asked: map[string]bool{}, told: map[string]bool{}}
}

// Recv receives a message.
func (a *answers) Recv() ([]byte, error) {
	raw, err := a.Channel.Recv()
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	if err != nil || json.Unmarshal(raw, &m) != nil {
		return raw, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case m.Method == "$/cancelRequest":
		var which struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(m.Params, &which) == nil {
			if _, waits := a.open[string(which.ID)]; waits {
				a.open[string(which.ID)] = true
			}
		}
	case m.Method != "" && m.ID != nil:
		a.open[string(m.ID)] = false
	case m.ID != nil && a.asked[string(m.ID)]:
		delete(a.asked, string(m.ID))
		a.told[string(m.ID)] = true
	}
	return raw, err
}

// Send sends a message.
func (a *answers) Send(raw []byte) error {
	var m struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id,omitempty"`
		Method  string          `json:"method,omitempty"`
		Error   *jrpc2.Error    `json:"error,omitempty"`
	}
	if json.Unmarshal(raw, &m) != nil || m.ID == nil {
		return a.Channel.Send(raw)
	}
	a.mu.Lock()
	if m.Method != "" {
		a.asked[string(m.ID)] = true
		a.mu.Unlock()
		return a.Channel.Send(raw)
	}
	if late := a.told[string(m.ID)]; late && m.Error != nil && m.Error.Code == jrpc2.InvalidRequest {
		delete(a.told, string(m.ID))
		a.mu.Unlock()
		return nil
	}
	back := a.open[string(m.ID)]
	delete(a.open, string(m.ID))
	a.mu.Unlock()
	switch {
	case back && m.Error == nil:
		m.Error = &jrpc2.Error{Code: codeCancelled, Message: "it was taken back"}
	case m.Error != nil && m.Error.Code == jrpc2.Cancelled:
		m.Error.Code = codeCancelled
	default:
		return a.Channel.Send(raw)
	}
	changed, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return a.Channel.Send(changed)
}
